-- name: active(limit)
-- Alerts that count now, urgent ones first, then the newest; last what says that one is over. The few that have not
-- ended are found first: joined all at once, each alert there ever was would be compared with each of them.
with open as materialized (select id from public_alerts where expires_at > now() and stopped_at is null)
select id, identifier, status, msg_type, urgent, incident_kind, incident_number, headline, description, instruction,
       contact, within_m, is_circle, area_desc, release_at, expires_at, stopped_at, about_person, ended_how,
       closes_appeal, is_forgotten, cap_sha256, follow_up, newer_identifier, newer_type, newer_headline, newer_follow_up, newer_at, p.is_shown is not null as had_photo, p.alt as photo_alt,
       p.bytes as photo_bytes, p.width as photo_width, p.height as photo_height,
       st_asgeojson(st_transform(area, 4326), 6)::json as ground,
       st_asgeojson(st_forcepolygonccw(st_transform(st_buffer(area, within_m, 16), 4326)), 5)::json as outline
from open join public_alerts using (id) join public_threads using (id) left join public_photos p on p.alert_id = id
where newer_at is null
order by msg_type = 'Cancel', urgent desc, release_at desc
limit :limit;

-- name: find(identifier)^
-- One published alert.
select id, identifier, status, msg_type, urgent, incident_kind, incident_number, headline, description, instruction,
       contact, within_m, is_circle, area_desc, release_at, expires_at, stopped_at, about_person, ended_how,
       closes_appeal, is_forgotten, cap_sha256, follow_up, newer_identifier, newer_type, newer_headline, newer_follow_up, newer_at, p.is_shown is not null as had_photo, p.alt as photo_alt,
       p.bytes as photo_bytes, p.width as photo_width, p.height as photo_height,
       st_asgeojson(st_transform(area, 4326), 6)::json as ground,
       st_asgeojson(st_forcepolygonccw(st_transform(st_buffer(area, within_m, 16), 4326)), 5)::json as outline
from public_alerts join public_threads using (id) left join public_photos p on p.alert_id = id
where identifier = :identifier;

-- name: earlier(alert_id)
-- The messages of its thread that an alert updates or cancels, oldest first.
select e.identifier, e.release_at
from public_threads t
join public_threads o on o.thread = t.thread and o.id < t.id
join public_alerts e on e.id = o.id
where t.id = :alert_id
order by e.id;

-- name: identifier_of(alert_id)$
-- What a published alert is called, by our own number.
select identifier from public_alerts where id = :alert_id;

-- name: without_digest()
-- Alerts of the last day whose document has not been put on record.
select a.identifier from public_alerts a
where a.release_at > now() - interval '1 day' and not exists (select from cap_digests d where d.alert_id = a.id)
order by a.id;

-- name: keep_digest(alert_id, sha256)!
-- What its document is, once.
insert into cap_digests (alert_id, sha256) values (:alert_id, :sha256) on conflict do nothing;
