-- Who did what and what it was done with, as a chain: whoever changes, removes or slips in anything breaks it, the owner
-- of the database included.

-- Written in the same transaction as what it tells; never changed. When and in which deployment are the database's to say.
create table audit (
  id       bigint generated always as identity primary key,
  at       timestamptz not null default now(),
  mode     text not null default deployment_mode(),
  officer  text not null,
  action   text not null,   -- what they did, in a few words: "seen and right"
  alert_id bigint,          -- null: it was about no alert
  draft_id uuid,
  detail   jsonb not null default '{}'   -- before, after, why, counts; never a subscriber's words or address
);
create index audit_alert on audit (alert_id);   -- the timeline of one alert
create index audit_time on audit (at desc);     -- the search

-- Link after link in the order they were committed: each stands for an entry of the audit, or seals a row of another
-- table. `hash` covers the hash before it and the link's own content, so it stands for everything up to here.
create table audit_chain (
  position bigint primary key,
  entry    bigint unique,   -- its number in audit; null: it seals a row
  sealed   text,            -- what was sealed, as audit/seals.py lists it: "alert"
  key      text,            -- which of them
  content  text,            -- the row's fields where they are counts, which may grow; null: only their digest is kept
  digest   bytea,           -- SHA-256 of the row's fields as text
  hash     bytea not null,
  check (num_nulls(entry, sealed) = 1 and num_nulls(sealed, key, digest) in (0, 3))
);
create index audit_chain_sealed on audit_chain (sealed, key, position) where sealed is not null;   -- the newest seal of one row

-- Heads of the chain, signed by workers with a key that is not in the database: without it nobody can make the chain
-- anew or cut it and have it look whole. Each signature covers the one before.
create table audit_heads (
  number    bigint primary key,   -- 1, 2, 3 …
  position  bigint not null,   -- of the chain, and the hash there
  hash      bytea not null,
  signed_at timestamptz not null,
  signature text not null
);

-- A link's content as bytes: each field with its length before it, "-" for none, so that no two look alike.
create function framed(fields text[]) returns bytea language sql immutable
begin atomic
  select convert_to(string_agg(coalesce(octet_length(field) || ':' || field, '-'), '' order by place), 'UTF8')
  from unnest(fields) with ordinality as framed (field, place);
end;

-- The content of one entry.
create function audit_content(entry audit) returns bytea language sql stable
return framed(array[
  entry.id::text, to_char(entry.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), entry.mode, entry.officer,
  entry.action, entry.alert_id::text, entry.draft_id::text, entry.detail::text
]);

-- Add a link to the end of the chain. Its callers run when the transaction commits, so that the one lock that puts all
-- links in a row is held for a moment only, and is the last lock anybody takes: it can be part of no deadlock.
create function add_link(link audit_chain, linked bytea) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  tip audit_chain;
begin
  perform take_turn('audit chain');
  select * into tip from audit_chain order by position desc limit 1;
  link.position := coalesce(tip.position, 0) + 1;
  link.hash := sha256(coalesce(tip.hash, decode(repeat('00', 32), 'hex')) || sha256(linked));
  insert into audit_chain select link.*;
end $$;

create function chain_audit_entry() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  link audit_chain;
begin
  link.entry := new.id;
  perform add_link(link, audit_content(new));
  return null;
end $$;
create constraint trigger audit_is_chained after insert on audit
  deferrable initially deferred for each row execute function chain_audit_entry();

-- Seal what a row says. Its trigger names what it is, which of them, and the fields that it covers, as they stand in
-- audit/seals.py too; `counts`: the fields themselves are kept. What says nothing yet is not sealed, nor the same
-- again. The settings are those by which fields become text.
create function seal() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp
set timezone = 'UTC' set datestyle = 'ISO, YMD' set extra_float_digits = 1 set bytea_output = 'hex' as $$
declare
  link audit_chain;
  fields text;
  earlier bytea;
begin
  execute format('select (%s)::text, row(%s)::text from (select ($1).*) sealed', tg_argv[1], tg_argv[2])
  into link.key, fields using new;
  link.sealed := tg_argv[0];
  link.digest := sha256(convert_to(fields, 'UTF8'));
  select digest into earlier from audit_chain c where c.sealed = link.sealed and c.key = link.key
  order by position desc limit 1;
  if link.digest <> coalesce(earlier, '') and (earlier is not null or fields ~ '[^(,)]') then
    link.content := case when tg_argv[3] = 'counts' then fields end;
    perform add_link(link, framed(array[link.sealed, link.key, link.content, encode(link.digest, 'hex')]));
  end if;
  return null;
end $$;

create trigger audit_only_grows before update or delete on audit
  for each row execute function refuse_change();
create trigger audit_is_never_emptied before truncate on audit
  for each statement execute function refuse_change();
create trigger audit_chain_only_grows before update or delete on audit_chain
  for each row execute function refuse_change();
create trigger audit_chain_is_never_emptied before truncate on audit_chain
  for each statement execute function refuse_change();
create trigger audit_heads_only_grows before update or delete on audit_heads
  for each row execute function refuse_change();
create trigger audit_heads_is_never_emptied before truncate on audit_heads
  for each statement execute function refuse_change();

revoke execute on function framed, audit_content, add_link, chain_audit_entry, seal from public;
grant select, insert (officer, action, alert_id, draft_id, detail) on audit to smartalert_control;
grant select on audit_chain, audit_heads to smartalert_control;
grant select on audit, audit_chain to smartalert_worker;
grant select, insert on audit_heads to smartalert_worker;
