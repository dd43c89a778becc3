-- What an officer composes, who must agree before it leaves, and to exactly what.

-- What an officer is composing. Saved at every change, so that a reload, a crash or a new sign-in loses nothing.
create table drafts (
  id         uuid primary key default gen_random_uuid(),
  officer    text not null,                -- made it, and is the only one who can edit it
  content    jsonb not null default '{}',  -- the fields of the form
  version    integer not null default 1,   -- counts every saved change; issuing names the version it saw
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  closed_at  timestamptz,                  -- issued or thrown away
  unique (id, officer)
);
create index drafts_open on drafts (officer, updated_at) where closed_at is null;   -- an officer's drafts

-- Every change of a draft: version, and field → [before, after].
create table draft_changes (
  draft_id uuid not null,
  version  integer not null,
  at       timestamptz not null,
  officer  text not null,
  changed  jsonb not null,
  primary key (draft_id, version)
);
create trigger draft_changes_only_grows before update or delete on draft_changes
  for each row execute function refuse_change();
create trigger draft_changes_is_never_emptied before truncate on draft_changes
  for each statement execute function refuse_change();
create constraint trigger draft_changes_are_sealed after insert on draft_changes
  deferrable initially deferred for each row execute function seal(
    'change of draft', 'draft_id || '' '' || version', 'at, officer, changed'
  );

-- What differs between two versions is written down as the draft is saved; the same version twice is refused, for the
-- second change would leave no trace.
create function keep_draft_change() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into draft_changes
  select new.id, new.version, new.updated_at, new.officer,
         jsonb_object_agg(field, jsonb_build_array(old.content -> field, new.content -> field))
  from jsonb_object_keys(old.content || new.content) field
  where old.content -> field is distinct from new.content -> field
  having count(*) > 0;
  return null;
end $$;
create trigger drafts_keep_changes after update on drafts
  for each row when (old.content is distinct from new.content) execute function keep_draft_change();

-- In order of strictness.
create type approval_rule as enum (
  'sender alone',     -- it goes at once
  'reviewed after',   -- it goes at once, and an approver looks at it afterwards
  'second person'     -- it goes when an approver has agreed to exactly this version
);

-- When which rule holds. An empty condition always holds. Of all rows whose conditions hold the strictest decides; if
-- none holds, a second person must approve. Change, add and remove rows freely: docs/operators.md shows how.
create table approval_policy (
  id          integer generated always as identity primary key,
  -- urgent alert, neighbourhood update, or the cancelling of an alert (all clear, false alarm)
  kinds       text[] not null check (kinds <> '{}' and kinds <@ array['urgent', 'update', 'cancel']),
  people_over integer check (people_over > 0),
  km2_over    double precision check (km2_over > 0),
  from_hour   smallint check (from_hour between 0 and 23),   -- London's clock; over midnight if it is the later one
  to_hour     smallint check (to_hour between 0 and 23),
  channel     channel,                                       -- only of alerts that use it
  rule        approval_rule not null,
  check ((from_hour is null) = (to_hour is null) and from_hour is distinct from coalesce(to_hour, -1))
);

insert into approval_policy (kinds, people_over, km2_over, from_hour, to_hour, channel, rule) values
  -- A crime happening now cannot wait for a second person: it is looked at afterwards.
  ('{urgent}', null, null, null, null, null, 'reviewed after'),
  ('{update}', null, null, null, null, null, 'sender alone'),
  -- It lights up phones while people sleep.
  ('{update}', null, null, 22, 7, 'push', 'reviewed after'),
  ('{urgent, update}', 3000, null, null, null, null, 'second person'),
  ('{urgent, update}', null, 20, null, null, null, 'second person'),
  -- It reaches only those who were told, and a false alarm must be put right by whoever sees it first.
  ('{cancel}', null, null, null, null, null, 'reviewed after');

-- Who changed it and why: an officer where one did, else whoever was connected.
create function audit_policy() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into audit (officer, action, detail)
  values (coalesce(nullif(current_setting('smartalert.officer', true), ''), session_user), 'approval policy changed',
          jsonb_strip_nulls(jsonb_build_object('why', nullif(current_setting('smartalert.why', true), '')))
          || jsonb_build_object('before', to_jsonb(old), 'after', to_jsonb(new)));
  return null;
end $$;
create trigger approval_policy_is_audited after insert or update or delete on approval_policy
  for each row execute function audit_policy();

-- May this officer change the rules? An administrator, who is not bound by them: whoever sends does not draw their own line.
create function may_change_policy(by text) returns boolean language sql stable
return exists (select from officers
               where id = by and 'administrator' = any(roles) and 'sender' <> all(roles) and barred_at is null);

-- Administrators move the line of one rule, or what follows from it. Which rules there are stays with the owner: a
-- condition that a rule does not have it does not get.
create function change_policy(of_rule integer, by text, reason text, over_people integer, over_km2 double precision,
                              start_hour smallint, end_hour smallint, then_rule approval_rule)
