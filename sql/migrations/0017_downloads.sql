-- How the app spreads: what its stores report, what the office did for it, and the phones that registered.

-- What the app stores report of one day. Counts only; no store tells us who.
create table download_days (
  store      text not null check (store in ('google_play', 'app_store')),
  app        text not null,              -- package name, or Apple's identifier
  day        date not null,
  -- what the day is split by; overview is the whole day, and the only one to add up
  dimension  text not null check (dimension in ('overview', 'country', 'device', 'app_version', 'os_version')),
  value      text not null default '',   -- the country, device or version
  installs   integer check (installs >= 0),     -- first installs by a person; null: the report does not say
  uninstalls integer check (uninstalls >= 0),
  updates    integer check (updates >= 0),      -- from one version to a newer
  -- devices that have the app and were switched on in the last month, by the store's count
  active     integer check (active >= 0),
  primary key (store, app, dimension, day, value),
  check ((dimension = 'overview') = (value = ''))
);

-- Every report taken in: the same file again changes nothing.
create table download_files (
  sha256      bytea primary key,
  name        text not null,   -- of the file
  store       text not null,
  dimension   text not null,
  first_day   date not null,
  last_day    date not null,
  imported_at timestamptz not null default now()
);

-- What the office did to be heard of, so that a curve can be read beside it.
create table campaigns (
  id         bigint generated always as identity primary key,
  name       text not null check (length(name) between 1 and 60),
  starts_on  date not null,
  noted_by   text not null,
  noted_at   timestamptz not null,
  removed_at timestamptz,
  removed_by text,
  check ((removed_at is null) = (removed_by is null))
);
create unique index campaigns_once on campaigns (starts_on, name) where removed_at is null;

-- How many phones could be reached on each day: the one count of devices that is our own. Whoever leaves takes the phone
-- out of contacts, so yesterday's count cannot be made from today's rows; a worker notes it every hour, and a day on which
-- none ran is a gap.
create table phone_days (
  day      date not null,      -- London's
  platform text not null,      -- empty: the phone did not say
  phones   integer not null,   -- registered and on, at the last note of that day, in tens
  primary key (day, platform)
);

-- Note today's phones; what an earlier note of the day said is replaced.
create function note_phones(at timestamptz) returns void
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  with counted as (
    select platform, in_tens(phones, phase('phones|' || platform)) as phones
    from (select coalesce(platform, '') as platform, count(*) as phones from contacts
          where channel = 'push' and off_at is null and added_at <= at group by 1) counted
  ), gone as (
    delete from phone_days where day = london_day(at) and platform not in (select platform from counted)
  )
  insert into phone_days select london_day(at), platform, phones from counted
  on conflict (day, platform) do update set phones = excluded.phones
$$;

revoke execute on function note_phones from public;
grant execute on function note_phones to smartalert_worker;
grant select, insert, update (removed_at, removed_by) on campaigns to smartalert_control;
grant select on download_days, campaigns, phone_days to smartalert_engagement;
grant select on download_days, campaigns to smartalert_analyst;
