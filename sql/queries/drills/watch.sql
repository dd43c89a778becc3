-- name: at_screen(drill, officer, screen, now)!
-- An officer of a drill opened another screen.
update drill_officers set screen = :screen, screen_at = :now
where drill = :drill and officer = :officer and left_at is null;

-- name: officers(drill, now, idle)
-- Where each officer of one drill is: the screen, the draft they are at, what they sent, and since when a request of
-- theirs waits for an approval.
select o.id, o.post, p.screen, p.screen_at, coalesce(d.headline, '') as draft, coalesce(d.has_area, false) as has_area, d.updated_at as draft_at,
       (select count(*) from alerts a where a.drill = :drill and a.issued_by = o.id and a.withdrawn_at is null) as sent,
       (select min(r.submitted_at) from approval_requests r join drafts mine on mine.id = r.draft_id
        where mine.drill = :drill and r.author = o.id and r.decision is null and r.lapses_at > :now) as asked_at,
       exists (select from officer_sessions s
               where s.officer = o.id and s.ended_at is null and s.ends_at > :now and s.last_seen_at > :now - :idle) as is_here
from drill_officers p
join officers o on o.id = p.officer
left join lateral (
  select coalesce(nullif(content ->> 'headline', ''), 'No headline yet') as headline, content -> 'area' not in ('null', '{}', '[]') as has_area, updated_at
  from drafts
  where officer = o.id and drill = :drill and closed_at is null and version > 1
  order by updated_at desc limit 1
) d on true
where p.drill = :drill
order by o.name, o.id;

-- name: decisions(drill)
-- What officers did in one drill, in order, with the headline of what it was about.
select e.at, e.officer, e.action, e.detail, coalesce(a.headline, d.content ->> 'headline', '') as headline
from audit e
left join alerts a on a.id = e.alert_id
left join drafts d on d.id = coalesce(e.draft_id, a.draft_id)
where d.drill = :drill
order by e.id;

-- name: answers(drill)^
-- How many residents answered in one drill, and how many of the answers nobody has looked at.
select count(*) as answers, count(*) filter (where r.first_look_at is null) as unread
from responses r join alerts a on a.id = r.alert_id
where a.drill = :drill;
