"""Nothing that a session makes for itself stands in the place of ours, whatever our functions and triggers look for.

PostgreSQL looks for tables and types among a session's temporary ones first, and a function of the owner's would touch
them with the owner's rights. So each role is given what it never has, the right to temporary objects, lays a trap under
every name that there is, and then calls and changes all that it may: no trap is touched, and everything ends as before.
"""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from smartalert.database.cluster import Cluster
from tests.database.calls import CALLS, SECRET, make_scene
from tests.databases import Database, fresh_database

ROLES = ("smartalert_control", "smartalert_worker", "smartalert_public", "smartalert_engagement", "smartalert_analyst")
#: Every table and view of ours and of PostgreSQL's with its columns; every other type too, which a table's name hides.
NAMES = """
select r.relname as name,
       array_agg(format('null::%I.%I as %I', n.nspname, t.typname, a.attname) order by a.attnum) as columns
from pg_class r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
join pg_type t on t.oid = a.atttypid join pg_namespace n on n.oid = t.typnamespace
where r.relnamespace in ('public'::regnamespace, 'pg_catalog'::regnamespace) and r.relkind in ('r', 'v', 'm')
  and t.typtype <> 'p' and t.typname <> '_pg_statistic'   -- its arrays are of any type
group by r.relname
union all
select typname, array['null::pg_catalog.int4 as x'] from pg_type
where typnamespace in ('public'::regnamespace, 'pg_catalog'::regnamespace)
  and typtype in ('b', 'd', 'e') and typname not like '\\_%'
"""
#: Every function of the schema that could be written again, by the types of what it takes.
FUNCTIONS = """
select p.proname as name, array(
  select format('%I.%I', n.nspname, t.typname) from unnest(p.proargtypes) with ordinality a (type, number)
  join pg_type t on t.oid = a.type join pg_namespace n on n.oid = t.typnamespace order by number) as takes
from pg_proc p
where p.pronamespace = 'public'::regnamespace and p.prokind = 'f'
  and not exists (select from unnest(p.proargtypes) a (type) join pg_type t on t.oid = a.type where t.typtype = 'p')
"""
TRAPS = """
create function pg_temp.trap() returns pg_catalog.text language plpgsql as
  $$ begin raise exception 'a trap was touched as %', current_user; end $$;
create function pg_temp.trapped_row() returns pg_catalog.trigger language plpgsql as
  $$ begin raise exception 'a trap was written to as %', current_user; end $$;
create function pg_temp.trapped_operator(pg_catalog.int8, pg_catalog.int8) returns pg_catalog.bool language plpgsql as
  $$ begin raise exception 'a trap was compared by as %', current_user; end $$;
create operator pg_temp.= (leftarg = pg_catalog.int8, rightarg = pg_catalog.int8, function = pg_temp.trapped_operator);
"""
#: What a role may change in which table: columns it may update, and whether it may delete.
CHANGES = """
select c.relname as name, a.attname as column_name
from pg_class c
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attidentity <> 'a'
  and has_column_privilege(%(role)s, c.oid, a.attnum, 'update')
"""


@pytest.fixture(scope="module")
def scene(cluster: Cluster) -> Iterator[Database]:
    """A person, a device, an alert and all that belongs to them; every role may make temporary objects."""
    with fresh_database(cluster) as made:
        with made.connect() as conn:
            make_scene(conn)
            conn.execute(
                sql.SQL("grant temporary on database {} to {}").format(
                    sql.Identifier(made.name), sql.SQL(", ").join(map(sql.Identifier, ROLES))
                )
            )
            conn.commit()
        yield made


def lay_traps(conn: psycopg.Connection) -> None:
    """A temporary view under every name, which whoever reads or writes it is caught by; functions and an operator."""
    names, functions = conn.execute(NAMES).fetchall(), conn.execute(FUNCTIONS).fetchall()
    conn.execute(TRAPS)
    for name, columns in names:
        view = sql.Identifier("pg_temp", name)
        conn.execute(
            sql.SQL("create view {} as select {} from (select pg_temp.trap()) t").format(
                view, sql.SQL(", ").join(map(sql.SQL, columns))
            )
        )
        conn.execute(
            sql.SQL(
                "create trigger trap instead of insert or update or delete on {}"
                " for each row execute function pg_temp.trapped_row()"
            ).format(view)
        )
    for name, takes in functions:
        conn.execute(
            sql.SQL(
                "create function {}({}) returns pg_catalog.void language sql as $$ select pg_temp.trap() $$"
            ).format(sql.Identifier("pg_temp", name), sql.SQL(", ").join(map(sql.SQL, takes)))
        )


