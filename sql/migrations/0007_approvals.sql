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
  drill      bigint default current_drill() references drills,   -- the drill it is part of; null: of none
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

-- Areas that a team sends to again and again. A team is everybody who may send to the same neighbourhoods.
create table saved_areas (
  id       bigint generated always as identity primary key,
  team     text[],                 -- team_of() of its officers; null: those who may send to the whole force
  name     text not null check (btrim(name) <> '' and length(name) <= 60),
  area     jsonb not null,         -- as the field of a draft
  saved_by text not null,
  saved_at timestamptz not null
);
create unique index saved_areas_name on saved_areas (coalesce(team, '{*}'), lower(name));   -- a team's list, each name once

-- The same neighbourhoods in the same order, however the identity provider listed them.
create function team_of(jurisdiction text[]) returns text[] language sql immutable
return case when jurisdiction is not null then array(select distinct code from unnest(jurisdiction) code order by code) end;
revoke execute on function team_of from public;
grant execute on function team_of to smartalert_control;
grant select, insert, update, delete on saved_areas to smartalert_control;

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

-- Refuse whoever may not, and whoever gives no reason; what follows is audited under both.
create function begin_policy_change(by text, reason text) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  if not may_change_policy(by) then
    raise exception 'this officer may not change the approval policy' using errcode = 'insufficient_privilege';
  end if;
  if btrim(coalesce(reason, '')) = '' then
    raise exception 'a change of the approval policy needs a reason' using errcode = 'check_violation';
  end if;
  perform set_config('smartalert.officer', by, true), set_config('smartalert.why', reason, true);
end $$;

-- Administrators move the line of one rule, or what follows from it. Which rules there are stays with the owner: a
-- condition that a rule does not have it does not get.
create function change_policy(of_rule integer, by text, reason text, over_people integer, over_km2 double precision,
                              start_hour smallint, end_hour smallint, then_rule approval_rule)
returns void language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  perform begin_policy_change(by, reason);
  update approval_policy set
    people_over = case when people_over is not null then coalesce(over_people, people_over) end,
    km2_over = case when km2_over is not null then coalesce(over_km2, km2_over) end,
    from_hour = case when from_hour is not null then coalesce(start_hour, from_hour) end,
    to_hour = case when to_hour is not null then coalesce(end_hour, to_hour) end,
    rule = then_rule
  where id = of_rule;
  perform set_config('smartalert.officer', '', true), set_config('smartalert.why', '', true);
end $$;

-- How approvers are called, and whether an alert may go without one in an emergency.
create table approval_settings (
  only_row        boolean primary key default true check (only_row),
  call_next_after interval not null default '3 minutes' check (call_next_after > '0'),   -- without a decision
  may_override    boolean not null default false
);
insert into approval_settings default values;

-- What of them changed, as the audit keeps it.
create function audit_approval_settings() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into audit (officer, action, detail)
  values (coalesce(nullif(current_setting('smartalert.officer', true), ''), session_user), 'approval settings changed',
          jsonb_strip_nulls(jsonb_build_object('why', nullif(current_setting('smartalert.why', true), '')))
          || jsonb_build_object('before', to_jsonb(old) - 'only_row', 'after', to_jsonb(new) - 'only_row'));
  return null;
end $$;
create trigger approval_settings_are_audited after update on approval_settings
  for each row when (old.* is distinct from new.*) execute function audit_approval_settings();

-- Administrators change them, on the same terms.
create function change_approval_settings(by text, reason text, next_after interval, override boolean)
returns void language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  perform begin_policy_change(by, reason);
  update approval_settings set call_next_after = next_after, may_override = override;
  perform set_config('smartalert.officer', '', true), set_config('smartalert.why', '', true);
end $$;

-- May this officer send without approval in an emergency? Whoever may approve others' alerts, where the force allows it.
create function may_override_approval(by text) returns boolean language sql stable
return exists (select from approval_settings where may_override)
   and exists (select from officers
               where id = by and 'sender' = any(roles) and 'approver' = any(roles) and barred_at is null);

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

