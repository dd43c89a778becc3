"""Loads very many rows: what PostgreSQL keeps and checks row by row is left until the end, and then done as a whole."""

from collections.abc import Sequence

from smartalert.database.connection import Connection

#: What stands in the way of these tables' rows, how it goes, and how it comes back: keys, references to other tables,
#: indexes, and the marks of what is to be counted. A key that another table refers to stays.
IN_THE_WAY = """
with tables as (select unnest(%s::regclass[])::oid as id)
select 1 as turn, format('alter table %%s drop constraint %%I', c.conrelid::regclass, c.conname) as goes,
       format('alter table %%s add constraint %%I %%s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid))
         as comes_back
from tables t join pg_constraint c on c.conrelid = t.id
where c.contype in ('p', 'u')
  and not exists (select from pg_constraint f where f.contype = 'f' and f.conindid = c.conindid)
union all
select 2, format('drop index %%s', i.indexrelid::regclass),
       pg_get_indexdef(i.indexrelid)
         || case when i.indisclustered
              then format('; alter table %%s cluster on %%I', t.id::regclass, r.relname) else '' end
from tables t join pg_index i on i.indrelid = t.id join pg_class r on r.oid = i.indexrelid
where not exists (select from pg_constraint c where c.conindid = i.indexrelid)
union all
select 3, format('alter table %%s drop constraint %%I', c.conrelid::regclass, c.conname),
       format('alter table %%s add constraint %%I %%s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid))
from tables t join pg_constraint c on c.conrelid = t.id where c.contype = 'f'
union all
select 4, format('alter table %%s disable trigger %%I', g.tgrelid::regclass, g.tgname),
       format('alter table %%s enable trigger %%I', g.tgrelid::regclass, g.tgname)
from tables t join pg_trigger g on g.tgrelid = t.id where g.tgname = 'mark_new'
order by turn"""


def put_off(conn: Connection, tables: Sequence[str]) -> list[str]:
    """Let rows into these tables unhindered; the statements that, executed in this transaction, put all back."""
    found = conn.execute(IN_THE_WAY, [list(tables)]).fetchall()
    for row in found:
        conn.execute(row.goes)
    return [row.comes_back for row in found]
