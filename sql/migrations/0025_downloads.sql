-- What the app stores report: installs and uninstalls a day. Counts only; no store tells us who.

create table download_days (
  store      text not null check (store in ('google_play', 'app_store')),
  app        text not null,              -- package name, or Apple's identifier
  day        date not null,
  -- what the day is split by; overview is the whole day, and the only one to add up
  dimension  text not null check (dimension in ('overview', 'country', 'device', 'app_version', 'os_version')),
  value      text not null default '',   -- the country, device or version
  installs   integer check (installs >= 0),     -- first installs by a person; null: the report does not say
  uninstalls integer check (uninstalls >= 0),
  updates    integer check (updates >= 0),
  -- devices that have the app and were switched on in the last month, by the store's count
  active     integer check (active >= 0),
  primary key (store, app, dimension, day, value),
  check ((dimension = 'overview') = (value = ''))
);

-- Every report taken in: the same file again changes nothing.
create table download_files (
  sha256      bytea primary key,
  name        text not null,
  store       text not null,
  dimension   text not null,
  first_day   date not null,
  last_day    date not null,
  imported_at timestamptz not null default now()
);