def outcome(conn: psycopg.Connection, statement: str, values: tuple[object, ...] = ()) -> str:
    """How a statement ends, the triggers that wait for the commit included; undone."""
    try:
        with conn.transaction(force_rollback=True):
            conn.execute(statement, values)
            conn.execute("set constraints all immediate")
    except psycopg.Error as error:
        return f"{error.sqlstate} {error.diag.message_primary}"
    return "done"


def statements(conn: psycopg.Connection, role: str) -> list[tuple[str, tuple[object, ...]]]:
    """All that the role may call, and one change of every column that it may change."""
    calls = [(f"select public.{call}", values) for call, values in CALLS[role].items()]
    changes = conn.execute(CHANGES, {"role": role}).fetchall()
    return [*calls, *((f'update public.{name} set "{column}" = "{column}"', ()) for name, column in changes)]


@pytest.mark.parametrize("role", ROLES)
def test_traps_under_every_name_are_touched_by_nothing_that_a_role_may_do(scene, role):
    with scene.connect(role) as conn:
        tried = statements(conn, role)
        untouched = [outcome(conn, *one) for one in tried]
        lay_traps(conn)
        trapped = [outcome(conn, *one) for one in tried]
        conn.rollback()
    assert list(zip(tried, trapped, strict=True)) == list(zip(tried, untouched, strict=True))
    assert set(untouched[: len(CALLS[role])]) <= {"done"}


def test_the_traps_catch_a_function_that_looks_among_temporary_tables_first(scene):
    with scene.connect() as conn:
        conn.execute(
            "create function careless() returns bigint language sql security definer set search_path = public"
            " as $$ select count(*) from secrets $$; grant execute on function careless to smartalert_public"
        )
        conn.execute("set role smartalert_public")
        lay_traps(conn)
        assert outcome(conn, "select public.careless()") == "P0001 a trap was touched as smartalert_owner"
        conn.rollback()


def test_a_secret_of_ones_own_making_opens_nobodys_choices(scene):
    with scene.connect("smartalert_public") as conn:
        conn.execute(
            "create temporary table secrets as select sha256('mine') as hash, 'session' as purpose, g as subscriber_id,"
            " now() + '1 day'::interval as expires_at, null::timestamptz as used_at"
            " from generate_series(1::bigint, 99) g"
        )
        for call in ("my_choices('mine')", "my_data('mine')", "erase('mine')", "leave('mine', '')"):
            assert outcome(conn, f"select {call}").startswith("28000 this session is over")
        assert outcome(conn, "select my_choices(%s)", (SECRET,)) == "done"


def test_a_policy_of_ones_own_making_issues_nothing(scene):
    issue = """
    insert into public.alerts (draft_id, status, msg_type, urgent, incident_kind, incident_number, headline,
      description, instruction, contact, area, within_m, area_desc, topics, sectors, channels, people, issued_by,
      issued_at, release_at, expires_at)
    select id, 'Exercise', 'Alert', true, 'burglary', '1', 'x', 'x', 'x', 'x',
      st_setsrid(st_makepoint(392000, 323000), 27700), 500, 'x', 0, 0, 3, 9000, officer, now(), now(),
      now() + interval '1 hour'
    from public.drafts where closed_at is null
    """
    with scene.connect("smartalert_control") as conn:
        conn.execute("create temporary table approval_policy (like public.approval_policy)")
        conn.execute("insert into approval_policy values (1, '{urgent}', null, null, null, null, null, 'sender alone')")
        assert outcome(conn, issue) == "23514 a second person must approve this alert"


def test_an_officer_of_ones_own_making_changes_no_policy(scene):
    with scene.connect("smartalert_control") as conn:
        conn.execute("create temporary table officers (id text, roles text[], barred_at timestamptz)")
        conn.execute("insert into officers values ('me', '{administrator}', null)")
        call = "select change_policy(4, 'me', 'why', 9999, null, null, null, 'sender alone')"
        assert outcome(conn, call) == "42501 this officer may not change the approval policy"
