-- Who must agree before an alert leaves, to exactly what, and who looked at it afterwards.

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

create function audit_policy() returns trigger language plpgsql as $$
begin
  insert into audit (officer, action, detail)
  values (session_user, 'approval policy changed', jsonb_build_object('before', to_jsonb(old), 'after', to_jsonb(new)));
  return null;
end $$;
create trigger approval_policy_is_audited after insert or update or delete on approval_policy
  for each row execute function audit_policy();

-- The rows whose conditions hold for an alert: `at` decides the hour, `channels` are bits (1 phones, 2 e-mail).
create function approval_rules(kind text, people integer, km2 double precision, at timestamptz, channels integer)
returns setof approval_policy language sql stable as $$
  select p.*
  from approval_policy p, extract(hour from at at time zone 'Europe/London') as hour
  where kind = any(p.kinds)
    and (p.people_over is null or people > p.people_over)
    and (p.km2_over is null or km2 > p.km2_over)
    and (p.channel is null or channels & case p.channel when 'push' then 1 else 2 end <> 0)
    and case when p.from_hour is null then true
             when p.from_hour < p.to_hour then hour >= p.from_hour and hour < p.to_hour
             else hour >= p.from_hour or hour < p.to_hour end
$$;

-- Square kilometres within so many metres of a point or a line (EPSG:27700).
create function area_km2(area geometry, within_m double precision) returns double precision language sql immutable as $$
  select st_area(st_buffer(area, within_m, 32)) / 1e6
$$;

-- What a sender asks an approver to agree to. The document never changes; what becomes of the request is written once.
create type approval_decision as enum (
  'approved',    -- issued in the same transaction
  'returned',    -- to be changed, with a reason
  'withdrawn',   -- by the sender
  'void'         -- the draft was changed, thrown away, or asked for again after the time had run out
);

alter table drafts add unique (id, officer);
create table approval_requests (
  id           bigint generated always as identity primary key,
  draft_id     uuid not null,
  author       text not null,          -- made the draft, and is the only one who can edit it
  version      integer not null,       -- of the draft
  submitted_by text not null,
  submitted_at timestamptz not null,
  lapses_at    timestamptz not null,   -- nobody may approve from then on
  reason       text not null,          -- why a second person, in words
  document     text not null,          -- canonical JSON of all that the approval binds
  sha256       text not null,
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

create function decide_once() returns trigger language plpgsql as $$
begin
  if old.decision is not null then
    raise exception 'this request was decided before' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger approval_requests_are_decided_once before update on approval_requests
  for each row execute function decide_once();

-- Whatever changes a draft, in whatever way, ends the request for it.
create function void_request() returns trigger language plpgsql as $$
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

alter table alerts
  add column approval_rule approval_rule not null default 'sender alone',
  add column approval_id   bigint unique references approval_requests,
  add unique (id, issued_by),
  -- A circle or a street and nothing else: an area that is empty, broken, nowhere or of another shape reaches nobody.
  add constraint area_is_a_circle_or_a_street check ((
    case when st_isempty(area) or not st_isvalid(area) then false
         when street_id is not null then geometrytype(area) in ('LINESTRING', 'MULTILINESTRING') and within_m <= 200
         when geometrytype(area) <> 'POINT' then false
         else st_x(area) between 0 and 700000 and st_y(area) between 0 and 1300000 end
  ) is true);
-- What an approver still has to look at.
create index alerts_reviewed_after on alerts (issued_at) where approval_rule = 'reviewed after';

-- The last word on what may be issued: the rule is worked out here, and an alert under approval is the approved one.
create function require_approval() returns trigger language plpgsql as $$
declare
  kind text := case when new.msg_type = 'Cancel' then 'cancel' when new.urgent then 'urgent' else 'update' end;
  approved jsonb;
begin
  select coalesce(max(rule), 'second person') into new.approval_rule
  from approval_rules(kind, new.people, area_km2(new.area, new.within_m), new.issued_at, new.channels);
  if new.approval_id is null then
    if new.approval_rule = 'second person' then
      raise exception 'a second person must approve this alert' using errcode = 'check_violation';
    end if;
    return new;
  end if;
  select document::jsonb into approved from approval_requests
  where id = new.approval_id and decision = 'approved' and draft_id = new.draft_id and author = new.issued_by;
  if approved is null
     or row (approved #>> '{draft,headline}', approved #>> '{draft,description}', approved #>> '{draft,instruction}',
             approved #>> '{draft,contact}', approved #>> '{draft,incident_number}',
             (approved #>> '{draft,urgent}')::boolean, (approved #>> '{draft,topics}')::integer,
             (approved #>> '{draft,sectors}')::integer, approved #>> '{ground,geom}',
             (approved #>> '{ground,within_m}')::double precision)
        is distinct from
        row (new.headline, new.description, new.instruction, new.contact, new.incident_number, new.urgent, new.topics,
             new.sectors, new.area::text, new.within_m) then
    raise exception 'this is not the alert that was approved' using errcode = 'check_violation';
  end if;
  new.approval_rule := 'second person';
  return new;
end $$;
create trigger alerts_require_approval before insert on alerts for each row execute function require_approval();

-- What an approver thought of an alert that had gone at once. Written once.
create table alert_reviews (
  alert_id    bigint primary key,
  issued_by   text not null,
  reviewed_by text not null,
  reviewed_at timestamptz not null,
  concern     text check (btrim(concern) <> ''),   -- null: seen and right
  foreign key (alert_id, issued_by) references alerts (id, issued_by),
  constraint reviewer_is_somebody_else check (reviewed_by <> issued_by)
);

grant select on approval_policy to smartalert_control;
grant select, insert, update (decision, decided_by, decided_at, note) on approval_requests to smartalert_control;
grant select, insert on approval_looks, alert_reviews to smartalert_control;
