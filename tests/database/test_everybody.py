"""What PostgreSQL and PostGIS let everybody call: none of our roles may, for it tells of rows or stops other people."""

from collections.abc import Iterator

import psycopg
import pytest

from smartalert.audit import entries
from smartalert.database.cluster import Cluster
from smartalert.database.migrations import CLOSE_FUNCTIONS
from tests.database.calls import CALLS, make_scene
from tests.databases import Database, fresh_database

ROLES = tuple(CALLS)
#: How many came and went, exactly and at every moment; where people live, by the planner's own notes; files and locks.
CLOSED = [
    "select n_tup_ins, n_tup_del, n_live_tup from pg_stat_user_tables where relname = 'subscribers'",
    "select pg_stat_get_tuples_inserted('public.deliveries'::regclass)",
    "select pg_stat_get_live_tuples(oid) from pg_class where relname = 'contacts'",
    "select tup_inserted from pg_stat_database where datname = current_database()",
    "select public._postgis_stats('public.places', 'point')",
    "select public._postgis_selectivity('public.places', 'point', 'SRID=27700;POINT(392000 323000)')",
    "select public._postgis_index_extent('public.audience_places', 'point')",
    "select public.st_estimatedextent('public', 'places', 'point')",
    "select lo_create(0)",
    "select lo_from_bytea(0, 'x')",
    "select pg_advisory_lock(7002)",
    "select pg_try_advisory_lock(7001, 1)",
    "select pg_advisory_xact_lock_shared(7003)",
]


@pytest.fixture(scope="module")
def scene(cluster: Cluster) -> Iterator[Database]:
    with fresh_database(cluster) as made:
        with made.connect() as conn:
            make_scene(conn)
            conn.commit()
            conn.execute("analyze")
            conn.commit()
        yield made


@pytest.mark.parametrize("role", ROLES)
def test_no_role_counts_rows_places_homes_keeps_files_or_locks(scene, role):
    with scene.connect(role) as conn:
        for call in CLOSED:
            with pytest.raises(psycopg.errors.InsufficientPrivilege), conn.transaction():
                conn.execute(call)


def test_an_owner_who_may_not_take_it_back_says_so_once(scene):
    with scene.connect() as conn:
        conn.execute("grant execute on function pg_advisory_lock(bigint), lo_create(oid) to public")
        conn.execute("set local role smartalert_control")
        said: list[str | None] = []
        conn.add_notice_handler(lambda notice: said.append(notice.message_primary))
        conn.execute(CLOSE_FUNCTIONS)
        assert said == ["what PostgreSQL lets everybody call is another owner's, who has to take it back"]
        conn.rollback()
        conn.execute("set local role smartalert_control")  # and nothing once somebody else did
        conn.execute(CLOSE_FUNCTIONS)
        assert len(said) == 1
        conn.rollback()


@pytest.mark.parametrize("role", ROLES)
def test_no_catalogue_shows_a_role_what_it_may_not_read(scene, role):
    """PostgreSQL's samples of columns, what others ask just now, and how far numbers have been given."""
    with scene.connect("smartalert_control") as other, scene.connect(role) as conn:
        other.execute("select 'what another asks'")
        shown = conn.execute(
            "select tablename, attname from pg_stats s where schemaname = 'public'"
            " and not has_column_privilege(format('%I.%I', schemaname, tablename), attname, 'select')"
        ).fetchall()
        assert shown == []
        for sequence in ("subscribers_id_seq", "responses_id_seq"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), conn.transaction():
                conn.execute(f"select last_value from public.{sequence}")


def test_no_advisory_lock_keeps_anybody_from_acting(scene):
    """Where the owner of the server lets everybody call them, whoever holds every number stops nobody."""
    with scene.connect() as holder, scene.connect("smartalert_control") as conn:
        holder.execute("select pg_advisory_lock(n) from generate_series(7000, 7100) n")
        conn.execute("set lock_timeout = '10s'")
        entries.record(conn, "somebody", "signed in")
        conn.execute("select take_turn('routine updates')")
        conn.commit()
        holder.execute("select count_due(now(), 10, '1 hour')")


def test_whoever_stands_still_with_a_turn_loses_it(scene):
    """For as long as the transaction holds it: reading for minutes is nobody's trouble."""
    with scene.connect("smartalert_control") as conn:
        (before,) = conn.execute("show idle_in_transaction_session_timeout").fetchone()
        conn.execute("select take_turn('routine updates')")
        assert conn.execute("show idle_in_transaction_session_timeout").fetchone() == ("30s",)
        conn.commit()
        assert conn.execute("show idle_in_transaction_session_timeout").fetchone() == (before,)


def test_one_role_cannot_take_all_connections(scene):
    taken: list[psycopg.Connection] = []
    try:
        with pytest.raises(psycopg.OperationalError, match="too many connections for role"):
            taken.extend(scene.connect("smartalert_analyst") for _ in range(20))
        scene.connect("smartalert_public").close()
    finally:
        for conn in taken:
            conn.close()


@pytest.mark.parametrize("role", ROLES)
def test_every_role_but_the_workers_has_a_bound(scene, role):
    with scene.connect() as conn:
        row = conn.execute(
            "select rolconnlimit as most, current_setting('max_connections')::integer as all_of_them"
            " from pg_roles where rolname = %s",
            (role,),
        ).fetchone()
    assert row.most == -1 if role == "smartalert_worker" else 0 < row.most < 0.75 * row.all_of_them
