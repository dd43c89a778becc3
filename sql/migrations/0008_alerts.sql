-- Alerts: issued once from a draft, then never rewritten; what follows one; and what the public sees of them.

-- One issued CAP message.
create table alerts (
  id              bigint generated always as identity primary key,
  identifier      uuid not null unique default gen_random_uuid(),   -- what phones, mails and CAP call it
  draft_id        uuid not null unique references drafts,           -- a double click, a second tab: still one alert
  status          text not null check (status in ('Actual', 'Exercise')),
  msg_type        text not null check (msg_type in ('Alert', 'Update', 'Cancel')),
  -- Putting it right: updates, corrections, all clears, false alarms and outcomes follow the alert they are about.
  follows         bigint references alerts,   -- the newest message of its thread when it was issued
  follow_up       text check (follow_up in ('update', 'correction', 'all_clear', 'false_alarm', 'outcome')),
  -- the first alert's identifier, shared by all that followed: phones replace and mails thread by it
  thread          uuid not null,
  urgent          boolean not null,   -- crime happening now, not a routine update
  incident_kind   text not null,      -- a key of incidents.py
  about_person    boolean not null default false,   -- who is missing or at risk; so is all that follows it
  incident_number text not null,
  headline        text not null,
  description     text not null,
  instruction     text not null,      -- what to do
  contact         text not null,      -- whom to call, in words
  -- as parts_of() takes it, a street's lines and a neighbourhood's border copied: a later import changes no alert
  area            geometry not null,   -- with or without M: is_sound_area() asks for EPSG:27700
  within_m        double precision not null,   -- of the area, its edge included
  street_id       bigint,             -- where it is one street and nothing else
  area_desc       text not null,      -- where it is, in words
  topics          integer not null,   -- narrowed to who chose one of these, as bits; 0: everybody
  sectors         integer not null,   -- … or is in one of these
  channels        integer not null check (channels between 1 and 3),   -- bit 0 push, bit 1 email
  -- words, place, number, kind and officer, as alerts/listing.py compares them
  searched        text not null default '',
  people          integer not null check (people > 0),   -- told, as counted in the transaction that issued it
  approval_rule   approval_rule not null default 'sender alone',   -- worked out by require_approval()
  approval_id     bigint unique references approval_requests,      -- null: nobody had to agree first
  override_reason text check (btrim(override_reason) <> ''),       -- why it left without the approval that it needed
  issued_by       text not null,
  issued_at       timestamptz not null,
  release_at      timestamptz not null,   -- the end of the officer's ten seconds to undo, or the later time they chose
  expires_at      timestamptz not null,
  withdrawn_at    timestamptz,            -- undone before release: nobody was told
  stopped_at      timestamptz,            -- stopped after release: what was unsent stays unsent
  drill           bigint references drills,   -- its draft's: the drill it is part of; null: of none
  unique (id, issued_by),
  check (expires_at > issued_at and release_at >= issued_at),
  check (withdrawn_at is null or stopped_at is null),
  check (override_reason is null or approval_rule = 'second person' and approval_id is null),
  check ((msg_type = 'Alert') = (follows is null)),
  check ((follows is null) = (follow_up is null)),
  constraint area_is_sound check (is_sound_area(area, within_m, street_id) is true)
);
create index alerts_recent on alerts (issued_at desc);   -- live page
create index alerts_area on alerts using gist (area);    -- other alerts near this one
create index alerts_searched on alerts using gin (searched gin_trgm_ops);   -- search box of the live list
create index alerts_thread on alerts (thread, id);       -- everything that was said about one thing, in order
-- Two officers who put the same alert right at once: one message follows it, and the other officer hears of it.
create unique index alerts_follows on alerts (follows) where withdrawn_at is null;
-- What an approver still has to look at.
create index alerts_reviewed_after on alerts (issued_at)
  where approval_rule = 'reviewed after' or override_reason is not null;

-- A thread is what its first alert began: nobody can put a message into another, nor take the person out of one.
create function join_thread() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  new.thread := coalesce((select thread from alerts where id = new.follows), new.identifier);
  new.about_person := new.about_person or coalesce((select about_person from alerts where id = new.follows), false);
  return new;
end $$;
create trigger alerts_join_thread before insert on alerts for each row execute function join_thread();

