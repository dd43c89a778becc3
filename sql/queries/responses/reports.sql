-- name: receive(reference, form_key, alert_id, person, saw, seen_at, happening_now, place, easting, northing, point_from, name, contact, may_contact, urgent_words, photo, width, height, searched)$
-- Take one response; its reference, or the one this form was given before.
select receive_response(
  :reference, :form_key::bytea, :alert_id::bigint, :person::bigint, :saw, :seen_at, :happening_now::boolean, :place,
  st_setsrid(st_makepoint(:easting::float8, :northing::float8), 27700), :point_from::text, :name, :contact,
  :may_contact::boolean, :urgent_words::text[], :photo::bytea, :width::integer, :height::integer, :searched);

-- name: alert_searched(alert_id)^
-- What an alert adds to the words by which answers to it are found; nothing where there is no such alert.
select area_desc, incident_number from public_alerts where id = :alert_id;
