"""A worker that cannot finish leaves nothing in its hands."""

import asyncio
from collections.abc import Sequence

import pytest

from smartalert.alerts import issuing
from smartalert.channel import Channel
from smartalert.clock import utc_now
from smartalert.config import Mode
from smartalert.database import connection
from smartalert.dispatch.deliveries import LOCK_SPACE
from smartalert.providers.provider import Addressee, HandedOver, Message, Report
from smartalert.worker.hand_over import Worker
from tests.databases import Database
from tests.factories import OFFICER, make_draft, make_force_area, make_subscriber, preview_of

NUMBER = 4_712


class GivesUp:
    """A provider that takes the first and then breaks, as no provider of ours should."""

    batch_size = 1_000

    def __init__(self, *, repeat_is_harmless: bool) -> None:
        self.repeat_is_harmless = repeat_is_harmless

    async def hand_over(self, message: Message, addressees: Sequence[Addressee], report: Report) -> None:
        report(addressees[0].reference, HandedOver("taken"))
        raise RuntimeError("broken")


@pytest.mark.parametrize(("channel", "left"), [("push", "pending"), ("email", "unknown")])
def test_what_was_claimed_when_something_broke_is_written_down(
    database: Database, monkeypatch: pytest.MonkeyPatch, channel: str, left: str
) -> None:
    monkeypatch.setenv("SMARTALERT_SECRET_KEY", "only for tests")
    with database.connect() as conn:
        make_force_area(conn)
        for _ in range(3):
            make_subscriber(conn)
        draft_id, version = make_draft(conn)
        shown = preview_of(conn, now=utc_now())
        alert = issuing.issue(conn, draft_id, version, OFFICER, shown=shown, now=utc_now(), undo_s=0).id
    worker = Worker.__new__(Worker)
    worker.engine, worker.mode, worker.number = connection.make_engine(database.url()), Mode.TRAINING, NUMBER
    worker.messages, worker.trouble = {}, None
    worker.providers = {channel: GivesUp(repeat_is_harmless=channel == "push")}
    with database.connect(autocommit=True) as life:
        life.execute("select pg_advisory_lock(%s, %s)", (LOCK_SPACE, NUMBER))
        with pytest.raises(RuntimeError, match="broken"):
            asyncio.run(worker.hand_over(alert, Channel(channel)))
        states = life.execute(
            "select state::text, count(*) from deliveries where alert_id = %s and channel = %s group by 1",
            (alert, channel),
        ).fetchall()
    worker.engine.dispose()
    assert dict(states) == {"handed_over": 1, left: 2}
