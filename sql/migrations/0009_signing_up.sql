-- People sign up, change and leave by e-mail. The public service acts through these functions only: each needs the
-- person's own secret, or answers nothing at all, so that nobody learns from it whether an address is known.

create extension if not exists btree_gist;

-- How far around one of their places somebody wants to hear of: an alert whose area comes within reach_m of the place
-- is for them. Five distances, because the index below is asked once for each.
create domain reach as smallint check (value in (0, 500, 1000, 2000, 3000));
alter table places add column reach_m reach not null default 0;

alter table audience_places
  add column reach_m smallint not null default 0,
  -- earlier places with a reach of their own, the reach as M; those without one stay in `earlier`
  add column earlier_reaching geometry(MultiPointM, 27700);

create or replace view audience_places_derived as
select s.id as subscriber_id, p.place_no, s.topics, s.sector,
       coalesce((select sum(case c.channel when 'push' then 1 else 2 end)
                 from contacts c where c.subscriber_id = s.id and c.off_at is null), 0)::smallint as channels,
       s.updates, s.confirmed_at is not null as confirmed, s.paused_until, p.point,
       case when p.place_no > 0 then
         (select st_multi(st_collect(e.point order by e.place_no)) from places e
          where e.subscriber_id = p.subscriber_id and e.place_no < p.place_no and e.reach_m = 0)
       end as earlier,
       p.reach_m::smallint as reach_m,
       case when p.place_no > 0 then
         (select st_multi(st_collect(st_force3dm(e.point, e.reach_m) order by e.place_no)) from places e
          where e.subscriber_id = p.subscriber_id and e.place_no < p.place_no and e.reach_m > 0)
       end as earlier_reaching
from subscribers s
join places p on p.subscriber_id = s.id
where s.left_at is null;

-- Who is in this area, of those with this reach.
drop index audience_places_point;
create index audience_places_point on audience_places using gist (reach_m, point);
cluster audience_places using audience_places_point;

-- As before, with each place's own reach added to `within_m`. One scan for each of the five reaches: a wish for 3 km
-- never makes the scan for everybody else longer.
create or replace function audience(
  area geometry, within_m double precision, urgent boolean,
  want_topics integer, want_sectors integer, want_channels integer, as_of timestamptz
) returns table (subscriber_id bigint, fate integer, point geometry)
language sql stable rows 1000 as $$
  select m.subscriber_id,
         case
           when not m.confirmed then -1
           when m.paused_until > as_of then -2
           when not urgent and not m.updates then -3
           when want_topics | want_sectors <> 0
                and m.topics & want_topics = 0
                and (1 << m.sector) & want_sectors = 0
             then case when m.sector > 0 and want_sectors <> 0 then -5 else -4 end
           when m.channels & want_channels = 0 then -6
           else m.channels & want_channels
         end,
         m.point
  from (values (0::smallint), (500::smallint), (1000::smallint), (2000::smallint), (3000::smallint)) reach (m)
  cross join st_dump(area) with ordinality part (path, geom, number)
  join audience_places m on m.reach_m = reach.m and st_dwithin(m.point, part.geom, within_m + reach.m)
  where st_dwithin(m.earlier, area, within_m) is not true
    and (m.earlier_reaching is null or not exists (
      select from st_dump(m.earlier_reaching) e where st_dwithin(e.geom, area, within_m + st_m(e.geom))))
    and (part.number = 1 or not exists (
      select from st_dump(area) with ordinality other (path, geom, number)
      where other.number < part.number and st_dwithin(m.point, other.geom, within_m + reach.m)))
$$;

-- A new secret: 244 random bits, of which only the hash is kept.
create function new_secret(person bigint, serves text, lives interval) returns text
language plpgsql as $$
declare
  secret text := replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
begin
  insert into secrets (hash, purpose, subscriber_id, expires_at)
  values (sha256(convert_to(secret, 'UTF8')), serves, person, now() + lives);
  return secret;
end $$;

-- Accept a secret that works once. Two who come at once: one is accepted.
create function use_secret(secret text, serves text) returns bigint language plpgsql as $$
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

-- Whose session this is; refused once it is over.
create function who_is(session text) returns bigint language plpgsql stable as $$
declare
  person bigint := whose(session, array['session']);
begin
  if person is null then
    raise invalid_authorization_specification using message = 'this session is over';
  end if;
  return person;
end $$;

-- Put a letter into the worker's hands. `words` is {subject, body, html}, where -secret- stands for the secret.
create function write_letter(to_address text, words jsonb, secret text) returns void language plpgsql as $$
declare
  letter bigint;
