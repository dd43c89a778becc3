"""What the chain seals beside entries: whatever column of a covered table the owner changes, verify finds it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from smartalert import config
from smartalert.alerts import issuing
from smartalert.audit import chain, seals
from smartalert.database.cluster import Cluster
from smartalert.responses import reports
from smartalert.responses.reports import Report
from tests.conftest import forget_settings
from tests.databases import Database, fresh_database
from tests.factories import OFFICER, complete_draft, make_draft, make_force_area, make_subscriber, preview_of

TABLES = sorted({covered.table for covered in seals.COVERED if covered.table.isidentifier()})
#: Columns that no seal covers: who a response came from is erased with the person. (A photograph's pixels may be erased
#: too; another picture in their place is found.)
MAY_CHANGE = {"responses": {"subscriber_id"}}
#: Another value of each type, from the one that is there.
OTHERWISE = {
    "bigint": "coalesce({0}, 0) + 1",
    "integer": "coalesce({0}, 0) + 1",
    "double precision": "{0} + 0.001",
    "text": "coalesce({0}, '') || ' '",
    "text[]": "{0} || array['x']",
    "boolean": "not {0}",
    "timestamp with time zone": "coalesce({0}, now()) + interval '1 microsecond'",
    "uuid": "gen_random_uuid()",
    "jsonb": "{0} || '{{\"x\": [1, 2]}}'",
    "bytea": "coalesce({0}, '') || '\\x00'",
    "geometry": "st_translate({0}, 0.001, 0)",
    "geometry(Point,27700)": "coalesce(st_translate({0}, 0.001, 0), st_setsrid(st_makepoint(1, 1), 27700))",
    "channel": "case {0} when 'push' then 'email' else 'push' end::channel",
    "approval_rule": "case {0} when 'sender alone' then 'reviewed after' else 'sender alone' end::approval_rule",
    "words_decision": "case {0} when 'refused' then 'approved' else 'refused' end::words_decision",
    "approval_decision": "case {0} when 'returned' then 'void' else 'returned' end::approval_decision",
}
#: What the first column of a table becomes in a row that is slipped in.
ANOTHER_KEY = {
    "id": "id + 900",
    "alert_id": "alert_id + 900",
    "response_id": "response_id + 900",
    "draft_id": "gen_random_uuid()",
}
COLUMNS = """
select a.attname as name, format_type(a.atttypid, a.atttypmod) as type from pg_attribute a
where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
"""
#: The owner is held by nothing: triggers, constraints, unique indexes, identities.
HELD_BY_NOTHING = """
do $$ declare held record; begin
  set local session_replication_role = replica;
  for held in select conrelid::regclass as on_table, conname from pg_constraint
              where connamespace = 'public'::regnamespace and conrelid <> 0 and contype <> 't'
              order by contype = 'p', contype = 'u' loop
    execute format('alter table %s drop constraint %I', held.on_table, held.conname);
  end loop;
  for held in select i.indexrelid::regclass as name from pg_index i join pg_class c on c.oid = i.indrelid
              where c.relnamespace = 'public'::regnamespace and indisunique loop
    execute format('drop index %s', held.name);
  end loop;
  for held in select attrelid::regclass as on_table, attname from pg_attribute a join pg_class c on c.oid = a.attrelid
              where c.relnamespace = 'public'::regnamespace and attidentity <> '' loop
    execute format('alter table %s alter %I drop identity', held.on_table, held.attname);
  end loop;
