-- What the public tell the police about an alert, what came of it, and how those who answered hear of that.

-- Whom a response may be passed on to, as administrators keep them.
create table teams (
  id         bigint generated always as identity primary key,
  name       text not null check (length(name) between 1 and 60),
  contact    text not null default '' check (length(contact) <= 254),   -- a mailbox that hears of what is passed on
  removed_at timestamptz,                -- nothing more is passed on to it; what was keeps its name
  removed_by text,
  check ((removed_at is null) = (removed_by is null))
);
create unique index teams_name on teams (lower(name)) where removed_at is null;   -- two of one name are mixed up

-- Who belongs to a team: officers, as the ledger calls them, whether or not they have signed in yet.
create table team_members (
  team    bigint not null references teams,
  officer text not null,
  primary key (officer, team)            -- "My team"
);

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
  point_from    text check (point_from in ('photo', 'street', 'postcode', 'phone')),
  -- the first response of those near each other in place and time, itself perhaps; null: nobody knows where
  near          bigint references responses,
  name          text not null default '' check (length(name) <= 120),
  contact       text not null default '' check (length(contact) <= 200),   -- telephone or e-mail, as they wrote it
  may_contact   boolean not null,
  -- reference, words, time, place, and the alert's area and incident number, as responses/search.py compares them
  searched      text not null default '',
  -- trigger words found in what they wrote; with happening_now they put it on top of the queue
  urgent_words  text[] not null default '{}',
  urgent        boolean generated always as (happening_now or cardinality(urgent_words) > 0) stored,
  first_look_at timestamptz,
  first_look_by text,
  claimed_at    timestamptz,                 -- an officer took it on
  claimed_by    text,
  -- null → useful, not_useful, passed_on, resolved, and between these as often as officers change their mind
  verdict       text check (verdict in ('useful', 'not_useful', 'passed_on', 'resolved')),
  verdict_at    timestamptz,
  verdict_by    text,
  -- to whom it was passed on, as long as they have it or have closed it
  team          bigint references teams,
  passed_at     timestamptz,
  passed_by     text,
  -- how far its writer knows it, as intelligence reports grade it; GRADES of responses/grades.py
  grade         text check (grade in ('A', 'B', 'C', 'D', 'E')),
  graded_at     timestamptz,
  graded_by     text,
  -- somebody said what was done with it; that it is useful does not yet say so
  closed        boolean not null generated always as (verdict is not null and verdict <> 'useful') stored,
  outcome       text check (length(outcome) <= 2000),   -- what came of it, in an officer's words
  check ((point is null) = (point_from is null)),
  check ((verdict is null) = (verdict_at is null)),
  check (verdict <> 'passed_on' or team is not null),
  check (team is null or closed),
  check ((team is null) = (passed_at is null) and (team is null) = (passed_by is null)),
  check ((grade is null) = (graded_at is null) and (grade is null) = (graded_by is null)),
  check (may_contact or (name = '' and contact = '' and subscriber_id is null))
);
create index responses_alert on responses (alert_id, received_at);                          -- one incident's responses
create index responses_queue on responses (urgent desc, received_at desc) where not closed;  -- the queue
create index responses_counted on responses (alert_id, closed, claimed_by, first_look_at);   -- how many a filter hides
create index responses_searched on responses using gin (searched gin_trgm_ops);              -- search box
-- The same for numbers: plates, postcodes and telephones are found however they are spaced.
create index responses_squeezed on responses using gin (replace(searched, ' ', '') gin_trgm_ops);
create index responses_team on responses (team) where team is not null;                      -- "My team"
create index responses_near on responses (near);                                             -- the others of its group
create index responses_unread on responses (received_at) where first_look_at is null;       -- "n new" in the frame
create index responses_subscriber on responses (subscriber_id) where subscriber_id is not null;   -- what a person told us
-- A response stands with those near it: of the same alert, within 150 metres and half an hour of the first of them, the
-- nearest such first. A chain of neighbours does not grow beyond that, so a group is of one place and one moment.
create function join_near() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  -- Two at one time would each begin a group.
  perform pg_advisory_xact_lock(hashtextextended('responses near ' || new.alert_id, 0));
  new.near := coalesce((
    select f.id from responses f
    where f.alert_id = new.alert_id and f.near = f.id and st_dwithin(f.point, new.point, 150)
      and f.received_at between new.received_at - interval '30 minutes' and new.received_at + interval '30 minutes'
    order by st_distance(f.point, new.point), f.id limit 1
  ), new.id);
  return new;
