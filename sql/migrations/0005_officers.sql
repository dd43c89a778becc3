-- Officers and their sign-ins: who may act is asked of the database on every run and inside every transaction that writes.

-- Everybody who ever signed in, as the force's identity provider last described them.
create table officers (
  id           text primary key,   -- what ledger and audit call them
  name         text not null,
  post         text not null default '',   -- their job
  roles        text[] not null,    -- Role of officers/register.py
  jurisdiction text[],             -- codes of the neighbourhoods they may send to; null: the whole force; empty: nowhere
  address      text not null default '',   -- their own mailbox; empty: the identity provider does not say
  phone        text not null default '',   -- the app on their own phone, as FCM calls it; empty: none is linked
  barred_at    timestamptz,        -- an administrator took their access away
  barred_by    text
);

-- One sign-in in one browser. Its cookie holds a secret; only the SHA-256 is kept.
create table officer_sessions (
  hash         bytea primary key check (length(hash) = 32),
  id           bigint generated always as identity unique,   -- what administrators call it
  officer      text not null references officers,
  signed_in_at timestamptz not null,
  ends_at      timestamptz not null,
  last_seen_at timestamptz not null,   -- the last thing they did; a screen that refreshes itself does nothing
  ended_at     timestamptz,            -- signed out, ended by an administrator, or barred
  ended_by     text,
  check (ends_at > signed_in_at and ends_at <= signed_in_at + interval '12 hours'),   -- a shift
  check ((ended_at is null) = (ended_by is null))
);
create index officer_sessions_open on officer_sessions (officer) where ended_at is null;   -- barring, and who is here

-- What has ended stays ended, whoever asks.
create function refuse_to_reopen() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  if old.ended_at is not null then
    raise exception 'this sign-in has ended';
  end if;
  return new;
end $$;
create trigger officer_sessions_end_for_good before update on officer_sessions
  for each row execute function refuse_to_reopen();

-- Sign-ins that were refused: each makes the next of the same account from the same place wait longer.
create table refused_sign_ins (
  id      bigint generated always as identity primary key,
  at      timestamptz not null,
  place   text not null,              -- the network address of the machine, inside the force
  account text not null default '',   -- the officer's id, where the identity provider came so far as to give one
  who     text not null default '',   -- as it names them
  reason  text not null
);
create index refused_sign_ins_lately on refused_sign_ins (at);   -- the administrators' list, and the wait

-- Who is on duty and may be called when an alert waits for approval: as they say themselves, or an administrator does.
create table duties (
  officer text primary key references officers,
  since   timestamptz not null,   -- who came first is called first
  until   timestamptz not null check (until > since),
  set_by  text not null
);

grant select, insert, update (name, post, roles, jurisdiction, address, phone, barred_at, barred_by) on officers
  to smartalert_control;
grant select, insert, update (since, until, set_by), delete on duties to smartalert_control;
grant select, insert, update (last_seen_at, ended_at, ended_by) on officer_sessions to smartalert_control;
grant select, insert on refused_sign_ins to smartalert_control;

-- The code by which made-up officers sign in from other computers of an exercise, as long as a trainer shows it.
create table exercise_code (
  only_row   boolean primary key default true check (only_row),
  code       text not null check (length(code) >= 8),
  shown_by   text not null references officers,
  expires_at timestamptz not null,
  constraint only_in_training check (deployment_mode() = 'training')
);
grant select, insert, update (code, shown_by, expires_at), delete on exercise_code to smartalert_control;

-- Drills: runs of a scenario, each a world of its own (0024 says how). One that is run again is another run.
create table drills (
  id         bigint generated always as identity primary key,
  scenario   jsonb not null,        -- as it was when the run was made: a later edit changes no run
  seed       integer not null,
  place      jsonb not null,        -- where the story happens on this ground, as drills/place.py found it
  trainer    text not null references officers,
  made_at    timestamptz not null,
  started_at timestamptz,
  paused_at  timestamptz,           -- its clock stands still since then
  paused_for interval not null default '0',   -- what pauses that are over took
  ended_at   timestamptz,
  repeats    bigint references drills,         -- the run that it was made from
  constraint only_in_training check (deployment_mode() = 'training'),
  check (started_at is not null or num_nulls(paused_at, ended_at) = 2),
  check (paused_at is null or ended_at is null)
);

-- Who takes part, until they leave or it ends; an officer is in one drill at a time.
create table drill_officers (
  drill     bigint not null references drills,
  officer   text not null references officers,
  left_at   timestamptz,
  screen    text not null default '',   -- what they opened last in it
  screen_at timestamptz,
  primary key (drill, officer)
);
create unique index drill_officers_present on drill_officers (officer) where left_at is null;

-- The drill that runs for an officer; null: none, they are in the ordinary world.
create function drill_of(who text) returns bigint language sql stable
return (
  select d.id from drill_officers o join drills d on d.id = o.drill
  where o.officer = who and o.left_at is null and d.started_at is not null and d.ended_at is null
);

-- The world that a transaction is in, as its process set `smartalert.drill`: a drill's number, or null, the ordinary one.
create function current_drill() returns bigint language sql stable
return nullif(current_setting('smartalert.drill', true), '')::bigint;

-- Whether what belongs to this drill (null: to the ordinary world) is seen by whoever asks. In a drill its own alone;
-- outside, officers and figures see nothing of any drill, while workers and the public service do their work for all.
-- 'every' is for the check of the audit's chain, which covers all worlds.
create function is_seen(drill bigint) returns boolean language sql stable
return case coalesce(current_setting('smartalert.drill', true), '')
  when '' then drill is null or pg_has_role(current_user, 'smartalert_worker', 'usage')
                             or pg_has_role(current_user, 'smartalert_public', 'usage')
  when 'every' then true
  else drill is not null and drill = current_setting('smartalert.drill')::bigint
end;
revoke execute on function drill_of, current_drill, is_seen from public;
grant execute on function drill_of to smartalert_control, smartalert_worker;
grant execute on function current_drill to smartalert_control, smartalert_worker;
grant execute on function is_seen to smartalert_control, smartalert_worker, smartalert_public, smartalert_engagement;
grant select, insert, update (started_at, paused_at, paused_for, ended_at) on drills to smartalert_control;
grant select, insert, update (left_at, screen, screen_at) on drill_officers to smartalert_control;
-- One that was left ends by itself.
grant select, update (started_at, paused_at, paused_for, ended_at) on drills to smartalert_worker;
grant select, update (left_at) on drill_officers to smartalert_worker;

-- Sign-ins and refusals are looked into for a month; the audit keeps for good who signed in when.
create function forget_old_sign_ins() returns void
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  delete from officer_sessions where ends_at < now() - interval '30 days';
  delete from refused_sign_ins where at < now() - interval '30 days';
$$;
revoke execute on function refuse_to_reopen, forget_old_sign_ins from public;
grant execute on function forget_old_sign_ins to smartalert_worker;
