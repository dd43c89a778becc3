-- name: named(query, text, west, south, east, north, areas, most, limit)
-- What has all these words, each by its beginning, likeliest first: a place or road called just so; then what is in view (a
-- box in EPSG:27700, or nulls), then near it; then by how exactly the name is what was typed, and by importance. Of more
-- than :most streets, all called just so and the nearest.
with view as (
  select st_makeenvelope(:west::float8, :south::float8, :east::float8, :north::float8, 27700) as box,
         st_setsrid(st_makepoint((:west::float8 + :east::float8) / 2, (:south::float8 + :north::float8) / 2), 27700) as middle
), sample as materialized (
  select id from streets where words @@ :query::tsquery limit :most
), chosen as (
  select id from sample
  union
  (select id from streets where (select count(*) >= :most from sample) and searched = :text
   order by at <-> (select middle from view) limit 200)
  union
  (select id from streets where (select count(*) >= :most and :west::float8 is not null from sample) and words @@ :query::tsquery
   order by at <-> (select middle from view) limit :limit)
), found as (
  select case when kind = 'numbered' then 'road' when kind in ('main', 'local', 'path') then 'street' else kind end as kind, id, name, locality, searched, at, 0 as population,
         case kind when 'numbered' then 1 when 'main' then 3 when 'local' then 4 when 'path' then 7 else 2 end as importance
  from streets where id in (select id from chosen) and (:areas or kind in ('main', 'local', 'path'))
  union all
  select kind, id, name, '', searched, point, population,
         case kind when 'city' then 0 when 'town' then 1 when 'hamlet' then 5 else 2 end
  from towns where words @@ :query::tsquery
  union all
  select kind, id, name, locality, searched, st_pointonsurface(geom), 0,
         case when kind in ('hospital', 'station', 'police station') then 3 when kind = 'school' then 4 else 6 end
  from landmarks where words @@ :query::tsquery
), ranked as (
  select found.*, v.box is not null and not at && st_expand(v.box, 5000) as is_far, coalesce(not at && v.box, false) as is_out,
         at <-> v.middle as metres,
         case when searched = :text then 0 when starts_with(searched, :text || ' ') then 1
              when starts_with(searched, :text) then 2
              when array_to_tsvector(string_to_array(searched, ' ')) @@ :query::tsquery then 3 else 4 end as exactness
  from found, view v
)
select kind, id, name, locality, st_y(st_transform(at, 4326)) as lat, st_x(st_transform(at, 4326)) as lon, exactness
from ranked
order by not (exactness = 0 and importance <= 2), is_out, is_far, exactness, importance, population desc, metres,
         length(searched), searched, locality, id
limit :limit;

-- name: spelt_nearly(query, text, west, south, east, north, areas, most, limit)
-- What has words spelt nearly as those typed, the most alike first, of those equally alike the nearest to the view.
select kind, id, name, locality, st_y(st_transform(at, 4326)) as lat, st_x(st_transform(at, 4326)) as lon
from (
  (select case when kind in ('main', 'local', 'path') then 'street' else kind end as kind, id, name, locality, searched, at,
          case kind when 'path' then 2 else 1 end as importance
   from streets
   where words @@ :query::tsquery and kind <> 'numbered' and (:areas or kind in ('main', 'local', 'path')) limit :most)
  union all
  select kind, id, name, '', searched, point, 0 from towns where words @@ :query::tsquery
  union all
  select kind, id, name, locality, searched, st_pointonsurface(geom), 3 from landmarks where words @@ :query::tsquery
) found
order by greatest(similarity(searched, :text), similarity(searched || ' ' || lower(locality), :text)) desc, importance,
         at <-> st_setsrid(st_makepoint((:west::float8 + :east::float8) / 2, (:south::float8 + :north::float8) / 2), 27700),
         searched, locality, id
limit :limit;

-- name: words_alike(word, slips, limit)
-- Words of names that are spelt nearly so, the nearest first: those with so few slips that begin with the same letter, whole
-- or as far as they are typed (two letters that changed places are one slip), and those that share most of their letters.
select word
from (
  select word, case when letters.sorted = typed.sorted then 1 else slips end as slips
  from (
    select word, least(levenshtein_less_equal(left(word, length(:word) + 2), :word, :slips),
                       levenshtein_less_equal(left(word, length(:word)), :word, :slips) + 1) as slips
    from search_words where word >= left(:word, 1) and word < left(:word, 1) || '~' and length(word) >= length(:word) - 2
  ) near,
  lateral (select array_agg(letter order by letter) as sorted from unnest(string_to_array(word, null)) letter) letters,
  (select array_agg(letter order by letter) as sorted from unnest(string_to_array(:word, null)) letter) typed
  where slips <= :slips
  union all
  select word, 2 from search_words where word %% :word
) found
group by word
order by min(slips), similarity(word, :word) desc, word
limit :limit;

