-- Routine messages and the digest: which messages use up a ration is said once, and speed is of what was meant to be fast.

-- What people have had since then or have on its way, a row for each delivery. `is_update`: it uses up the week's ration,
-- as urgent alerts and digests do not. One plain select, so that PostgreSQL joins it to the people who are asked about.
create function messages_since(since timestamptz)
returns table (subscriber_id bigint, alert_id bigint, got_at timestamptz, is_update boolean) language sql stable as $$
  select d.subscriber_id, d.alert_id, a.release_at, not a.urgent and d.digest_on is null
  from alerts a join deliveries d on d.alert_id = a.id
  where a.release_at > since and a.withdrawn_at is null and d.state not in ('failed', 'expired', 'cancelled')
$$;
drop function updates_since;
revoke execute on function messages_since from public;
grant execute on function messages_since to smartalert_control;

-- A digest is handed over at its hour, not within the minute: such deliveries have a count of their own, and no speed.
alter table alert_channels add column in_digest integer not null default 0;
alter table alert_channels alter column in_digest drop default;

create or replace function count_alert(about bigint) returns void
language plpgsql security definer set search_path = public set work_mem = '64MB' as $$
begin
  delete from alert_figures where alert_id = about;
  insert into alert_figures
  select a.id, neighbourhood_at(st_centroid(a.area)), p.handed_over, p.delivered, p.opened,
         r.responses, r.judged, r.useful, extract(epoch from r.first_at - a.release_at), r.looks_s,
         array(select result from results where alert_id = a.id and taken_back_at is null order by result),
         concat_ws(' ', a.headline, a.description, a.instruction) ~* '\m(footage|dash-?cams?|doorbells?|cctv|cameras?)\M'
  from alerts a
  cross join lateral (
    select count(*) filter (where h) as handed_over, count(*) filter (where d) as delivered,
           count(*) filter (where o) as opened
    from (select bool_or(handed_over_at is not null) as h, bool_or(delivered_at is not null) as d,
                 bool_or(opened_at is not null) as o
          from deliveries where alert_id = a.id group by subscriber_id) person
  ) p
  cross join lateral (
    select count(*) as responses, count(verdict) as judged,
           count(*) filter (where verdict in ('useful', 'passed_on', 'resolved')) as useful, min(received_at) as first_at,
           coalesce(array_agg(extract(epoch from first_look_at - received_at)::float8 order by first_look_at - received_at)
                    filter (where first_look_at is not null), '{}') as looks_s
    from responses where alert_id = a.id
  ) r
  where a.id = about;
  insert into alert_channels (alert_id, channel, deliveries, handed_over, delivered, opened, failed, cancelled, unknown,
    waiting, in_digest, in_time, p50_s, p95_s, last_s)
  select about, coalesce(channel::text, 'all'), count(*), count(handed_over_at), count(delivered_at), count(opened_at),
         count(*) filter (where state = 'failed'), count(*) filter (where state in ('expired', 'cancelled')),
         count(*) filter (where state = 'unknown'), count(*) filter (where state in ('pending', 'sending')),
         count(handed_over_at) filter (where digest_on is not null), count(*) filter (where took_s <= promise_s()),
         percentile_cont(0.5) within group (order by took_s), percentile_cont(0.95) within group (order by took_s), max(took_s)
  from (select d.*, case when d.digest_on is null
                         then extract(epoch from d.handed_over_at - a.release_at)::float8 end as took_s
        from alerts a join deliveries d on d.alert_id = a.id where a.id = about) took
  group by grouping sets ((channel), ());
  update alert_channels c set slices = coalesce((
    with took as materialized (
      select ceil(ln(greatest(extract(epoch from d.handed_over_at - a.release_at)::float8, 1.0)) / ln(1.1))::integer as slice,
             count(*)::integer as deliveries
      from alerts a join deliveries d on d.alert_id = a.id
      where a.id = about and d.handed_over_at is not null and d.digest_on is null and c.channel in ('all', d.channel::text)
      group by 1
    )
    select array_agg(coalesce(t.deliveries, 0) order by n)
    from generate_series(0, (select max(slice) from took)) n left join took t on t.slice = n), '{}')
  where c.alert_id = about;
end $$;

create or replace view counted_alerts as
select a.id, a.identifier, a.headline, a.area_desc, a.incident_kind, a.urgent, a.msg_type, a.issued_by, a.release_at,
       london_day(a.release_at) as day, extract(hour from a.release_at at time zone 'Europe/London')::integer as hour,
       a.withdrawn_at is not null as withdrawn, a.stopped_at is not null as stopped,
       case when a.withdrawn_at is null then a.people else 0 end as people,
       f.neighbourhood_id, n.name as neighbourhood, n.district,
       f.handed_over, f.delivered, f.opened, f.responses, f.judged, f.useful, f.first_response_s, f.looks_s, f.results,
       f.asks_footage, a.follow_up, c.deliveries, c.handed_over as handed_over_deliveries, c.failed, c.cancelled, c.unknown,
       c.waiting, c.in_time, c.p50_s, c.p95_s, c.slices, c.in_digest
from alerts a
join alert_figures f on f.alert_id = a.id
join alert_channels c on c.alert_id = a.id and c.channel = 'all'
left join neighbourhoods n on n.id = f.neighbourhood_id;

insert into figures_due (what, alert_id) select distinct 'alert', alert_id from deliveries where digest_on is not null;