-- An alert is part of its draft's drill, whoever issues it.
create function join_drill() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  new.drill := (select drill from drafts where id = new.draft_id);
  return new;
end $$;
create trigger alerts_join_drill before insert on alerts for each row execute function join_drill();

-- Has a newer message taken this alert's place by now? Not while that one may still be undone.
create function is_replaced(alert bigint, as_of timestamptz) returns boolean language sql stable
return exists (select from alerts where follows = alert and withdrawn_at is null and release_at <= as_of);

-- The last word on what may be issued: the rule is worked out here, and an alert under approval is the approved one,
-- in what it follows and how too.
create function require_approval() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  kind text := case when new.msg_type = 'Cancel' then 'cancel' when new.urgent then 'urgent' else 'update' end;
  approved jsonb;
begin
  -- The hour that counts is the one in which it leaves; the seconds to undo are none.
  select coalesce(max(rule), 'second person') into new.approval_rule
  from approval_rules(kind, new.people, area_km2(new.area, new.within_m),
    case when new.release_at > new.issued_at + interval '1 minute' then new.release_at else new.issued_at end, new.channels);
  if new.approval_id is null then
    if new.approval_rule = 'second person'
       and not (new.override_reason is not null and may_override_approval(new.issued_by)) then
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
create trigger alerts_require_approval before insert on alerts for each row execute function require_approval();

create constraint trigger alerts_are_sealed after insert on alerts
  deferrable initially deferred for each row execute function seal(
    'alert', 'id',
    'identifier, draft_id, status, msg_type, follows, follow_up, thread, urgent, incident_kind,
     about_person, incident_number, headline, description, instruction, contact, area, within_m, street_id, area_desc,
     topics, sectors, channels, searched, people, approval_rule, approval_id, override_reason, issued_by, issued_at,
     expires_at, drill'
  );
create constraint trigger alert_times_are_sealed after insert or update of release_at, withdrawn_at, stopped_at on alerts
  deferrable initially deferred for each row execute function seal(
    'times of alert', 'id', 'release_at, withdrawn_at, stopped_at'
  );

-- The exact words that left, frozen when the alert was issued.
create table messages (
  alert_id bigint not null references alerts,
  channel  channel not null,
  title    text not null,              -- of a push; an e-mail's subject
  body     text not null,
  html     text not null default '',   -- of an e-mail, beside its plain body
  primary key (alert_id, channel)
);
create constraint trigger messages_are_sealed after insert on messages
  deferrable initially deferred for each row execute function seal(
    'words of alert', 'alert_id || '' '' || channel', 'title, body, html'
  );

-- What an approver thought of an alert that had gone at once. Written once.
create table alert_reviews (
  alert_id    bigint primary key,
  issued_by   text not null,
  reviewed_by text not null,
  reviewed_at timestamptz not null,
  concern     text check (btrim(concern) <> ''),   -- null: seen and right
  foreign key (alert_id, issued_by) references alerts (id, issued_by),
  constraint reviewer_is_somebody_else check (reviewed_by <> issued_by)
);
create constraint trigger alert_reviews_are_sealed after insert on alert_reviews
  deferrable initially deferred for each row execute function seal(
    'review of alert', 'alert_id', 'issued_by, reviewed_by, reviewed_at, concern'
  );

-- Alerts whose details a worker took off the public pages, a set time after they had ended. For good.
create table forgotten_alerts (
  alert_id     bigint primary key references alerts,
  forgotten_at timestamptz not null default now()
);

-- Each alert's CAP document, written when it was issued: what programs hold under its identifier never changes.
create table cap_documents (
  alert_id bigint primary key references alerts,
  sender   text not null,   -- as the document names it, and whatever refers to it later
  document bytea not null
);
create constraint trigger cap_documents_are_sealed after insert on cap_documents
  deferrable initially deferred for each row execute function seal(
    'CAP document of alert', 'alert_id', 'sender, sha256(document)'
  );