begin
  if to_address <> lower(to_address) or to_address !~ '^[^@\s]+@[^@\s]+\.[^@\s]+$' or length(to_address) > 254 then
    raise invalid_parameter_value using message = 'this is not an address';
  end if;
  insert into letters (address, subject, body, html)
  values (to_address, words->>'subject', replace(words->>'body', '-secret-', secret),
          replace(words->>'html', '-secret-', secret))
  returning id into letter;
  perform procrastinate_defer_jobs_v1(array[
    row('letters', 'post_letter', 20, null, null, jsonb_build_object('letter_id', letter), null)
  ]::procrastinate_job_to_defer_v1[]);
end $$;

-- What somebody chose: {places: [{label, lat, lon, reach_m}], topics, sector, updates, quiet_from, quiet_to}.
create function write_choices(person bigint, choices jsonb) returns void language plpgsql as $$
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

-- Keep a sign-up until its link is followed, and write the letter. An address that is in use gets another letter and
-- nothing is changed; one whose sign-up was never confirmed begins again.
create function sign_up(to_address text, choices jsonb, consent text, heard text, words jsonb) returns void
language plpgsql security definer set search_path = public as $$
declare
  known record;
  person bigint;
begin
  perform pg_advisory_xact_lock(hashtextextended(to_address, 0));
  select s.id, s.confirmed_at is not null and s.left_at is null as is_in into known
  from contacts c join subscribers s on s.id = c.subscriber_id
  where c.channel = 'email' and c.address = to_address;
  if known.is_in then
    perform write_letter(to_address, words->'known', new_secret(known.id, 'link', '1 hour'));
    return;
  end if;
  delete from contacts where subscriber_id = known.id and channel = 'email';
  delete from subscribers s where s.id = known.id and s.left_at is null
    and not exists (select from contacts c where c.subscriber_id = s.id);
  perform refresh_audience(array[known.id]);
  insert into subscribers (consent_version, consented_at, heard_of) values (consent, now(), nullif(heard, ''))
  returning id into person;
  insert into contacts (subscriber_id, channel, address) values (person, 'email', to_address);
  perform write_choices(person, choices);
  perform write_letter(to_address, words->'confirm', new_secret(person, 'confirm', '1 day'));
end $$;

-- Mail the way in to whoever asks for it. Everybody gets a letter: who is unknown learns so from it, in their own
-- inbox and nowhere else.
create function ask_for_link(to_address text, words jsonb) returns void
language plpgsql security definer set search_path = public as $$
declare
  known record;
begin
  select s.id, s.confirmed_at is not null as confirmed into known
  from contacts c join subscribers s on s.id = c.subscriber_id
  where c.channel = 'email' and c.address = to_address and s.left_at is null;
  if known.id is null then
    perform write_letter(to_address, words->'unknown', '');
  elsif known.confirmed then
    perform write_letter(to_address, words->'link', new_secret(known.id, 'link', '1 hour'));
  else
    perform write_letter(to_address, words->'confirm', new_secret(known.id, 'confirm', '1 day'));
  end if;
end $$;

-- May this link still be used? Asked before its button is shown.
create function is_good(secret text, serves text) returns boolean
language sql stable security definer set search_path = public as $$
  select whose(secret, array[serves]) is not null
$$;

-- The button behind a mailed link: a confirmation begins the alerts, both begin a session, whose secret comes back.
create function confirm(secret text) returns text language plpgsql security definer set search_path = public as $$
declare
  person bigint := use_secret(secret, 'confirm');
begin
  update subscribers set confirmed_at = coalesce(confirmed_at, now()) where id = person;
  perform refresh_audience(array[person]);
  return new_secret(person, 'session', '1 hour');
end $$;

create function open_session(secret text) returns text language sql security definer set search_path = public as $$
  select new_secret(use_secret(secret, 'link'), 'session', '1 hour')
$$;

create function end_session(session text) returns void language sql security definer set search_path = public as $$
  delete from secrets where hash = sha256(convert_to(session, 'UTF8')) and purpose = 'session'
$$;

create function my_choices(session text) returns jsonb
language sql stable security definer set search_path = public as $$
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
language sql security definer set search_path = public as $$
  select write_choices(who_is(session), choices)
$$;

-- No alerts until then; null: from now on again.
create function pause(session text, until timestamptz) returns void
language plpgsql security definer set search_path = public as $$
declare
  person bigint := who_is(session);
begin
  if until > now() + interval '13 months' then
    raise invalid_parameter_value using message = 'a pause lasts a year at most';
  end if;
  update subscribers set paused_until = until where id = person;
  perform refresh_audience(array[person]);
end $$;

-- E-mails again, after they were stopped by a link or a full mailbox: the session itself came by e-mail.
create function switch_on_email(session text) returns void
language plpgsql security definer set search_path = public as $$
declare
  person bigint := who_is(session);
