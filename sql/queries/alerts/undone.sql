-- name: undone(id)^
-- The draft that an undone alert was.
select d.officer, d.content from alerts a join drafts d on d.id = a.draft_id
where a.id = :id and a.withdrawn_at is not null;

-- name: unfinished(officer, alert_id)$
-- The draft in which this officer already sends it again.
select id from drafts
where officer = :officer and closed_at is null and content ->> 'again' = :alert_id::text
order by updated_at desc
limit 1;
