"""A provider that takes nothing is left alone by all workers together, asked singly, and comes back step by step."""

from datetime import datetime, timedelta

import pytest

from smartalert.database.connection import Connection
from smartalert.dispatch import outages
from smartalert.providers.provider import (
    ASK_AGAIN_S,
    AddressGone,
    HandedOver,
    Outcome,
    PermanentFailure,
    TemporaryFailure,
)
from smartalert.wording import Channel
from tests.factories import NOW

BROKEN = TemporaryFailure("SendGrid answered 503 and took no mail.", 10)
DOUBT = TemporaryFailure("SendGrid did not answer.", 10, perhaps_accepted=True)
BUSY = TemporaryFailure("SendGrid asked everybody to wait.", 30, whole_channel=True)
TAKEN = HandedOver("m")


def see(conn: Connection, *outcomes: Outcome, channel: str = "email", now: datetime = NOW) -> None:
    outages.see(conn, channel, outcomes, now, repeat_is_harmless=channel == Channel.PUSH)


def room(conn: Connection, now: datetime = NOW, channel: str = "email") -> int:
    """How many one claim may have of as many as there are."""
    return len(outages.claim(conn, channel, 5_000, now, lambda limit: [None] * limit))


def go_out(conn: Connection) -> datetime:
    """Let mails be out; when they are tried."""
    for _ in range(outages.TRIPS_AT):
        see(conn, BROKEN)
    tried_at = outages.try_at(conn, "email")
    assert tried_at is not None
    return tried_at


def test_one_refusal_is_no_outage_and_an_answer_wipes_it_out(conn: Connection) -> None:
    for _ in range(2 * outages.TRIPS_AT):
        see(conn, BROKEN)
        assert room(conn) == 5_000
        see(conn, TAKEN)
    assert outages.now_out(conn) == []


def test_where_nothing_is_taken_several_times_running_nobody_claims_and_one_asks_in_time(conn: Connection) -> None:
    tried_at = go_out(conn)
    assert timedelta(seconds=4) < tried_at - NOW < timedelta(seconds=6)
    assert room(conn) == 0
    assert room(conn, channel="push") == 5_000, "each channel by itself"
    assert [room(conn, tried_at) for _ in range(3)] == [1, 0, 0]
    assert room(conn, tried_at + timedelta(seconds=outages.TURN_S + 1)) == 1, "who asked may have died"


def test_nobodys_turn_is_spent_on_an_alert_of_which_nothing_is_due(conn: Connection) -> None:
    tried_at = go_out(conn)
    assert outages.claim(conn, "email", 10, tried_at, lambda _: []) == []
    assert room(conn, tried_at) == 1


def test_waits_grow_to_a_minute_and_what_was_under_way_does_not_make_them_longer(conn: Connection) -> None:
    tried_at = go_out(conn)
    for _ in range(20):
        see(conn, BROKEN)
    assert outages.try_at(conn, "email") == tried_at
    waits = []
    for _ in range(8):
        assert room(conn, tried_at) == 1
        see(conn, BROKEN, now=tried_at)
        again = outages.try_at(conn, "email")
        waits.append((again - tried_at).total_seconds())
        tried_at = again
    assert waits[0] < waits[1] < waits[2] < waits[3]
    assert max(waits) <= 1.1 * ASK_AGAIN_S
    (outage,) = outages.now_out(conn)
    assert (outage.since, outage.tries, outage.refusals) == (NOW, 8, 29)


@pytest.mark.parametrize(("refusal", "channel", "out"), [
    (BUSY, "email", True), (BUSY, "push", True), (DOUBT, "email", True), (DOUBT, "push", False),
    (BROKEN, "email", False),
])  # fmt: skip
def test_a_refusal_of_everybody_and_mails_in_doubt_count_at_once(conn: Connection, refusal, channel, out) -> None:
    see(conn, refusal, channel=channel)
    assert bool(outages.now_out(conn)) == out


@pytest.mark.parametrize(
    "outcomes", [(PermanentFailure("too long"),), (BROKEN, TAKEN), (AddressGone("dead"), BROKEN), ()]
)
def test_what_is_refused_for_good_or_in_part_is_no_outage(conn: Connection, outcomes: tuple[Outcome, ...]) -> None:
    for _ in range(2 * outages.TRIPS_AT):
        see(conn, *outcomes)
    assert outages.now_out(conn) == []


def test_a_channel_comes_back_step_by_step(conn: Connection) -> None:
    tried_at = go_out(conn)
    rooms = []
    while (more := room(conn, tried_at)) < 5_000:
        rooms.append(more)
        see(conn, TAKEN, now=tried_at)
    assert rooms == [1, 16, 32, 64, 128, 256, 512]
    assert outages.of_channel(conn, "email") is None


def test_a_channel_that_has_just_come_back_goes_out_at_once(conn: Connection) -> None:
    tried_at = go_out(conn)
    room(conn, tried_at)
    see(conn, TAKEN, now=tried_at)
    assert outages.now_out(conn) == []
    see(conn, BROKEN, now=tried_at)
    assert [outage.since for outage in outages.now_out(conn)] == [tried_at]
