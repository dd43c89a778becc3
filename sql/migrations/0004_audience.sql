-- Who is in this audience: the one answer that preview and snapshot both use, so that they cannot disagree.

-- `area` is a point (circle) or the lines of a street, EPSG:27700; `within_m` metres from it, the edge included.
-- Each person in the area comes back once, with the first of their places inside. `fate` is the channels they will be
-- told on, as bits; below 0 they are not told, and why_not_told(fate) says why. One number: counting by words would
-- cost half as much again. Narrowing by topics and sectors reads "or": people who chose one of the topics, and
-- businesses in one of the sectors.
-- One ST_DWithin a part, never a buffer (which loses people at the edge) and never a collection (100 times slower).
create function audience(
  area geometry, within_m double precision, urgent boolean,
  want_topics integer, want_sectors integer, want_channels integer, as_of timestamptz
) returns table (subscriber_id bigint, fate integer, point geometry)
language sql stable rows 1000 as $$
  select m.subscriber_id,
         case
           when not m.confirmed then -1
           when m.paused_until > as_of then -2
           when not urgent and not m.updates then -3
           when want_topics | want_sectors <> 0
                and m.topics & want_topics = 0
                and (1 << m.sector) & want_sectors = 0
             then case when m.sector > 0 and want_sectors <> 0 then -5 else -4 end
           when m.channels & want_channels = 0 then -6
           else m.channels & want_channels
         end,
         m.point
  from st_dump(area) with ordinality part (path, geom, number)
  join audience_places m on st_dwithin(m.point, part.geom, within_m)
  where st_dwithin(m.earlier, area, within_m) is not true
    and (part.number = 1 or not exists (
      select from st_dump(area) with ordinality other (path, geom, number)
      where other.number < part.number and st_dwithin(m.point, other.geom, within_m)))
$$;

create function why_not_told(fate integer) returns text language sql immutable as $$
  select (array['unconfirmed', 'paused', 'urgent only', 'topic', 'sector', 'channel off'])[-fate]
$$;

grant execute on function audience, why_not_told to smartalert_control, smartalert_worker;
