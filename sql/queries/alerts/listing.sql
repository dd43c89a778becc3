-- name: found(longest, words, codes, limit)
-- Alerts that hold all of these words, as LIKE patterns, and all of the codes in however many parts; the newest. What was
-- forgotten since comes with all that officers may still read of it.
select a.id, e.is_forgotten, e.officers_headline as headline, e.description, e.instruction, a.area_desc,
       a.incident_number, a.incident_kind, a.issued_by
from (
  select * from alerts
  where searched like :longest and searched like all (:words::text[])
    and replace(searched, ' ', '') like all (:codes::text[])
  order by issued_at desc
  limit :limit
) a
join alert_endings e on e.id = a.id;

-- name: threads(ids, limit)
-- One alert of each thread, of those with these messages unless it is null: what is going out of it, else its newest message
-- that was not undone. Running first, then newest.
select a.id, e.officers_headline as headline, a.urgent, a.incident_kind, a.incident_number, a.area_desc, people_of(a.id, a.people) as people,
       a.issued_by, a.issued_at, a.release_at, a.expires_at, a.withdrawn_at, a.stopped_at, a.is_open, a.follow_up, a.thread,
       (select count(*) from alerts t where t.thread = a.thread and t.withdrawn_at is null) as messages,
       n.follow_up as replaced_how, n.release_at as replaced_at
from (
  select * from (
    select distinct on (l.thread) l.*, o.is_open
    from alerts l
    cross join lateral (
      select exists (select from deliveries d where d.alert_id = l.id
                       and (d.state = 'sending' or d.state = 'pending' and d.digest_on is null)) as is_open
    ) o
    where :ids::bigint[] is null or l.thread in (select thread from alerts where id = any(:ids))
    order by l.thread, l.withdrawn_at is not null, o.is_open desc, l.issued_at desc
  ) t
  order by is_open desc, issued_at desc
  limit :limit
) a
join alert_endings e on e.id = a.id
left join alerts n on n.follows = a.id and n.withdrawn_at is null
order by a.is_open desc, a.issued_at desc;

-- name: counts(ids)^
-- How many threads there are, and how many of them have one of these messages.
select count(distinct thread) as everything,
       count(distinct thread) filter (where :ids::bigint[] is null or id = any(:ids)) as listed
from alerts;

-- name: said(ids)
-- What these messages say, as far as officers may still read it, the newest first.
select a.thread, e.description, e.instruction, e.officers_headline as headline, a.area_desc
from alerts a join alert_endings e on e.id = a.id
where a.id = any(:ids) order by a.id desc;
