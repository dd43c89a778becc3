"""What monitoring is told of the database: what waits and for how long, in a role that sees nobody."""

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from smartalert.alerts import issuing
from smartalert.database.connection import Connection, queries
from smartalert.dispatch.jobs import lane
from smartalert.monitoring import figures
from smartalert.monitoring.figures import FIGURES, DatabaseFigures
from smartalert.wording import Channel
from tests.databases import Database
from tests.factories import (
    OFFICER,
    complete_draft,
    make_draft,
    make_force_area,
    make_subscriber,
    preview_of,
)

WORKER = "smartalert_worker"
#: What is there only where there is something to tell.
NOT_ALWAYS = {"hand_over_seconds", "link_test_seconds", "jobs", "jobs_waiting_seconds"}


def told(conn: Connection) -> dict[tuple[str, str, str], float]:
    """(figure, subject, kind) → value, as the monitor's role is told it."""
    conn.execute("set local role smartalert_monitor")
    rows = list(queries("monitoring/figures").figures(conn))
    conn.execute("reset role")
    return {(row.figure, row.subject, row.kind): row.value for row in rows}


@pytest.fixture
def alert(conn: Connection) -> int:
    """An urgent alert for 24 people, released a minute and a half ago, of which nothing has left."""
    make_force_area(conn)
    for _ in range(24):
        make_subscriber(conn)
    now = conn.execute("select now() - interval '90 seconds' as at").fetchone().at
    shown = preview_of(conn, complete_draft(), now)
    return issuing.issue(conn, *make_draft(conn), OFFICER, shown=shown, now=now, undo_s=0).id


def test_every_figure_has_its_words_and_all_words_have_their_figure(conn, alert):
    assert {figure for figure, _, _ in told(conn)} | NOT_ALWAYS == set(FIGURES)


def test_an_empty_database_waits_for_nothing(conn):
    found = told(conn)
    assert found["workers", "", ""] == 0
    assert {value for (figure, _, _), value in found.items() if figure != "audit_links"} == {0}


def test_what_waits_is_told_with_how_long_it_has(conn, alert):
    found = told(conn)
    assert found["alerts", "", "in_force"] == 1
    assert found["waiting_seconds", "push", "urgent"] == pytest.approx(90, abs=1)
    assert found["waiting_seconds", "push", "update"] == found["waiting_seconds", "push", "digest"] == 0
    assert found["jobs", lane(Channel.PUSH, urgent=True), "todo"] >= 1
    assert found["jobs_waiting_seconds", lane(Channel.PUSH, urgent=True), ""] == pytest.approx(90, abs=1)


def test_what_is_stopped_replaced_or_of_a_drill_waits_for_nobody(conn, alert):
    conn.execute("update alerts set stopped_at = now() where id = %s", (alert,))
    assert told(conn)["waiting_seconds", "push", "urgent"] == 0
    conn.execute(
        "insert into drills (scenario, seed, place, trainer, made_at) values ('{}', 1, '{}', %s, now())",
        (trainer(conn),),
    )
    conn.execute("update alerts set stopped_at = null, drill = (select max(id) from drills) where id = %s", (alert,))
    found = told(conn)
    assert found["alerts", "", "in_force"] == found["waiting_seconds", "push", "urgent"] == 0
    assert found["deliveries", "push", "pending"] == 0


def trainer(conn: Connection) -> str:
    conn.execute("insert into officers (id, name, roles) values ('t', 'T', '{trainer}')")
    return "t"


def test_people_are_counted_in_tens_and_the_time_of_few_is_nobodys_business(conn, alert):
    conn.execute("update deliveries set state = 'handed_over', handed_over_at = now() - interval '50 seconds'")
    conn.execute("select count_alert(%s)", (alert,))
    found = told(conn)
    assert found["deliveries", "push", "handed_over"] in (20, 30)
    assert all(value % 10 == 0 for (figure, _, _), value in found.items() if figure == "deliveries")
    assert found["hand_over_seconds", "push", ""] == pytest.approx(40, rel=0.1)
    conn.execute(
        "delete from deliveries where subscriber_id in (select distinct subscriber_id from deliveries limit 15)"
    )
    conn.execute("select count_alert(%s)", (alert,))
    assert ("hand_over_seconds", "push", "") not in told(conn)


def test_receipts_lag_from_the_first_that_left_after_the_last_report(conn, alert):
    assert told(conn)["receipts_lag_seconds", "push", ""] == 0, "nothing has left"
    conn.execute("update deliveries set state = 'handed_over', handed_over_at = now()")
    conn.execute("select count_alert(%s)", (alert,))
    assert told(conn)["receipts_lag_seconds", "push", ""] == pytest.approx(90, abs=1)
    conn.execute("insert into receipt_clock values ('push', now())")
    assert told(conn)["receipts_lag_seconds", "push", ""] == 0


def test_outages_doubts_tests_and_refusals_are_told(conn, alert):
    conn.execute(
        "insert into outages (channel, since, reason, try_at) values ('email', now() - interval '5 min', 'x', now())"
    )
    conn.execute(
        "update deliveries set state = 'unknown', claimed_at = now() - interval '1 hour' where channel = 'email'"
    )
    conn.execute("insert into link_tests (channel, started_at) values ('push', now() - interval '20 minutes')")
    conn.execute("insert into refused_sign_ins (at, place, reason) values (now(), '192.0.2.1', 'no role')")
    found = told(conn)
    assert found["outage_seconds", "email", ""] == 300
    assert found["outage_seconds", "push", ""] == 0
    assert found["in_doubt_seconds", "email", ""] == 3_600
    assert found["link_test_seconds", "push", "arrived"] == found["link_test_seconds", "push", "begun"] == 1_200
    assert found["sign_ins_refused", "", ""] == 1


def test_what_the_audit_has_not_signed_is_told_by_its_age(conn):
    conn.execute("insert into audit (at, officer, action) values (now() - interval '400 seconds', 'x', 'signed in')")
    conn.execute("set constraints all immediate")  # an entry becomes a link when it is committed
    assert told(conn)["audit_unsigned_seconds", "", ""] == 400
    conn.execute(
        "insert into audit_heads select 1, position, hash, now(), 's' from audit_chain order by position desc limit 1"
    )
    assert told(conn)["audit_unsigned_seconds", "", ""] == 0


@pytest.fixture
def scraped(shared_database: Database) -> CollectorRegistry:
    """A worker's figures."""
    registry = CollectorRegistry()
    registry.register(DatabaseFigures(shared_database.url(WORKER)))
    return registry


def test_a_worker_asks_in_the_role_that_sees_nobody_and_once_for_all_who_scrape(scraped, monkeypatch):
    asked = []
    monkeypatch.setattr(figures, "ask", lambda address, ask=figures.ask: asked.append(1) or ask(address))
    for _ in range(3):
        assert scraped.get_sample_value("smartalert_figures_read") == 1
        assert scraped.get_sample_value("smartalert_workers") == 0
    assert asked == [1]


def test_a_database_that_takes_too_long_gives_none_and_says_so(scraped, shared_database, monkeypatch):
    monkeypatch.setattr(figures, "MOST_MS", 50)
    with shared_database.connect() as held:
        held.execute("lock table link_tests in access exclusive mode")
        served = generate_latest(scraped).decode()
        held.rollback()
    assert "smartalert_figures_read 0.0" in served
    assert "smartalert_workers" not in served, "an old figure or 0 would call well what nobody knows"
