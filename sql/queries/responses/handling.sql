-- name: look(now, officer, id)^
-- The first time somebody looked at it; nothing if that has been.
update responses set first_look_at = :now, first_look_by = :officer
where id = :id and first_look_at is null
returning id, reference, alert_id, claimed_by, verdict, grade;

-- name: lock(id)^
-- One response, holding off everybody else who would work on it.
select id, reference, alert_id, claimed_by, verdict, grade from responses where id = :id for update;

-- name: set_claim(officer, now, id)!
-- Whose it is to deal with; nobody's, when officer is null.
update responses set claimed_by = :officer::text, claimed_at = :now::timestamptz where id = :id;

-- name: judge(verdict, officer, now, outcome, team, id)!
-- What it is worth, by whom, and what came of it, as said now or before; all of it empty again when verdict is null.
-- A team that it was passed on to keeps it while it is closed.
update responses set
  verdict = :verdict::text,
  verdict_by = case when :verdict::text is not null then :officer end,
  verdict_at = case when :verdict::text is not null then :now::timestamptz end,
  outcome = case when :verdict::text is not null then coalesce(nullif(:outcome, ''), outcome) end,
  team = case when :verdict::text = 'passed_on' then :team::bigint when :verdict::text <> 'useful' then team end,
  passed_at = case when :verdict::text = 'passed_on' then :now when :verdict::text <> 'useful' then passed_at end,
  passed_by = case when :verdict::text = 'passed_on' then :officer when :verdict::text <> 'useful' then passed_by end
where id = :id;

-- name: add_note(id, now, officer, words)!
-- One more note.
insert into response_notes (response_id, at, officer, words) values (:id, :now, :officer, :words);
