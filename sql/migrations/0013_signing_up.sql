-- People sign up, change and leave by e-mail. The public service cannot read people: it acts through these functions
-- only. Each needs the person's own secret, or answers nothing at all, so that nobody learns from it whether an address
-- is known. Where a moment is passed in, what a made-up year and the tests call is what people call.

-- What proves who somebody is: a link is mailed and used once, a session lasts an hour, an app keeps what it was given;
-- an officer types the code that their own phone shows.
-- Kept as SHA-256 only.
create table secrets (
  hash          bytea primary key check (length(hash) = 32),
  purpose       text not null check (purpose in ('confirm', 'link', 'session', 'device', 'officer')),
  subscriber_id bigint not null references subscribers on delete cascade,
  made_at       timestamptz not null default now(),
  expires_at    timestamptz not null,
  used_at       timestamptz
);
create index secrets_subscriber on secrets (subscriber_id);   -- erasure, and ending every session

-- How often one address or network did something lately; holds across processes. Unlogged: a crash forgives.
create unlogged table attempts (
  key          bytea not null,          -- SHA-256 of what is limited and by whom: no address is kept
  window_start timestamptz not null,
  count        integer not null,
  primary key (key, window_start)
);

-- Count one more attempt; is it still within the limit for this window?
create function attempt(what text, who text, per interval, at_most integer) returns boolean
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  insert into attempts as a (key, window_start, count)
  values (sha256(convert_to(what || ' ' || who, 'UTF8')), date_bin(per, now(), 'epoch'), 1)
  on conflict (key, window_start) do update set count = a.count + 1
  returning count <= at_most
$$;

-- Whose secret this is, if it serves one of these purposes and is still good; null otherwise. A link works once:
-- whoever accepts it sets used_at in the same transaction.
create function whose(secret text, purposes text[]) returns bigint
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select subscriber_id from secrets
  where hash = sha256(convert_to(secret, 'UTF8')) and purpose = any(purposes) and expires_at > now() and used_at is null
$$;

-- A new secret: 244 random bits, of which only the hash is kept.
create function new_secret(person bigint, serves text, lives interval) returns text
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  secret text := replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
begin
  insert into secrets (hash, purpose, subscriber_id, expires_at)
  values (sha256(convert_to(secret, 'UTF8')), serves, person, now() + lives);
  return secret;
end $$;

-- Accept a secret that works once. Two who come at once: one is accepted.
create function use_secret(secret text, serves text) returns bigint
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  person bigint;
begin
  update secrets set used_at = now()
  where hash = sha256(convert_to(secret, 'UTF8')) and purpose = serves and expires_at > now() and used_at is null
  returning subscriber_id into person;
  if person is null then
    raise invalid_authorization_specification using message = 'this link has been used or is too old';
  end if;
  return person;
end $$;

-- Whose session this is; refused once it is over. A device's secret opens what a session opens, and never ends by itself.
create function who_is(session text) returns bigint
language plpgsql stable set search_path = pg_catalog, public, pg_temp as $$
declare
  person bigint := whose(session, array['session', 'device']);
begin
  if person is null then
    raise invalid_authorization_specification using message = 'this session is over';
  end if;
  return person;
end $$;

-- What somebody chose: {places: [{label, lat, lon, reach_m}], topics, sector, updates, quiet_from, quiet_to}.
create function write_choices(person bigint, choices jsonb) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  if jsonb_array_length(choices->'places') not between 1 and 5 then
    raise invalid_parameter_value using message = 'one to five places';
  end if;
  if exists (select from jsonb_array_elements(choices->'places') p
             where (p->>'lat')::float8 not between 49 and 61 or (p->>'lon')::float8 not between -9 and 3) then
    raise invalid_parameter_value using message = 'a place is not in Great Britain';
  end if;
  update subscribers set topics = (choices->>'topics')::integer, sector = (choices->>'sector')::smallint,
    updates = (choices->>'updates')::boolean,
    quiet_from = (choices->>'quiet_from')::time, quiet_to = (choices->>'quiet_to')::time
  where id = person;
  delete from places where subscriber_id = person;
  insert into places (subscriber_id, place_no, label, point, reach_m)
  select person, number - 1, left(p->>'label', 40),
         st_transform(st_setsrid(st_makepoint((p->>'lon')::float8, (p->>'lat')::float8), 4326), 27700),
         (p->>'reach_m')::smallint
  from jsonb_array_elements(choices->'places') with ordinality place (p, number);
  if exists (select from places p join force_area f on not st_dwithin(f.geom, p.point, 3000)
             where p.subscriber_id = person) then
    raise invalid_parameter_value using message = 'a place is outside the force''s area';
  end if;
  perform refresh_audience(array[person]);
end $$;