returns void language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  if not may_change_policy(by) then
    raise exception 'this officer may not change the approval policy' using errcode = 'insufficient_privilege';
  end if;
  if btrim(reason) = '' then
    raise exception 'a change of the approval policy needs a reason' using errcode = 'check_violation';
  end if;
  perform set_config('smartalert.officer', by, true), set_config('smartalert.why', reason, true);
  update approval_policy set
    people_over = case when people_over is not null then coalesce(over_people, people_over) end,
    km2_over = case when km2_over is not null then coalesce(over_km2, km2_over) end,
    from_hour = case when from_hour is not null then coalesce(start_hour, from_hour) end,
    to_hour = case when to_hour is not null then coalesce(end_hour, to_hour) end,
    rule = then_rule
  where id = of_rule;
  perform set_config('smartalert.officer', '', true), set_config('smartalert.why', '', true);
end $$;

-- The rows whose conditions hold for an alert: `at` decides the hour, `channels` are bits (1 phones, 2 e-mail).
create function approval_rules(kind text, people integer, km2 double precision, at timestamptz, channels integer)
returns setof approval_policy language sql stable
begin atomic
  select p.*
  from approval_policy p, extract(hour from at at time zone 'Europe/London') as hour
  where kind = any(p.kinds)
    and (p.people_over is null or people > p.people_over)
    and (p.km2_over is null or km2 > p.km2_over)
    and (p.channel is null or channels & case p.channel when 'push' then 1 else 2 end <> 0)
    and case when p.from_hour is null then true
             when p.from_hour < p.to_hour then hour >= p.from_hour and hour < p.to_hour
             else hour >= p.from_hour or hour < p.to_hour end;
end;

-- Square kilometres within so many metres of a point or a line (EPSG:27700).
create function area_km2(area geometry, within_m double precision) returns double precision language sql immutable
return st_area(st_buffer(area, within_m, 'quad_segs=32')) / 1e6;

-- What became of a request.
create type approval_decision as enum (
  'approved',    -- issued in the same transaction
  'returned',    -- to be changed, with a reason
  'withdrawn',   -- by the sender
  'void'         -- the draft was changed, thrown away, or asked for again after the time had run out
);

-- What a sender asks an approver to agree to. The document never changes; what becomes of the request is written once.
create table approval_requests (
  id           bigint generated always as identity primary key,
  draft_id     uuid not null,
  author       text not null,          -- made the draft
  version      integer not null,       -- of the draft
  submitted_by text not null,
  submitted_at timestamptz not null,
  lapses_at    timestamptz not null,   -- nobody may approve from then on
  reason       text not null,          -- why a second person, in words
  document     text not null,          -- canonical JSON of all that the approval binds
  sha256       text not null,          -- of the document, in hexadecimal
  decision     approval_decision,      -- null: it waits
  decided_by   text,
  decided_at   timestamptz,
  note         text,                   -- why it was returned
  foreign key (draft_id, author) references drafts (id, officer),
  check (lapses_at > submitted_at),
  check (sha256 = encode(sha256(convert_to(document, 'UTF8')), 'hex')),
  check (num_nulls(decision, decided_by, decided_at) in (0, 3)),
  constraint approver_is_somebody_else
    check (decision is null or decision not in ('approved', 'returned') or decided_by not in (author, submitted_by)),
  constraint approved_in_time check (decision is distinct from 'approved' or decided_at < lapses_at),
  constraint returned_with_a_reason check (decision is distinct from 'returned' or btrim(note) <> '')
);
-- One open request a draft; also the list of those that wait.
create unique index approval_requests_open on approval_requests (draft_id) where decision is null;
create index approval_requests_draft on approval_requests (draft_id, id);   -- what became of a draft's requests

-- A decision is final, whoever asks.
create function decide_once() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  if old.decision is not null then
    raise exception 'this request was decided before' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger approval_requests_are_decided_once before update on approval_requests
  for each row execute function decide_once();
create constraint trigger approval_requests_are_sealed after insert on approval_requests
  deferrable initially deferred for each row execute function seal(
    'request for approval', 'id', 'draft_id, author, version, submitted_by, submitted_at, lapses_at, reason, document, sha256'
  );
create constraint trigger approval_decisions_are_sealed after insert or update on approval_requests
  deferrable initially deferred for each row execute function seal(
    'decision on request for approval', 'id', 'decision, decided_by, decided_at, note'
  );

-- Whatever changes a draft, in whatever way, ends the request for it.
create function void_request() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  update approval_requests set decision = 'void', decided_by = new.officer, decided_at = clock_timestamp()
  where draft_id = new.id and decision is null;
  return null;
end $$;
create trigger drafts_void_requests after update on drafts for each row
  when (old.content is distinct from new.content or old.closed_at is distinct from new.closed_at)
  execute function void_request();

-- Which request an officer has had on their screen: the next one of that draft shows what changed since.
create table approval_looks (
  request_id bigint not null references approval_requests,
  officer    text not null,
  looked_at  timestamptz not null,
  primary key (request_id, officer)
);

revoke execute on function keep_draft_change, audit_policy, may_change_policy, change_policy, approval_rules, area_km2,
  decide_once, void_request from public;
grant execute on function may_change_policy, change_policy, approval_rules, area_km2 to smartalert_control;
grant select, insert, update (content, version, updated_at, closed_at) on drafts to smartalert_control;
grant select on draft_changes, approval_policy to smartalert_control;
grant select, insert, update (decision, decided_by, decided_at, note) on approval_requests to smartalert_control;
grant select, insert on approval_looks to smartalert_control;
-- One alert's story tells when it was begun, and when a second person was asked and agreed: the times alone.
grant select (id, created_at) on drafts to smartalert_engagement;
grant select (id, submitted_at, decided_at) on approval_requests to smartalert_engagement;
