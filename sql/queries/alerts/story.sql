-- name: find(wanted)$
-- The alert of this number or identifier.
select id from alerts where id::text = :wanted or identifier::text = lower(:wanted);

-- name: alert(id)^
-- One alert as it was issued, its area as GeoJSON (EPSG:4326).
select identifier, status, msg_type, urgent, incident_kind, incident_number, headline, description, instruction, contact,
       area_desc, within_m, st_asgeojson(st_transform(area, 4326), 6)::jsonb as area, topics, sectors, channels, people,
       approval_rule::text, override_reason, follow_up, issued_by, issued_at, release_at, expires_at, withdrawn_at, stopped_at, draft_id,
       (select encode(sha256(document), 'hex') from cap_documents c where c.alert_id = alerts.id) as cap_sha256
from alerts where id = :id;

-- name: thread(id)
-- The messages before and after it about the same incident.
select t.identifier, t.msg_type, t.follow_up, t.headline, t.issued_by, t.issued_at, people_of(t.id, t.people) as people
from alerts a join alerts t on t.thread = a.thread
where a.id = :id and t.id <> a.id
order by t.id;

-- name: draft_changes(draft_id)
-- How its draft came to be what was issued.
select version, at, officer, changed from draft_changes where draft_id = :draft_id order by version;

-- name: approvals(draft_id)
-- What was asked of approvers, exactly, and what they said.
select version, submitted_by, submitted_at, lapses_at, reason, document::jsonb, sha256, decision::text, decided_by,
       decided_at, note
from approval_requests where draft_id = :draft_id order by id;

-- name: looked_at_afterwards(id)
-- What an approver thought of it once it had gone.
select reviewed_by, reviewed_at, concern from alert_reviews where alert_id = :id;

-- name: responses(id)^
-- How many answered, what officers made of that, and to which teams they were passed on.
select count(*) as received, count(first_look_at) as looked_at,
       count(*) filter (where verdict = 'useful') as useful, count(*) filter (where verdict = 'not_useful') as not_useful,
       count(*) filter (where verdict = 'passed_on') as passed_on, count(*) filter (where verdict = 'resolved') as resolved,
       count(*) filter (where verdict is null) as not_judged,
       (select coalesce(json_object_agg(grade, responses), '{}')
        from (select grade, count(*) as responses from responses where alert_id = :id and grade is not null
              group by grade order by grade) g) as grades,
       (select coalesce(json_object_agg(name, responses), '{}')
        from (select t.name, count(*) as responses from responses r join teams t on t.id = r.team where r.alert_id = :id
              group by t.id order by t.name, t.id) p) as passed_to
from responses where alert_id = :id;

-- name: entries(id)
-- Its entries in the audit, and those of its draft, with their places in the chain.
select c.position, c.entry, c.hash, c.sealed, c.key, c.content, c.digest, e.id, e.at, e.mode, e.officer, e.action, e.alert_id, e.draft_id, e.detail::text
from audit e join audit_chain c on c.entry = e.id
where e.alert_id = :id or e.draft_id = (select draft_id from alerts where id = :id)
order by c.position;
