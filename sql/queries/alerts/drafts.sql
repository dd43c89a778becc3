-- name: begin(id, officer)!
-- An empty draft; nothing if there is one of this id.
insert into drafts (id, officer) values (:id, :officer) on conflict (id) do nothing;

-- name: load(id, officer)^
-- One draft of this officer's, and the alert it became.
select d.id, d.version, d.content, d.updated_at, d.closed_at, a.id as alert_id
from drafts d
left join alerts a on a.draft_id = d.id
where d.id = :id and d.officer = :officer;

-- name: lock_for_issue(id, officer)^
-- The same, holding off every other attempt to issue it.
select id, officer, version, content, closed_at from drafts where id = :id and officer = :officer for update;

-- name: open_drafts(officer)
-- Unfinished ones with something in them, the last worked on first.
select id, coalesce(nullif(content ->> 'headline', ''), 'No headline yet') as headline, updated_at
from drafts
where officer = :officer and closed_at is null and version > 1
order by updated_at desc
limit 20;

-- name: change(fields, id, officer)^
-- Only the fields that changed are written: two tabs on one draft lose nothing of each other's.
update drafts set content = content || :fields, version = version + 1, updated_at = clock_timestamp()
where id = :id and officer = :officer and closed_at is null
returning version, content;

-- name: close(id, officer)!
-- Issued or thrown away: takes no more changes.
update drafts set closed_at = now() where id = :id and officer = :officer and closed_at is null;

-- name: reopen(id, officer)!
-- Bring back what was thrown away; an issued draft stays closed.
update drafts d set closed_at = null
where d.id = :id and d.officer = :officer and d.closed_at is not null
  and not exists (select from alerts a where a.draft_id = d.id);
