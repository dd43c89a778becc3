-- name: last_act(drill)$
-- When something reached the officers of one drill last, or somebody in it acted: wrote, asked, decided, sent, read, or
-- opened a screen. Residents answer by themselves.
select greatest(
  (select max(at) from drill_events where drill = :drill and kind <> 'answer'),
  (select max(screen_at) from drill_officers where drill = :drill),
  (select max(updated_at) from drafts where drill = :drill),
  (select max(greatest(r.submitted_at, r.decided_at)) from drafts d join approval_requests r on r.draft_id = d.id
   where d.drill = :drill),
  (select max(e.at) from alerts a join audit e on e.alert_id = a.id where a.drill = :drill)
);