begin
  update contacts set off_at = null, off_reason = null where subscriber_id = person and channel = 'email';
  perform refresh_audience(array[person]);
end $$;

-- Leaving takes address, places and choices away and keeps a row without a name: when it began and ended, and why.
create function leave(session text, reason text) returns void
language plpgsql security definer set search_path = public as $$
declare
  person bigint := who_is(session);
begin
  update subscribers set left_at = now(), left_reason = nullif(left(reason, 40), ''), topics = 0, sector = 0,
    paused_until = null, quiet_from = null, quiet_to = null where id = person;
  delete from places where subscriber_id = person;
  delete from letters l using contacts c
  where c.subscriber_id = person and c.channel = 'email' and l.address = c.address and l.claimed_at is null;
  delete from contacts where subscriber_id = person;
  delete from secrets where subscriber_id = person;
  perform refresh_audience(array[person]);
end $$;

-- Erasing leaves nothing of the person. Deliveries keep a number that now leads nowhere: how many were told remains true.
-- One look by primary key for each alert, as no index on deliveries knows the person.
create function erase(session text) returns void language plpgsql security definer set search_path = public
set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  person bigint := who_is(session);
begin
  perform leave(session, '');
  delete from subscribers where id = person;
  update deliveries d set provider_reference = null
  from alerts a where d.alert_id = a.id and d.subscriber_id = person and d.provider_reference is not null;
end $$;

-- Everything we hold of somebody, in words a program reads. (PL/pgSQL looks for the later table responses when called.)
create function my_data(session text) returns jsonb language plpgsql stable security definer set search_path = public
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
                 'alert', a.identifier, 'headline', a.headline, 'issued_at', a.issued_at, 'channel', d.channel,
                 'state', d.state, 'handed_over_at', d.handed_over_at, 'delivered_at', d.delivered_at,
                 'opened_at', d.opened_at) order by a.id), '[]')
               from alerts a join deliveries d on d.alert_id = a.id and d.subscriber_id = person),
    'told_us', (select coalesce(jsonb_agg(jsonb_build_object(
                  'reference', r.reference, 'received_at', r.received_at, 'saw', r.saw, 'seen_at', r.seen_at,
                  'place', r.place, 'name', r.name, 'contact', r.contact) order by r.id), '[]')
                from responses r where r.subscriber_id = person));
end $$;

-- Routine messages wait while it is quiet: from the first of the two times to the second, by London's clock.
create function after_quiet(at timestamptz, quiet_from time, quiet_to time) returns timestamptz
language sql stable as $$
  select case
    when (quiet_from < quiet_to and clock >= quiet_from and clock < quiet_to)
      or (quiet_from > quiet_to and clock < quiet_to) then (day + quiet_to) at time zone 'Europe/London'
    when quiet_from > quiet_to and clock >= quiet_from then (day + 1 + quiet_to) at time zone 'Europe/London'
    else at
  end
  from (select (at at time zone 'Europe/London')::time as clock, (at at time zone 'Europe/London')::date as day) london
$$;

create function wait_for_quiet_hours(alert bigint) returns void
language sql security definer set search_path = public as $$
  update deliveries d set due_at = after_quiet(d.due_at, s.quiet_from, s.quiet_to)
  from subscribers s
  where d.alert_id = alert and s.id = d.subscriber_id and s.quiet_from is not null and d.state = 'pending'
$$;

-- What has served its time: sign-ups nobody confirmed, spent secrets, words of letters that got stuck, counts.
create function forget_what_is_over() returns void language sql security definer set search_path = public as $$
  delete from audience_places m using subscribers s
    where s.id = m.subscriber_id and s.confirmed_at is null and s.consented_at < now() - interval '3 days';
  delete from subscribers where confirmed_at is null and consented_at < now() - interval '3 days';
  delete from secrets where purpose <> 'device' and expires_at < now();
  update letters set address = null, subject = null, body = null, html = null,
    failure_reason = coalesce(failure_reason, 'it was not handed over in time')
    where address is not null and written_at < now() - interval '1 day';
  delete from attempts where window_start < now() - interval '1 day';
$$;

revoke execute on function new_secret, use_secret, who_is, write_letter, write_choices, sign_up, ask_for_link, is_good,
  confirm, open_session, end_session, my_choices, change_choices, pause, switch_on_email, leave, erase, my_data,
  wait_for_quiet_hours, forget_what_is_over from public;
grant execute on function sign_up, ask_for_link, is_good, confirm, open_session, end_session, my_choices,
  change_choices, pause, switch_on_email, leave, erase, my_data to smartalert_public;
grant execute on function wait_for_quiet_hours to smartalert_control;
grant execute on function forget_what_is_over to smartalert_worker;
