-- What imports of ground change, kept so that each can be told before it is done and undone after it.

-- One import: streets of one publisher, postcodes, neighbourhoods, …
create table ground_imports (
  id        bigint generated always as identity primary key,
  source    text not null,               -- the verb of the command line: "streets"
  files     text[] not null,             -- their names
  done_by   text not null,
  done_at   timestamptz not null default now(),
  counts    jsonb not null default '{}',  -- table → rows added, changed and removed
  undone_by text,
  undone_at timestamptz,
  check (num_nulls(undone_by, undone_at) in (0, 2))
);

-- The rows that it changed, as they were before; of the newest imports of each source that are not undone.
create table ground_changes (
  import bigint references ground_imports on delete cascade,
  part   text,   -- the table
  key    text,   -- which row of it, by ground_key
  before text,   -- the row written as text; null: there was none
  primary key (import, part, key)
);
create index ground_changes_key on ground_changes (part, key);   -- did a later import change the same

-- What tells apart the rows of a table of ground.
create function ground_key(part text) returns text language sql immutable
return case part when 'force_area' then 'only_row' when 'postcodes' then 'postcode' else 'id' end;

-- Keep what an import changes. Who else writes, as the county that is made up, is no import.
create function keep_ground() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  import text := current_setting('smartalert.ground_import', true);
  statement text := case tg_op
    when 'INSERT' then 'insert into ground_changes select $1, $2, a.%1$I, null from added a'
    when 'DELETE' then 'insert into ground_changes select $1, $2, r.%1$I, r::text from removed r'
    else 'insert into ground_changes select $1, $2, r.%1$I, r::text from removed r join added a using (%1$I)
          where r::text <> a::text'
  end;
begin
  if import <> '' then
    -- What was changed twice is kept as it was at first.
    execute format(statement || ' on conflict do nothing', ground_key(tg_table_name))
      using import::bigint, tg_table_name;
  end if;
  return null;
end $$;

-- What an import has added, changed and removed, and how many rows there were before it, of one table.
create function ground_counts(import bigint, part text, out added bigint, out changed bigint, out removed bigint,
  out before bigint)
language plpgsql stable set search_path = pg_catalog, public, pg_temp as $$
begin
  execute format(
    'select count(*) filter (where c.before is null and t.%2$I is not null),
            count(*) filter (where t.%2$I is not null and c.before <> t::text),
            count(*) filter (where c.before is not null and t.%2$I is null),
            (select count(*) from %1$I)
     from ground_changes c left join %1$I t on t.%2$I::text = c.key where c.import = $1 and c.part = $2', part,
    ground_key(part)) into added, changed, removed, before using import, part;
  before := before - added + removed;
end $$;

-- Make the rows of one table what they were before an import.
create function undo_ground(import bigint, part text) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  key text := ground_key(part);
  columns text[] := (
    select array_agg(quote_ident(attname) order by attnum) from pg_attribute
    where attrelid = part::regclass and attnum > 0 and not attisdropped and attgenerated = ''
  );
begin
  execute format('delete from %1$I where %2$I::text in (
    select c.key from ground_changes c where c.import = $1 and c.part = $2 and c.before is null)', part, key)
    using import, part;
  execute format(
    'insert into %1$I (%3$s) overriding system value
     select %4$s from (select (c.before::%1$I).* from ground_changes c
       where c.import = $1 and c.part = $2 and c.before is not null) r
     on conflict (%2$I) do update set %5$s', part, key, array_to_string(columns, ', '),
    (select string_agg('r.' || name, ', ') from unnest(columns) name),
    (select string_agg(name || ' = excluded.' || name, ', ') from unnest(columns) name where name <> quote_ident(key)))
    using import, part;
end $$;

do $$
declare
  part text;
begin
  foreach part in array '{force_area, neighbourhoods, streets, towns, postcodes, landmarks}'::text[] loop
    execute format('create trigger keep_added after insert on %I referencing new table as added
      for each statement execute function keep_ground()', part);
    execute format('create trigger keep_changed after update on %I referencing old table as removed new table as added
      for each statement execute function keep_ground()', part);
    execute format('create trigger keep_removed after delete on %I referencing old table as removed
      for each statement execute function keep_ground()', part);
  end loop;
end $$;

-- Each import that changed something, and each undoing, is an entry of the audit.
create function audit_ground() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  if new.undone_by is null then
    insert into audit (officer, action, detail) values (new.done_by, 'imported map data',
      jsonb_build_object('what', new.source, 'files', new.files, 'rows', new.counts));
  else
    insert into audit (officer, action, detail) values (new.undone_by, 'undid an import of map data',
      jsonb_build_object('what', new.source, 'files', new.files, 'rows', new.counts));
  end if;
  return null;
end $$;
create trigger imports_are_audited after update on ground_imports
  for each row execute function audit_ground();

revoke execute on function ground_key, keep_ground, ground_counts, undo_ground, audit_ground from public;
