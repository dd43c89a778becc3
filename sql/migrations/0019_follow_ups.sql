-- Putting it right: updates, corrections, all clears, false alarms and outcomes follow the alert they are about.

alter table alerts
  add column follows   bigint references alerts,   -- the newest message of its thread when it was issued
  add column follow_up text check (follow_up in ('update', 'correction', 'all_clear', 'false_alarm', 'outcome')),
  -- the first alert's identifier, shared by all that followed: phones replace and mails thread by it
  add column thread    uuid;
update alerts set thread = identifier;
alter table alerts
  alter column thread set not null,
  add check ((msg_type = 'Alert') = (follows is null)),
  add check ((follows is null) = (follow_up is null));
create index alerts_thread on alerts (thread, id);   -- everything that was said about one thing, in order
-- Two officers who put the same alert right at once: one message follows it, and the other officer hears of it.
create unique index alerts_follows on alerts (follows) where withdrawn_at is null;

-- A thread is what its first alert began: nobody can put a message into another.
create function join_thread() returns trigger language plpgsql as $$
begin
  new.thread := coalesce((select thread from alerts where id = new.follows), new.identifier);
  return new;
end $$;
create trigger alerts_join_thread before insert on alerts for each row execute function join_thread();

-- Has a newer message taken this alert's place by now? Not while that one may still be undone.
create function is_replaced(alert bigint, as_of timestamptz) returns boolean language sql stable as $$
  select exists (select from alerts where follows = alert and withdrawn_at is null and release_at <= as_of)
$$;

-- Who was told of the thread that this alert belongs to, and on which channels, as bits. Whoever is in a worker's hands
-- counts as told. `with_waiting` also counts those the old message has not reached yet: they get the new one instead.
create function told_of(about bigint, with_waiting boolean) returns table (subscriber_id bigint, channels integer)
language sql stable rows 1000 as $$
  select d.subscriber_id, bit_or(case d.channel when 'push' then 1 else 2 end)
  from alerts a
  join alerts t on t.thread = a.thread
  join deliveries d on d.alert_id = t.id
  where a.id = about
    and (d.state in ('sending', 'handed_over', 'delivered', 'unknown') or (with_waiting and d.state = 'pending'))
  group by d.subscriber_id
$$;

-- The audience of any message. Of one that follows nothing it is audience() as it was. Of one that follows an alert it
-- is everybody who was told, on the channels they were told on and have not switched off since, whatever they chose and
-- wherever the area now lies; people who left are in audience_places no more. With `newcomers` it is also everybody
-- else in the area. `told` says which of the two somebody is; their point is the place nearest the area.
create function audience(
  area geometry, within_m double precision, urgent boolean,
  want_topics integer, want_sectors integer, want_channels integer, as_of timestamptz,
  about bigint, newcomers boolean
) returns table (subscriber_id bigint, fate integer, point geometry, told boolean)
language sql stable rows 1000 as $$
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
    and not exists (select from known k where k.subscriber_id = a.subscriber_id)
$$;

-- An approval is also of what a message follows, and how.
create or replace function require_approval() returns trigger language plpgsql as $$
declare
  kind text := case when new.msg_type = 'Cancel' then 'cancel' when new.urgent then 'urgent' else 'update' end;
  approved jsonb;
begin
  select coalesce(max(rule), 'second person') into new.approval_rule
  from approval_rules(kind, new.people, area_km2(new.area, new.within_m), new.issued_at, new.channels);
  if new.approval_id is null then
    if new.approval_rule = 'second person' then
      raise exception 'a second person must approve this alert' using errcode = 'check_violation';
    end if;
    return new;
  end if;
  select document::jsonb into approved from approval_requests
  where id = new.approval_id and decision = 'approved' and draft_id = new.draft_id and author = new.issued_by;
  if approved is null
     or row (approved #>> '{draft,headline}', approved #>> '{draft,description}', approved #>> '{draft,instruction}',
             approved #>> '{draft,contact}', approved #>> '{draft,incident_number}',
             (approved #>> '{draft,urgent}')::boolean, (approved #>> '{draft,topics}')::integer,
             (approved #>> '{draft,sectors}')::integer, approved #>> '{ground,geom}',
             (approved #>> '{ground,within_m}')::double precision, (approved #>> '{draft,follows}')::bigint,
             approved #>> '{draft,follow_up}')
        is distinct from
        row (new.headline, new.description, new.instruction, new.contact, new.incident_number, new.urgent, new.topics,
             new.sectors, new.area::text, new.within_m, new.follows, new.follow_up) then
    raise exception 'this is not the alert that was approved' using errcode = 'check_violation';
  end if;
  new.approval_rule := 'second person';
  return new;
end $$;

-- Where each alert stands in its thread, for whoever reads it: what it follows, and the newest message after it.
create view public_threads as
select a.id, a.follow_up, a.thread, n.identifier as newer_identifier, n.msg_type as newer_type,
       n.headline as newer_headline, n.release_at as newer_at
from alerts a
left join lateral (
  select identifier, msg_type, headline, release_at from alerts n
  where n.thread = a.thread and n.id > a.id and n.withdrawn_at is null and n.release_at <= now()
  order by n.id desc
  limit 1
) n on true
where a.withdrawn_at is null and a.release_at <= now();

revoke execute on function told_of, join_thread, is_replaced from public;
revoke execute on function audience(geometry, double precision, boolean, integer, integer, integer, timestamptz, bigint,
                                    boolean) from public;
grant execute on function told_of, is_replaced to smartalert_control, smartalert_worker;
grant execute on function audience(geometry, double precision, boolean, integer, integer, integer, timestamptz, bigint,
                                   boolean) to smartalert_control, smartalert_worker;
grant select on public_threads to smartalert_public, smartalert_control;
