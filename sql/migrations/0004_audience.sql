-- Who is in this audience: the one answer that preview and snapshot both use, so that they cannot disagree.

-- `area` is a point (circle) or the lines of a street, EPSG:27700; `within_m` metres from it, the edge included.
-- Each person in the area comes back once, however many of their places lie inside. `channels` are the bits they
-- will be told on; where that is 0, `not_told` says why. Narrowing by topics and sectors reads "or":
-- people who chose one of the topics, and businesses in one of the sectors.
-- One ST_DWithin a part, never a buffer (which loses people at the edge) and never a collection (100 times slower).
create function audience(
  area geometry, within_m double precision, urgent boolean,
  want_topics integer, want_sectors integer, want_channels integer, as_of timestamptz
) returns table (subscriber_id bigint, channels integer, not_told text, point geometry)
language sql stable rows 1000 as $$
  select distinct on (m.subscriber_id)
         m.subscriber_id,
         case when why.not_told is null then m.channels & want_channels else 0 end,
         why.not_told,
         m.point
  from st_dump(area) part
  join audience_places m on st_dwithin(m.point, part.geom, within_m)
  cross join lateral (select case
    when not m.confirmed then 'unconfirmed'
    when m.paused_until > as_of then 'paused'
    when not urgent and not m.updates then 'urgent only'
    when want_topics | want_sectors <> 0
         and m.topics & want_topics = 0
         and (1 << m.sector) & want_sectors = 0
      then case when m.sector > 0 and want_sectors <> 0 then 'sector' else 'topic' end
    when m.channels & want_channels = 0 then 'channel off'
  end as not_told) why
  order by m.subscriber_id, m.place_no
$$;

grant execute on function audience to smartalert_control, smartalert_worker;
