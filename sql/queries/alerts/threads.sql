-- name: followed(id)^
-- One alert as a follow-up begins from it: its draft's content as issued, how many were told, the newest message of its
-- thread that was not undone, and the force's own words for what follows an alert of its kind.
select a.id, a.identifier, e.officers_headline as headline, e.is_forgotten, a.about_person, a.incident_kind, a.issued_at, a.release_at, a.withdrawn_at, people_of(a.id, a.people) as people,
       d.content, n.id as newest, n.release_at as newest_release_at, o.officers_headline as newest_headline,
       n.issued_by as newest_by,
       (select coalesce(jsonb_object_agg(w.message, w.words), '{}') from kind_words_in_force w
        where w.kind = a.incident_kind) as edited
from alerts a
join drafts d on d.id = a.draft_id
cross join lateral (
  select id, release_at, issued_by from alerts n
  where n.thread = a.thread and n.withdrawn_at is null order by n.id desc limit 1
) n
join alert_endings e on e.id = a.id
join alert_endings o on o.id = n.id
where a.id = :id;

-- name: unfinished(officer, follows, follow_up)$
-- The draft in which this officer already follows that alert up in that way.
select id from drafts
where officer = :officer and closed_at is null
  and content ->> 'follows' = :follows::text and content ->> 'follow_up' = :follow_up
order by updated_at desc
limit 1;

-- name: messages(id)
-- Every message of this alert's thread that was not undone, oldest first.
select t.id, e.officers_headline as headline, t.follow_up, t.msg_type, people_of(t.id, t.people) as people, t.release_at, t.issued_by
from alerts a join alerts t on t.thread = a.thread join alert_endings e on e.id = t.id
where a.id = :id and t.withdrawn_at is null
order by t.id;

-- name: same_incident(incident_number, geom, within_m, near_m, now)^
-- The newest alert about this incident that still counts, near this area.
select a.id, a.headline, people_of(a.id, a.people) as people, a.release_at
from alerts a
where a.incident_number = :incident_number and a.msg_type <> 'Cancel'
  and a.release_at <= :now and a.expires_at > :now and a.withdrawn_at is null and a.stopped_at is null
  and not is_replaced(a.id, :now)
  and st_dwithin(ground_of(a.area, a.within_m), ground_of(:geom::geometry, :within_m::float8), :near_m)
order by a.id desc
limit 1;

-- name: lock(id)^
-- The alert that is about to be followed: whoever else would follow, stop or undo it waits.
select id from alerts where id = :id for update;

-- name: stop(now, id)!
-- A cancel ends the alert it follows at once, unless that one was stopped or undone before.
update alerts set stopped_at = :now where id = :id and stopped_at is null and withdrawn_at is null and release_at <= :now;

-- name: go_on(id, stopped_at)$
-- The cancel was undone: the alert it had stopped counts again; whether that one is urgent, nothing if it stays stopped.
update alerts set stopped_at = null where id = :id and stopped_at = :stopped_at returning urgent;

-- name: send_after_all(now, alert_id)!
-- What the cancel had spared goes out after all.
update deliveries set state = 'pending', due_at = greatest(due_at, :now)
where alert_id = :alert_id and state = 'cancelled';