-- How each alert ended, by itself or by what followed it (null: it counts, or what followed it does), and what of it may
-- still be read. An appeal for a person is forgotten in the moment it ends, and stays so whatever follows; officers who
-- have not asked for the evidence read the headlines of all other alerts.
create view alert_endings as
select a.id, a.about_person, e.ended_how, e.ended_at, a.about_person and a.follow_up in ('all_clear', 'false_alarm', 'outcome')
       is true as closes_appeal, s.is_forgotten,
       case when s.is_forgotten then no_headline else a.headline end as headline,
       case when s.is_forgotten and a.about_person then no_headline else a.headline end as officers_headline,
       case when s.is_forgotten then '' else a.description end as description,
       case when s.is_forgotten then '' else a.instruction end as instruction,
       case when s.is_forgotten then '' else a.contact end as contact
from alerts a
left join forgotten_alerts f on f.alert_id = a.id
left join lateral (
  select case when n.follow_up in ('all_clear', 'false_alarm', 'outcome') then n.follow_up
              when n.stopped_at is not null then 'stopped' else 'expired' end as ended_how,
         least(n.expires_at, n.stopped_at, case when n.follow_up in ('all_clear', 'false_alarm', 'outcome')
                                                then n.release_at end) as ended_at
  from alerts n
  where n.thread = a.thread and n.id >= a.id and n.withdrawn_at is null and n.release_at <= now()
    and (n.follow_up in ('all_clear', 'false_alarm', 'outcome')
         -- Stopped by a message that may still be undone itself, it may go on.
         or n.stopped_at is not null and not exists (
           select from alerts c where c.follows = n.id and c.issued_at = n.stopped_at and c.withdrawn_at is null
             and c.release_at > now())
         or n.expires_at <= now() and not exists (
           select from alerts c where c.thread = n.thread and c.id > n.id and c.withdrawn_at is null
             and c.release_at < n.expires_at))
  order by n.id desc
  limit 1
) e on true
cross join lateral (
  select f.alert_id is not null or a.about_person and e.ended_how is not null as is_forgotten,
         upper(left(a.incident_kind, 1)) || replace(substr(a.incident_kind, 2), '_', ' ')
           || ' (details no longer shown)' as no_headline
) s
where is_seen(a.drill);

-- The alerts anybody may read: released, not undone; nothing of who issued them or how many were told, and no details
-- of what is forgotten.
create view public_alerts as
select a.id, a.identifier, a.status, a.msg_type, a.urgent, a.incident_kind, a.incident_number,
       case when e.is_forgotten then '' else a.headline end as headline,
       e.description, e.instruction, e.contact,
       a.area, a.within_m, a.area_desc, a.release_at, a.expires_at, a.stopped_at,
       e.about_person, e.ended_how, e.closes_appeal, e.is_forgotten,
       a.drill   -- such an alert is on its own page alone, in no list
from alerts a join alert_endings e on e.id = a.id
where a.withdrawn_at is null and a.release_at <= now();

-- Where each alert stands in its thread, for whoever reads it: what it follows, and the newest message after it.
create view public_threads as
select a.id, a.follow_up, a.thread, n.identifier as newer_identifier, n.msg_type as newer_type,
       (select case when e.is_forgotten then '' else e.headline end from alert_endings e where e.id = n.id) as newer_headline,
       n.follow_up as newer_follow_up, n.release_at as newer_at
from alerts a
left join lateral (
  select id, identifier, msg_type, follow_up, release_at from alerts n
  where n.thread = a.thread and n.id > a.id and n.withdrawn_at is null and n.release_at <= now()
  order by n.id desc
  limit 1
) n on true
where a.withdrawn_at is null and a.release_at <= now() and is_seen(a.drill);

revoke execute on function join_thread, join_drill, is_replaced, require_approval from public;
grant execute on function is_replaced to smartalert_control, smartalert_worker;
grant select, insert, update (release_at, withdrawn_at, stopped_at) on alerts to smartalert_control;
grant select, insert on messages, alert_reviews, cap_documents to smartalert_control;
grant select on alerts, messages, alert_endings to smartalert_worker;
grant select, insert on forgotten_alerts to smartalert_worker;
grant select on alert_endings to smartalert_control, smartalert_engagement;
grant select on public_alerts, public_threads to smartalert_public, smartalert_control, smartalert_worker;
-- One alert's story: its map and its times; not how many were told, and its words only as they may still be read.
grant select (id, draft_id, approval_id, identifier, incident_number, issued_at, release_at, expires_at, stopped_at,
  withdrawn_at, area, within_m, street_id) on alerts to smartalert_engagement;
grant select on public_alerts to smartalert_engagement;
