-- name: record(alert_id, result, officer, now)!
-- What an alert led to; nothing if that is recorded already.
insert into results (alert_id, result, recorded_at, recorded_by)
values (:alert_id, :result, :now, :officer)
on conflict (alert_id, result) where taken_back_at is null do nothing;

-- name: take_back(now, officer, alert_id, result)!
-- It was recorded by mistake.
update results set taken_back_at = :now, taken_back_by = :officer
where alert_id = :alert_id and result = :result and taken_back_at is null;

-- name: of_alert(alert_id)
-- What one alert led to, and who recorded it.
select result, recorded_at, recorded_by from results
where alert_id = :alert_id and taken_back_at is null order by recorded_at, id;

-- name: between(start, before)
-- What was recorded in these days, newest first.
select r.alert_id, r.result, r.recorded_at, r.recorded_by, a.headline, a.incident_number
from results r join alerts a on a.id = r.alert_id
where r.taken_back_at is null
  and r.recorded_at >= london_start(:start) and r.recorded_at < london_start(:before)
order by r.recorded_at desc, r.id desc;
