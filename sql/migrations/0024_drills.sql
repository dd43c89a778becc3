-- A drill is a world of its own. Its rows lie in the same tables as all others, and whoever asks from elsewhere is shown
-- none of them: row security, by what a row hangs on. It is switched on where drills can be, in a training database; a
-- live one has no drills, and loses no index to it.

-- What happened in a drill, by its own clock: injects, what officers did, what residents answered. The score's evidence.
create table drill_events (
  id        bigint generated always as identity primary key,
  drill     bigint not null references drills,
  at        timestamptz not null,
  clock     interval not null,        -- of the drill: pauses left out
  kind      text not null,            -- Kind of drills/runs.py
  name      text not null default '', -- of an inject
  officer   text,                     -- null: nobody's act
  detail    jsonb not null default '{}'
);
create index drill_events_drill on drill_events (drill, id);   -- one drill's log
create unique index drill_events_once on drill_events (drill, name) where name <> '';   -- a job tried again injects once
create trigger drill_events_only_grows before update or delete on drill_events
  for each row execute function refuse_change();
create trigger drill_events_is_never_emptied before truncate on drill_events
  for each statement execute function refuse_change();
grant select, insert on drill_events to smartalert_control, smartalert_worker;

-- What a resident's dice show in answer to one message of a drill, from 0 up to 1: the first, whether and what they say;
-- the second, how soon. The same of the same seed, message and person in every run.
create function dice(seed integer, message bigint, person bigint, throw integer) returns double precision
language sql stable parallel safe
return ('x' || encode(substr(sha256(convert_to(concat_ws('|', seed, message, person), 'UTF8')), 4 * throw - 3, 4), 'hex')
       )::bit(32)::bigint / 4294967296.0::double precision;
revoke execute on function dice from public;
grant execute on function dice to smartalert_control, smartalert_worker;

-- Which rows of a table are of the world that one is in. Workers do their work for all worlds.
create function separate(of_table regclass, mine text) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  execute format('create policy of_this_world on %s to smartalert_control, smartalert_engagement using (%s)', of_table, mine);
  execute format('create policy of_every_world on %s to smartalert_worker using (true)', of_table);
end $$;
select separate('alerts', 'is_seen(drill)'), separate('drafts', 'is_seen(drill)'),
       separate('drill_events', 'is_seen(drill)'), separate('outages', 'is_seen(drill)');
select separate(of_alert, 'exists (select from alerts a where a.id = alert_id)')
from unnest(array['alert_photos', 'alert_reviews', 'cap_documents', 'deliveries', 'forgotten_alerts', 'later_audiences',
                  'messages', 'outcomes', 'responses', 'results']::regclass[]) of_alert;
select separate(of_draft, 'exists (select from drafts d where d.id = draft_id)')
from unnest(array['approval_requests', 'draft_changes', 'draft_photos']::regclass[]) of_draft;
select separate(of_request, 'exists (select from approval_requests r where r.id = request_id)')
from unnest(array['approval_calls', 'approval_looks']::regclass[]) of_request;
select separate(of_response, 'exists (select from responses r where r.id = response_id)')
from unnest(array['response_notes', 'response_photos']::regclass[]) of_response;

-- Which drill an alert or a draft is of, whoever asks; those of none are not there. An entry of the audit is of the world
-- of what it is about, and of all worlds where it is about neither.
create view drill_alerts as select id, drill from alerts where drill is not null;
create view drill_drafts as select id, drill from drafts where drill is not null;
grant select on drill_alerts, drill_drafts to smartalert_control;
select separate('audit', '(alert_id is null or is_seen((select a.drill from drill_alerts a where a.id = alert_id)))
                          and (draft_id is null or is_seen((select d.drill from drill_drafts d where d.id = draft_id)))');

-- Row security where drills can be.
create function keep_worlds_apart() returns void language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  one regclass;
begin
  for one in select polrelid from pg_policy where polname = 'of_this_world' loop
    execute format('alter table %s enable row level security', one);
  end loop;
end $$;
create function settle_worlds() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  perform keep_worlds_apart();
  return null;
end $$;
create trigger deployment_settles_worlds after insert on deployment
  for each row when (new.mode = 'training') execute function settle_worlds();
do $$ begin
  if deployment_mode() = 'training' then
    perform keep_worlds_apart();
  end if;
end $$;
revoke execute on function separate, keep_worlds_apart, settle_worlds from public;
