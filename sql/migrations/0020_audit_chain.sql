-- The audit as a chain: whoever changes, removes or slips in an entry breaks it, the owner of the database included.

create function deployment_mode() returns text language sql stable set search_path = public as $$
  select mode from deployment
$$;
alter table audit add column mode text not null default deployment_mode();
create index audit_time on audit (at desc);   -- the search

-- Entry after entry in the order they were committed. `hash` covers the hash before it and the entry's own content, so
-- it stands for everything up to here.
create table audit_chain (
  position bigint primary key,
  entry    bigint not null unique,
  hash     bytea not null
);

-- Heads of the chain, signed by workers with a key that is not in the database: without it nobody can make the chain
-- anew or cut it and have it look whole. Each signature covers the one before.
create table audit_heads (
  number    bigint primary key,
  position  bigint not null,
  hash      bytea not null,
  signed_at timestamptz not null,
  signature text not null
);

-- Every change of a draft: version, and field → [before, after].
create table draft_changes (
  draft_id uuid not null,
  version  integer not null,
  at       timestamptz not null,
  officer  text not null,
  changed  jsonb not null,
  primary key (draft_id, version)
);

-- One entry's content as bytes: each field with its length before it, "-" for none, so that no two entries look alike.
create function audit_content(entry audit) returns bytea language sql stable set search_path = public as $$
  select convert_to(string_agg(coalesce(octet_length(field) || ':' || field, '-'), '' order by place), 'UTF8')
  from unnest(array[
    entry.id::text, to_char(entry.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), entry.mode, entry.officer,
    entry.action, entry.alert_id::text, entry.draft_id::text, entry.detail::text
  ]) with ordinality as fields (field, place)
$$;

-- Add an entry to the end of the chain. It runs when the transaction commits, so that the one lock that puts all
-- entries in a row is held for a moment only, and is the last lock anybody takes: it can be part of no deadlock.
create function chain_audit_entry() returns trigger language plpgsql security definer set search_path = public as $$
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

create function keep_draft_change() returns trigger language plpgsql security definer set search_path = public as $$
begin
  insert into draft_changes
  select new.id, new.version, new.updated_at, new.officer,
         jsonb_object_agg(field, jsonb_build_array(old.content -> field, new.content -> field))
  from jsonb_object_keys(old.content || new.content) field
  where old.content -> field is distinct from new.content -> field
  having count(*) > 0
  on conflict do nothing;
  return null;
end $$;
create trigger drafts_keep_changes after update on drafts
  for each row when (old.content is distinct from new.content) execute function keep_draft_change();

-- Entries from before there was a chain, in their order; then every new one.
do $$
declare
  old_entry audit;
  tip bytea := decode(repeat('00', 32), 'hex');
  place bigint := 0;
begin
  for old_entry in select * from audit order by id loop
    tip := sha256(tip || sha256(audit_content(old_entry)));
    place := place + 1;
    insert into audit_chain values (place, old_entry.id, tip);
  end loop;
end $$;
create constraint trigger audit_is_chained after insert on audit
  deferrable initially deferred for each row execute function chain_audit_entry();

do $$
declare
  kept text;
begin
  foreach kept in array array['audit', 'audit_chain', 'audit_heads', 'draft_changes'] loop
    if kept <> 'audit' then
      execute format('create trigger %1$s_only_grows before update or delete on %1$s'
                     ' for each row execute function refuse_change()', kept);
    end if;
    execute format('create trigger %1$s_is_never_emptied before truncate on %1$s'
                   ' for each statement execute function refuse_change()', kept);
  end loop;
end $$;

-- When, which deployment and which place in the chain are the database's to say.
revoke insert on audit from smartalert_control;
grant insert (officer, action, alert_id, draft_id, detail) on audit to smartalert_control;
grant select on audit_chain, audit_heads, draft_changes to smartalert_control;
grant select on audit, audit_chain to smartalert_worker;
grant select, insert on audit_heads to smartalert_worker;
revoke execute on function chain_audit_entry, keep_draft_change from public;
