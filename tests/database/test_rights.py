"""What each database role may do is written down, and PostgreSQL's catalogue holds nothing else."""

import os
from collections import defaultdict
from collections.abc import Iterator

import psycopg
import pytest

from smartalert.config import Mode
from smartalert.database.cluster import Cluster
from smartalert.database.migrations import migrate
from tests import PROJECT
from tests.database.calls import CALLS
from tests.databases import Database

ROLES = tuple(CALLS)
#: Functions and tables of the schema that no extension brought along; procrastinate's are among them.
OURS = "not exists (select from pg_depend d where d.objid = {}.oid and d.deptype = 'e')"
#: Functions that look names up where their caller could have put something else. Procrastinate's plain ones run with
#: the rights of whoever calls them, and guard nothing.
LOOKING_ANYWHERE = f"""
select p.oid::regprocedure::text as name from pg_proc p
where p.pronamespace = 'public'::regnamespace and {OURS.format("p")} and p.prosqlbody is null
  and 'search_path=pg_catalog, public, pg_temp' <> all(coalesce(p.proconfig, '{{}}'))
  and (p.prosecdef or p.prorettype = 'trigger'::regtype or p.proname not like 'procrastinate%')
"""
OPEN_TO_ALL = f"""
select p.oid::regprocedure::text as name from pg_proc p
where p.pronamespace = 'public'::regnamespace and {OURS.format("p")}
  and exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) r where r.grantee = 0)
union all
select c.oid::regclass::text from pg_class c
where c.relnamespace = 'public'::regnamespace
  and exists (select from aclexplode(c.relacl) r where r.grantee = 0
              and (r.privilege_type <> 'SELECT' or {OURS.format("c")}))
union all
select c.oid::regclass || '.' || a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid
where c.relnamespace = 'public'::regnamespace and exists (select from aclexplode(a.attacl) r where r.grantee = 0)
"""
MAY_CALL = f"""
select distinct p.proname::text as name from pg_proc p
where p.pronamespace = 'public'::regnamespace and {OURS.format("p")} and p.proname not like 'procrastinate%%'
  and has_function_privilege(%s, p.oid, 'execute')
"""
#: What each role may do with which tables and views, column by column where it may not do it with all.
MAY_DO = f"""
select r.role, c.relname::text as name, right_.what,
       case when not has_table_privilege(r.role, c.oid, right_.what) then
         array(select a.attname::text from pg_attribute a
               where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                 and has_column_privilege(r.role, c.oid, a.attnum, right_.what) order by a.attnum) end as columns
from pg_class c
cross join unnest(%s::text[]) r (role)
cross join (values ('select'), ('insert'), ('update')) right_ (what)
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v') and {OURS.format("c")}
  and has_any_column_privilege(r.role, c.oid, right_.what)
union all
select r.role, c.relname::text, right_.what, null
from pg_class c
cross join unnest(%s::text[]) r (role)
cross join (values ('delete'), ('truncate'), ('trigger')) right_ (what)
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v') and {OURS.format("c")}
  and has_table_privilege(r.role, c.oid, right_.what)
order by 2, 1, 3
"""
WORDS = {"select": "read", "insert": "add", "update": "change", "delete": "delete"}


@pytest.fixture(scope="module")
def migrated(cluster: Cluster) -> Iterator[Database]:
    """A database as `migrate` leaves it: a copy would have PostgreSQL's own rights again."""
    database = Database(cluster, f"rights_{os.getpid()}")
    cluster.create_database(database.name)
    migrate(database.url(), Mode.TRAINING)
    yield database
    cluster.drop_database(database.name)


def found(conn: psycopg.Connection, query: str) -> set[str]:
    return {row.name for row in conn.execute(query)}


def test_no_function_or_trigger_looks_where_its_caller_could_have_put_something(conn):
    assert found(conn, LOOKING_ANYWHERE) == set()


@pytest.mark.parametrize(
    "kind",
    [
        "bigint language sql security definer as 'select 1'",
        "bigint language sql security definer set search_path = public as 'select 1'",
        "bigint language sql stable as 'select 1'",
        "trigger language plpgsql as 'begin return new; end'",
    ],
)
def test_one_that_does_is_found(conn, kind):
    conn.execute(f"create function careless() returns {kind}")
    assert found(conn, LOOKING_ANYWHERE) == {"careless()"}
    assert "careless()" in found(conn, OPEN_TO_ALL)


def test_nothing_of_ours_is_open_to_every_role(conn):
    assert found(conn, OPEN_TO_ALL) == set()


@pytest.mark.parametrize("role", [*ROLES, "public"])
def test_no_role_makes_anything_not_even_a_temporary_table(migrated, role):
    with migrated.connect() as conn:
        assert not conn.execute(
            "select where has_database_privilege(%(role)s, current_database(), 'create, temporary') union all"
            " select from pg_namespace where has_schema_privilege(%(role)s, oid, 'create') and nspname !~ '^pg_temp'",
            {"role": role},
        ).fetchall()


@pytest.mark.parametrize("role", ROLES)
def test_what_was_given_to_a_role_by_mistake_is_taken_back_by_the_next_start(migrated, role):
    with migrated.connect(autocommit=True) as conn:
        conn.execute(f"grant create, temporary on database {migrated.name} to {role}, public")
        conn.execute(f"grant create on schema public to {role}, public")
        migrate(migrated.url(), Mode.TRAINING)
    with migrated.connect(role) as conn:
        for made in ("temporary table x ()", "table public.x ()", "schema x"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), conn.transaction():
                conn.execute(f"create {made}")


@pytest.mark.parametrize("role", ROLES)
def test_a_role_calls_what_is_written_down_and_nothing_else(conn, role):
    may = {row.name for row in conn.execute(MAY_CALL, (role,))}
    assert may == {call.partition("(")[0] for call in CALLS[role]}


def table(conn: psycopg.Connection) -> str:
    """The two tables, as docs/database-roles.md shows them."""
    short = [role.removeprefix("smartalert_") for role in ROLES]
    head = ["| | " + " | ".join(short) + " |", "|---|" + "---|" * len(ROLES)]
    may: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in conn.execute(MAY_DO, (list(ROLES), list(ROLES))):
        columns = f" ({', '.join(row.columns)})" if row.columns else ""
        may[row.name][row.role].append(WORDS[row.what] + columns)
    tables = [
        f"| {name} | " + " | ".join("; ".join(sorted(roles[role], key=order)) or "–" for role in ROLES) + " |"
        for name, roles in sorted(may.items())
    ]
    names = sorted({call.partition("(")[0] for calls in CALLS.values() for call in calls})
    calls = [
        f"| {name} | " + " | ".join("yes" if called(role, name) else "–" for role in ROLES) + " |" for name in names
    ]
    return "\n".join(["## Tables and views", "", *head, *tables, "", "## Functions", "", *head, *calls, ""])


def order(words: str) -> int:
    """Reading first, deleting last."""
    return list(WORDS.values()).index(words.split(maxsplit=1)[0])


def called(role: str, name: str) -> bool:
    return name in {call.partition("(")[0] for call in CALLS[role]}


def test_the_documented_tables_are_the_catalogues(conn):
    documented = (PROJECT / "docs" / "database-roles.md").read_text()
    assert documented.endswith(table(conn)), f"docs/database-roles.md should end with:\n\n{table(conn)}"
