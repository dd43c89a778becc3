-- name: record(officer, action, alert_id, draft_id, detail)!
-- One entry of who did what.
insert into audit (officer, action, alert_id, draft_id, detail)
values (:officer, :action, :alert_id, :draft_id, :detail);

-- name: timeline(alert_id)
-- What was done to one alert, and to the draft it came from.
select at, officer, action, detail
from audit
where alert_id = :alert_id or draft_id = (select draft_id from alerts where id = :alert_id)
order by id;

-- name: search(officer, action, about, since, until, before, at_most)
-- Entries that fit, newest first, each with its place in the chain and the alert it is about; `about` is part of a
-- headline, an incident number, or an alert's number or identifier. From `before` on downwards, for the next page.
select c.position, e.id, e.at, e.mode, e.officer, e.action, e.detail, c.hash, a.id as alert_id, a.identifier, h.officers_headline as headline,
       a.incident_number
from audit e
join audit_chain c on c.entry = e.id
left join alerts a on a.id = coalesce(e.alert_id, (select d.id from alerts d where d.draft_id = e.draft_id))
left join alert_endings h on h.id = a.id
where (:officer::text = '' or e.officer = :officer)
  and (:action::text = '' or e.action = :action)
  and (:about::text = '' or a.id::text = :about or a.identifier::text = lower(:about)
       or concat_ws(' ', a.incident_number, h.officers_headline) ilike '%%' || :about || '%%')
  and (:since::timestamptz is null or e.at >= :since) and (:until::timestamptz is null or e.at < :until)
  and (:before::bigint is null or c.position < :before)
order by c.position desc
limit :at_most;

-- name: officers()
-- Who is in the audit.
select distinct officer from audit order by officer;

-- name: actions()
-- What is done, as the audit calls it.
select distinct action from audit order by action;
