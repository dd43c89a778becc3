-- What monitoring is told of the database as a whole: how much waits, how long it has waited, and nothing of anybody. No
-- alert is named, and what counts people leaves in tens, as everywhere (docs/decisions/0021): an alert's area is public,
-- and the very count of its deliveries would say how many live there.

-- One row a figure: what it is of (a channel, a queue) and which kind of it, both words of ours. Times are in seconds, and
-- 0 where nothing waits. Of drills there is nothing: nobody is called at night for one.
create function monitored_figures() returns table (figure text, subject text, kind text, value double precision)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  with recent as materialized ( -- alerts that count now, or were released in the last day
    select a.id, a.urgent, a.release_at,
           a.release_at <= now() and a.expires_at > now() and a.stopped_at is null and not is_replaced(a.id, now()) as counts
    from alerts a
    where a.drill is null and a.withdrawn_at is null
      and (a.expires_at > now() or a.release_at > now() - interval '1 day')
  ), open as materialized ( -- what of them is still to leave, and not in a digest
    select r.urgent, d.channel, d.state, count(*) as n, min(d.due_at) filter (where d.state = 'pending' and r.counts) as due_at
    from recent r
    join deliveries d on d.alert_id = r.id and d.state in ('pending', 'sending') and d.digest_on is null
    group by 1, 2, 3
  ), doubt as materialized (
    select d.channel, count(*) as n, min(d.claimed_at) as since
    from deliveries d join alerts a on a.id = d.alert_id
    where d.state = 'unknown' and a.drill is null
    group by 1
  ), done as materialized ( -- as counted for the audit's seals, twenty seconds ago at most
    select l.channel, sum(l.handed_over) as handed_over, sum(l.delivered) as delivered, sum(l.failed) as failed,
           sum(l.cancelled) as cancelled
    from recent r join ledgers l on l.alert_id = r.id
    group by 1
  ), channels (channel) as (
    select unnest(enum_range(null::channel))
  )
  select 'workers', '', '', count(*)::float8 from living_workers()
  union all
  select 'alerts', '', 'scheduled', count(*) from recent where release_at > now()
  union all
  select 'alerts', '', 'in_force', count(*) from recent where counts
  union all
  select 'deliveries', c.channel::text, k.kind, in_tens(coalesce(k.n, 0)::bigint, phase('monitored ' || c.channel || k.kind))
  from channels c
  left join done on done.channel = c.channel
  left join doubt on doubt.channel = c.channel
  cross join lateral (values
    ('pending', (select sum(o.n) from open o where o.channel = c.channel and o.state = 'pending')),
    ('sending', (select sum(o.n) from open o where o.channel = c.channel and o.state = 'sending')),
    ('handed_over', done.handed_over), ('delivered', done.delivered), ('failed', done.failed),
    ('cancelled', done.cancelled), ('unknown', doubt.n)
  ) k (kind, n)
  union all
  select 'waiting_seconds', c.channel::text, k.kind, greatest(0, coalesce(extract(epoch from now() - k.since), 0))
  from channels c
  cross join lateral (values
    ('urgent', (select min(o.due_at) from open o where o.channel = c.channel and o.urgent)),
    ('update', (select min(o.due_at) from open o where o.channel = c.channel and not o.urgent)),
    ('digest', (select min(d.due_at) from deliveries d join recent r on r.id = d.alert_id and r.counts
                where d.channel = c.channel and d.digest_on is not null and d.state = 'pending'))
  ) k (kind, since)
  union all
  select 'in_doubt_seconds', c.channel::text, '', coalesce(extract(epoch from now() - doubt.since), 0)
  from channels c left join doubt on doubt.channel = c.channel
  union all -- the end of the slice that 95 % are in; of few it would be somebody's own time
  select 'hand_over_seconds', t.channel::text, '', power(promise_s(), (min(t.place) - 1) / 43.0)
  from (select c.channel, each.place, sum(sum(each.n)) over (partition by c.channel order by each.place) as upto,
               sum(sum(each.n)) over (partition by c.channel) as n
        from recent r join alert_channels c on c.alert_id = r.id
        cross join unnest(c.hand_overs) with ordinality each (n, place)
        where r.urgent and r.release_at > now() - interval '1 hour' group by 1, 2) t
  where t.n >= 20 and t.upto >= 0.95 * t.n
  group by t.channel
  union all
  select 'outage_seconds', c.channel::text, '', coalesce(extract(epoch from now() - o.since), 0)
  from channels c left join outages o on o.channel = c.channel and o.drill is null
  union all -- since the first of what left after the last that was reported of
  select 'receipts_lag_seconds', c.channel::text, '', coalesce(extract(epoch from now() - least(
           (select min(r.release_at) from recent r join ledgers l on l.alert_id = r.id
            where l.channel = c.channel and l.handed_over > 0 and r.release_at > coalesce(k.reported_up_to, '-infinity')),
           (select min(t.handed_over_at) from link_tests t
            where t.channel = c.channel and t.started_at > greatest(k.reported_up_to, now() - interval '1 day')))), 0)
  from channels c left join receipt_clock k on k.channel = c.channel
  union all
  select 'event_posts_waiting', '', '', count(*) from event_posts
  union all -- where none has arrived, since the first that did not
  select 'link_test_seconds', t.channel::text, k.kind, extract(epoch from now() - k.at)
  from (select channel, max(started_at) as begun,
               coalesce(max(started_at) filter (where arrived_at is not null), min(started_at)) as arrived
        from link_tests group by channel) t
  cross join lateral (values ('begun', t.begun), ('arrived', t.arrived)) k (kind, at)
  union all
  select 'jobs', j.queue_name::text, j.status::text, count(*) from procrastinate_jobs j
  where j.status in ('todo', 'doing', 'failed') group by 2, 3
  union all
  select 'jobs_waiting_seconds', j.queue_name::text, '', max(extract(epoch from now() - coalesce(j.scheduled_at, (
           select max(e.at) from procrastinate_events e where e.job_id = j.id))))
  from procrastinate_jobs j where j.status = 'todo' and coalesce(j.scheduled_at, '-infinity') <= now() group by 2
  union all
  select 'audit_links', '', '', coalesce(max(position), 0) from audit_chain
  union all
  select 'audit_unsigned_seconds', '', '', coalesce((
    select extract(epoch from now() - a.at) from audit_chain c join audit a on a.id = c.entry
    where c.position > (select coalesce(max(h.position), 0) from audit_heads h)
    order by c.position limit 1), 0)
  union all
  select 'sign_ins_refused', '', '', count(*) from refused_sign_ins where at > now() - interval '1 hour'
$$;
revoke execute on function monitored_figures from public;
grant execute on function monitored_figures to smartalert_monitor;
