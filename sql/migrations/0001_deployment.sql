-- What this database is, and who may come in.

-- In every step: a function or trigger looks nothing up where its caller could have put something else. PostgreSQL looks
-- for tables and types among a session's temporary ones first; `set search_path = pg_catalog, public, pg_temp` puts
-- those last. A function that queries take apart (inlining) must have no setting: `return` and `begin atomic` bind its
-- names when it is made.

create extension if not exists postgis;
create extension if not exists pg_trgm;      -- the search box
create extension if not exists fuzzystrmatch;   -- words typed wrongly in it
create extension if not exists btree_gist;   -- a number and a point in one index

-- Live or training is written once, when the database is made, and can never change: every process compares
-- it with its own setting before it starts, and the worker again before each batch.
create table deployment (
  only_row   boolean primary key default true check (only_row),   -- so that there is never a second one
  mode       text not null check (mode in ('live', 'training')),
  created_at timestamptz not null default now()
);

-- Which of the two, for entries that say so of themselves.
create function deployment_mode() returns text language sql stable
return (
  select mode from deployment
);

-- Which step of these the database is at: processes written for another refuse it. Alembic keeps it in a table of its own.
create function schema_step() returns text language plpgsql stable security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  return (select version_num from alembic_version);
end $$;

-- Turns: whoever holds a row here goes first, until their transaction ends. No advisory locks, for any role may hold any of
-- those: one that only reads figures could keep every officer from issuing.
create table turns (
  what text primary key
);
insert into turns values ('audit chain'), ('figures'), ('routine updates'), ('digests'), ('rate of push'), ('rate of email');

-- Wait for one's turn, where it is no other function's. Whoever then stands still for half a minute loses it, and what was
-- begun with it: a frozen control room would keep every other from acting.
create function take_turn(at_what text) returns void
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  perform from turns where what = at_what for update;
  perform set_config('idle_in_transaction_session_timeout', '30s', true);
end $$;

-- For triggers of what only grows.
create function refuse_change() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  raise exception '% rows are never changed or deleted', tg_table_name;
end $$;

create trigger deployment_is_for_ever before update or delete on deployment
  for each row execute function refuse_change();

-- The roles are the cluster's and no database's: database/migrations.py makes them before the first step.
grant usage on schema public
  to smartalert_control, smartalert_worker, smartalert_public, smartalert_engagement, smartalert_analyst,
     smartalert_monitor;
revoke execute on function deployment_mode, schema_step, take_turn, refuse_change from public;
grant execute on function take_turn to smartalert_control, smartalert_worker;
grant execute on function deployment_mode to smartalert_control, smartalert_worker;
grant execute on function schema_step
  to smartalert_control, smartalert_worker, smartalert_public, smartalert_engagement;
grant select on deployment to smartalert_control, smartalert_worker, smartalert_public, smartalert_engagement;
