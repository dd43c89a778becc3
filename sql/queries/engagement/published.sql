-- name: published(dimension, before)
-- Everything published of people by one thing they share, each series from its beginning: counts since ever, in tens.
select value, fact, before, shown from shown_people
where dimension = :dimension and before <= :before order by value, fact, before;

-- name: until()^
-- The day, and the month, that begins what is not published yet.
select day, month from published_until;

-- name: neighbourhoods()
-- Every neighbourhood and how many live there.
select id, code, name, district, residents from neighbourhoods order by name;
