-- name: alerts(start, before, kinds, neighbourhoods, urgent)
-- Each counted alert released in these days, the newest first.
select * from counted_alerts
where release_at >= london_start(:start) and release_at < london_start(:before)
  and (:kinds::text[] is null or incident_kind = any(:kinds))
  and (:neighbourhoods::bigint[] is null or neighbourhood_id = any(:neighbourhoods))
  and (:urgent::boolean is null or urgent = :urgent)
order by release_at desc, id desc;

-- name: one(id)
-- One counted alert.
select * from counted_alerts where id = :id;

-- name: channels(ids)
-- How deliveries of each of these alerts fared on each channel.
select * from alert_channels where alert_id = any(:ids) order by channel;

-- name: words(alert_id)^
-- What one alert said, as long as it is not forgotten, and when it was issued, released and over.
select a.incident_number, e.description, e.instruction, e.contact, a.issued_at, a.release_at, a.expires_at, a.stopped_at, a.withdrawn_at
from alerts a join alert_endings e on e.id = a.id
where a.id = :alert_id;

-- name: moments(alert_id)^
-- When officers began one alert and agreed on it. What people did has no moment here: the first and the last of it are
-- one person's.
select (select d.created_at from alerts a join drafts d on d.id = a.draft_id where a.id = :alert_id) as composed,
       (select r.submitted_at from alerts a join approval_requests r on r.id = a.approval_id where a.id = :alert_id)
         as approval_asked,
       (select r.decided_at from alerts a join approval_requests r on r.id = a.approval_id where a.id = :alert_id)
         as approved;
