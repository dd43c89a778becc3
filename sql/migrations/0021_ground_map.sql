-- What every map lies on: one PMTiles file of vector tiles, made when the ground is imported. It is kept here because
-- processes share nothing but the database: each control room writes it to its own disk, and serves it from there.

create table ground_maps (
  id          bigint generated always as identity primary key,   -- the newest is drawn
  source      text not null,   -- the file that it was made from, or 'training'
  attribution text not null,   -- what its publisher asks every map to say
  bytes       bigint not null check (bytes > 0),
  imported_at timestamptz not null default now()
);

create table ground_map_parts (
  map    bigint not null references ground_maps on delete cascade,
  number integer not null,   -- from 0, in the order of the file
  body   bytea not null,
  primary key (map, number)
);
-- Tiles are compressed already.
alter table ground_map_parts alter column body set storage external;

grant select on ground_maps, ground_map_parts to smartalert_control;
