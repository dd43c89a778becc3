-- Devices: phones with the app. Each registers itself, as nobody has an account: a second phone is a second subscriber.
-- What proves which device it is, is a secret that it was given once; we keep its hash, as of every other secret.

-- Whose device has this secret; refused where none has.
create function whose_device(secret text) returns bigint
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  person bigint := whose(secret, array['device']);
begin
  if person is null then
    raise invalid_authorization_specification using message = 'no device has this secret';
  end if;
  return person;
end $$;

-- The same, and whoever else would change this device waits: what is read next is what is changed.
create function hold_device(secret text) returns bigint
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  person bigint := whose_device(secret);
begin
  perform from subscribers where id = person for update;
  return person;
end $$;

-- One token is one device: whoever else had it is forgotten, and their secret opens nothing any more. Two who come with
-- the same token take turns.
create function free_token(token text, but_for bigint) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  other bigint;
begin
  perform pg_advisory_xact_lock(hashtextextended(token, 0));
  delete from contacts where channel = 'push' and address = token and subscriber_id is distinct from but_for
  returning subscriber_id into other;
  delete from secrets where subscriber_id = other and purpose = 'device';
  delete from subscribers s where s.id = other and not exists (select from contacts c where c.subscriber_id = s.id);
  perform refresh_audience(array[other]);
end $$;

-- A device counts at once, without a mail to confirm: only the phone, Google and we know its token. Its secret comes
-- back, this once.
create function register_device(
  token text, on_platform text, version text, choices jsonb, consent text, heard text
) returns text language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  person bigint;
begin
  perform free_token(token, null);
  insert into subscribers (consent_version, consented_at, confirmed_at, heard_of)
  values (consent, now(), now(), nullif(heard, ''))
  returning id into person;
  insert into contacts (subscriber_id, channel, address, platform, app_version)
  values (person, 'push', token, on_platform, version);
  perform write_choices(person, choices);
  return new_secret(person, 'device', '100 years');
end $$;

-- Google gave the phone another token: places and choices stay, and a device that counted as gone is back. Pushes to
-- its last tokens may still be reported; what failed there goes to the new one for as long as the alert runs.
create function change_token(secret text, token text, version text) returns void
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  person bigint := hold_device(secret);
begin
  perform free_token(token, person);
  update service_mails m set address = change_token.token from contacts c
  where c.subscriber_id = person and c.channel = 'push' and m.channel = 'push' and m.address = c.address;
  update officers o set phone = change_token.token from contacts c
  where c.subscriber_id = person and c.channel = 'push' and o.phone = c.address;
  update contacts set address = token, app_version = version, off_at = null, off_reason = null,
    earlier_proofs = case when address = token then earlier_proofs
                          else (address_proof(person, address) || earlier_proofs)[:5] end
  where subscriber_id = person and channel = 'push';
  perform refresh_audience(array[person]);
  update deliveries d set state = 'pending', due_at = now()
  from alerts a
  where a.release_at <= now() and a.expires_at > now() and a.withdrawn_at is null and a.stopped_at is null
    and not is_replaced(a.id, now())
    and d.alert_id = a.id and d.subscriber_id = person and d.channel = 'push' and d.state = 'failed'
    and exists (select from audience_places p where p.subscriber_id = person and p.channels & 1 <> 0);
end $$;

-- A code for this device, which an officer types in the control room to be called on it. A newer one takes its place.
create function officer_code(secret text) returns text
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  person bigint := hold_device(secret);
  random bytea := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
  -- Of bytes that are all random, in letters and digits of which none is taken for another.
  code text := (select string_agg(substr('ABCDEFGHJKMNPQRSTVWXYZ23456789', 1 + get_byte(random, byte) % 30, 1), '')
                from unnest(array[0, 1, 2, 3, 4, 5, 16, 17]) byte);
begin
  delete from secrets where subscriber_id = person and purpose = 'officer';
  insert into secrets (hash, purpose, subscriber_id, expires_at)
  values (sha256(convert_to(code, 'UTF8')), 'officer', person, now() + interval '10 minutes');
  return code;
end $$;

-- From now on calls reach this officer on the phone that shows this code; false: none does, or did too long ago.
create function link_phone(of_officer text, code text) returns boolean
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  person bigint := whose(code, array['officer']);
begin
  delete from secrets where subscriber_id = person and purpose = 'officer';
  update officers o set phone = c.address from contacts c
  where o.id = of_officer and c.subscriber_id = person and c.channel = 'push' and c.off_at is null;
  return found;
end $$;

-- What was chosen on a device, and how it stands.
create function my_device(secret text) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select my_choices(secret) || jsonb_build_object(
    'token', c.address, 'platform', c.platform, 'app_version', c.app_version, 'registered_at', s.signed_up_at,
    'consent_version', s.consent_version, 'off_reason', c.off_reason)
  from subscribers s join contacts c on c.subscriber_id = s.id and c.channel = 'push'
  where s.id = whose_device(secret)
$$;

-- The alerts of the last 90 days that were for this device, the newest first: those before one number, or one of them.
-- One look by primary key for each alert, as no index on deliveries knows the person.
create function told_device(secret text, before bigint, only_alert uuid, at_most integer) returns table (
  alert_id bigint, handed_over_at timestamptz, delivered_at timestamptz, opened_at timestamptz
) language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  person bigint := whose_device(secret);
begin
  return query
    select a.id, d.handed_over_at, d.delivered_at, d.opened_at
    from public_alerts a
    join deliveries d on d.alert_id = a.id and d.subscriber_id = person and d.channel = 'push'
    where a.release_at > now() - interval '90 days' and d.state <> 'cancelled'
      and (before is null or a.id < before) and (only_alert is null or a.identifier = only_alert)
    order by a.id desc
    limit at_most;
end $$;

-- An alert arrived on this device, or was opened on it.
create function acknowledge(secret text, about_alert bigint, event text) returns void
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  if event not in ('delivered', 'opened') then
    raise invalid_parameter_value using message = 'a phone reports arrival and opening';
  end if;
  perform record_receipts(array[about_alert], array[whose_device(secret)], array['push'], array[event], array[now()],
                          array[null]::text[]);
end $$;

-- What was told us from this device, where we may contact its owner, and what officers have let those who answered know
-- since.
create function reports_of_device(secret text) returns table (
  reference text, alert uuid, received_at timestamptz, saw text, outcomes text[]
) language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  person bigint := whose_device(secret);
begin
  return query
    select r.reference, a.identifier, r.received_at, r.saw,
           (select coalesce(array_agg(o.words order by o.id), '{}') from outcomes o
            where o.alert_id = r.alert_id and o.told_at > r.received_at)
    from responses r join alerts a on a.id = r.alert_id
    where r.subscriber_id = person
    order by r.id desc
    limit 100;
end $$;

revoke execute on function whose_device, hold_device, free_token, register_device, change_token, my_device, told_device,
  acknowledge, reports_of_device, officer_code, link_phone from public;
grant execute on function whose_device, hold_device, register_device, change_token, my_device, told_device,
  acknowledge, reports_of_device, officer_code to smartalert_public;
grant execute on function link_phone to smartalert_control;