end $$;
create trigger responses_join_near before insert on responses
  for each row when (new.point is not null) execute function join_near();
-- Not who it came from: that is erased with the person.
create constraint trigger responses_are_sealed after insert on responses
  deferrable initially deferred for each row execute function seal(
    'response', 'id',
    'reference, form_key, alert_id, received_at, saw, seen_at, happening_now, place, point, point_from, near,
     name, contact, may_contact, urgent_words, searched'
  );
create constraint trigger response_handling_is_sealed after insert or update of
    first_look_at, first_look_by, claimed_at, claimed_by, verdict, verdict_at, verdict_by, outcome, team, passed_at,
    passed_by, grade, graded_at, graded_by
  on responses
  deferrable initially deferred for each row execute function seal(
    'handling of response', 'id',
    'first_look_at, first_look_by, claimed_at, claimed_by, verdict, verdict_at, verdict_by, outcome, team, passed_at,
     passed_by, grade, graded_at, graded_by'
  );

-- Re-encoded, without metadata. A table of its own: the queue never reads it.
create table response_photos (
  response_id bigint primary key references responses on delete cascade,
  jpeg        bytea not null,
  width       integer not null,
  height      integer not null
);
create constraint trigger response_photos_are_sealed after insert on response_photos
  deferrable initially deferred for each row execute function seal(
    'photograph of response', 'response_id', 'width, height, sha256(jpeg)'
  );

-- What officers write beneath a response, for each other.
create table response_notes (
  id          bigint generated always as identity primary key,
  response_id bigint not null references responses on delete cascade,
  at          timestamptz not null default now(),
  officer     text not null,
  words       text not null check (length(words) between 1 and 2000)
);
create index response_notes_response on response_notes (response_id);   -- the notes under one response
create constraint trigger response_notes_are_sealed after insert on response_notes
  deferrable initially deferred for each row execute function seal(
    'note', 'id', 'response_id, at, officer, words'
  );

-- Take one response; its reference. The public service may do this and nothing else: it can read none of them back.
-- `from_person` is the person whose signed link it came by; it is kept only if the alert really went to them and they
-- let us contact them. The same form twice answers with the first reference. Null: there is no such alert.
create function receive_response(
  wanted_reference text, wanted_key bytea, about_alert bigint, from_person bigint, words text, seen text,
  is_now boolean, where_words text, where_point geometry, where_from text, their_name text, their_contact text,
  contact_allowed boolean, triggers text[], photo bytea, photo_width integer, photo_height integer, found_by text
) returns text language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  made bigint;
begin
  if not exists (select from public_alerts where id = about_alert) then
    return null;
  end if;
  insert into responses (reference, form_key, alert_id, subscriber_id, saw, seen_at, happening_now, place, point,
                         point_from, name, contact, may_contact, urgent_words, searched)
  values (wanted_reference, wanted_key, about_alert,
          case when contact_allowed then
            (select d.subscriber_id from deliveries d
             where d.alert_id = about_alert and d.subscriber_id = from_person limit 1) end,
          words, seen, is_now, where_words, where_point, where_from, their_name, their_contact, contact_allowed,
          triggers, found_by)
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

