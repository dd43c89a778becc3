-- name: forget(after_days)!
-- Alerts that ended so many days ago, and are not forgotten yet.
insert into forgotten_alerts (alert_id)
select e.id from alert_endings e
where e.ended_at < now() - make_interval(days => :after_days)
  and not exists (select from forgotten_alerts f where f.alert_id = e.id);

-- name: forgotten(alert_ids)
-- Those of these alerts that are forgotten.
select id from alert_endings where id = any(:alert_ids) and is_forgotten order by id;

-- name: of_incident(incident_number, alert_id)
-- The alerts of one incident that somebody was told of; without a number, those of one alert's thread.
select id from alerts where case when :incident_number = '' then thread = (select thread from alerts where id = :alert_id)
      else incident_number = :incident_number end
  and withdrawn_at is null order by id;
