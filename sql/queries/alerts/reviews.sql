-- name: due(now)
-- Alerts that went at once and wait for an approver's look, the oldest first.
select a.id, e.officers_headline as headline, a.urgent, a.incident_kind, a.incident_number, a.area_desc, people_of(a.id, a.people) as people, a.issued_by, a.issued_at,
       a.override_reason, a.follow_up
from alerts a join alert_endings e on e.id = a.id
where (a.approval_rule = 'reviewed after' or a.override_reason is not null) and a.withdrawn_at is null and a.release_at <= :now
  and not exists (select from alert_reviews r where r.alert_id = a.id)
order by a.issued_at;

-- name: recent(limit)
-- The last looks afterwards, newest first.
select r.alert_id, e.officers_headline as headline, r.issued_by, r.reviewed_by, r.reviewed_at, r.concern
from alert_reviews r
join alert_endings e on e.id = r.alert_id
order by r.reviewed_at desc
limit :limit;

-- name: issued_by(alert_id)$
-- Who sent an alert.
select issued_by from alerts where id = :alert_id;

-- name: keep(alert_id, issued_by, officer, now, concern)!
-- What an approver thought of an alert.
insert into alert_reviews (alert_id, issued_by, reviewed_by, reviewed_at, concern)
values (:alert_id, :issued_by, :officer, :now, :concern);