-- What came of it, as told to those who answered an alert and let us contact them.
create table outcomes (
  id       bigint generated always as identity primary key,
  alert_id bigint not null references alerts,
  told_at  timestamptz not null,
  officer  text not null,              -- who told them
  words    text not null check (length(words) between 1 and 2000),
  people   integer not null check (people > 0),
  unique (alert_id, words)   -- a button pressed twice tells once
);
create constraint trigger outcomes_are_sealed after insert on outcomes
  deferrable initially deferred for each row execute function seal(
    'outcome', 'id', 'alert_id, told_at, officer, words, people'
  );

-- How each person who answered an alert and let us contact them can be told: once, by e-mail where they have it.
create function ways_to_tell(about_alert bigint) returns table (channel channel, address text) language sql stable
begin atomic
  select distinct on (s.id) c.channel, c.address
  from responses r
  join subscribers s on s.id = r.subscriber_id and s.left_at is null
  join contacts c on c.subscriber_id = s.id and c.off_at is null
  where r.alert_id = about_alert and r.may_contact
  order by s.id, c.channel desc;
end;

-- Who would be told: the officers' role learns how many, never who or where.
create function outcome_people(about_alert bigint) returns integer
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select count(*)::integer from ways_to_tell(about_alert)
$$;

-- One mail or push to each of them; how many. `mail` is {subject, body, html, push}.
create function tell_outcome(about_alert bigint, mail jsonb) returns integer
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  told integer := 0;
  way record;
begin
  for way in select * from ways_to_tell(about_alert) loop
    if way.channel = 'email' then
      perform write_service_mail(way.address, mail);
    else
      perform write_push(way.address, mail);
    end if;
    told := told + 1;
  end loop;
  return told;
end $$;

-- Write to a team's mailbox, if it has one; whether it has.
create function tell_team(passed_to bigint, mail jsonb) returns boolean
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  mailbox text := (select contact from teams where id = passed_to and removed_at is null and contact <> '');
begin
  if mailbox is not null then
    perform write_service_mail(mailbox, mail);
  end if;
  return mailbox is not null;
end $$;

-- What an alert led to, as officers recorded it; taken back, it never counted.
create table results (
  id            bigint generated always as identity primary key,
  alert_id      bigint not null references alerts,
  result        text not null check (result in ('found', 'arrested', 'recovered', 'prevented')),
  recorded_at   timestamptz not null,
  recorded_by   text not null,
  taken_back_at timestamptz,
  taken_back_by text,
  check ((taken_back_at is null) = (taken_back_by is null))
);
create unique index results_once on results (alert_id, result) where taken_back_at is null;   -- a second click adds none
create constraint trigger results_are_sealed after insert on results
  deferrable initially deferred for each row execute function seal(
    'result', 'id', 'alert_id, result, recorded_at, recorded_by'
  );
create constraint trigger results_taken_back_are_sealed
  after insert or update of taken_back_at, taken_back_by on results
  deferrable initially deferred for each row execute function seal(
    'taking back of result', 'id', 'taken_back_at, taken_back_by'
  );

revoke execute on function join_near, receive_response, ways_to_tell, outcome_people, tell_outcome, tell_team from public;
grant execute on function receive_response to smartalert_public;
grant execute on function outcome_people, tell_outcome, tell_team to smartalert_control;
grant select, update (first_look_at, first_look_by, claimed_at, claimed_by, verdict, verdict_at, verdict_by, outcome, team,
  passed_at, passed_by, grade, graded_at, graded_by) on responses to smartalert_control;
grant select (alert_id, received_at) on responses to smartalert_worker;   -- of a drill
grant select, insert, update (name, contact, removed_at, removed_by) on teams to smartalert_control;
grant select, insert, delete on team_members to smartalert_control;
grant select on response_photos to smartalert_control;
grant select, insert on response_notes, outcomes to smartalert_control;
grant select, insert, update (taken_back_at, taken_back_by) on results to smartalert_control;
-- One alert's story: when responses came and were looked at, and who recorded what it led to.
grant select on results to smartalert_engagement;