-- Square kilometres of an area.
create function area_km2(area geometry, within_m double precision) returns double precision language sql immutable
return st_area(ground_of(area, within_m, 32)) / 1e6;

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
  constraint returned_with_a_reason check (decision is distinct from 'returned' or btrim(coalesce(note, '')) <> '')
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

-- One call of an approver on one channel: a push or a mail that says that something waits, and nothing of what.
create table approval_calls (
  id             bigint generated always as identity primary key,
  request_id     bigint not null references approval_requests,
  officer        text not null references officers,
  channel        channel not null,
  called_at      timestamptz not null,   -- the same on both channels
  claimed_by     integer,                -- the number of the worker that has it in hand
  handed_over_at timestamptz,
  failed_at      timestamptz,
  failure_reason text,
  check (handed_over_at is null or failed_at is null),
  check ((failed_at is null) = (failure_reason is null))
);
create index approval_calls_request on approval_calls (request_id, called_at);   -- who was called, and who is next

-- Who is to be called next of those on duty, and when: whoever was not called yet, in the order in which they came on
-- duty; for an urgent alert then all over again. Nobody waits for a call that failed on every channel. Nobody is next
-- once it is decided or too late.
create function next_approver(of_request bigint, at timestamptz) returns table (officer text, due_at timestamptz)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  with asked as (
    select r.id, r.author, r.submitted_by, r.submitted_at, r.lapses_at, s.call_next_after,
           (r.document::jsonb #>> '{draft,urgent}')::boolean as is_urgent,
           (select d.drill from drafts d where d.id = r.draft_id) as drill,
           (select max(c.called_at) from approval_calls c where c.request_id = r.id and c.failed_at is null) as reached_at
    from approval_requests r, approval_settings s
    where r.id = of_request and r.decision is null and r.lapses_at > at
  ), may_be_called as (
    select o.id, d.since, called.times,
           greatest(asked.submitted_at, asked.reached_at + asked.call_next_after, called.last_at + asked.call_next_after) as due_at
    from asked
    join duties d on d.until > at
    join officers o on o.id = d.officer
    cross join lateral (
      select count(distinct c.called_at) as times, max(c.called_at) as last_at
      from approval_calls c where c.request_id = asked.id and c.officer = o.id
    ) called
    where 'approver' = any(o.roles) and o.barred_at is null and o.id not in (asked.author, asked.submitted_by)
      and drill_of(o.id) is not distinct from asked.drill   -- whoever would see what waits
      and (o.address <> '' or o.phone <> '') and (asked.is_urgent or called.times = 0)
  )
  select id, due_at from may_be_called where due_at < (select lapses_at from asked) order by times, since, id limit 1
$$;

-- Call whoever is next, if it is time: on each channel by which they can be reached, each with a job of its own.
create function call_next_approver(of_request bigint, at timestamptz) returns void
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  asked approval_requests;
  chosen text;
  called bigint[];
begin
  select * into asked from approval_requests where id = of_request for update;   -- one at a time
  select n.officer into chosen from next_approver(of_request, at) n where n.due_at <= at;
  if chosen is null then
    return;
  end if;
  with written as (
    insert into approval_calls (request_id, officer, channel, called_at)
    select of_request, o.id, by.channel, at
    from officers o cross join lateral (values ('push'::channel, o.phone), ('email', o.address)) by (channel, address)
    where o.id = chosen and by.address <> ''
    returning id
  )
  select array_agg(id) into called from written;
  perform procrastinate_defer_jobs_v1(array(
    select row('calls', 'call_approver', 20, null, null, jsonb_build_object('call_id', call), null)::procrastinate_job_to_defer_v1
    from unnest(called) call
  ));
  insert into audit (officer, action, draft_id, detail)
  values (asked.submitted_by, 'called an approver', asked.draft_id, jsonb_build_object('of', chosen));
end $$;

-- The same for every request that waits.
create function call_due_approvers(at timestamptz) returns void
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  waiting bigint;
begin
  for waiting in select id from approval_requests where decision is null and lapses_at > at order by id loop
    perform call_next_approver(waiting, at);
  end loop;
end $$;

-- Take a call that nobody has in hand who lives; none once it is decided. A call of a worker that died is made again:
-- rather twice than never.
create function claim_call(call bigint, worker integer, at timestamptz) returns table (
  id bigint, request_id bigint, channel text, address text, is_urgent boolean, submitted_at timestamptz, lapses_at timestamptz,
  drill bigint
) language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return query
    update approval_calls c set claimed_by = worker
    from approval_requests r, officers o, drafts d
    where c.id = call and d.id = r.draft_id and r.id = c.request_id and o.id = c.officer
      and r.decision is null and r.lapses_at > at and c.handed_over_at is null and c.failed_at is null
      and (c.claimed_by is null or c.claimed_by not in (select living_workers())) and o.barred_at is null
      and case c.channel when 'push' then o.phone else o.address end <> ''
    returning c.id, r.id, c.channel::text, case c.channel when 'push' then o.phone else o.address end,
      (r.document::jsonb #>> '{draft,urgent}')::boolean, r.submitted_at, r.lapses_at, d.drill;
end $$;

-- It certainly did not leave, or may well not have: it is free to be made again.
create function put_back_call(call bigint, worker integer) returns boolean
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  update approval_calls set claimed_by = null
  where id = call and claimed_by = worker and handed_over_at is null and failed_at is null
  returning true
$$;

-- How a call ended, once: handed over, or why not. A phone whose token is dead is linked no more.
create function end_call(call bigint, at timestamptz, failure text, dead_token text) returns void
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  ended approval_calls;
  asked approval_requests;
begin
  update approval_calls c set handed_over_at = case when failure is null then at end,
    failed_at = case when failure is not null then at end, failure_reason = failure
  where c.id = call and c.handed_over_at is null and c.failed_at is null
  returning c.* into ended;
  if ended.id is null then
    return;
  end if;
  update officers set phone = '' where id = ended.officer and phone = dead_token;
  select * into asked from approval_requests where id = ended.request_id;
  if failure is null then
    insert into audit (officer, action, draft_id, detail)
    values (asked.submitted_by, 'call handed over', asked.draft_id,
            jsonb_build_object('of', ended.officer, 'channel', ended.channel));
  else
    insert into audit (officer, action, draft_id, detail)
    values (asked.submitted_by, 'call not handed over', asked.draft_id,
            jsonb_build_object('of', ended.officer, 'channel', ended.channel, 'why', failure));
  end if;
end $$;

revoke execute on function keep_draft_change, audit_policy, may_change_policy, begin_policy_change, change_policy,
  audit_approval_settings, change_approval_settings, may_override_approval, approval_rules, area_km2, decide_once, void_request, next_approver,
  call_next_approver, call_due_approvers, claim_call, put_back_call, end_call from public;
grant execute on function may_change_policy, change_policy, change_approval_settings, may_override_approval, approval_rules,
  area_km2, next_approver, call_next_approver to smartalert_control;
grant execute on function call_due_approvers, claim_call, put_back_call, end_call to smartalert_worker;
grant select on approval_settings, approval_calls to smartalert_control;
grant select, insert, update (content, version, updated_at, closed_at) on drafts to smartalert_control;
grant select on draft_changes, approval_policy to smartalert_control;
-- What has happened in a drill, and when.
grant select (id, drill, updated_at) on drafts to smartalert_worker;
grant select (draft_id, submitted_at) on approval_requests to smartalert_worker;
grant select, insert, update (decision, decided_by, decided_at, note) on approval_requests to smartalert_control;
grant select, insert on approval_looks to smartalert_control;
-- One alert's story tells when it was begun, and when a second person was asked and agreed: the times alone.
grant select (id, created_at) on drafts to smartalert_engagement;
grant select (id, submitted_at, decided_at) on approval_requests to smartalert_engagement;