end $$
"""


@pytest.fixture(scope="module")
def sealed(cluster: Cluster) -> Iterator[Database]:
    """One alert that was approved, told, answered and judged, and everything else that is sealed."""
    with pytest.MonkeyPatch.context() as patch, fresh_database(cluster) as made:
        patch.setenv("SMARTALERT_SECRET_KEY", "only for tests")
        forget_settings()
        config.signer.cache_clear()
        with made.connect() as conn:
            make_story(conn)
            conn.commit()
        yield made
    config.signer.cache_clear()


def make_story(conn: psycopg.Connection) -> None:
    make_force_area(conn)
    make_subscriber(conn)
    draft_id, version = make_draft(conn)
    then = datetime.now(UTC) - timedelta(minutes=1)
    shown = preview_of(conn, complete_draft(), then)
    alert = issuing.issue(conn, draft_id, version, OFFICER, shown=shown, now=then, undo_s=0).id
    conn.execute(
        "insert into approval_requests (draft_id, author, version, submitted_by, submitted_at, lapses_at, reason,"
        " document, sha256) select %s, %s, n, %s, now(), now() + interval '1 hour', 'people', '{}',"
        " encode(sha256('{}'), 'hex') from generate_series(1, 2) n where n = 1",
        (draft_id, OFFICER, OFFICER),
    )
    conn.execute("update approval_requests set decision = 'void', decided_by = 'x', decided_at = now(), note = 'x'")
    conn.execute(
        "insert into officers (id, name, roles) values ('x', 'x', '{administrator}'), ('y', 'y', '{approver}')"
    )
    conn.execute(
        "insert into kind_words (kind, message, words, why, proposed_by, proposed_at)"
        " values ('fire', 'first', '{}', 'x', 'x', now())"
    )
    conn.execute("update kind_words set decision = 'refused', decided_by = 'y', decided_at = now(), note = 'x'")
    conn.execute(
        "insert into alert_photos (alert_id, jpeg, width, height, alt, sha256)"
        " values (%s, 'x', 1, 1, 'x', sha256('x'))",
        (alert,),
    )
    conn.execute("update alert_photos set taken_down_at = now(), taken_down_by = 'x'")
    conn.execute("insert into alert_reviews values (%s, %s, 'somebody.else', now(), 'x')", (alert, OFFICER))
    report = Report(saw="A red car.", place="by the bridge", name="Ada", contact="07700 900123", may_contact=True)
    reports.receive(conn, alert, None, report, "a form")
    conn.execute("insert into response_photos select id, 'x', 1, 1 from responses")
    conn.execute("insert into response_notes (response_id, officer, words) select id, 'x', 'x' from responses")
    conn.execute("update responses set first_look_at = now(), first_look_by = 'x'")
    conn.execute(
        "insert into outcomes (alert_id, told_at, officer, words, people) values (%s, now(), 'x', 'x', 1)", (alert,)
    )
    conn.execute(
        "insert into results (alert_id, result, recorded_at, recorded_by) values (%s, 'found', now(), 'x')", (alert,)
    )
    conn.execute("update results set taken_back_at = now(), taken_back_by = 'x'")
    conn.execute("update deliveries set state = 'handed_over', handed_over_at = now()")
    conn.execute("update deliveries set state = 'delivered', delivered_at = now() where channel = 'push'")
    conn.execute("select count_due(now(), 10, '1 hour')")


def found(conn: psycopg.Connection) -> list[str]:
    return list(seals.faults(conn))


def test_an_untouched_story_is_unbroken_and_holds_a_seal_of_every_kind(sealed):
    with sealed.connect("smartalert_control") as conn:
        verdict = chain.verify(conn)
        kinds = {row.sealed for row in conn.execute("select sealed from audit_chain where sealed is not null")}
    assert verdict.findings == []
    assert kinds == {covered.sealed for covered in seals.COVERED}
    assert re.match(r"\d+ entries and \d+ seals, unbroken", verdict.words)


@pytest.mark.parametrize("table", TABLES)
def test_whatever_column_the_owner_changes_it_is_found(sealed, table):
    unseen = set()
    with sealed.connect() as conn:
        conn.execute(HELD_BY_NOTHING)
        for column in conn.execute(COLUMNS, (table,)).fetchall():
            with conn.transaction(force_rollback=True):
                value = OTHERWISE[column.type].format(f'"{column.name}"')
                one = f"ctid = (select min(ctid) from {table})"
                assert conn.execute(f'update {table} set "{column.name}" = {value} where {one}').rowcount == 1
                if not found(conn):
                    unseen.add(column.name)
        conn.rollback()
    assert unseen == MAY_CHANGE.get(table, set())


@pytest.mark.parametrize("table", TABLES)
def test_a_row_that_is_gone_or_slipped_in_is_found(sealed, table):
    with sealed.connect() as conn:
        conn.execute(HELD_BY_NOTHING)
        with conn.transaction(force_rollback=True):
            conn.execute(f"delete from {table}")
            assert any(fault.startswith("Deleted") for fault in found(conn))
        with conn.transaction(force_rollback=True):
            columns = [row.name for row in conn.execute(COLUMNS, (table,))]
            another = [ANOTHER_KEY.get(name, name) if name in columns[:1] else name for name in columns]
            conn.execute(f"insert into {table} ({', '.join(columns)}) select {', '.join(another)} from {table} limit 1")
            assert any(fault.startswith("Slipped in") for fault in found(conn))
        conn.rollback()


def test_the_owner_leaves_a_trace_with_triggers_on_too(sealed):
    with sealed.connect() as conn:
        conn.execute("update alerts set headline = 'Another'")
        conn.execute("set constraints all immediate")
        assert found(conn) == ["Changed since it was sealed: alert 1."]
        conn.rollback()


def test_a_seal_that_was_made_to_fit_breaks_the_chain(sealed):
    with sealed.connect() as conn:
        conn.execute(HELD_BY_NOTHING)
        conn.execute("update results set result = 'arrested'")
        conn.execute(
            "update audit_chain c set digest = sha256(convert_to(row(alert_id, result, recorded_at, recorded_by)::text,"
            " 'UTF8')) from results where c.sealed = 'result'"
        )
        assert found(conn) == []
        (fault,) = chain.verify(conn).findings
        assert re.match(r"The seal at position \d+, is not what was written there", fault)
        conn.rollback()


@pytest.mark.parametrize(
    "change",
    [
        "update deliveries set state = 'failed' where channel = 'email'",
        "update deliveries set state = 'cancelled', handed_over_at = null where channel = 'email'",
        "update deliveries set handed_over_at = null where channel = 'email'",
        "update deliveries set delivered_at = null where channel = 'push'",
        "update deliveries set opened_at = now() where channel = 'push'",
        "delete from deliveries where channel = 'email'",
        "insert into deliveries (alert_id, subscriber_id, channel, state, due_at)"
        " values (1, 900, 'push', 'failed', now())",
        "update deliveries set channel = 'email', subscriber_id = 900 where channel = 'push'",
        "update deliveries set alert_id = 900 where channel = 'push'",
    ],
)
def test_totals_of_the_ledger_that_were_changed_are_found(sealed, change):
    with sealed.connect() as conn:
        conn.execute(HELD_BY_NOTHING)
        conn.execute(change)
        assert any("ledger of alert" in fault for fault in found(conn))
        conn.rollback()


def test_a_late_receipt_is_in_order_before_and_after_it_is_counted(sealed):
    with sealed.connect() as conn:
        conn.execute("update deliveries set state = 'delivered', delivered_at = now() where channel = 'email'")
        assert found(conn) == []
        conn.execute("select count_due(now(), 10, '1 hour')")
        conn.execute("set constraints all immediate")
        assert found(conn) == []
        conn.rollback()


def test_a_ledger_that_went_back_is_found_though_it_was_sealed_again(sealed):
    with sealed.connect() as conn:
        conn.execute("set local session_replication_role = replica")
        conn.execute("update deliveries set state = 'handed_over', delivered_at = null where channel = 'push'")
        conn.execute("set local session_replication_role = origin")
        conn.execute("insert into figures_due (what, alert_id) values ('alert', 1)")
        conn.execute("select count_due(now(), 10, '1 hour')")
        conn.execute("set constraints all immediate")
        assert found(conn) == ["Went back: ledger of alert 1 push, from (1, 1, 1, 0, 0, 0) to (1, 1, 0, 0, 0, 0)."]
        conn.rollback()


def test_what_is_erased_with_a_person_or_a_photograph_breaks_nothing(sealed):
    with sealed.connect() as conn:
        conn.execute("update responses set subscriber_id = (select min(id) from subscribers)")
        conn.execute("insert into secrets values (sha256('s'), 'session', 1, now(), now() + interval '1 hour')")
        conn.execute("select erase('s')")
        conn.execute("update alert_photos set jpeg = null")
        conn.execute("update responses set verdict = 'useful', verdict_at = now(), verdict_by = 'x'")
        conn.execute("set constraints all immediate")
        assert found(conn) == []
        conn.rollback()


def test_how_the_session_writes_times_and_numbers_makes_no_difference(sealed):
    with sealed.connect() as conn:
        conn.execute("set timezone = 'Asia/Tokyo'")
        conn.execute("set datestyle = 'German'")
        conn.execute("set extra_float_digits = -10")
        conn.execute("set bytea_output = 'escape'")
        reports.receive(conn, 1, None, Report(saw="A blue van."), "another form")
        conn.execute("update alerts set stopped_at = now()")
        conn.execute("set constraints all immediate")
        assert found(conn) == []
        conn.rollback()


def test_triggers_and_verify_cover_the_same(conn):
    """The trigger of each kind in PostgreSQL's catalogue has the words of the list that verify goes by."""
    rows = conn.execute(
        "select tgrelid::regclass::text as on_table, encode(tgargs, 'escape') as arguments, tgname from pg_trigger"
        " where tgfoid = 'seal'::regproc"
    )
    triggers = {}
    for row in rows:
        sealed, key, fields, *_ = row.arguments.split("\\000")
        triggers[sealed] = (row.on_table, key, re.sub(r"\s+", " ", fields))
    triggers["ledger of alert"] = ("deliveries", *triggers["ledger of alert"][1:])
    listed = {c.sealed: (c.table if c.table.isidentifier() else "deliveries", c.key, c.fields) for c in seals.COVERED}
    assert triggers == listed
