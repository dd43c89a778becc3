-- Every few minutes each channel is exercised end to end, to an address of ours. Nothing here is an alert or a
-- delivery, so none of it counts in any figure.

-- One test of one channel.
create table link_tests (
  id             bigint generated always as identity primary key,
  channel        channel not null,
  started_at     timestamptz not null,
  handed_over_at timestamptz,   -- the provider accepted it
  arrived_at     timestamptz,   -- the phone answered, or the mail server reported arrival
  failed_at      timestamptz,
  failure_reason text
);
create index link_tests_recent on link_tests (channel, started_at desc);   -- how each line does

-- What the phone and the mail provider report of tests. Arrays of one length; a reason means that it failed. Tests tell
-- also where no alert goes out how far reports have come.
create function record_link_receipts(ids bigint[], times timestamptz[], reasons text[]) returns void
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  with reported as (
    update link_tests t set
      arrived_at = case when r.reason is null then coalesce(t.arrived_at, greatest(r.at, t.started_at)) end,
      failed_at = case when r.reason is not null then coalesce(t.failed_at, r.at) end,
      failure_reason = coalesce(t.failure_reason, r.reason)
    from unnest(ids, times, reasons) as r (id, at, reason)
    where t.id = r.id and t.arrived_at is null
    returning t.channel, t.started_at
  )
  insert into receipt_clock
  select channel, max(started_at) from reported group by channel
  on conflict (channel) do update set reported_up_to = excluded.reported_up_to
  where receipt_clock.reported_up_to < excluded.reported_up_to
$$;

-- The test phone answered; of mails only SendGrid's events tell.
create function acknowledge_test(test bigint) returns void
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  select record_link_receipts(array[id], array[now()], array[null]::text[]) from link_tests
  where id = test and channel = 'push'
$$;

revoke execute on function record_link_receipts, acknowledge_test from public;
grant execute on function record_link_receipts to smartalert_worker;
grant execute on function acknowledge_test to smartalert_public;

grant select, insert, update (handed_over_at, failed_at, failure_reason), delete on link_tests to smartalert_worker;
grant select on link_tests to smartalert_control;
