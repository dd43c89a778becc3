-- The ground: boundary, neighbourhoods, streets, towns, postcodes, landmarks.
-- Metres in EPSG:27700 (British National Grid): a true 3,000 m measures 2,998.9 m there, where EPSG:3857 would say 4,960.

-- Where this force may send. Nothing outside it is ever matched.
create table force_area (
  only_row boolean primary key default true check (only_row),   -- one force a deployment
  name     text not null,
  geom     geometry(MultiPolygon, 27700) not null check (st_isvalid(geom))
);

-- A name as it is searched, which geography/search.py writes alike: small letters without accents, quotation marks or
-- points, all other signs as spaces, "Saint" and "St." as "St", so that "st marys" finds Saint Mary's.
create function as_searched(name text) returns text
language sql immutable parallel safe
return btrim(regexp_replace(regexp_replace(replace(translate(lower(
    regexp_replace(normalize(translate(regexp_replace(name, '(^|[^A-Za-z])[Ss][Tt]\.', '\1st ', 'g'), '''"`´‘’‚‛“”„‟′″‵ʹʺʻʼʽˈ՚.', ''), nfkd),
      '[\u0300-\u036f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]', '', 'g')),
    '''"`', ''),
    '&', ' and '),
    '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u00d7\u00f7\u2000-\u2bff\u3000-\u303f]+', ' ', 'g'),
    '\msaint\M', 'st', 'g'));

-- Neighbourhood team areas: the unit in which officers and the commissioner's office read counts.
create table neighbourhoods (
  id        bigint generated always as identity primary key,
  code      text not null unique,            -- the publisher's; officers' jurisdictions are lists of these
  name      text not null,
  district  text not null default '',        -- what it belongs to
  residents integer check (residents > 0),   -- for coverage per 1,000 residents; null: not known
  geom      geometry(MultiPolygon, 27700) not null,
  searched  text not null generated always as (as_searched(name)) stored
);
create index neighbourhoods_geom on neighbourhoods using gist (geom);   -- which neighbourhood is this in

-- The neighbourhood a point lies in; on a shared border the first imported.
create function neighbourhood_at(at geometry) returns bigint language sql stable
return (
  select id from neighbourhoods where st_covers(geom, at) order by id limit 1
);

-- The words of names as they are searched, each by its beginning.
create function as_words(names text) returns tsvector
language sql immutable parallel safe
return array_to_tsvector(string_to_array(as_searched(names), ' '));

-- One row a street as people know it: its links are joined when it is imported. Canals, rivers and railways are lines that
-- officers send along as they do along streets; they name no place, and nobody lives at one.
create table streets (
  id        bigint generated always as identity primary key,
  name      text not null check (name <> ''),
  -- the place it is told apart by: one county has many High Streets
  locality  text not null default '',
  -- main ones are drawn wide, paths found last; numbered: a whole road by its number, over the streets along it
  kind      text not null default 'local'
            check (kind in ('main', 'local', 'path', 'numbered', 'canal', 'river', 'railway')),
  source    text not null check (source in ('training', 'osm', 'os_open_roads')),
  -- the publisher's own key of the street (OS road_name_toid); importing again replaces, never doubles
  source_id text not null,
  geom      geometry(MultiLineString, 27700) not null check (st_isvalid(geom) and not st_isempty(geom)),
  -- stored, for ST_AsMVT: transforming on the fly costs three times as much
  geom_3857 geometry(MultiLineString, 3857) generated always as (st_transform(geom, 3857)) stored,
  -- where on it a search says that it is
  at        geometry(Point, 27700) generated always as (st_closestpoint(geom, st_centroid(geom))) stored,
  searched  text not null generated always as (as_searched(name)) stored,
  -- what it is found by: its name and its place
  words     tsvector not null generated always as (as_words(name || ' ' || locality)) stored,
  unique (source, source_id)
);
create index streets_geom on streets using gist (geom);             -- nearest street to a click
create index streets_geom_3857 on streets using gist (geom_3857);   -- map tiles
create index streets_at on streets using gist (at);                 -- search: those in view, or near it
create index streets_words on streets using gin (words);            -- search: by the beginnings of words
create index streets_searched on streets (searched);                -- search: by the whole name

-- Cities, towns, suburbs, villages and hamlets, to tell streets apart by and to name a point by the nearest.
create table towns (
  id         bigint generated always as identity primary key,
  name       text not null,   -- one county has two Miltons
  kind       text not null default 'town' check (kind in ('city', 'town', 'suburb', 'village', 'hamlet')),
  population integer not null,
  point      geometry(Point, 27700) not null,
  -- what it covers, where its publisher says so
  extent     geometry(Geometry, 27700) check (st_dimension(extent) = 2 and st_isvalid(extent)),
  source     text not null default 'training' check (source in ('training', 'osm', 'os_open_names', 'geonames')),
  searched   text not null generated always as (as_searched(name)) stored,
  words      tsvector not null generated always as (as_words(name)) stored
);
create index towns_point on towns using gist (point);   -- map tiles

-- Code-Point Open, spelled as people write it: "ST16 2LD".
create table postcodes (
  postcode text primary key,
  point    geometry(Point, 27700) not null
);
create index postcodes_begin on postcodes (postcode collate "C");   -- search: those that begin so
create index postcodes_point on postcodes using gist (point);       -- which neighbourhoods have none

-- What officers look for on a map and topics attach to.
create table landmarks (
  id       bigint generated always as identity primary key,
  kind     text not null check (kind in ('school', 'farm', 'stables', 'water', 'station', 'hospital', 'park', 'police station',
                                   'care home')),
  name     text not null,
  -- the place it is told apart by, as streets are
  locality text not null default '',
  source   text not null default 'training' check (source in ('training', 'osm', 'os_open_names')),
  geom     geometry(Geometry, 27700) not null,
  searched text not null generated always as (as_searched(name)) stored,
  words    tsvector not null generated always as (as_words(name || ' ' || locality)) stored
);
create index landmarks_geom on landmarks using gist (geom);     -- those in view
create index landmarks_words on landmarks using gin (words);    -- search

-- Every word that streets, places and landmarks are found by, so that one typed wrongly is found by the words nearest to it.
create table search_words (
  word text collate "C" primary key   -- so that the index finds all that begin alike
);
create index search_words_alike on search_words using gin (word gin_trgm_ops);   -- words spelt nearly so

create function keep_search_words() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into search_words select distinct word from added, unnest(tsvector_to_array(added.words)) word on conflict do nothing;
  return null;
end $$;
create trigger streets_words_added after insert on streets referencing new table as added
  for each statement execute function keep_search_words();
create trigger streets_words_changed after update on streets referencing new table as added
  for each statement execute function keep_search_words();
create trigger towns_words_added after insert on towns referencing new table as added
  for each statement execute function keep_search_words();
create trigger towns_words_changed after update on towns referencing new table as added
  for each statement execute function keep_search_words();
create trigger landmarks_words_added after insert on landmarks referencing new table as added
  for each statement execute function keep_search_words();
create trigger landmarks_words_changed after update on landmarks referencing new table as added
  for each statement execute function keep_search_words();

-- An area is a point (a circle's middle), the lines of a street, or polygons, in EPSG:27700, and everywhere within so many
-- metres of it: of polygons 0. Several drawn as one are a collection with 0, each part with its own metres as M.

-- Its simplest parts, each with its metres: whoever is within them of one part is in the area.
create function parts_of(area geometry, within_m double precision)
returns table (number bigint, geom geometry, metres double precision) language sql immutable rows 4
begin atomic
  select part.number, part.geom,
         case st_dimension(part.geom) when 0 then coalesce(st_m(part.geom), within_m)
              when 1 then coalesce(st_m(st_startpoint(part.geom)), within_m) else 0 end
  from st_dump(area) with ordinality part (path, geom, number);
end;

-- Its parts as they were drawn, all lines of a street together.
create function drawn_parts(area geometry, within_m double precision)
returns table (number integer, geom geometry, metres double precision) language sql immutable rows 4
begin atomic
  select n.number, part.geom, (select min(p.metres) from parts_of(part.geom, within_m) p)
  from generate_series(1, case when st_geometrytype(area) = 'ST_GeometryCollection' then st_numgeometries(area) else 1 end)
         n (number),
       lateral (select case when st_geometrytype(area) = 'ST_GeometryCollection' then st_geometryn(area, n.number)
                            else area end as geom) part;
end;

-- The same for public pages and feeds: a circle's middle and radius in metres, and each one's outline as GeoJSON.
create function drawn_as_json(area geometry, within_m double precision) returns json language sql immutable
return (select json_agg(json_build_object(
          'centre', case when st_dimension(p.geom) = 0 then st_asgeojson(st_transform(p.geom, 4326), 6)::json -> 'coordinates' end,
          'radius_m', p.metres,
          'outline', st_asgeojson(st_forcepolygonccw(st_transform(st_buffer(p.geom, p.metres, 'quad_segs=16'), 4326)), 5)::json) order by p.number)
        from drawn_parts(area, within_m) p);

-- The ground that it covers, for drawing and measuring; never for matching, since a buffer cuts the edge off.
-- PostGIS takes the detail as a number too, by a function that looks names up where its caller does.
create function ground_of(area geometry, within_m double precision, detail integer default 8) returns geometry
language sql immutable
return case when st_geometrytype(area) = 'ST_GeometryCollection'
              then (select st_union(st_buffer(p.geom, p.metres, format('quad_segs=%s', detail))) from parts_of(area, within_m) p)
            else st_buffer(area, within_m, format('quad_segs=%s', detail)) end;

-- Metres from its edge; 0 inside.
create function metres_from(area geometry, within_m double precision, at geometry) returns double precision
language sql immutable
return (select greatest(0, min(st_distance(p.geom, at) - p.metres)) from parts_of(area, within_m) p);

-- A circle, a street, polygons or several of them: one that is empty, broken, nowhere or of another shape reaches nobody.
create function is_sound_area(area geometry, within_m double precision, street bigint) returns boolean
language sql immutable
return st_srid(area) = 27700 and not st_isempty(area) and st_isvalid(area)
   and st_xmin(area) >= 0 and st_xmax(area) <= 700000 and st_ymin(area) >= 0 and st_ymax(area) <= 1300000
   and (street is null or st_geometrytype(area) in ('ST_LineString', 'ST_MultiLineString'))
   and case st_geometrytype(area)
         when 'ST_Point' then within_m > 0 and within_m <= 3000
         when 'ST_LineString' then street is not null and within_m > 0 and within_m <= 200
         when 'ST_MultiLineString' then street is not null and within_m > 0 and within_m <= 200
         when 'ST_Polygon' then within_m = 0
         when 'ST_MultiPolygon' then within_m = 0
         when 'ST_GeometryCollection' then within_m = 0 and st_numgeometries(area) > 1 and not exists (
           select from parts_of(area, -1) p
           where case st_dimension(p.geom) when 0 then p.metres > 0 and p.metres <= 3000
                                           when 1 then p.metres > 0 and p.metres <= 200 else true end is not true)
         else false end;

revoke execute on function neighbourhood_at, as_searched, as_words, keep_search_words, parts_of, drawn_parts, drawn_as_json, ground_of, metres_from,
  is_sound_area from public;
grant execute on function parts_of to smartalert_control, smartalert_worker, smartalert_public, smartalert_engagement;
grant execute on function ground_of to smartalert_control, smartalert_worker, smartalert_public, smartalert_engagement;
grant execute on function drawn_parts, drawn_as_json to smartalert_control, smartalert_public;
grant execute on function metres_from, is_sound_area to smartalert_control;
grant select on force_area, neighbourhoods, streets, towns, postcodes, landmarks, search_words
  to smartalert_control, smartalert_worker, smartalert_public;
grant select on neighbourhoods, streets, towns to smartalert_engagement;
