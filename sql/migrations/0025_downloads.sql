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
grant select, insert, update (removed_at, removed_by) on campaigns to smartalert_control;

-- The engagement screen reads as a role of its own: figures, and nothing that is about one person.
do $$
begin
  if not exists (select from pg_roles where rolname = 'smartalert_engagement') then
    create role smartalert_engagement login;
  end if;
exception when duplicate_object or unique_violation then
  null; -- another database of this cluster made it in the same moment
end $$;
grant usage on schema public to smartalert_engagement;
grant select on deployment, neighbourhoods, download_days, campaigns, figures_as_of, sign_up_days, stays,
  message_months, alert_figures, alert_channels, counted_alerts to smartalert_engagement;
grant select on download_days, campaigns to smartalert_analyst;
-- One alert's story: its words, its map, and when what happened; of deliveries and responses the times alone.
grant select on alerts, public_alerts, streets, towns to smartalert_engagement;
grant select (id, created_at) on drafts to smartalert_engagement;
grant select (alert_id, handed_over_at, delivered_at, opened_at) on deliveries to smartalert_engagement;
grant select (alert_id, received_at, first_look_at) on responses to smartalert_engagement;
