-- Everything in this database's catalogue that is ours, one fact a line, however it came to be: neither the order of a
-- table's columns nor white space and comments in a function's body make a difference. What is usual is not said.

-- Who may do what; * where they may pass it on. Of the owner only what they were denied.
create function pg_temp.rights(given aclitem[], kind "char", owner oid) returns text language sql as $$
  select string_agg(who || '=' || what, ' ' order by who)
  from (select case grantee when 0 then 'public' else grantee::regrole::text end as who,
               string_agg(privilege_type || case when is_grantable then '*' else '' end, ','
                          order by privilege_type) as what
        from aclexplode(coalesce(given, acldefault(kind, owner)))
        group by grantee
        having grantee <> owner
            or count(*) <> (select count(*) from aclexplode(acldefault(kind, owner)) usual where usual.grantee = owner)
       ) granted
$$;

create function pg_temp.owned(by oid) returns text language sql as $$
  select 'owner ' || by::regrole from pg_database where datname = current_database() and datdba <> by
$$;

create function pg_temp.plain(words text) returns text language sql as $$
  select btrim(regexp_replace(regexp_replace(words, '--[^\n]*', '', 'g'), '\s+', ' ', 'g'))
$$;

with everything (class, oid, name) as (
  select 'pg_class'::regclass, oid, relname::text from pg_class where relkind not in ('i', 't', 'c')
  union all select 'pg_proc'::regclass, oid, proname from pg_proc where pronamespace <> pg_my_temp_schema()
  union all select 'pg_type'::regclass, t.oid, typname from pg_type t left join pg_class c on c.oid = t.typrelid
    where t.typelem = 0 and (c.oid is null or c.relkind = 'c')
  union all select 'pg_namespace'::regclass, oid, nspname from pg_namespace
  union all select 'pg_extension'::regclass, oid, extname from pg_extension
  union all select 'pg_cast'::regclass, oid, '' from pg_cast
  union all select 'pg_operator'::regclass, oid, oprname from pg_operator
  union all select 'pg_collation'::regclass, oid, collname from pg_collation
  union all select 'pg_event_trigger'::regclass, oid, evtname from pg_event_trigger
  union all select 'pg_statistic_ext'::regclass, oid, stxname from pg_statistic_ext
  union all select 'pg_publication'::regclass, oid, pubname from pg_publication
  union all select 'pg_foreign_server'::regclass, oid, srvname from pg_foreign_server
), ours as ( -- 16384: the first number after those of initdb
  select class, oid, name from everything
  where (oid >= 16384 or class = 'pg_namespace'::regclass and name = 'public')
    and name !~ '^(procrastinate|alembic_version|pg_toast|pg_temp)'
    and not exists (select from pg_depend d where d.classid = class and d.objid = everything.oid and d.deptype = 'e')
), relation as (
  select c.* from pg_class c join ours on ours.oid = c.oid and class = 'pg_class'::regclass
), facts (kind, name, fact) as (
  select 'schema', n.nspname::text, concat_ws('; ', pg_temp.owned(nspowner), pg_temp.rights(nspacl, 'n', nspowner))
  from pg_namespace n join ours using (oid) where class = 'pg_namespace'::regclass
  union all
  select 'extension', extname, extnamespace::regnamespace::text
  from pg_extension join ours using (oid) where class = 'pg_extension'::regclass
  union all
  select case relkind when 'r' then 'table' when 'v' then 'view' when 'S' then 'sequence' else 'relation ' || relkind::text end,
         oid::regclass::text,
         concat_ws('; ', pg_temp.owned(relowner), case relpersistence when 'u' then 'unlogged' end, reloptions::text,
                   case when relrowsecurity then 'row security' end, case when relforcerowsecurity then 'forced' end,
                   'replica identity ' || nullif(relreplident::text, case relkind when 'r' then 'd' else 'n' end),
                   'space ' || nullif(reltablespace, 0),
                   pg_temp.rights(relacl, case relkind when 'S' then 's' else 'r' end::"char", relowner))
  from relation
  union all
  select 'definition of view', oid::regclass::text, pg_temp.plain(pg_get_viewdef(oid)) from relation
  where relkind in ('v', 'm')
  union all
  select 'parent of', inhrelid::regclass::text, inhparent::regclass::text
  from pg_inherits join relation on relation.oid = inhrelid
  union all
  select 'counting of', seqrelid::regclass::text,
         format('%s from %s by %s, %s to %s, cache %s, cycle %s; %s', seqtypid::regtype, seqstart, seqincrement, seqmin,
                seqmax, seqcache, seqcycle,
                (select string_agg(pg_describe_object(refclassid, refobjid, refobjsubid) || ' ' || deptype::text, ', ')
                 from pg_depend where objid = seqrelid and deptype in ('a', 'i')))
  from pg_sequence join relation on relation.oid = seqrelid
  union all -- whoever reads a view may take its columns by their place
  select 'column', r.oid::regclass || '.' || a.attname,
         concat_ws('; ', case when r.relkind <> 'r' then a.attnum end, format_type(a.atttypid, a.atttypmod),
                   case when a.attnotnull then 'not null' end,
                   'collate ' || nullif(a.attcollation, t.typcollation)::regcollation,
                   case a.attidentity when 'a' then 'identity always' when 'd' then 'identity by default' end,
                   case a.attgenerated when 's' then 'generated ' else 'default ' end
                     || pg_get_expr(d.adbin, d.adrelid),
                   'storage ' || nullif(a.attstorage::text, t.typstorage::text), 'compression ' || nullif(a.attcompression::text, ''),
                   'statistics ' || nullif(a.attstattarget, -1), a.attoptions::text,
                   pg_temp.rights(a.attacl, 'c', r.relowner))
  from relation r
  join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
  join pg_type t on t.oid = a.atttypid
  left join pg_attrdef d on d.adrelid = r.oid and d.adnum = a.attnum
  where r.relkind <> 'S'
  union all
  select 'constraint', coalesce(nullif(conrelid, 0)::regclass::text, contypid::regtype::text) || '.' || conname,
         pg_temp.plain(pg_get_constraintdef(c.oid))
  from pg_constraint c
  join ours on class = 'pg_class'::regclass and ours.oid = conrelid or class = 'pg_type'::regclass and ours.oid = contypid
  where contype <> 't'
  union all
  select 'index', indexrelid::regclass::text,
         concat_ws('; ', pg_get_indexdef(indexrelid), case when indisclustered then 'clustered' end,
                   case when indisreplident then 'identity' end, case when not indisvalid then 'invalid' end)
  from pg_index join relation on relation.oid = indrelid
  union all
  select 'function', p.oid::regprocedure::text,
         concat_ws('; ', pg_temp.owned(proowner), pg_temp.rights(proacl, 'f', proowner),
                   pg_temp.plain(pg_get_functiondef(p.oid)))
  from pg_proc p join ours using (oid) where class = 'pg_proc'::regclass and prokind <> 'a'
  union all -- of procrastinate's triggers one is ours: which jobs call the workers
  select 'trigger', tgrelid::regclass || '.' || tgname,
         concat_ws('; ', pg_get_triggerdef(t.oid), 'enabled ' || nullif(tgenabled::text, 'O'))
  from pg_trigger t
  where not tgisinternal
    and (tgrelid in (select oid from relation) or tgname = 'procrastinate_jobs_notify_queue_job_inserted_v1')
  union all
  select 'type', t.oid::regtype::text,
         concat_ws('; ', case typtype when 'd' then format_type(typbasetype, typtypmod) end,
                   case when typnotnull then 'not null' end, 'default ' || typdefault,
                   (select string_agg(enumlabel, ', ' order by enumsortorder) from pg_enum where enumtypid = t.oid),
                   pg_temp.owned(typowner), pg_temp.rights(typacl, 'T', typowner))
  from pg_type t join ours using (oid) where class = 'pg_type'::regclass
  union all
  select 'rule', rulename, pg_get_ruledef(w.oid)
  from pg_rewrite w join relation on relation.oid = ev_class where rulename <> '_RETURN'
  union all
  select 'policy', polrelid::regclass || '.' || polname,
         format('%s %s %s using %s check %s', polcmd, polpermissive, polroles, pg_get_expr(polqual, polrelid),
                pg_get_expr(polwithcheck, polrelid))
  from pg_policy join relation on relation.oid = polrelid
  union all
  select 'default rights', defaclrole::regrole::text,
         format('%s %s %s', defaclnamespace::regnamespace, defaclobjtype, defaclacl)
  from pg_default_acl
  union all
  select 'database', '', pg_temp.rights(datacl, 'd', datdba) from pg_database where datname = current_database()
  union all
  select 'setting', coalesce(nullif(setrole, 0)::regrole::text, ''), setconfig::text
  from pg_db_role_setting
  where setdatabase = (select oid from pg_database where datname = current_database())
     or setrole::regrole::text like 'smartalert\_%'
  union all
  select 'role', rolname,
         concat_ws('; ', case when rolcanlogin then 'logs in' end, case when rolinherit then 'inherits' end,
                   case when rolsuper then 'super' end, case when rolcreaterole then 'makes roles' end,
                   case when rolcreatedb then 'makes databases' end, case when rolreplication then 'replicates' end,
                   case when rolbypassrls then 'passes row security' end, 'connections ' || nullif(rolconnlimit, -1),
                   'until ' || rolvaliduntil)
  from pg_roles where rolname like 'smartalert\_%' and rolname <> 'smartalert_owner'
  union all
  select 'member of', roleid::regrole::text, member::regrole || case when admin_option then '*' else '' end
  from pg_auth_members where roleid::regrole::text like 'smartalert\_%'
  union all
  select 'comment', pg_describe_object(classoid, objoid, objsubid), description
  from pg_description join ours on class = classoid and oid = objoid
  where class not in ('pg_namespace'::regclass, 'pg_extension'::regclass) -- initdb's and PostGIS's words
  union all
  select 'other', pg_describe_object(class, oid, 0), '' from ours
  where class not in ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_type'::regclass, 'pg_namespace'::regclass,
                      'pg_extension'::regclass)
  union all
  select distinct 'procrastinate''s', case relkind when 'S' then 'sequences' else 'tables' end,
         pg_temp.rights(relacl, case relkind when 'S' then 's' else 'r' end::"char", relowner)
  from pg_class where relname ~ '^procrastinate' and relkind in ('r', 'S')
)
select kind, name, fact from facts;
