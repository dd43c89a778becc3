-- name: long_place()$
-- The place by a street with a longer name than nineteen of twenty, as the words of an alert name it.
select 'near ' || name
from (
  select concat_ws(', ', name, nullif(locality, '')) as name, percent_rank() over (order by length(name || locality)) as rank
  from streets
) named
where rank <= 0.95 order by rank desc limit 1;