-- name: crossings(first, second, first_text, west, south, east, north, limit)
-- Where a street with the first words meets one with the second (within 25 m), in view or nearest to it first.
with view as (
  select st_setsrid(st_makepoint((:west::float8 + :east::float8) / 2, (:south::float8 + :north::float8) / 2), 27700) as middle
), one as materialized (
  select id, name, locality, geom from streets, view
  where words @@ :first::tsquery
  order by searched <> :first_text, at <-> middle, id limit 200
)
select name, locality, st_y(st_transform(at, 4326)) as lat, st_x(st_transform(at, 4326)) as lon
from (
  select one.name || ' and ' || other.name as name, coalesce(nullif(one.locality, ''), other.locality) as locality,
         st_closestpoint(one.geom, other.geom) as at, other.kind = 'path' as is_path
  from one, lateral (select * from streets s where st_dwithin(one.geom, s.geom, 25) offset 0) other
  where other.words @@ :second::tsquery and other.name <> one.name
) crossing, view
order by is_path, at <-> middle, name, locality
limit :limit;

-- name: along(road, place, limit)
-- Where a numbered road comes nearest to a place with these words, if within 5 km.
select road.name || ' near ' || t.name as name, '' as locality, st_y(st_transform(here, 4326)) as lat,
       st_x(st_transform(here, 4326)) as lon
from streets road, towns t, lateral (select st_closestpoint(road.geom, t.point) as here) spot
where road.kind = 'numbered' and road.searched = :road and t.words @@ :place::tsquery and st_dwithin(here, t.point, 5000)
order by t.population desc, st_distance(here, t.point), t.id
limit :limit;

-- name: street(id)^
-- One street; a whole road by its number, and water, are none that somebody may live in.
select id, name, locality, st_y(st_transform(at, 4326)) as lat, st_x(st_transform(at, 4326)) as lon from streets
where id = :id and kind in ('main', 'local', 'path');

-- name: beside(lats, lons, names)
-- The street nearest to each of these points that has another name, within 500 m.
select spot.number, near.name
from unnest(:lats::float8[], :lons::float8[], :names::text[]) with ordinality spot (lat, lon, name, number),
     lateral (select st_transform(st_setsrid(st_makepoint(spot.lon, spot.lat), 4326), 27700) as at) here,
     lateral (select s.name from streets s
              where st_dwithin(s.geom, here.at, 500) and s.name <> spot.name and s.kind in ('main', 'local')
              order by s.geom <-> here.at limit 1) near;

-- name: postcodes(prefix, limit)
-- Postcodes that begin so.
select postcode, st_y(st_transform(point, 4326)) as lat, st_x(st_transform(point, 4326)) as lon
from postcodes
where postcode collate "C" >= :prefix and postcode collate "C" < :prefix || '~'
order by postcode collate "C"
limit :limit;

-- name: postcode_areas(prefix, digits, limit)
-- Postcode districts (:digits 0) or sectors (1) that begin so, each with what holds its postcodes and the largest place
-- there, else the nearest.
select code, st_y(at) as lat, st_x(at) as lon, st_xmin(box) as west, st_ymin(box) as south, st_xmax(box) as east,
       st_ymax(box) as north,
       coalesce((select name from towns where kind <> 'suburb'
                 order by not point && ground, case when point && ground then population end desc, point <-> middle limit 1),
                '') as town
from (
  select code, middle, st_transform(middle, 4326) as at, box as ground, st_transform(st_envelope(box), 4326) as box
  from (
    select left(postcode, position(' ' in postcode) - 1 + 2 * :digits) as code,
           st_setsrid(st_makepoint(avg(st_x(point)), avg(st_y(point))), 27700) as middle,
           st_expand(st_setsrid(st_extent(point)::geometry, 27700), 100) as box
    from postcodes
    where postcode collate "C" >= :prefix and postcode collate "C" < :prefix || '~'
    group by 1 order by 1 limit :limit
  ) grouped
) shaped
order by code;

-- name: neighbourhoods(text, limit)
-- Neighbourhoods one of whose words begins with the text; exact names, then those that begin so, first.
select code, name, district, st_y(at) as lat, st_x(at) as lon, st_xmin(box) as west, st_ymin(box) as south,
       st_xmax(box) as east, st_ymax(box) as north
from (
  select code, name, district, searched, st_transform(st_pointonsurface(geom), 4326) as at,
         st_transform(st_envelope(geom), 4326) as box
  from neighbourhoods
  where ' ' || searched like '%% ' || :text || '%%'
  order by searched <> :text, searched not like :text || '%%', name
  limit :limit
) found;

-- name: local_words()
-- Every word in the names of streets and places, in lower case: the proofreading must know them.
select distinct word
from (select name from streets union select locality from streets union select name from towns
      union select name from neighbourhoods) named,
     regexp_split_to_table(lower(named.name), '[^a-z]+') word
where length(word) > 2;
