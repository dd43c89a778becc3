-- What the analyst's role reads: figures of whole months in tens, and nothing of any person.
-- A worker writes the three tables, from what screens show; the views add whose they are.

-- Null is not published, or too few to say.

-- Sign-ups of one month by one thing.
create table analysis_sign_ups (
  dimension text not null,   -- all, neighbourhood, district, channel, heard_of, topic, sector, reason, stay
  month     date not null,
  label     text not null,   -- of that dimension, as screens name it
  started   integer,
  confirmed integer,
  leavers   integer,
  active    integer,         -- at the month's end
  primary key (dimension, month, label)
);

-- Who could be told in each neighbourhood.
create table analysis_coverage (
  neighbourhood text primary key,
  district      text not null,
  residents     integer,
  active        integer      -- at the end of the last whole month
);

-- How far each alert got, and what came back.
create table analysis_alerts (
  alert_id         bigint primary key,
  released_at      timestamptz not null,
  kind             text not null,      -- of incident
  urgent           boolean not null,
  msg_type         text not null,
  neighbourhood    text not null,
  district         text not null,
  withdrawn        boolean not null,
  stopped          boolean not null,
  people           integer not null,
  handed_over      integer not null,
  delivered        integer not null,
  opened           integer not null,
  responses        integer not null,
  useful           integer not null,
  in_time          double precision,   -- share of hand-overs within promise_s() of release; null: too few
  p50_s            double precision,
  p95_s            double precision,
  response_s       double precision,   -- half of the responses came within; from a response to its first look, half
  look_s           double precision,
  results          text[] not null     -- what it led to
);

-- Figures of training say EXERCISE in every row.
create function whose_figures() returns text
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select case mode when 'training' then 'EXERCISE' else 'live' end from deployment
$$;
-- What the analyst's spreadsheets may read.
create view analyst_sign_ups as select whose_figures() as deployment, * from analysis_sign_ups;
create view analyst_coverage as
select whose_figures() as deployment, *, 1000.0 * active / residents as per_1000 from analysis_coverage;
create view analyst_alerts as select whose_figures() as deployment, * from analysis_alerts;
create view analyst_as_of as select whose_figures() as deployment, published_at from figures_as_of;

revoke execute on function whose_figures from public;
grant execute on function whose_figures to smartalert_analyst;
grant select on analyst_sign_ups, analyst_coverage, analyst_alerts, analyst_as_of to smartalert_analyst;
grant select, insert, delete on analysis_sign_ups, analysis_coverage, analysis_alerts to smartalert_worker;
