-- Who is in this area: the one answer that preview and snapshot both use, so that they cannot disagree.

-- What becomes of one person: the channels they will be told on, as bits, or below 0 the number of why_not_told().
-- One number: counting by words would cost half as much again. Narrowing by topics and sectors reads "or": people who
-- chose one of the topics, and businesses in one of the sectors.
create function fate_of(
  confirmed boolean, paused_until timestamptz, updates boolean, topics integer, sector smallint, channels smallint,
  urgent boolean, want_topics integer, want_sectors integer, want_channels integer, as_of timestamptz
) returns integer language sql immutable
return case
  when not confirmed then -1
  when paused_until > as_of then -2
  when not urgent and not updates then -3
  when want_topics | want_sectors <> 0 and topics & want_topics = 0 and (1 << sector) & want_sectors = 0
    then case when sector > 0 and want_sectors <> 0 then -5 else -4 end
  when channels & want_channels = 0 then -6
  else channels & want_channels
end;

-- A fate below 0 in words.
create function why_not_told(fate integer) returns text language sql immutable
return (array['unconfirmed', 'paused', 'urgent only', 'topic', 'sector', 'channel off'])[-fate];

-- `area` and `within_m` as in parts_of(), the edge included, and each place's own reach added. Each person in the area
-- comes back once, with the first of their places inside and their fate.
-- Two branches: everybody without a reach in one scan, then one scan for each of the four reaches, so that a wish for
-- 3 km never makes the scan for everybody else longer.
-- One ST_DWithin a part, never a buffer (which loses people at the edge) and never a collection (100 times slower);
-- for polygons ST_Intersects, which remembers a polygon from one point to the next.
create function audience(
  area geometry, within_m double precision, urgent boolean,
  want_topics integer, want_sectors integer, want_channels integer, as_of timestamptz
) returns table (subscriber_id bigint, fate integer, point geometry)
language sql stable rows 1000
begin atomic
  with reach (m) as (
    values (500::smallint), (1000::smallint), (2000::smallint), (3000::smallint)
  ), parts as materialized (
    select number, geom, metres, st_dimension(geom) as dimension from parts_of(area, within_m)
  ), centre as materialized ( -- of a circle; nothing else has one
    select case when st_geometrytype(area) = 'ST_Point' then st_x(area) end as x,
           case when st_geometrytype(area) = 'ST_Point' then st_y(area) end as y
  )
  select m.subscriber_id,
         fate_of(m.confirmed, m.paused_until, m.updates, m.topics, m.sector, m.channels,
                 urgent, want_topics, want_sectors, want_channels, as_of),
         m.point
  from centre c
  cross join parts part
  join audience_places m on m.reach_m = 0 and m.point && st_expand(part.geom, part.metres)
  where case when c.x is not null
               then sqrt((m.x - c.x) * (m.x - c.x) + (m.y - c.y) * (m.y - c.y)) <= part.metres
             when part.dimension = 2 then st_intersects(part.geom, m.point)
             else st_dwithin(m.point, part.geom, part.metres) end
    and (m.earlier is null or not case
      when c.x is not null then st_dwithin(m.earlier, area, within_m)
      else exists (select from parts p where st_dwithin(m.earlier, p.geom, p.metres)) end)
    and (m.earlier_reaching is null or not exists (
      select from st_dump(m.earlier_reaching) e, parts p where st_dwithin(e.geom, p.geom, p.metres + st_m(e.geom))))
    and (part.number = 1 or not exists (
      select from parts other where other.number < part.number and st_dwithin(m.point, other.geom, other.metres)))
  union all
  select m.subscriber_id,
         fate_of(m.confirmed, m.paused_until, m.updates, m.topics, m.sector, m.channels,
                 urgent, want_topics, want_sectors, want_channels, as_of),
         m.point
  from reach
  cross join parts part
  join audience_places m on m.reach_m = reach.m and m.reach_m > 0 and st_dwithin(m.point, part.geom, part.metres + reach.m)
  where (m.earlier is null or not exists (
      select from parts p where st_dwithin(m.earlier, p.geom, p.metres)))
    and (m.earlier_reaching is null or not exists (
      select from st_dump(m.earlier_reaching) e, parts p where st_dwithin(e.geom, p.geom, p.metres + st_m(e.geom))))
    and (part.number = 1 or not exists (
      select from parts other where other.number < part.number and st_dwithin(m.point, other.geom, other.metres + reach.m)));
end;

revoke execute on function fate_of, audience, why_not_told from public;
grant execute on function fate_of, audience, why_not_told to smartalert_control, smartalert_worker;
