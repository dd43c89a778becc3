-- What every map lies on: one PMTiles file of vector tiles, made when the ground is imported. It is kept here because
-- processes share nothing but the database: each control room writes it to its own disk, and serves it from there.

create table ground_maps (
  id          bigint generated always as identity primary key,
  -- what it shows: everything, or one thing of several that are drawn together
  shows       text not null check (shows in ('everything', 'roads', 'rivers', 'green', 'borders')),
  source      text not null,   -- the file that it was made from, or 'training'
  attribution text not null,   -- what its publisher asks every map to say
  bytes       bigint not null check (bytes > 0),
  imported_at timestamptz not null default now()
);
create trigger keep_added after insert on ground_maps referencing new table as added
  for each statement execute function keep_ground();

create table ground_map_parts (
  map    bigint not null references ground_maps on delete cascade,
  number integer not null,   -- from 0, in the order of the file
  body   bytea not null,
  primary key (map, number)
);
-- Tiles are compressed already.
alter table ground_map_parts alter column body set storage external;

-- What is drawn, from the bottom up: the newest map of everything with the borders, or, once roads of their own were
-- imported after it, the newest of each thing.
create view drawn_ground as
select distinct on (array_position('{everything, green, rivers, roads, borders}', shows)) g.*
from ground_maps g, (
  select coalesce(max(id) filter (where shows = 'everything'), 0) as everything,
         coalesce(max(id) filter (where shows = 'roads'), 0) as roads from ground_maps
) newest
where shows = 'borders' or (shows = 'everything') = (everything > roads)
order by array_position('{everything, green, rivers, roads, borders}', shows), id desc;

-- Another one once any ground was imported, drawn or taken back.
create function ground_version() returns text
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select concat_ws('.', (select count(*) from ground_imports), (select count(undone_at) from ground_imports),
    (select coalesce(max(id), 0) from ground_maps))
$$;
revoke execute on function ground_version from public;

grant select on ground_maps, ground_map_parts, drawn_ground to smartalert_control;
grant execute on function ground_version to smartalert_control;
