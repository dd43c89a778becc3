-- name: named(words, text, limit)
-- Streets that hold all of these words (as LIKE patterns), those whose name begins with the text first.
select s.id, s.name, s.locality, st_y(p.at) as lat, st_x(p.at) as lon
from (
  select id, name, locality, geom
  from streets
  where searched like all (:words)
  order by searched not like :text || '%%', kind = 'path', length(name), name, locality
  limit :limit
) s
cross join lateral (select st_transform(st_closestpoint(s.geom, st_centroid(s.geom)), 4326) as at) p;

-- name: sounding_like(text, limit)
-- Streets spelled nearly so, the most alike first.
select s.id, s.name, s.locality, st_y(p.at) as lat, st_x(p.at) as lon
from (
  select id, name, locality, geom
  from streets
  where searched %%> :text
  order by word_similarity(:text, searched) desc, length(searched), id
  limit :limit
) s
cross join lateral (select st_transform(st_closestpoint(s.geom, st_centroid(s.geom)), 4326) as at) p;

-- name: street(id)
-- One street.
select s.id, s.name, s.locality, st_y(p.at) as lat, st_x(p.at) as lon
from streets s
cross join lateral (select st_transform(st_closestpoint(s.geom, st_centroid(s.geom)), 4326) as at) p
where s.id = :id;

-- name: postcodes(squeezed, typed, limit)
-- Postcodes that begin so, spaces left out; first those that begin so with their space where it is: "ST16" is ST16 1AA
-- rather than ST1 6AA.
select postcode, st_y(st_transform(point, 4326)) as lat, st_x(st_transform(point, 4326)) as lon
from postcodes
where replace(postcode, ' ', '') like :squeezed || '%%'
order by not starts_with(postcode, :typed), postcode
limit :limit;

-- name: places(text, limit)
-- Towns, villages, schools and other landmarks one of whose words begins with the text; exact names, then towns, first.
select kind, id, name, st_y(st_transform(at, 4326)) as lat, st_x(st_transform(at, 4326)) as lon
from (
  select 'town' as kind, id, name, point as at, population, searched from towns
  union all
  select kind, id, name, st_pointonsurface(geom), 0, searched from landmarks
) place
where ' ' || searched like '%% ' || :text || '%%'
order by searched <> :text, population desc, length(name), name
limit :limit;

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
