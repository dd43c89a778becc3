"""Link tests: every few minutes each channel is exercised end to end to an address of ours, and its state derived.

A test is no alert: it has no delivery, reaches nobody else and counts in no figure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import BadSignature

from smartalert.config import TEST_ADDRESSES, Mode, settings, signer
from smartalert.database.connection import Connection, queries, row_number, rows_as
from smartalert.dispatch.links import RECEIPT, BadLink
from smartalert.dispatch.sources import Batch
from smartalert.providers.provider import Addressee, HandedOver, Message, Outcome
from smartalert.providers.sendgrid.events import Event
from smartalert.wording import EXERCISE, Channel

#: What the reference of a test begins with; deliveries begin with a number.
MARK = "link-test-"
#: Handing one message over takes longer than this: the line is slow. Seconds.
SLOW_S = {Channel.PUSH: 2.0, Channel.EMAIL: 5.0}
#: It arrives later than this, or not at all: the line is slow. Seconds.
LATE_S = {Channel.PUSH: 15.0, Channel.EMAIL: 60.0}
#: No answer from the provider for so long counts as none: its time-out is 15 s, and it may be asked twice.
GIVEN_UP_S = 40.0
#: A message that is so old is no test of the line any more.
LIFE = timedelta(minutes=15)
KEPT_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class LinkTest:
    """One test and its state: open, good, slow or failed. Seconds count from its beginning."""

    channel: str
    started_at: datetime
    state: str
    handed_over_s: float | None
    arrived_s: float | None
    age_s: float
    failure_reason: str | None


@dataclass(frozen=True, slots=True)
class ChannelState:
    """How one channel does, by its tests: good, slow or failed, and since when it is not good."""

    state: str
    tested_at: datetime
    #: When the trouble began; None while there is none.
    since: datetime | None
    #: From handing over to the phone or mailbox, as it is now; None where nothing arrives.
    arrives_s: float | None
    handed_over_s: float | None
    reason: str | None


def addresses() -> dict[Channel, str]:
    """Channel → the address its tests go to; a channel without one is not tested."""
    ours = settings()
    given = {Channel.PUSH: ours.test_phone.get_secret_value(), Channel.EMAIL: ours.test_mail}
    training = TEST_ADDRESSES if ours.mode is Mode.TRAINING else {}
    return {channel: address for channel in given if (address := given[channel] or training.get(channel, ""))}


@dataclass(frozen=True, slots=True)
class LinkTestSource:
    """A test of one channel, which begins when it is claimed; a channel without an address has none."""

    channel: Channel

    def claim(self, conn: Connection, now: datetime) -> list[Batch[int]]:
        """Begin a test."""
        if self.channel not in addresses():
            return []
        test_id = begin(conn, self.channel, now)
        return [Batch(self.channel, message(test_id, now), [test_id])]

    def addressee(self, message: Message, claim: int) -> Addressee:
        """The address of ours, with what a phone gives back."""
        personal = {RECEIPT: token(claim)} if self.channel is Channel.PUSH else {}
        return Addressee(f"{MARK}{claim}", addresses()[self.channel], personal)

    def record(self, conn: Connection, outcomes: Sequence[tuple[int, Outcome]], now: datetime) -> None:
        """Write what the provider answered; a test that was broken off failed."""
        for test_id, outcome in outcomes:
            if isinstance(outcome, HandedOver):
                queries("dispatch/link_tests").handed_over(conn, id=test_id, now=now)
            else:
                queries("dispatch/link_tests").failed(conn, id=test_id, now=now, reason=outcome.reason)


def is_due(conn: Connection, now: datetime) -> bool:
    """Whether it is time for the next test; never where they are switched off."""
    every = settings().test_every_minutes
    last = queries("dispatch/link_tests").last_begun(conn)
    # Half a minute early rather than a whole one late: the question is asked each minute.
    return every > 0 and (last is None or now - last > timedelta(minutes=every, seconds=-30))


def begin(conn: Connection, channel: str, now: datetime) -> int:
    """Write down that a test begins; its id."""
    return int(queries("dispatch/link_tests").begin(conn, channel=channel, now=now))


def message(test_id: int, now: datetime) -> Message:
    """What the test address gets; it says what it is, should a person ever see it."""
    exercise = f"{EXERCISE}: " if settings().mode is Mode.TRAINING else ""
    return Message(
        alert_id=f"{MARK}{test_id}",
        title=f"{exercise}Smart Alert link test",
        text="This is a test. It is not an alert, and nobody else got it.",
        html="",
        urgent=False,
        expires_at=now + LIFE,
        data={"receipt": RECEIPT},
    )


def token(test_id: int) -> str:
    """What the test phone gives back when the test arrives."""
    return signer("link test").sign(f"{MARK}{test_id}").decode()


def read(given: str) -> int | None:
    """The test that a receipt belongs to; None where it belongs to none. Raises BadLink for a forged one."""
    if not given.startswith(MARK):
        return None
    try:
        return int(signer("link test").unsign(given).decode().removeprefix(MARK))
    except (BadSignature, ValueError):
        raise BadLink from None


def record_arrival(conn: Connection, test_id: int) -> None:
    """The test phone answered."""
    queries("dispatch/link_tests").acknowledge(conn, id=test_id)


def record_events(conn: Connection, events: Iterable[Event]) -> None:
    """Write what SendGrid reports of tests; events of anything else are passed over."""
    told = [(number, event) for event in events if (number := number_of(event)) is not None]
    ended = [(number, event) for number, event in told if event.meaning != "handed_over"]
    if ended:
        queries("dispatch/link_tests").record_receipts(
            conn,
            ids=[number for number, _ in ended],
            times=[event.at for _, event in ended],
            reasons=[event.reason for _, event in ended],
        )


def number_of(event: Event) -> int | None:
    """The test an event tells of."""
    number = event.delivery.removeprefix(MARK)
    return row_number(number) if number != event.delivery else None


def channel_states(conn: Connection, now: datetime) -> dict[str, ChannelState]:
    """Channel → how its line does; a channel whose tests have stopped, or never were, is left out."""
    found = queries("dispatch/link_tests").since_last_good(
        conn,
        now=now,
        slow_push_s=SLOW_S[Channel.PUSH],
        slow_email_s=SLOW_S[Channel.EMAIL],
        late_push_s=LATE_S[Channel.PUSH],
        late_email_s=LATE_S[Channel.EMAIL],
        given_up_s=GIVEN_UP_S,
    )
    by_channel: dict[str, list[LinkTest]] = {}
    for test in rows_as(LinkTest, found):
        by_channel.setdefault(test.channel, []).append(test)
    stale = timedelta(minutes=3 * max(settings().test_every_minutes, 1))
    fresh = {
        channel: channel_state(tests) for channel, tests in by_channel.items() if now - tests[0].started_at < stale
    }
    return {channel: state for channel, state in fresh.items() if state}


def channel_state(tests: list[LinkTest]) -> ChannelState | None:
    """A line's state by its tests from the last good one on, newest first; None while the first is under way."""
    settled = [test for test in tests if test.state != "open"]
    if not settled:
        return None
    latest = settled[0]
    bad = [test for test in settled if test.state != "good"]
    takes = [wait_s(test) for test in bad if test.failure_reason is None and test.handed_over_s is not None]
    arrives_s = wait_s(latest) if latest.state == "good" else max(takes, default=None)
    return ChannelState(
        state=latest.state,
        tested_at=latest.started_at,
        since=bad[-1].started_at if latest.state != "good" else None,
        arrives_s=None if latest.state == "failed" else arrives_s,
        handed_over_s=latest.handed_over_s,
        reason=latest.failure_reason,
    )


def wait_s(test: LinkTest) -> float:
    """From asking the provider to the phone; what has not arrived takes at least as long as it has been under way."""
    # A quick phone reports before the hand-over to its provider is written down.
    return max(test.handed_over_s or 0.0, test.age_s if test.arrived_s is None else test.arrived_s)


def forget(conn: Connection, now: datetime) -> None:
    """Drop tests of more than a week ago."""
    queries("dispatch/link_tests").forget(conn, before=now - KEPT_FOR)
