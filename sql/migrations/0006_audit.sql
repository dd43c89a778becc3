-- Who did what, as a chain: whoever changes, removes or slips in an entry breaks it, the owner of the database included.

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

-- Entry after entry in the order they were committed. `hash` covers the hash before it and the entry's own content, so
-- it stands for everything up to here.
create table audit_chain (
  position bigint primary key,
  entry    bigint not null unique,   -- its number in audit
  hash     bytea not null
);

-- Heads of the chain, signed by workers with a key that is not in the database: without it nobody can make the chain
-- anew or cut it and have it look whole. Each signature covers the one before.
create table audit_heads (
  number    bigint primary key,   -- 1, 2, 3 …
  position  bigint not null,   -- of the chain, and the hash there
  hash      bytea not null,
  signed_at timestamptz not null,
  signature text not null
);

-- One entry's content as bytes: each field with its length before it, "-" for none, so that no two entries look alike.
create function audit_content(entry audit) returns bytea language sql stable
begin atomic
  select convert_to(string_agg(coalesce(octet_length(field) || ':' || field, '-'), '' order by place), 'UTF8')
  from unnest(array[
    entry.id::text, to_char(entry.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), entry.mode, entry.officer,
    entry.action, entry.alert_id::text, entry.draft_id::text, entry.detail::text
  ]) with ordinality as fields (field, place);
end;

-- Add an entry to the end of the chain. It runs when the transaction commits, so that the one lock that puts all
-- entries in a row is held for a moment only, and is the last lock anybody takes: it can be part of no deadlock.
create function chain_audit_entry() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  tip audit_chain;
begin
  perform pg_advisory_xact_lock(7002);
  select * into tip from audit_chain order by position desc limit 1;
  insert into audit_chain values (
    coalesce(tip.position, 0) + 1, new.id,
    sha256(coalesce(tip.hash, decode(repeat('00', 32), 'hex')) || sha256(audit_content(new)))
  );
  return null;
end $$;
create constraint trigger audit_is_chained after insert on audit
  deferrable initially deferred for each row execute function chain_audit_entry();

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

revoke execute on function audit_content, chain_audit_entry from public;
grant select, insert (officer, action, alert_id, draft_id, detail) on audit to smartalert_control;
grant select on audit_chain, audit_heads to smartalert_control;
grant select on audit, audit_chain to smartalert_worker;
grant select, insert on audit_heads to smartalert_worker;
