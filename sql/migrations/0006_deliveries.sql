-- The ledger: one row for each alert, person and channel. Workers claim from it; nothing else is the queue's truth.

create type delivery_state as enum (
  'pending',      -- → sending, expired, cancelled
  'sending',      -- claimed: → handed_over, pending (try again), failed, unknown
  'handed_over',  -- the provider accepted it: → delivered, failed
  'delivered',    -- the provider or the phone reported arrival
  'failed',       -- it will not arrive; failure_reason says why
  'expired',      -- the alert was over before it could be handed over
  'cancelled',    -- an officer withdrew or stopped the alert first
  'unknown'       -- a mail that may or may not have left when a worker died: its receipts decide
);

-- No foreign keys: they make the snapshot of 100,000 rows four times slower, and one transaction writes both sides.
create table deliveries (
  alert_id        bigint not null,
  subscriber_id   bigint not null,
  channel         channel not null,
  state           delivery_state not null default 'pending',
  attempts        smallint not null default 0,
  due_at          timestamptz not null,
  claimed_by      integer,       -- the worker's advisory lock: held as long as it lives
  claimed_at      timestamptz,
  maybe_repeated  boolean not null default false,   -- the provider may have accepted it more than once
  provider_reference text,
  failure_reason  text,
  handed_over_at  timestamptz,
  delivered_at    timestamptz,
  opened_at       timestamptz,
  failed_at       timestamptz,
  primary key (alert_id, subscriber_id, channel)
) with (fillfactor = 70);

-- Claims, progress of a running alert, and rows of dead workers.
create index deliveries_open on deliveries (alert_id, channel, due_at) where state in ('pending', 'sending');
-- Mails that wait for their receipts to decide.
create index deliveries_unknown on deliveries (claimed_at) where state = 'unknown';

-- When a provider last reported anything: silence about one mail means something only while it reports on others.
create table receipt_clock (
  channel channel primary key,
  last_receipt_at timestamptz not null
);

-- Takes what providers and phones report. The ledger moves only forward, so repeats and wrong order change nothing.
-- Arrays of one length: alert, subscriber, channel, what happened, when, and for failures why. A dead address is
-- switched off. Returns how many deliveries it found.
create function record_receipts(
  alert_ids bigint[], subscriber_ids bigint[], channels text[], events text[], times timestamptz[], reasons text[]
) returns integer language plpgsql security definer set search_path = public as $$
declare
  found_deliveries integer;
  gone bigint[];
begin
  with batch as materialized (
    select a as alert_id, s as subscriber_id, c::channel as channel,
           min(t) filter (where e in ('handed_over', 'delivered', 'opened')) as handed_over_at,
           min(t) filter (where e in ('delivered', 'opened')) as delivered_at,
           min(t) filter (where e = 'opened') as opened_at,
           min(t) filter (where e in ('failed', 'address_gone')) as failed_at,
           min(r) filter (where e in ('failed', 'address_gone')) as reason,
           bool_or(e = 'address_gone') as address_gone
    from unnest(alert_ids, subscriber_ids, channels, events, times, reasons) as receipt (a, s, c, e, t, r)
    group by a, s, c
  ), moved as (
    update deliveries d set
      handed_over_at = coalesce(d.handed_over_at, b.handed_over_at, b.failed_at),
      delivered_at = coalesce(d.delivered_at, b.delivered_at),
      opened_at = coalesce(d.opened_at, b.opened_at),
      failed_at = case when coalesce(d.delivered_at, b.delivered_at) is null then coalesce(d.failed_at, b.failed_at) end,
      failure_reason = case when coalesce(d.delivered_at, b.delivered_at) is null
                            then coalesce(d.failure_reason, b.reason) end,
      state = case when coalesce(d.delivered_at, b.delivered_at) is not null then 'delivered'
                   when coalesce(d.failed_at, b.failed_at) is not null then 'failed'
                   else 'handed_over' end::delivery_state
    from batch b
    where d.alert_id = b.alert_id and d.subscriber_id = b.subscriber_id and d.channel = b.channel
      and d.state in ('sending', 'handed_over', 'delivered', 'failed', 'unknown')
    returning d.alert_id
  ), off as (
    update contacts c set off_at = b.failed_at, off_reason = coalesce(b.reason, 'address gone')
    from batch b
    where b.address_gone and c.subscriber_id = b.subscriber_id and c.channel = b.channel and c.off_at is null
    returning c.subscriber_id
  ), clock as (
    insert into receipt_clock select distinct channel, now() from batch
    on conflict (channel) do update set last_receipt_at = excluded.last_receipt_at
  )
  select (select count(*) from moved), (select array_agg(subscriber_id) from off) into found_deliveries, gone;
  if gone is not null then
    perform refresh_audience(gone);
  end if;
  return found_deliveries;
end $$;

-- Switch one channel off for these people, each with its reason: dead addresses, and one-click unsubscribe (RFC 8058),
-- where the caller has proved by a signed link which person it is.
create function switch_off(people bigint[], on_channel text, reasons text[]) returns void
language sql security definer set search_path = public as $$
  update contacts c set off_at = now(), off_reason = o.reason
  from unnest(people, reasons) as o (subscriber_id, reason)
  where c.subscriber_id = o.subscriber_id and c.channel = on_channel::channel and c.off_at is null;
  select refresh_audience(people);
$$;

revoke execute on function record_receipts, switch_off from public;
grant execute on function record_receipts to smartalert_public;
grant execute on function switch_off to smartalert_public, smartalert_worker;

grant select, insert, update (state, due_at) on deliveries to smartalert_control;
grant select, update on deliveries to smartalert_worker;
grant select on receipt_clock to smartalert_control, smartalert_worker;


-- Jobs live in procrastinate's own tables, which `migrate` makes before these steps.
do $$
declare
  object record;
begin
  for object in select c.oid::regclass as name, c.relkind from pg_class c
                where c.relname like 'procrastinate%' and c.relkind in ('r', 'S') loop
    if object.relkind = 'r' then
      execute format('grant select, insert, update, delete on %s to smartalert_worker', object.name);
      execute format('grant select, insert, update on %s to smartalert_control', object.name);
    else
      execute format('grant usage on sequence %s to smartalert_worker, smartalert_control', object.name);
    end if;
  end loop;
end $$;
