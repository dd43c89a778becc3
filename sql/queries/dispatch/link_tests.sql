-- name: begin(channel, now)$
-- One test of one channel begins.
insert into link_tests (channel, started_at) values (:channel::channel, :now) returning id;

-- name: last_begun()$
-- When the lines were last tested.
select max(started_at) from link_tests;

-- name: handed_over(now, id)!
-- The provider accepted it.
update link_tests set handed_over_at = :now where id = :id;

-- name: failed(now, reason, id)!
-- The provider did not take it.
update link_tests set failed_at = :now, failure_reason = :reason where id = :id;

-- name: acknowledge(id)$
-- The test phone answered.
select acknowledge_test(:id);

-- name: record_receipts(ids, times, reasons)$
-- What the mail provider reports of tests.
select record_link_receipts(:ids::bigint[], :times::timestamptz[], :reasons::text[]);

-- name: since_last_good(now, slow_push_s, slow_email_s, late_push_s, late_email_s, given_up_s)
-- Each channel's tests of the last day from its last good one on, newest first: what a line's state rests on.
with judged as (
  select channel::text, started_at, failure_reason,
         extract(epoch from handed_over_at - started_at)::float8 as handed_over_s,
         extract(epoch from arrived_at - started_at)::float8 as arrived_s,
         extract(epoch from :now - started_at)::float8 as age_s,
         case channel when 'push' then :slow_push_s else :slow_email_s end as slow_s,
         case channel when 'push' then :late_push_s else :late_email_s end as late_s
  from link_tests
  where started_at > :now - interval '1 day'
), stated as (
  select *, case
    when failure_reason is not null or (handed_over_s is null and age_s > :given_up_s) then 'failed'
    when handed_over_s > slow_s or coalesce(arrived_s, age_s) > late_s then 'slow'
    when arrived_s is not null then 'good'
    else 'open' end as state
  from judged
)
select channel, started_at, state, handed_over_s, arrived_s, age_s, failure_reason
from (
  select *, max(started_at) filter (where state = 'good') over (partition by channel) as last_good from stated
) with_last
where started_at >= coalesce(last_good, '-infinity')
order by started_at desc;

-- name: forget(before)!
-- Old tests.
delete from link_tests where started_at < :before;
