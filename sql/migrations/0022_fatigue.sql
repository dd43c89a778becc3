-- Routine updates are rationed: whoever has had enough of them this week gets the rest once a day, in one digest.

-- The day whose digest carries this delivery, instead of a message of its own. It moves through the same states.
alter table deliveries add column digest_on date;
-- Digests that are due.
create index deliveries_for_digest on deliveries (due_at) where digest_on is not null and state = 'pending';
grant update (digest_on) on deliveries to smartalert_control;

-- Which messages people have had since then, or have on their way: each once, on however many channels.
create function got_since(since timestamptz) returns table (
  subscriber_id bigint, alert_id bigint, got_at timestamptz, urgent boolean, in_digest boolean
) language sql stable as $$
  select d.subscriber_id, a.id, a.release_at, a.urgent, bool_or(d.digest_on is not null)
  from alerts a join deliveries d on d.alert_id = a.id
  where a.release_at > since and a.withdrawn_at is null and d.state not in ('failed', 'expired', 'cancelled')
  group by a.id, d.subscriber_id
$$;

-- How many routine updates people have had singly since then: the one count behind what is shown and what is held back.
create function updates_since(since timestamptz) returns table (subscriber_id bigint, updates bigint)
language sql stable as $$
  select subscriber_id, count(*) from got_since(since) where not urgent and not in_digest group by subscriber_id
$$;
revoke execute on function got_since, updates_since from public;
grant execute on function got_since, updates_since to smartalert_control;
