-- The public's side begins: what people choose beyond topics, what proves who they are, letters about the service itself.
-- The public service cannot read people. It acts through functions that need the person's own secret.

alter table subscribers
  add column consent_version text,          -- which consent text they agreed to
  add column consented_at    timestamptz,
  add column heard_of        text,          -- how they heard of Smart Alert
  add column quiet_from      time,          -- routine messages wait from …
  add column quiet_to        time,          -- … to, London time; urgent alerts never wait
  add column left_reason     text,
  add check ((quiet_from is null) = (quiet_to is null));

alter table contacts
  add column platform    text check (platform in ('android', 'ios', 'web')),
  add column app_version text;

-- What proves who somebody is: a link is mailed and used once, a session lasts an hour, an app keeps what it was given.
-- Kept as SHA-256 only.
create table secrets (
  hash          bytea primary key check (length(hash) = 32),
  purpose       text not null check (purpose in ('confirm', 'link', 'session', 'device')),
  subscriber_id bigint not null references subscribers on delete cascade,
  made_at       timestamptz not null default now(),
  expires_at    timestamptz not null,
  used_at       timestamptz
);
create index secrets_subscriber on secrets (subscriber_id);   -- erasure, and ending every session

-- Whose secret this is, if it serves one of these purposes and is still good; null otherwise. A link works once:
-- whoever accepts it sets used_at in the same transaction.
create function whose(secret text, purposes text[]) returns bigint
language sql stable security definer set search_path = public as $$
  select subscriber_id from secrets
  where hash = sha256(convert_to(secret, 'UTF8')) and purpose = any(purposes) and expires_at > now() and used_at is null
$$;

-- Mail about the service itself: confirmation and preference links. The worker hands a letter over once and then
-- forgets its words and address, for the words hold a live secret.
create table letters (
  id             bigint generated always as identity primary key,
  address        text,
  subject        text,
  body           text,
  html           text,
  written_at     timestamptz not null default now(),
  claimed_at     timestamptz,
  handed_over_at timestamptz,
  failure_reason text,
  provider_reference text
);

-- How often one address or network did something lately; holds across processes. Unlogged: a crash forgives.
create unlogged table attempts (
  key          bytea not null,          -- SHA-256 of what is limited and by whom: no address is kept
  window_start timestamptz not null,
  count        integer not null,
  primary key (key, window_start)
);

-- Count one more attempt; is it still within the limit for this window?
create function attempt(what text, who text, per interval, at_most integer) returns boolean
language sql security definer set search_path = public as $$
  insert into attempts as a (key, window_start, count)
  values (sha256(convert_to(what || ' ' || who, 'UTF8')), date_bin(per, now(), 'epoch'), 1)
  on conflict (key, window_start) do update set count = a.count + 1
  returning count <= at_most
$$;

revoke execute on function whose, attempt from public;
grant execute on function attempt to smartalert_public, smartalert_control;
grant select, update on letters to smartalert_worker;
grant delete on attempts to smartalert_worker;
