-- The ledger: one row for each alert, person and channel. Workers claim from it; nothing else is the queue's truth.

-- Where a delivery stands, and what may come next.
create type delivery_state as enum (
  'pending',      -- → sending, expired, cancelled; what its provider took all the same → handed_over, delivered, failed
  'sending',      -- claimed: → handed_over, pending (try again), failed, unknown
  'handed_over',  -- the provider accepted it: → delivered, failed
  'delivered',    -- the provider or the phone reported arrival
  'failed',       -- it will not arrive; failure_reason says why
  'expired',      -- the alert was over before it could be handed over; as pending, by what is reported of an earlier try
  'cancelled',    -- an officer withdrew or stopped the alert first; the same
  'unknown'       -- a mail that may or may not have left: → handed_over, delivered, failed by what is reported of it,
                  -- pending when an officer sends it again, failed when for more than a day nothing was
);

-- Workers, and when each was last heard of. One lives as long as it holds the advisory lock of its number and is heard:
-- a lock alone is also held by one that was stopped or cut off.
create table workers (
  number      integer primary key,                       -- second key of its lock; the first is 7001
  started_at  timestamptz not null default now(),
  heard_at    timestamptz not null default now(),
  given_up_at timestamptz,   -- others took back what it held: should it wake, it may claim nothing more
  ended_at    timestamptz,
  last_words  text           -- why it ended itself, for whoever runs the machine
);

-- The workers that live.
create function living_workers() returns setof integer language sql stable
begin atomic
  select w.number
  from workers w
  join pg_locks l on l.locktype = 'advisory' and l.classid = 7001 and l.objid::bigint = w.number and l.granted
    and l.database = (select oid from pg_database where datname = current_database())
  where w.given_up_at is null and w.heard_at > now() - interval '30 seconds';
end;

