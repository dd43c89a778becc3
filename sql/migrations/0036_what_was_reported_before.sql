-- A bounce reported once more, after the person switched their e-mails on again, switched them off again. Only what happened
-- since then counts.

alter table contacts add column switched_on_at timestamptz;   -- by the person, after it was off

create or replace function switch_on_email(session text) returns void
language plpgsql security definer set search_path = public as $$
declare
  person bigint := who_is(session);
begin
  update contacts set off_at = null, off_reason = null, switched_on_at = now()
  where subscriber_id = person and channel = 'email' and off_at is not null;
  perform refresh_audience(array[person]);
end $$;

-- As before, and nobody is switched off by what happened before they switched themselves on.
create or replace function record_receipts(
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
           max(t) filter (where e = 'address_gone') as gone_at
    from unnest(alert_ids, subscriber_ids, channels, events, times, reasons) as receipt (a, s, c, e, t, r)
    group by a, s, c
  ), held as materialized ( -- everybody locks in one order, or two posts about the same people would wait for each other
    select d.alert_id, d.subscriber_id, d.channel from deliveries d
    join batch b on d.alert_id = b.alert_id and d.subscriber_id = b.subscriber_id and d.channel = b.channel
    where d.state in ('sending', 'handed_over', 'delivered', 'failed', 'unknown')
    order by d.alert_id, d.subscriber_id, d.channel
    for update of d
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
    from held h
    join batch b on h.alert_id = b.alert_id and h.subscriber_id = b.subscriber_id and h.channel = b.channel
    where d.alert_id = h.alert_id and d.subscriber_id = h.subscriber_id and d.channel = h.channel
    returning d.alert_id
  ), off as (
    update contacts c set off_at = b.gone_at, off_reason = coalesce(b.reason, 'address gone')
    from batch b
    where c.subscriber_id = b.subscriber_id and c.channel = b.channel and c.off_at is null
      and b.gone_at > coalesce(c.switched_on_at, '-infinity')
    returning c.subscriber_id
  ), clock as (
    insert into receipt_clock select distinct channel, now() from batch
    on conflict (channel) do update set last_receipt_at = excluded.last_receipt_at
    where receipt_clock.last_receipt_at < now() - interval '1 second'
  )
  select (select count(*) from moved), (select array_agg(subscriber_id) from off) into found_deliveries, gone;
  if gone is not null then
    perform refresh_audience(gone);
  end if;
  return found_deliveries;
end $$;
