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
