-- The search box over the map.

-- What a street is found by: name and town in lower case, without apostrophes, so that "st marys" finds St Mary's.
alter table streets add column searched text not null
  generated always as (lower(translate(name || ' ' || locality, '-''’.', ' '))) stored;
drop index streets_name;
create index streets_searched on streets using gin (searched gin_trgm_ops);   -- search box