-- Keep a sign-up that nobody has confirmed yet.
create function keep_sign_up(to_address text, choices jsonb, consent text, heard text, at timestamptz) returns bigint
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  person bigint;
begin
  insert into subscribers (consent_version, consented_at, signed_up_at, heard_of) values (consent, at, at, nullif(heard, ''))
  returning id into person;
  insert into contacts (subscriber_id, channel, address, added_at) values (person, 'email', to_address, at);
  perform write_choices(person, choices);
  return person;
end $$;

-- Keep a sign-up until its link is followed, and write the mail. An address that is in use gets another mail and
-- nothing is changed; one whose sign-up was never confirmed begins again. An address gets three mails an hour.
create function sign_up(to_address text, choices jsonb, consent text, heard text) returns void
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  known record;
begin
  if not attempt('service mails to', to_address, '1 hour', 3) then
    return;
  end if;
  perform pg_advisory_xact_lock(hashtextextended(to_address, 0));
  select s.id, s.confirmed_at is not null and s.left_at is null as is_in into known
  from contacts c join subscribers s on s.id = c.subscriber_id
  where c.channel = 'email' and c.address = to_address;
  if known.is_in then
    perform write_letter(to_address, 'known', new_secret(known.id, 'link', '1 hour'));
    return;
  end if;
  delete from contacts where subscriber_id = known.id and channel = 'email';
  delete from subscribers s where s.id = known.id and s.left_at is null
    and not exists (select from contacts c where c.subscriber_id = s.id);
  perform refresh_audience(array[known.id]);
  perform write_letter(to_address, 'confirm',
                       new_secret(keep_sign_up(to_address, choices, consent, heard, now()), 'confirm', '1 day'));
end $$;

-- Mail the way in to whoever asks for it. Everybody gets a mail: who is unknown learns so from it, in their own
-- inbox and nowhere else. An address gets three mails an hour.
create function ask_for_link(to_address text) returns void
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  known record;
begin
  if not attempt('service mails to', to_address, '1 hour', 3) then
    return;
  end if;
  select s.id, s.confirmed_at is not null as confirmed into known
  from contacts c join subscribers s on s.id = c.subscriber_id
  where c.channel = 'email' and c.address = to_address and s.left_at is null;
  if known.id is null then
    perform write_letter(to_address, 'unknown', null);
  elsif known.confirmed then
    perform write_letter(to_address, 'link', new_secret(known.id, 'link', '1 hour'));
  else
    perform write_letter(to_address, 'confirm', new_secret(known.id, 'confirm', '1 day'));
  end if;
end $$;

-- May this link still be used? Asked before its button is shown.
create function is_good(secret text, serves text) returns boolean
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select whose(secret, array[serves]) is not null
$$;

-- From now on they are told.
create function begin_alerts(person bigint, at timestamptz) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  update subscribers set confirmed_at = coalesce(confirmed_at, at) where id = person;
  perform refresh_audience(array[person]);
end $$;

-- The button behind a mailed link: a confirmation begins the alerts, both begin a session, whose secret comes back.
create function confirm(secret text) returns text
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  person bigint := use_secret(secret, 'confirm');
begin
  perform begin_alerts(person, now());
  return new_secret(person, 'session', '1 hour');
end $$;

create function open_session(secret text) returns text
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  select new_secret(use_secret(secret, 'link'), 'session', '1 hour')
$$;

create function end_session(session text) returns void
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  delete from secrets where hash = sha256(convert_to(session, 'UTF8')) and purpose = 'session'
$$;

-- What stands for them outside this database.
create function my_marks(session text) returns text[]
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select marks_of(who_is(session))
$$;

-- What they chose, and whether their e-mails were switched off.
create function my_choices(session text) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select jsonb_build_object(
    'address', (select c.address from contacts c where c.subscriber_id = s.id and c.channel = 'email'),
    'off_reason', (select c.off_reason from contacts c where c.subscriber_id = s.id and c.channel = 'email'),
    'paused_until', case when s.paused_until > now() then s.paused_until end,
    'topics', s.topics, 'sector', s.sector, 'updates', s.updates,
    'quiet_from', s.quiet_from, 'quiet_to', s.quiet_to,
    'places', (select jsonb_agg(jsonb_build_object(
                 'label', p.label, 'reach_m', p.reach_m,
                 'lat', st_y(st_transform(p.point, 4326)), 'lon', st_x(st_transform(p.point, 4326))
               ) order by p.place_no) from places p where p.subscriber_id = s.id))
  from subscribers s where s.id = who_is(session)
$$;

create function change_choices(session text, choices jsonb) returns void
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  select write_choices(who_is(session), choices)
$$;

