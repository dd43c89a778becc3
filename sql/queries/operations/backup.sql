-- name: state()^
-- The snapshot that everything in a backup is of, when that is, and the step of the schema.
select pg_export_snapshot() as snapshot, now() as now, schema_step() as step;

-- name: tables(left_out)
-- Every table of ours, but those of which a backup holds only the shape.
select c.relname::text as name from pg_class c
where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
  and c.relname not like all (:left_out::text[])
order by c.relname;

-- name: under_way()
-- Deliveries of which a backup cannot know what becomes of them, by state.
select state::text, count(*) as deliveries from deliveries where state in ('pending', 'sending', 'unknown') group by state;
