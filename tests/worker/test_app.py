"""Real workers, real PostGIS, real provider clients, the simulator: what is written is what arrives."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from smartalert.alerts import drafts, lifecycle, threads
from smartalert.clock import utc_now
from smartalert.database import connection
from smartalert.dispatch import deliveries
from tests.databases import Database
from tests.deployment import Deployment, deployment
from tests.factories import EAST, NORTH, OFFICER, complete_draft, make_force_area
from tests.waiting import eventually


@pytest.fixture
def running(database: Database, tmp_path: Path) -> Iterator[Deployment]:
    with deployment(database, tmp_path) as made:
        yield made


def settle(database: Database, people: int) -> None:
    """Many people around the crossroads, quickly."""
    with database.connect() as conn:
        make_force_area(conn)
        conn.execute("insert into subscribers (confirmed_at) select now() from generate_series(1, %s)", (people,))
        conn.execute(
            "insert into contacts (subscriber_id, channel, address)"
            " select id, 'push'::channel, 'training-' || id from subscribers"
            " union all select id, 'email', 'person' || id || '@training.example' from subscribers"
        )
        conn.execute(
            "insert into places (subscriber_id, place_no, point) select id, 0,"
            " st_setsrid(st_makepoint(%s + id %% 300, %s + id / 300 %% 300), 27700) from subscribers",
            (EAST, NORTH),
        )
        conn.execute("select refresh_audience(array_agg(id)) from subscribers")


def test_every_delivery_is_handed_over_once_and_then_reported(running: Deployment) -> None:
    settle(running.database, 300)
    running.simulator.faults(phone_delivered=1.0, phone_delivered_ms=100)
    alert_id = running.issue(complete_draft())
    running.wait_until_done(alert_id)
    ledger = running.simulator.ledger()
    assert (len(ledger["pushes"]), len(ledger["mails"])) == (300, 300)
    assert (ledger["push_doubles"], ledger["mail_doubles"]) == (0, 0)
    eventually(lambda: running.states(alert_id) == {("push", "delivered"): 300, ("email", "delivered"): 300})


def test_nothing_leaves_before_the_ten_seconds_are_over_and_undo_keeps_it_in(running: Deployment) -> None:
    settle(running.database, 20)
    held, undone = running.issue(complete_draft(), undo_s=2), running.issue(complete_draft(), undo_s=2)
    with connection.transaction(running.database.engine("smartalert_control")) as conn:
        lifecycle.withdraw(conn, undone, OFFICER, utc_now())
    assert running.simulator.ledger()["pushes"] == {}
    done = running.wait_until_done(held)
    assert done.get(("push", "handed_over"), 0) + done.get(("push", "delivered"), 0) == 20
    assert running.states(undone) == {("push", "cancelled"): 20, ("email", "cancelled"): 20}
    assert set(running.simulator.ledger()["pushes"].values()) == {1}


def test_dead_phones_are_switched_off(running: Deployment) -> None:
    settle(running.database, 200)
    running.simulator.faults(push_unregistered=0.3)
    alert_id = running.issue(complete_draft())
    states = running.wait_until_done(alert_id)
    dead = states[("push", "failed")]
    with running.database.connect() as conn:
        off = conn.execute("select count(*) from contacts where channel = 'push' and off_at is not null").fetchone()
        mail_only = conn.execute("select count(*) from audience_places where channels = 2").fetchone()
    assert 30 < dead < 90
    assert (off, mail_only) == ((dead,), (dead,))


def test_one_click_ends_the_mails(running: Deployment) -> None:
    settle(running.database, 3)
    running.wait_until_done(running.issue(complete_draft()))
    eventually(lambda: len(running.simulator.mails()) == 3)
    mail = running.simulator.mails()[0]
    link = mail["headers"]["List-Unsubscribe"].strip("<>")
    assert httpx.get(link, trust_env=False).status_code == 200
    answer = httpx.post(link, data={"List-Unsubscribe": "One-Click"}, trust_env=False)
    assert answer.status_code == 200
    states = running.wait_until_done(running.issue(complete_draft()))
    assert sum(n for (channel, _), n in states.items() if channel == "email") == 2


def follow(running: Deployment, alert_id: int, kind: str) -> int:
    """Follow an alert as an officer does who leaves the words as they are."""
    with connection.transaction(running.database.engine("smartalert_control")) as conn:
        draft_id = threads.begin(conn, alert_id, kind, OFFICER, utc_now())
        return running.issue(drafts.load(conn, draft_id, OFFICER).content)


def test_a_false_alarm_takes_the_alerts_place_on_phones_and_joins_it_in_the_inbox(running: Deployment) -> None:
    settle(running.database, 5)
    alert_id = running.issue(complete_draft())
    running.wait_until_done(alert_id)
    states = running.wait_until_done(follow(running, alert_id, "false_alarm"))
    assert sum(states.values()) == 10
    eventually(lambda: len(running.simulator.mails()) == 10)
    for phone in running.simulator.phones():
        (card,) = phone["cards"]
        assert card["title"].startswith("EXERCISE: Cancelled: Burglary")
    subjects = {mail["subject"].removeprefix("EXERCISE: ").partition(":")[0] for mail in running.simulator.mails()}
    assert subjects == {"Staffordshire Police Alert", "Cancelled"}
    assert len({mail["headers"]["References"] for mail in running.simulator.mails()}) == 1


def test_a_forged_receipt_changes_nothing(running: Deployment) -> None:
    settle(running.database, 1)
    alert_id = running.issue(complete_draft())
    running.wait_until_done(alert_id)
    forged = {"receipt": f"{alert_id}-1-push.AAAAAAAAAAAA", "event": "opened"}
    assert httpx.post(f"{running.public_url}/webhooks/phones", json=forged, trust_env=False).status_code == 404
    event = [{"event": "bounce", "delivery": f"{alert_id}-1-email", "timestamp": 1, "type": "bounce"}]
    answer = httpx.post(f"{running.public_url}/webhooks/sendgrid", json=event, trust_env=False)
    assert answer.status_code == 403
    with running.database.connect() as conn:
        assert conn.execute("select count(*) from contacts where off_at is not null").fetchone() == (0,)


def test_a_dead_workers_claims_are_known_at_once(database: Database) -> None:
    settle(database, 5)
    with database.connect() as conn:
        conn.execute("select 1")
        assert deliveries.recover(conn, utc_now()) == 0
