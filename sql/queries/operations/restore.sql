-- name: what_is_there()^
-- The database, and how many tables, views and sequences it has that no extension brought along.
select current_database()::text as name, count(*) as tables from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'
  and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e');