-- No foreign keys: they make the snapshot of 100,000 rows four times slower, and one transaction writes both sides.
create table deliveries (
  alert_id        bigint not null,
  subscriber_id   bigint not null,
  channel         channel not null,
  state           delivery_state not null default 'pending',
  attempts        smallint not null default 0,
  due_at          timestamptz not null,   -- handed over no earlier: release, quiet hours, a wait before trying again
  -- Routine updates are rationed: whoever has had enough of them this week gets the rest once a day. The day whose
  -- digest carries this delivery, instead of a message of its own; it moves through the same states.
  digest_on       date,
  claimed_by      integer,       -- the worker's number
  claimed_at      timestamptz,
  maybe_repeated  boolean not null default false,   -- the provider may have accepted it more than once
  by_relay        boolean not null default false,   -- the newest try went by the force's own mail relay
  provider_reference text,       -- what the provider calls it
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
-- Digests that are due.
create index deliveries_for_digest on deliveries (due_at) where digest_on is not null and state = 'pending';

create function refuse_step_back() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  raise exception 'a delivery that is % is not made %', old.state, new.state using errcode = 'check_violation';
end $$;
-- What was reported of a delivery stays, whoever would take it back. The conditions stand here, not in the function, for
-- they are asked of 100,000 rows.
create trigger deliveries_never_go_back before update on deliveries for each row when (
  old.state = 'delivered' and new.state <> 'delivered'
  or old.state = 'handed_over' and new.state not in ('handed_over', 'delivered', 'failed')
  or old.state = 'expired' and new.state not in ('expired', 'handed_over', 'delivered', 'failed')
  or new.handed_over_at is null and old.handed_over_at is not null
  or new.delivered_at is null and old.delivered_at is not null
  or new.opened_at is null and old.opened_at is not null
) execute function refuse_step_back();
-- Officers stop, take up again and try again; what reached anybody is the workers' and the providers' to say. Officers
-- come by any login with the control room's role, which may put that role off.
create trigger deliveries_move_so_far_for_officers before update of state on deliveries for each row when (
  old.state <> new.state and (old.state, new.state) not in (
    ('pending', 'cancelled'), ('cancelled', 'pending'), ('failed', 'pending'), ('unknown', 'pending'), ('unknown', 'failed')
  )
  and pg_has_role(current_user, 'smartalert_control', 'usage') and not pg_has_role(current_user, 'smartalert_worker', 'usage')
) execute function refuse_step_back();

-- An alert is undone as long as nobody was told of it, and then for good; officers bring its release only nearer, but
-- for the seconds until whoever issued it sees the way to undo it.
create function refuse_undoing() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  if old.withdrawn_at is not null then
    raise exception 'this alert was withdrawn for good' using errcode = 'check_violation';
  end if;
  if new.release_at > old.release_at
     and (old.release_at <= now() or new.release_at > old.issued_at + interval '15 seconds') then
    raise exception 'the release of an alert only comes nearer' using errcode = 'check_violation';
  end if;
  if exists (select from deliveries where alert_id = new.id and (handed_over_at is not null or state = 'sending')) then
    raise exception 'people have been told of this alert' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger alerts_are_undone_in_time before update of release_at, withdrawn_at on alerts for each row when (
  new.withdrawn_at is distinct from old.withdrawn_at
  or new.release_at > old.release_at
    and pg_has_role(current_user, 'smartalert_control', 'usage') and not pg_has_role(current_user, 'smartalert_worker', 'usage')
) execute function refuse_undoing();

-- How far a provider's reports have come: the newest claim, or test, of which it has reported anything. Silence about one
-- mail means something only when it has reported on those that were handed over long after it.
create table receipt_clock (
  channel channel primary key,
  reported_up_to timestamptz not null
);

-- A provider that takes nothing, as all workers know it together: no row while all is well. While it is out nobody offers
-- before `try_at`, and then one worker one message; once one was taken, each claim has room for so many, twice as many
-- each time.
create table outages (
  channel  channel not null,
  drill    bigint default current_drill() references drills,   -- of a drill's own provider; null: of everybody's
  since    timestamptz,                  -- null: not out, or not any more
  reason   text not null,                -- the provider's last words, as deliveries keep them
  in_a_row integer not null default 1,   -- batches of which it took nothing
  refusals integer not null default 0,   -- of them, since it is out
  tries    integer not null default 0,   -- messages with which it was asked since, one at a time
  try_at   timestamptz not null,
  room     integer,
  by_relay boolean not null default false,  -- mails go by the force's own relay meanwhile: an officer said so
  unique nulls not distinct (channel, drill)
);

-- How the workers share what a provider takes in a second: what each has leave for, until when, and what it would need.
create table rate_shares (
  channel channel not null,
  worker  integer not null,
  wanted  double precision not null,   -- messages a second
  per_s   double precision not null,   -- what it goes by; of all together no more than the provider takes
  ends_at timestamptz not null,
  primary key (channel, worker)
);

-- One worker's share of `most` messages a second, for the next two seconds, in which it asks again: what it wants, or an
-- equal part of what those leave who want less, as far as the others' running shares have room for it. Until it is known
-- to go by less than it `holds`, from an earlier share, that much counts as taken: the answer may be lost. The worker must
-- commit within a second, or the others would wait.
create function share_rate(
  of_channel channel, by_worker integer, wants double precision, holds double precision, most double precision
) returns double precision language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  one double precision;
  room double precision := most;
  sharers integer;
  equal_part double precision := most;
  mine double precision;
begin
  perform take_turn('rate of ' || of_channel);
  perform set_config('idle_in_transaction_session_timeout', '1s', true);
  delete from rate_shares where channel = of_channel and (worker = by_worker or ends_at <= clock_timestamp());
  if wants <= 0 and holds <= 0 then
    return 0;
  end if;
  select count(*) + 1 into sharers from rate_shares where channel = of_channel;
  for one in
    select wanted from rate_shares where channel = of_channel union all select wants order by 1
  loop
    equal_part := room / sharers;
    exit when one >= equal_part;
    room := room - one;
    sharers := sharers - 1;
  end loop;
  select greatest(0, least(wants, equal_part, most - coalesce(sum(per_s), 0))) into mine
  from rate_shares where channel = of_channel;
  insert into rate_shares
  values (of_channel, by_worker, wants, greatest(mine, holds), clock_timestamp() + interval '2 seconds');
  return mine;
end $$;

-- Takes what providers and phones report. The ledger moves only forward, so repeats and wrong order change nothing.
-- Arrays of one length: alert, subscriber, channel, what happened, when, for failures why, and where it says so at which
-- address. A dead address is switched off where it is still the person's, but for what happened before they switched it
-- on again. Of a delivery that was tried again, what was reported of an earlier try counts only if it arrived after all;
-- a provider's clock may be a minute behind. Returns how many deliveries it found.
create function record_receipts(
  alert_ids bigint[], subscriber_ids bigint[], channels text[], events text[], times timestamptz[], reasons text[],
  addresses text[] default null
) returns integer language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  found_deliveries integer;
  gone bigint[];
begin
  with batch as materialized (
    select a as alert_id, s as subscriber_id, c::channel as channel,
           max(t) filter (where e not in ('delivered', 'opened')) as newest_at,
           min(t) filter (where e in ('handed_over', 'delivered', 'opened')) as handed_over_at,
           min(t) filter (where e in ('delivered', 'opened')) as delivered_at,
           min(t) filter (where e = 'opened') as opened_at,
           min(t) filter (where e in ('failed', 'address_gone')) as failed_at,
           min(r) filter (where e in ('failed', 'address_gone')) as reason,
           max(t) filter (where e = 'address_gone') as gone_at,
           array_agg(coalesce(k, '')) filter (where e = 'address_gone') as gone_from
    from unnest(alert_ids, subscriber_ids, channels, events, times, reasons, addresses) as receipt (a, s, c, e, t, r, k)
    group by a, s, c
  ), held as materialized ( -- everybody locks in one order, or two posts about the same people would wait for each other
    select d.alert_id, d.subscriber_id, d.channel from deliveries d
    join batch b on d.alert_id = b.alert_id and d.subscriber_id = b.subscriber_id and d.channel = b.channel
    where (d.state in ('sending', 'handed_over', 'delivered', 'failed', 'unknown')
           -- the provider refused it, or was in doubt, and took it all the same; one that failed waits because an officer
           -- tries it again
           or (d.attempts > 0 and (d.failed_at is null or b.delivered_at is not null)))
      and (b.delivered_at is not null or d.attempts < 2 or b.newest_at > d.claimed_at - interval '1 minute')
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
    returning d.channel, d.claimed_at
  ), off as (
    update contacts c set off_at = b.gone_at, off_reason = coalesce(b.reason, 'address gone')
    from batch b
    where c.subscriber_id = b.subscriber_id and c.channel = b.channel and c.off_at is null
      and b.gone_at > coalesce(c.switched_on_at, '-infinity') and b.gone_from && array[c.address, '']
    returning c.subscriber_id
  ), clock as (
    insert into receipt_clock
    select channel, max(claimed_at) from moved where claimed_at is not null group by channel
    on conflict (channel) do update set reported_up_to = excluded.reported_up_to
    where receipt_clock.reported_up_to < excluded.reported_up_to - interval '1 second'
  )
  select (select count(*) from moved), (select array_agg(subscriber_id) from off) into found_deliveries, gone;
  if gone is not null then
    perform refresh_audience(gone);
  end if;
  return found_deliveries;
end $$;

-- What phones report of themselves, for the public service: arrival and opening alone, each with the proof that the push
-- carried. What has none is passed over, and nothing was reported in the future.
create function record_phone_receipts(
  alert_ids bigint[], subscriber_ids bigint[], events text[], times timestamptz[], proofs text[]
) returns integer language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  select record_receipts(array_agg(a), array_agg(s), array_agg('push'::text), array_agg(e), array_agg(least(t, now())),
                         array_agg(null::text))
  from unnest(alert_ids, subscriber_ids, events, times, proofs) as receipt (a, s, e, t, proof)
  join contacts k on k.subscriber_id = s and k.channel = 'push'
  where e in ('delivered', 'opened') and proof = any(address_proof(s, k.address) || k.earlier_proofs)
$$;

-- Mails to addresses that turned out dead, where the provider does not say which delivery it was: late bounces. Arrays
-- of one length: address, the provider's name for the mail where it gives one, when, and why. The address is switched
-- off, by the same rules as above; of its deliveries within a week before, the one that it can have been has failed,
-- and none where it can have been several.
create function record_bounces(addresses text[], message_ids text[], times timestamptz[], reasons text[]) returns void
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  bounce record;
  fitting bigint[];
begin
  for bounce in
    select c.subscriber_id, b.message_id, least(b.at, now()) as at, b.reason
    from unnest(addresses, message_ids, times, reasons) as b (address, message_id, at, reason)
    join contacts c on c.channel = 'email' and c.address = b.address
    order by c.subscriber_id
  loop
    select array_agg(d.alert_id) into fitting
    from alerts a join deliveries d on d.alert_id = a.id and d.subscriber_id = bounce.subscriber_id
    where d.channel = 'email' and d.state in ('handed_over', 'delivered', 'unknown')
      and a.release_at between bounce.at - interval '7 days' and bounce.at
      and (bounce.message_id = '' or split_part(d.provider_reference, '.', 1) = bounce.message_id);
    -- No delivery has the number 0: only the address is switched off.
    perform record_receipts(array[case when cardinality(fitting) = 1 then fitting[1] else 0 end],
                            array[bounce.subscriber_id], array['email'], array['address_gone'], array[bounce.at],
                            array[bounce.reason]);
  end loop;
end $$;

-- What SendGrid posted, byte for byte and signed. The public service can pass it on, and cannot make it up: a worker
-- checks the signature with a key of its own, writes what the events say, and deletes the post, which names addresses.
create table event_posts (
  id        bigint generated always as identity primary key,   -- the order in which they came
  body      bytea not null check (length(body) <= 2000000),
  signature text not null check (length(signature) <= 200),
  signed_at text not null check (length(signed_at) <= 20)      -- as the header has it: it is signed with the body
);
-- Read once, at once: not worth compressing.
alter table event_posts alter column body set storage external;

-- Keep one post. While too many wait none is taken: SendGrid posts it again for a day.
create function keep_event_post(body bytea, signature text, signed_at text) returns void
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  if (select count(*) >= 5000 or sum(length(p.body)) > 250000000 from event_posts p) then
    raise insufficient_resources using message = 'too many posts wait to be read';
  end if;
  insert into event_posts values (default, body, signature, signed_at);
end $$;

-- Have a worker read them, once the post is committed: whoever begins from now on finds it. One call waits at most.
create function call_event_reader() returns void
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  if not exists (select from procrastinate_jobs where queueing_lock = 'read_events' and status = 'todo') then
    perform procrastinate_defer_jobs_v1(array[
      row('events', 'read_events', 20, 'read_events', 'read_events',
          jsonb_build_object('timestamp', extract(epoch from now())::bigint), null)
    ]::procrastinate_job_to_defer_v1[]);
  end if;
exception when unique_violation then
  null;   -- somebody else has called in this moment
end $$;

-- Who was told of the thread that this alert belongs to, and on which channels, as bits. Whoever is in a worker's hands
-- counts as told, and so does whom an earlier try may have reached, whatever became of the next. `with_waiting` also counts those the old message has not reached yet: they get the new one instead.
create function told_of(about bigint, with_waiting boolean) returns table (subscriber_id bigint, channels integer)
language sql stable rows 1000
begin atomic
  select d.subscriber_id, bit_or(case d.channel when 'push' then 1 else 2 end)
  from alerts a
  join alerts t on t.thread = a.thread
  join deliveries d on d.alert_id = t.id
  where a.id = about
    and (d.state in ('sending', 'handed_over', 'delivered', 'unknown') or d.maybe_repeated
         or (with_waiting and d.state = 'pending'))
  group by d.subscriber_id;
end;

-- The audience of any message. Of one that follows nothing it is the audience of its area. Of one that follows an alert
-- it is everybody who was told, on the channels they were told on and have not switched off since, whatever they chose
-- and wherever the area now lies; people who left are in audience_places no more. With `newcomers` it is also everybody
-- else in the area. `told` says which of the two somebody is; their point is the place nearest the area.
create function audience(
  area geometry, within_m double precision, urgent boolean,
  want_topics integer, want_sectors integer, want_channels integer, as_of timestamptz,
  about bigint, newcomers boolean
) returns table (subscriber_id bigint, fate integer, point geometry, told boolean)
language sql stable rows 1000
begin atomic
  with known as materialized (select * from told_of(about, newcomers))
  select a.subscriber_id, a.fate, a.point, false
  from audience(area, within_m, urgent, want_topics, want_sectors, want_channels, as_of) a
  where about is null
  union all
  select k.subscriber_id, coalesce(nullif(k.channels & m.channels & want_channels, 0), -6), m.point, true
  from known k
  cross join lateral (
    select p.channels, p.point from audience_places p
    where p.subscriber_id = k.subscriber_id
    order by p.point <-> area, p.place_no
    limit 1
  ) m
  where about is not null
  union all
  select a.subscriber_id, a.fate, a.point, false
  from audience(area, within_m, urgent, want_topics, want_sectors, want_channels, as_of) a
  where about is not null and newcomers
    and not exists (select from known k where k.subscriber_id = a.subscriber_id);
end;

-- Write a delivery for everyone whom an alert is for, on each of their channels: the same audience() that the preview
-- counted. Whom, the alert itself says, and that is what its rule of approval was worked out from: whoever issues it can
-- neither pick people nor say that they are fewer, but for those who came and went since they were counted.
create function tell(alert bigint, newcomers boolean) returns void
language plpgsql security definer set search_path = pg_catalog, public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
  told alerts;
  counted integer;
begin
  select * into told from alerts where id = alert;
  if exists (select from deliveries where alert_id = alert) then
    raise exception 'people are told of an alert once' using errcode = 'check_violation';
  end if;
  with people as materialized (
    select subscriber_id, fate
    from audience(told.area, told.within_m, told.urgent, told.topics, told.sectors, told.channels, told.issued_at,
                  told.follows, newcomers)
    where fate > 0
  ), written as (
    insert into deliveries (alert_id, subscriber_id, channel, due_at)
    select alert, people.subscriber_id, way.channel, told.release_at
    from people join (values (1, 'push'::channel), (2, 'email'::channel)) way (bit, channel) on people.fate & way.bit <> 0
  )
  select count(*) into counted from people;
  if abs(counted - told.people) > greatest(10, told.people / 100) then
    raise exception 'this alert is for % people, not for %', counted, told.people using errcode = 'check_violation';
  end if;
end $$;

-- An alert that left later than it was confirmed, once its time had come: whom it was for by then. Written once.
create table later_audiences (
  alert_id   bigint primary key references alerts,
  counted_at timestamptz not null,
  people     integer not null,   -- who were told
  joined     integer not null,   -- of them, who were not counted when it was confirmed
  dropped    integer not null,   -- who were, and were not told
  kept_out   integer not null    -- who came since, and were not told: so many would have needed an approval
);

-- How many an alert tells: those it was confirmed for, or those it was for when it left later.
create function people_of(alert bigint, confirmed integer) returns integer language sql stable
return coalesce((select l.people from later_audiences l where l.alert_id = alert), confirmed);

-- When an alert that left later has its time: whom it is for is asked again, before any of it leaves. Whoever lives there
-- and wants it by now is told, and whoever does not any more is not; more people than a rule lets its sender tell alone
-- are not told for having come since. Each person's quiet hours are those of now. Whether that was to be done.
create function count_again(alert bigint, as_of timestamptz) returns boolean
language plpgsql security definer set search_path = pg_catalog, public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
  told alerts;
  found later_audiences;
  present bigint[];
  fates integer[];
  may_join boolean;
begin
  select * into told from alerts where id = alert for update;   -- one worker at a time
  if told.release_at > as_of or told.release_at <= told.issued_at + interval '1 minute' or told.withdrawn_at is not null
     or exists (select from later_audiences where alert_id = alert) then
    return false;
  end if;
  select coalesce(array_agg(subscriber_id), '{}'), coalesce(array_agg(fate), '{}') into present, fates
  from audience(told.area, told.within_m, told.urgent, told.topics, told.sectors, told.channels, as_of, told.follows, false)
  where fate > 0;
  may_join := told.approval_id is not null or told.override_reason is not null or (
    select coalesce(max(rule), 'second person') <> 'second person'
    from approval_rules(case when told.urgent then 'urgent' else 'update' end, cardinality(present),
                        area_km2(told.area, told.within_m), told.release_at, told.channels));
  with before as materialized (
    select distinct subscriber_id from deliveries where alert_id = alert
  ), now as materialized (
    select person, fate from unnest(present, fates) as here (person, fate)
    where may_join or person in (select subscriber_id from before)
  ), gone as (
    delete from deliveries d where d.alert_id = alert and d.state = 'pending' and not exists (
      select from now n where n.person = d.subscriber_id and n.fate & case d.channel when 'push' then 1 else 2 end <> 0)
  ), come as (
    insert into deliveries (alert_id, subscriber_id, channel, due_at)
    select alert, now.person, way.channel, told.release_at
    from now join (values (1, 'push'::channel), (2, 'email'::channel)) way (bit, channel) on now.fate & way.bit <> 0
    on conflict do nothing
  )
  select alert, as_of, count(n.person), count(n.person) filter (where b.subscriber_id is null),
         count(b.subscriber_id) filter (where n.person is null), cardinality(present) - count(n.person)
  into found
  from now n full join before b on b.subscriber_id = n.person;
  insert into later_audiences values (found.*);
  update deliveries d set due_at = after_quiet(told.release_at, s.quiet_from, s.quiet_to), digest_on = null
  from subscribers s where d.alert_id = alert and d.state = 'pending' and s.id = d.subscriber_id;
  insert into audit (officer, action, alert_id, detail)
  values (told.issued_by, 'counted again when it was sent', alert,
          jsonb_build_object('confirmed', told.people, 'people', found.people, 'joined', found.joined,
                             'dropped', found.dropped, 'kept_out', found.kept_out));
  return true;
end $$;

-- What people have had since then or have on its way, a row for each delivery. `is_update`: it uses up the week's ration,
-- as urgent alerts and digests do not. One plain select, so that PostgreSQL joins it to the people who are asked about.
create function messages_since(since timestamptz)
returns table (subscriber_id bigint, alert_id bigint, got_at timestamptz, is_update boolean) language sql stable
begin atomic
  select d.subscriber_id, d.alert_id, a.release_at, not a.urgent and d.digest_on is null
  from alerts a join deliveries d on d.alert_id = a.id
  where a.release_at > since and a.withdrawn_at is null and d.state not in ('failed', 'expired', 'cancelled');
end;

-- Routine messages wait while it is quiet: from the first of the two times to the second, by London's clock.
create function after_quiet(at timestamptz, quiet_from time, quiet_to time) returns timestamptz
language sql stable
begin atomic
  select case
    when (quiet_from < quiet_to and clock >= quiet_from and clock < quiet_to)
      or (quiet_from > quiet_to and clock < quiet_to) then (day + quiet_to) at time zone 'Europe/London'
    when quiet_from > quiet_to and clock >= quiet_from then (day + 1 + quiet_to) at time zone 'Europe/London'
    else at
  end
  from (select (at at time zone 'Europe/London')::time as clock, (at at time zone 'Europe/London')::date as day) london;
end;

-- Put one alert's open deliveries off to the end of each person's quiet hours.
create function wait_for_quiet_hours(alert bigint) returns void
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  update deliveries d set due_at = after_quiet(d.due_at, s.quiet_from, s.quiet_to)
  from subscribers s
  where d.alert_id = alert and s.id = d.subscriber_id and s.quiet_from is not null and d.state = 'pending'
$$;

revoke execute on function share_rate, refuse_step_back, refuse_undoing, record_receipts, record_phone_receipts, record_bounces,
  keep_event_post, call_event_reader, told_of, tell, count_again, people_of, messages_since, after_quiet,
  wait_for_quiet_hours from public;
revoke execute on function audience(geometry, double precision, boolean, integer, integer, integer, timestamptz, bigint,
                                    boolean) from public;
grant execute on function record_phone_receipts, keep_event_post, call_event_reader to smartalert_public;
grant execute on function record_receipts, record_bounces to smartalert_worker;
grant select, delete on event_posts to smartalert_worker;
grant execute on function told_of to smartalert_control, smartalert_worker;
grant execute on function audience(geometry, double precision, boolean, integer, integer, integer, timestamptz, bigint,
                                   boolean) to smartalert_control, smartalert_worker;
grant execute on function tell, wait_for_quiet_hours to smartalert_control;
grant execute on function messages_since to smartalert_control, smartalert_worker;
grant execute on function count_again to smartalert_worker;
grant execute on function people_of to smartalert_control, smartalert_worker;
grant select on later_audiences to smartalert_control, smartalert_worker;
grant select, update (state, due_at, digest_on, maybe_repeated) on deliveries to smartalert_control;
grant select, update on deliveries to smartalert_worker;
grant select on receipt_clock to smartalert_control, smartalert_worker;
grant select on outages to smartalert_control, smartalert_worker;
grant insert, update, delete on outages to smartalert_worker;
grant update (by_relay) on outages to smartalert_control;
revoke execute on function living_workers from public;
grant execute on function living_workers to smartalert_control, smartalert_worker;
grant select on workers to smartalert_control;
grant select, insert, update, delete on workers to smartalert_worker;
grant execute on function share_rate to smartalert_worker;
grant select, insert, delete on rate_shares to smartalert_worker;
-- One alert's story: the times alone.

-- Jobs live in procrastinate's own tables, which `migrate` makes before these steps. Workers do with them what
-- procrastinate does; the control room puts jobs in.
do $$
declare
  object record;
begin
  for object in select c.oid::regclass as name, c.relkind from pg_class c
                where c.relname like 'procrastinate%' and c.relkind in ('r', 'S') loop
    if object.relkind = 'r' then
      execute format('grant select, insert, update, delete on %s to smartalert_worker', object.name);
    else
      execute format('grant usage on sequence %s to smartalert_worker', object.name);
    end if;
  end loop;
  for object in select oid::regprocedure as name, prorettype = 'trigger'::regtype as is_trigger from pg_proc
                where proname like 'procrastinate%' loop
    execute format('revoke execute on function %s from public', object.name);
    if object.is_trigger then
      execute format('alter function %s set search_path = pg_catalog, public, pg_temp', object.name);
    else
      execute format('grant execute on function %s to smartalert_worker', object.name);
    end if;
  end loop;
end $$;
grant execute on function procrastinate_defer_jobs_v1 to smartalert_control;
grant select (id), insert on procrastinate_jobs to smartalert_control;
grant insert on procrastinate_events to smartalert_control;
grant usage on sequence procrastinate_jobs_id_seq, procrastinate_events_id_seq to smartalert_control;
