-- What the public sees of alerts, and what they tell the police about them.

-- The alerts anybody may read: released, not undone; nothing of who issued them or how many were told.
create view public_alerts as
select id, identifier, status, msg_type, urgent, incident_kind, incident_number, headline, description, instruction,
       contact, area, within_m, street_id is null as is_circle, area_desc, release_at, expires_at, stopped_at
from alerts
where withdrawn_at is null and release_at <= now();

grant select on public_alerts to smartalert_public, smartalert_control;

-- One thing a member of the public told us about one alert. Their words are never changed; what officers do with it is
-- facts with times, and each also an entry of the audit.
create table responses (
  id            bigint generated always as identity primary key,
  reference     text not null unique,        -- what the person is given to quote: "K7F-3QM"
  form_key      bytea not null unique,       -- SHA-256 of the form it came by: pressed twice, it counts once
  alert_id      bigint not null references alerts,
  -- null: by the public link, or they chose to stay anonymous
  subscriber_id bigint references subscribers on delete set null,
  received_at   timestamptz not null default now(),
  saw           text not null check (length(saw) between 1 and 4000),
  seen_at       text not null default '' check (length(seen_at) <= 200),   -- when, in their words
  happening_now boolean not null default false,
  place         text not null default '' check (length(place) <= 300),     -- where, in their words
  point         geometry(Point, 27700),      -- where, as far as we could tell
  point_from    text check (point_from in ('photo', 'street', 'postcode')),
  name          text not null default '' check (length(name) <= 120),
  contact       text not null default '' check (length(contact) <= 200),
  may_contact   boolean not null,
  -- trigger words found in what they wrote; with happening_now they put it on top of the queue
  urgent_words  text[] not null default '{}',
  urgent        boolean generated always as (happening_now or cardinality(urgent_words) > 0) stored,
  first_look_at timestamptz,
  first_look_by text,
  claimed_at    timestamptz,
  claimed_by    text,
  -- null → useful, not_useful, passed_on, resolved, and between these as often as officers change their mind
  verdict       text check (verdict in ('useful', 'not_useful', 'passed_on', 'resolved')),
  verdict_at    timestamptz,
  verdict_by    text,
  outcome       text check (length(outcome) <= 2000),
  check ((point is null) = (point_from is null)),
  check ((verdict is null) = (verdict_at is null)),
  check (may_contact or (name = '' and contact = '' and subscriber_id is null))
);
create index responses_alert on responses (alert_id, received_at);                          -- one incident's responses
create index responses_queue on responses (urgent desc, received_at) where verdict is null; -- the queue, and its count
create index responses_unread on responses (received_at) where first_look_at is null;       -- "n new" in the frame

-- Re-encoded, without metadata. A table of its own: the queue never reads it.
create table response_photos (
  response_id bigint primary key references responses on delete cascade,
  jpeg        bytea not null,
  width       integer not null,
  height      integer not null
);

create table response_notes (
  id          bigint generated always as identity primary key,
  response_id bigint not null references responses on delete cascade,
  at          timestamptz not null default now(),
  officer     text not null,
  words       text not null check (length(words) between 1 and 2000)
);
create index response_notes_response on response_notes (response_id);   -- the notes under one response

-- Take one response; its reference. The public service may do this and nothing else: it can read none of them back.
-- `from_person` is the person whose signed link it came by; it is kept only if the alert really went to them and they
-- let us contact them. The same form twice answers with the first reference. Null: there is no such alert.
create function receive_response(
  wanted_reference text, wanted_key bytea, about_alert bigint, from_person bigint, words text, seen text,
  is_now boolean, where_words text, where_point geometry, where_from text, their_name text, their_contact text,
  contact_allowed boolean, triggers text[], photo bytea, photo_width integer, photo_height integer
) returns text language plpgsql security definer set search_path = public as $$
declare
  made bigint;
begin
  if not exists (select from public_alerts where id = about_alert) then
    return null;
  end if;
  insert into responses (reference, form_key, alert_id, subscriber_id, saw, seen_at, happening_now, place, point,
                         point_from, name, contact, may_contact, urgent_words)
  values (wanted_reference, wanted_key, about_alert,
          case when contact_allowed then
            (select d.subscriber_id from deliveries d
             where d.alert_id = about_alert and d.subscriber_id = from_person limit 1) end,
          words, seen, is_now, where_words, where_point, where_from, their_name, their_contact, contact_allowed,
          triggers)
  on conflict (form_key) do nothing
  returning id into made;
  if made is null then
    return (select reference from responses where form_key = wanted_key);
  end if;
  if photo is not null then
    insert into response_photos values (made, photo, photo_width, photo_height);
  end if;
  return wanted_reference;
end $$;

revoke execute on function receive_response from public;
grant execute on function receive_response to smartalert_public;
grant select, update (first_look_at, first_look_by, claimed_at, claimed_by, verdict, verdict_at, verdict_by, outcome)
  on responses to smartalert_control;
grant select on response_photos to smartalert_control;
grant select, insert on response_notes to smartalert_control;
