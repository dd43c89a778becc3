"""The day's digest through real workers and the simulator: one message a person and channel, once, and counted."""

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest

from smartalert.alerts import lifecycle
from smartalert.alerts.drafts import Draft
from smartalert.clock import utc_now
from smartalert.config import Mode
from smartalert.database import connection
from smartalert.dispatch import links
from smartalert.dispatch.jobs import defer_app
from smartalert.dispatch.links import Reference
from smartalert.dispatch.receipts import from_sendgrid
from smartalert.providers.sendgrid.events import understood
from smartalert.wording import Channel
from smartalert.worker import digests
from tests.conftest import forget_settings
from tests.databases import Database
from tests.deployment import SECRET, Deployment, deployment
from tests.factories import OFFICER, complete_draft
from tests.waiting import eventually
from tests.worker.test_app import settle

PEOPLE = 300


@pytest.fixture(scope="module")
def running(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A deployment whose people get one update a week singly, and have had it."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SMARTALERT_UPDATES_A_WEEK", "1")
        environment.setenv("SMARTALERT_SECRET_KEY", SECRET)
        forget_settings()
        with deployment(module_database, tmp_path_factory.mktemp("digests"), workers=2) as running:
            settle(module_database, PEOPLE)
            running.wait_until_done(running.issue(update("Speed checks in Tannery Row")))
            yield running
    forget_settings()


def update(headline: str) -> Draft:
    return complete_draft(urgent=False, incident_kind="update", expires="24h", headline=headline)


def call(running: Deployment, times: int = 1) -> None:
    """Let every digest be due, and call for workers as the clock would."""
    with running.database.connect() as conn:
        conn.execute("update deliveries set due_at = now() where digest_on is not null and state = 'pending'")
        for number in range(times):
            job = defer_app.configure_task("hand_over_digests", connection=conn, queue="periodic")
            job.defer(timestamp=number)


def test_updates_beyond_the_ration_come_in_one_digest_without_those_that_are_over(running: Deployment) -> None:
    running.simulator.reset()
    running.simulator.faults(phone_delivered=1.0, phone_delivered_ms=100)
    kept = [running.issue(update("A theft in Tannery Row")), running.issue(update("Surgery in Tannery Row"))]
    stopped, over = running.issue(update("Stopped in Tannery Row")), running.issue(update("Over in Tannery Row"))
    with connection.transaction(running.database.engine("smartalert_control")) as conn:
        lifecycle.stop(conn, stopped, OFFICER, utc_now() + timedelta(seconds=1))
    with running.database.connect() as conn:
        conn.execute("update alerts set expires_at = issued_at + interval '1 ms' where id = %s", (over,))
    assert running.simulator.ledger()["pushes"] == {}
    call(running, times=2)
    done = {("push", "delivered"): PEOPLE, ("email", "delivered"): PEOPLE}
    for alert_id in kept:
        running.wait_until_done(alert_id)
        eventually(lambda alert_id=alert_id: running.states(alert_id) == done)
    assert running.states(stopped) == {("push", "cancelled"): PEOPLE, ("email", "cancelled"): PEOPLE}
    assert running.states(over) == {("push", "expired"): PEOPLE, ("email", "expired"): PEOPLE}
    ledger = running.simulator.ledger()
    assert (len(ledger["pushes"]), len(ledger["mails"])) == (PEOPLE, PEOPLE)
    assert (ledger["push_doubles"], ledger["mail_doubles"]) == (0, 0)
    mail = running.simulator.mails()[0]
    assert mail["subject"] == "EXERCISE: Staffordshire Police: 2 updates today"
    assert "A theft in Tannery Row" in mail["text"]
    assert "Over in" not in mail["text"]
    assert "Stopped in" not in mail["text"]


def test_a_worker_killed_over_digests_loses_none_and_doubles_no_mail(running: Deployment) -> None:
    running.simulator.reset()
    running.simulator.faults(push_latency_ms=20, mail_latency_ms=20)
    alert_id = running.issue(update("Parking in Tannery Row"))
    call(running, times=2)
    eventually(lambda: len(running.simulator.ledger()["pushes"]) > PEOPLE / 10)
    running.kill_worker()
    running.start_worker()
    eventually(lambda: call(running) or not open_deliveries(running, alert_id))
    ledger = running.simulator.ledger()
    assert len(ledger["pushes"]) == PEOPLE
    assert ledger["mail_doubles"] == 0
    assert sum(running.states(alert_id).values()) == 2 * PEOPLE


def open_deliveries(running: Deployment, alert_id: int) -> bool:
    return bool({state for _, state in running.states(alert_id)} & {"pending", "sending"})


def test_one_receipt_speaks_for_every_update_of_a_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMARTALERT_SECRET_KEY", SECRET)
    forget_settings()
    both = digests.Digest(Channel.PUSH, 7, (1, 2), 1, utc_now(), "token")
    assert both.reference == "1-7-push,2-7-push"
    assert links.read_all("receipt", links.sign_all("receipt", both.references)) == both.references
    with pytest.raises(links.BadLink):
        links.read_all("report", links.sign_all("receipt", both.references))
    event = {"event": "delivered", "delivery": "1-7-email,2-7-email", "timestamp": 1}
    (first, second) = from_sendgrid(understood([event], utc_now()))
    assert (first.reference, second.reference) == (Reference(1, 7, "email"), Reference(2, 7, "email"))
    forget_settings()


@pytest.mark.parametrize("mode", Mode)
def test_a_long_digest_fits_a_phone_and_begins_with_exercise_in_training_only(mode: Mode) -> None:
    updates = [
        SimpleNamespace(
            headline=f"{number} " + "H" * 85, description="d", instruction="i", contact="c", identifier="x",
            incident_number="1 of 1 May", area_desc="In Tannery Row",
        )
        for number in range(50)
    ]  # fmt: skip
    words = digests.word(updates, mode)
    assert words["push"].body.endswith("and 45 more")
    assert len(words["push"].body.encode()) < 600
    for channel in ("push", "email"):
        assert words[channel].title.startswith("EXERCISE: ") == (mode is Mode.TRAINING)
    assert words["email"].body.startswith("EXERCISE") == (mode is Mode.TRAINING)


def test_a_digest_keeps_the_lines_of_each_update() -> None:
    lines = "First line.\nSecond line.\n\nSecond paragraph."
    one = digests.Update(
        1, uuid4(), "Surgery", lines, "Come.\nBring a friend.", "Call 101.", "482 of 22 November", "Stafford", utc_now()
    )
    html = digests.word([one], Mode.LIVE)[Channel.EMAIL].html
    assert "First line.<br>Second line.</p>" in html
    assert ">Second paragraph.</p>" in html
    assert "Come.<br>Bring a friend.</p>" in html
