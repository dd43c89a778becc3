-- name: insert_request(draft_id, author, version, officer, now, lapses_at, reason, document, sha256)$
-- One request for approval of one version.
insert into approval_requests (draft_id, author, version, submitted_by, submitted_at, lapses_at, reason, document, sha256)
values (:draft_id, :author, :version, :officer, :now, :lapses_at, :reason, :document, :sha256)
returning id;

-- name: load(id)^
-- One request, and the alert it became.
select r.id, r.draft_id, r.author, r.version, r.submitted_by, r.submitted_at, r.lapses_at, r.reason, r.document, r.sha256,
       r.decision::text, r.decided_by, r.decided_at, r.note, a.id as alert_id
from approval_requests r
left join alerts a on a.approval_id = r.id
where r.id = :id;

-- name: lock(id)$
-- Hold off everything else that would decide it; its draft is held before.
select id from approval_requests where id = :id for update;

-- name: decide(decision, officer, now, note, id)!
-- What became of a request.
update approval_requests
set decision = :decision::approval_decision, decided_by = :officer, decided_at = :now, note = :note
where id = :id;

-- name: of_draft(draft_id)^
-- The last request for a draft.
select id, author, version, submitted_at, lapses_at, reason, decision::text, decided_by, decided_at, note
from approval_requests
where draft_id = :draft_id
order by id desc
limit 1;

-- name: waiting(now)
-- Requests that may be approved now, urgent ones first, then the longest waiting.
select r.id, r.author, r.submitted_at, r.lapses_at, r.reason,
       d #>> '{draft,headline}' as headline, d #>> '{draft,incident_kind}' as incident_kind,
       d #>> '{draft,incident_number}' as incident_number, (d #>> '{draft,urgent}')::boolean as urgent,
       d #>> '{ground,text}' as area_text, (d #>> '{audience,people}')::integer as people
from approval_requests r
cross join lateral (select r.document::jsonb as d) parsed
where r.decision is null and r.lapses_at > :now
order by urgent desc, r.submitted_at;

-- name: looked_at_before(draft_id, id, officer)^
-- The last earlier request of the same draft that this officer had on their screen.
select r.id, r.document, r.decision::text, r.decided_by, r.decided_at, r.note, l.looked_at
from approval_requests r
join approval_looks l on l.request_id = r.id and l.officer = :officer
where r.draft_id = :draft_id and r.id < :id
order by r.id desc
limit 1;

-- name: keep_look(id, officer, now)!
-- This officer has had this request on their screen.
insert into approval_looks (request_id, officer, looked_at) values (:id, :officer, :now) on conflict do nothing;
