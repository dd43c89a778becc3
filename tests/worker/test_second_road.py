"""Mails by the force's own relay while SendGrid takes none: by a press or by themselves, and never by both roads."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta

import psycopg
import pytest

from smartalert.alerts import lifecycle
from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.clock import utc_now
from smartalert.dispatch import bounces, outages
from smartalert.providers.provider import Addressee, Message, Outcome, Report, TemporaryFailure
from smartalert.wording import Channel
from smartalert.worker import tasks
from smartalert.worker.hand_over import Worker
from tests.conftest import forget_settings
from tests.factories import OFFICER
from tests.providers.test_smtp import dsn
from tests.worker.test_hand_over import PEOPLE, Taker, alert, context_of, employ, owner, secrets

__all__ = ["employ", "owner", "secrets"]  # fixtures
BROKEN = TemporaryFailure("SendGrid answered 503 and took no mail.")
DOUBT = TemporaryFailure("SendGrid did not answer; it may have accepted the mail.", perhaps_accepted=True)


class SaysToAll(Taker):
    """A provider that answers everybody alike."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome

    async def hand_over(self, message: Message, addressees: Sequence[Addressee], report: Report) -> None:
        self.asked += 1
        for addressee in addressees:
            report(addressee.reference, self.outcome)


class Remembers(Taker):
    """A provider that takes everything, and whose."""

    def __init__(self) -> None:
        self.mailed: list[str] = []

    async def hand_over(self, message: Message, addressees: Sequence[Addressee], report: Report) -> None:
        await super().hand_over(message, addressees, report)
        self.mailed += [addressee.reference for addressee in addressees]


def run(worker: Worker, facts: dict[str, object]) -> None:
    asyncio.run(tasks.dispatch(context_of(worker), **facts))


def states(owner: psycopg.Connection) -> list[tuple[str, bool]]:
    return sorted((row[0], row[1]) for row in owner.execute("select state::text, by_relay from deliveries"))


def go_out(owner: psycopg.Connection, since: timedelta = timedelta()) -> None:
    for _ in range(outages.TRIPS_AT):
        outages.see(owner, Channel.EMAIL, [BROKEN], utc_now() - since, repeat_is_harmless=False)
    owner.execute("update outages set try_at = now() + interval '1 minute'")


@pytest.fixture
def worker(employ: Callable[..., Worker]) -> Worker:
    worker = employ(Taker(), SaysToAll(BROKEN))
    worker.relay = Remembers()
    return worker


def test_an_officers_press_sends_what_waits_by_the_relay_and_nothing_that_is_in_doubt(owner, worker) -> None:
    facts = alert(owner, "email")
    first = owner.execute("select min(subscriber_id) from deliveries").fetchone()[0]
    worker.providers[Channel.EMAIL].outcome = DOUBT
    owner.execute("update deliveries set due_at = now() + interval '1 hour' where subscriber_id <> %s", (first,))
    run(worker, facts)
    owner.execute("update deliveries set due_at = now() where state = 'pending'")
    run(worker, facts)
    assert states(owner) == [("pending", False)] * (PEOPLE - 1) + [("unknown", False)], "it is left alone at once"
    assert worker.relay.mailed == []
    assert lifecycle.send_by_relay(owner, facts["alert_id"], OFFICER, utc_now())
    assert not lifecycle.send_by_relay(owner, facts["alert_id"], OFFICER, utc_now())
    run(worker, facts)
    assert states(owner) == [("handed_over", True)] * (PEOPLE - 1) + [("unknown", False)]
    assert f"{facts['alert_id']}-{first}-email" not in worker.relay.mailed
    assert [entry.action for entry in entries.timeline(owner, facts["alert_id"])].count(Action.SENT_BY_RELAY) == 1
    assert worker.providers[Channel.EMAIL].asked == 1


def test_by_policy_it_needs_no_press_but_half_a_minute(owner, worker, monkeypatch) -> None:
    monkeypatch.setenv("SMARTALERT_MAIL_RELAY_WHEN", "automatic")
    forget_settings()
    facts = alert(owner, "email")
    go_out(owner)
    run(worker, facts)
    assert states(owner) == [("pending", False)] * PEOPLE
    owner.execute("update outages set since = now() - interval '31 seconds'")
    run(worker, facts)
    assert states(owner) == [("handed_over", True)] * PEOPLE


def test_sendgrid_is_tried_all_the_while_and_takes_over_when_it_is_back(owner, worker) -> None:
    facts = alert(owner, "email")
    go_out(owner)
    outages.use_relay(owner, utc_now())
    owner.execute("update outages set try_at = now()")
    last = "subscriber_id = (select max(subscriber_id) from deliveries)"
    owner.execute(f"update deliveries set due_at = now() + interval '9 minutes', failure_reason = 'x' where {last}")
    worker.providers = {**worker.providers, Channel.EMAIL: Remembers()}
    run(worker, facts)
    assert states(owner) == [("handed_over", False)] * PEOPLE
    assert worker.relay.mailed == []
    assert outages.now_out(owner) == []


def test_what_comes_back_is_a_bounce_of_that_delivery_alone(owner, worker) -> None:
    facts = alert(owner, "email")
    go_out(owner)
    outages.use_relay(owner, utc_now())
    run(worker, facts)
    person = owner.execute("select min(subscriber_id) from deliveries").fetchone()[0]
    from smartalert.providers.smtp.bounces import return_path

    to = return_path("bounces@force.example", f"{facts['alert_id']}-{person}-email")
    assert bounces.record(owner, dsn(to=to), utc_now()) == 1
    assert states(owner) == [("failed", True)] + [("handed_over", True)] * (PEOPLE - 1)
    off = owner.execute("select subscriber_id, channel::text from contacts where off_at is not null").fetchall()
    assert [tuple(row) for row in off] == [(person, "email")]
