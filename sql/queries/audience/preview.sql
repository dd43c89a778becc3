-- name: preview(geom, within_m, urgent, topics, sectors, channels, now, follows, newcomers)
-- How many people share each fate, over the area: the channels they will be told on, or why they will not be; and
-- whether they were told of the alert that this one follows.
select greatest(fate, 0) as channels, why_not_told(fate) as not_told, told as told_before, people
from (
  select fate, told, count(*) as people
  from audience(:geom::geometry, :within_m::float8, :urgent::boolean, :topics::integer, :sectors::integer,
                :channels::integer, :now::timestamptz, :follows::bigint, :newcomers::boolean)
  group by fate, told
) fates;

-- name: never_sort()!
-- PostGIS says of its functions that they cost so much that sorting 100,000 people, only to count them in six groups,
-- looks like nothing beside them: it takes a third of the time.
set local enable_sort = off;

-- name: sort_again()!
-- What else the transaction asks is planned as usual.
set local enable_sort to default;
