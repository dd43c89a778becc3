-- Routine updates are rationed: whoever has had enough of them this week gets the rest once a day, in one digest.

-- The day whose digest carries this delivery, instead of a message of its own. It moves through the same states.
alter table deliveries add column digest_on date;
-- Digests that are due.
create index deliveries_for_digest on deliveries (due_at) where digest_on is not null and state = 'pending';
grant update (digest_on) on deliveries to smartalert_control;

-- How many routine updates people have had singly since then, or have on their way, each once on however many channels.
create function updates_since(since timestamptz) returns table (subscriber_id bigint, updates bigint)
language sql stable as $$
  select d.subscriber_id, count(distinct d.alert_id)
  from alerts a join deliveries d on d.alert_id = a.id
  where a.release_at > since and not a.urgent and a.withdrawn_at is null
    and d.digest_on is null and d.state not in ('failed', 'expired', 'cancelled')
  group by d.subscriber_id
$$;
revoke execute on function updates_since from public;
grant execute on function updates_since to smartalert_control;
