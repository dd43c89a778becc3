-- The ground: boundary, neighbourhoods, streets, towns, postcodes, landmarks.
-- Metres in EPSG:27700 (British National Grid): a true 3,000 m measures 2,998.9 m there, where EPSG:3857 would say 4,960.

-- Where this force may send. Nothing outside it is ever matched.
create table force_area (
  only_row boolean primary key default true check (only_row),   -- one force a deployment
  name     text not null,
  geom     geometry(MultiPolygon, 27700) not null check (st_isvalid(geom))
);

-- Neighbourhood team areas: the unit in which officers and the commissioner's office read counts.
create table neighbourhoods (
  id        bigint generated always as identity primary key,
  code      text not null unique,            -- the publisher's; officers' jurisdictions are lists of these
  name      text not null,
  district  text not null default '',        -- what it belongs to
  residents integer check (residents > 0),   -- for coverage per 1,000 residents; null: not known
  geom      geometry(MultiPolygon, 27700) not null
);
create index neighbourhoods_geom on neighbourhoods using gist (geom);   -- which neighbourhood is this in

-- The neighbourhood a point lies in; on a shared border the first imported.
create function neighbourhood_at(at geometry) returns bigint language sql stable
return (
  select id from neighbourhoods where st_covers(geom, at) order by id limit 1
);

-- A name as it is searched, which geography/search.py writes alike: small letters without accents, quotation marks or
-- points, all other signs as spaces, "Saint" as "St", so that "st marys" finds Saint Mary's.
create function as_searched(name text) returns text
language sql immutable parallel safe
return btrim(regexp_replace(regexp_replace(replace(translate(lower(
    regexp_replace(normalize(translate(name, '''"`´‘’‚‛“”„‟′″‵ʹʺʻʼʽˈ՚.', ''), nfkd),
      '[\u0300-\u036f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]', '', 'g')),
    '''"`', ''),
    '&', ' and '),
    '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u00d7\u00f7\u2000-\u2bff\u3000-\u303f]+', ' ', 'g'),
    '\msaint\M', 'st', 'g'));

-- One row a street as people know it: its links are joined when it is imported.
create table streets (
  id        bigint generated always as identity primary key,
  name      text not null,
  -- the town or village it is told apart by: one county has many High Streets
  locality  text not null default '',
  -- main ones are drawn wide, paths found last
  kind      text not null default 'local' check (kind in ('main', 'local', 'path')),
  source    text not null check (source in ('training', 'osm', 'os_open_roads')),
  -- the publisher's own key of the street (OS road_name_toid); importing again replaces, never doubles
  source_id text not null,
  geom      geometry(MultiLineString, 27700) not null check (st_isvalid(geom) and not st_isempty(geom)),
  -- stored, for ST_AsMVT: transforming on the fly costs three times as much
  geom_3857 geometry(MultiLineString, 3857) generated always as (st_transform(geom, 3857)) stored,
  -- what it is found by: its name and its town
  searched  text not null generated always as (as_searched(name || ' ' || locality)) stored,
  unique (source, source_id)
);
create index streets_geom on streets using gist (geom);                       -- nearest street to a click
create index streets_geom_3857 on streets using gist (geom_3857);             -- map tiles
create index streets_searched on streets using gin (searched gin_trgm_ops);   -- search box

-- Towns and villages, to name a place by the nearest.
create table towns (
  id         bigint generated always as identity primary key,
  name       text not null,   -- one county has two Miltons
  population integer not null,
  point      geometry(Point, 27700) not null,
  searched   text not null generated always as (as_searched(name)) stored
);

-- Code-Point Open, spelled as people write it: "ST16 2LD".
create table postcodes (
  postcode text primary key,
  point    geometry(Point, 27700) not null
);

-- What officers look for on a map and topics attach to.
create table landmarks (
  id   bigint generated always as identity primary key,
  kind text not null check (kind in ('school', 'canal', 'farm', 'stables', 'water', 'station')),
  name text not null,
  geom geometry(Geometry, 27700) not null,
  searched text not null generated always as (as_searched(name)) stored
);
create index landmarks_geom on landmarks using gist (geom);   -- those in view

revoke execute on function neighbourhood_at, as_searched from public;
grant select on force_area, neighbourhoods, streets, towns, postcodes, landmarks
  to smartalert_control, smartalert_worker, smartalert_public;
grant select on neighbourhoods, streets, towns to smartalert_engagement;