-- No alerts until then; null: from now on again.
create function pause(session text, until timestamptz) returns void
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  person bigint := who_is(session);
begin
  if until > now() + interval '13 months' then
    raise invalid_parameter_value using message = 'a pause lasts a year at most';
  end if;
  update subscribers set paused_until = until where id = person;
  perform refresh_audience(array[person]);
end $$;

-- E-mails again, after they were stopped by a link or a full mailbox: the session itself came by e-mail. A bounce that
-- is reported once more must not switch them off again: only what happens from now on counts.
create function switch_on_email(session text) returns void
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  person bigint := who_is(session);
begin
  update contacts set off_at = null, off_reason = null, switched_on_at = now()
  where subscriber_id = person and channel = 'email' and off_at is not null;
  perform refresh_audience(array[person]);
end $$;

-- Leaving takes address, places and choices away and keeps a row without a name: when it began and ended, and why.
create function depart(person bigint, reason text, at timestamptz) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  update subscribers set left_at = at, left_reason = nullif(left(reason, 40), ''), topics = 0, sector = 0,
    paused_until = null, quiet_from = null, quiet_to = null where id = person;
  delete from places where subscriber_id = person;
  delete from service_mails l using contacts c
  where c.subscriber_id = person and c.channel = 'email' and l.address = c.address and l.claimed_at is null;
  delete from contacts where subscriber_id = person;
  delete from secrets where subscriber_id = person;
  perform refresh_audience(array[person]);
end $$;

create function leave(session text, reason text) returns void
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  select depart(who_is(session), reason, now())
$$;

-- Erasing leaves nothing of the person. Deliveries keep a number that now leads nowhere: how many were told remains true.
-- One look by primary key for each alert, as no index on deliveries knows the person.
create function erase_person(person bigint) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  perform depart(person, '', now());
  delete from subscribers where id = person;
  update deliveries d set provider_reference = null
  from alerts a where d.alert_id = a.id and d.subscriber_id = person and d.provider_reference is not null;
end $$;

create function erase(session text) returns void
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  select erase_person(who_is(session))
$$;

-- Everything we hold of somebody, in words a program reads.
create function my_data(session text) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  person bigint := who_is(session);
begin
  return my_choices(session) || (
    select jsonb_build_object(
      'signed_up_at', signed_up_at, 'confirmed_at', confirmed_at, 'heard_of', heard_of,
      'consent_version', consent_version, 'consented_at', consented_at)
    from subscribers where id = person
  ) || jsonb_build_object(
    'alerts', (select coalesce(jsonb_agg(jsonb_build_object(
                 'alert', a.identifier, 'headline', e.headline, 'issued_at', a.issued_at, 'channel', d.channel,
                 'state', d.state, 'handed_over_at', d.handed_over_at, 'delivered_at', d.delivered_at,
                 'opened_at', d.opened_at) order by a.id), '[]')
               from alerts a join alert_endings e on e.id = a.id
               join deliveries d on d.alert_id = a.id and d.subscriber_id = person),
    'told_us', (select coalesce(jsonb_agg(jsonb_build_object(
                  'reference', r.reference, 'received_at', r.received_at, 'saw', r.saw, 'seen_at', r.seen_at,
                  'place', r.place, 'name', r.name, 'contact', r.contact) order by r.id), '[]')
                from responses r where r.subscriber_id = person));
end $$;

-- What has served its time: sign-ups nobody confirmed, spent secrets, words of mails that got stuck, counts.
create function forget_what_is_over() returns void
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  delete from audience_places m using subscribers s
    where s.id = m.subscriber_id and s.confirmed_at is null and s.consented_at < now() - interval '3 days';
  delete from subscribers where confirmed_at is null and consented_at < now() - interval '3 days';
  delete from secrets where purpose <> 'device' and expires_at < now();
  update service_mails set address = null, secret = null, subject = null, body = null, html = null,
    failure_reason = coalesce(failure_reason, 'it was not handed over in time')
    where address is not null and written_at < now() - interval '1 day';
  delete from reports where made_at < now() - interval '1 day' and id not in (select report from monthly_reports);
  delete from attempts where window_start < now() - interval '1 day';
$$;

revoke execute on function attempt, whose, new_secret, use_secret, who_is, write_choices, keep_sign_up, sign_up,
  ask_for_link, is_good, begin_alerts, confirm, open_session, end_session, my_marks, my_choices, change_choices, pause,
  switch_on_email, depart, leave, erase_person, erase, my_data, forget_what_is_over from public;
grant execute on function attempt to smartalert_public;
grant execute on function sign_up, ask_for_link, is_good, confirm, open_session, end_session, my_marks, my_choices,
  change_choices, pause, switch_on_email, leave, erase, my_data to smartalert_public;
grant execute on function forget_what_is_over to smartalert_worker;
grant delete on attempts to smartalert_worker;
