-- name: active(limit)
-- Alerts that count now and are part of no drill, urgent ones first, then the newest; last what says that one is over. The few that have not
-- ended are found first: joined all at once, each alert there ever was would be compared with each of them.
with open as materialized (
  select id from public_alerts where expires_at > now() and stopped_at is null and drill is null)
select id, identifier, status, msg_type, urgent, incident_kind, incident_number, headline, description, instruction,
       contact, area_desc, release_at, expires_at, stopped_at, about_person, ended_how,
       closes_appeal, is_forgotten, follow_up, newer_identifier, newer_type, newer_headline, newer_follow_up, newer_at, p.is_shown is not null as had_photo, p.alt as photo_alt,
       p.bytes as photo_bytes, p.width as photo_width, p.height as photo_height,
       drawn_as_json(area, within_m) as parts,
       st_asgeojson(st_forcepolygonccw(st_transform(ground_of(area, within_m, 16), 4326)), 5)::json as outline
from open join public_alerts using (id) join public_threads using (id) left join public_photos p on p.alert_id = id
where newer_at is null
order by msg_type = 'Cancel', urgent desc, release_at desc
limit :limit;

-- name: find(identifier)^
-- One published alert.
select id, identifier, status, msg_type, urgent, incident_kind, incident_number, headline, description, instruction,
       contact, area_desc, release_at, expires_at, stopped_at, about_person, ended_how,
       closes_appeal, is_forgotten, follow_up, newer_identifier, newer_type, newer_headline, newer_follow_up, newer_at, p.is_shown is not null as had_photo, p.alt as photo_alt,
       p.bytes as photo_bytes, p.width as photo_width, p.height as photo_height,
       drawn_as_json(area, within_m) as parts,
       st_asgeojson(st_forcepolygonccw(st_transform(ground_of(area, within_m, 16), 4326)), 5)::json as outline
from public_alerts join public_threads using (id) left join public_photos p on p.alert_id = id
where identifier = :identifier;

-- name: issued(alert_id)^
-- One alert as it was issued, whoever may read it yet.
select id, identifier, status, msg_type, urgent, incident_kind, incident_number, headline, description, instruction,
       contact, area_desc, issued_at, release_at, expires_at, null as stopped_at, about_person, follow_up,
       about_person and follow_up in ('all_clear', 'false_alarm', 'outcome') is true as closes_appeal,
       p.alt as photo_alt, length(p.jpeg) as photo_bytes, p.width as photo_width, p.height as photo_height,
       drawn_as_json(area, within_m) as parts,
       st_asgeojson(st_forcepolygonccw(st_transform(ground_of(area, within_m, 16), 4326)), 5)::json as outline
from alerts left join alert_photos p on p.alert_id = id
where id = :alert_id;

-- name: earlier(alert_id)
-- The messages of its thread that an alert updates or cancels, as their documents name them, oldest first.
select e.identifier, d.sender, e.issued_at as sent
from alerts a
join alerts e on e.thread = a.thread and e.id < a.id and e.withdrawn_at is null
join cap_documents d on d.alert_id = e.id
where a.id = :alert_id
order by e.id;

-- name: keep_document(alert_id, sender, document)!
-- Its CAP document, for good.
insert into cap_documents (alert_id, sender, document) values (:alert_id, :sender, :document);

-- name: document(identifier)^
-- The CAP document of a published alert; null where it is withheld.
select document, sha256 from public_documents where identifier = :identifier;

-- name: identifier_of(alert_id)$
-- What a published alert is called, by our own number.
select identifier from public_alerts where id = :alert_id;
