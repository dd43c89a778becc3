-- Alerts: composed as drafts, issued once, then never rewritten.

-- What an officer is composing. Saved at every change, so that a reload, a crash or a new sign-in loses nothing.
create table drafts (
  id         uuid primary key default gen_random_uuid(),
  officer    text not null,
  content    jsonb not null default '{}',
  version    integer not null default 1,   -- counts every saved change; issuing names the version it saw
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  closed_at  timestamptz                   -- issued or thrown away
);
create index drafts_open on drafts (officer, updated_at) where closed_at is null;   -- an officer's drafts

-- One issued CAP message.
create table alerts (
  id              bigint generated always as identity primary key,
  identifier      uuid not null unique default gen_random_uuid(),   -- what phones, mails and CAP call it
  draft_id        uuid not null unique references drafts,           -- a double click, a second tab: still one alert
  status          text not null check (status in ('Actual', 'Exercise')),
  msg_type        text not null check (msg_type in ('Alert', 'Update', 'Cancel')),
  urgent          boolean not null,   -- crime happening now, not a routine update
  incident_kind   text not null,
  incident_number text not null,
  headline        text not null,
  description     text not null,
  instruction     text not null,
  contact         text not null,
  -- a point (circle) or the lines of a street, copied: a later import of streets changes no alert
  area            geometry(Geometry, 27700) not null,
  within_m        double precision not null check (within_m > 0 and within_m <= 3000),
  street_id       bigint,             -- null: a circle
  area_desc       text not null,
  topics          integer not null,
  sectors         integer not null,
  channels        integer not null check (channels between 1 and 3),
  people          integer not null check (people > 0),   -- told, as counted in the transaction that issued it
  issued_by       text not null,
  issued_at       timestamptz not null,
  release_at      timestamptz not null,   -- the end of the officer's ten seconds to undo
  expires_at      timestamptz not null,
  withdrawn_at    timestamptz,            -- undone before release: nobody was told
  stopped_at      timestamptz,            -- stopped after release: what was unsent stays unsent
  check (expires_at > issued_at and release_at >= issued_at),
  check (withdrawn_at is null or stopped_at is null)
);
create index alerts_recent on alerts (issued_at desc);   -- live page
create index alerts_area on alerts using gist (area);    -- other alerts near this one

-- The exact words that left, frozen when the alert was issued.
create table messages (
  alert_id bigint not null references alerts,
  channel  channel not null,
  title    text not null,
  body     text not null,
  html     text not null default '',
  primary key (alert_id, channel)
);

-- Who did what. Written in the same transaction as what it tells; never changed.
create table audit (
  id       bigint generated always as identity primary key,
  at       timestamptz not null default now(),
  officer  text not null,
  action   text not null,
  alert_id bigint,
  draft_id uuid,
  detail   jsonb not null default '{}'
);
create index audit_alert on audit (alert_id);   -- the timeline of one alert
create trigger audit_only_grows before update or delete on audit
  for each row execute function refuse_change();

grant select, insert, update on drafts to smartalert_control;
grant select, insert, update (release_at, withdrawn_at, stopped_at) on alerts to smartalert_control;
grant select, insert on messages, audit to smartalert_control;
grant select on alerts, messages to smartalert_worker;
