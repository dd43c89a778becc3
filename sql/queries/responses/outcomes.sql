-- name: people(alert_id)$
-- How many answered this alert by their own link and let us contact them.
select outcome_people(:alert_id);

-- name: alert(alert_id)^
-- What the mail calls this alert.
select identifier, incident_number from alerts where id = :alert_id;

-- name: tell(alert_id, mail)$
-- Write one mail to each of them; how many.
select tell_outcome(:alert_id::bigint, :mail::jsonb);

-- name: keep(alert_id, told_at, officer, words, people)!
-- What was told, by whom; nothing if the same has been told before.
insert into outcomes (alert_id, told_at, officer, words, people)
values (:alert_id, :told_at, :officer, :words, :people)
on conflict (alert_id, words) do nothing;

-- name: told(alert_id)
-- What was told of one alert, oldest first.
select told_at, officer, words, people from outcomes where alert_id = :alert_id order by id;
