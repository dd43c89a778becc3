"""How the channels are doing, by the ledger and by tests of each line; and what waits for officers."""

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from smartalert.alerts import approvals, word_proposals
from smartalert.alerts.approvals import WaitingRequest
from smartalert.audit import restorations
from smartalert.clock import LONDON, utc_now
from smartalert.control.transactions import ROLE, kept_by_world, reading
from smartalert.control.words import clock, count, outage_words, reason_words, span
from smartalert.database import connection
from smartalert.database.connection import Connection, queries
from smartalert.database.health import Problem, watch
from smartalert.dispatch import link_tests, outages
from smartalert.dispatch.link_tests import ChannelState
from smartalert.dispatch.outages import Outage
from smartalert.errors import ClockWrong, SmartAlertError
from smartalert.geography import ground_map
from smartalert.responses import inbox
from smartalert.wording import Channel

log = logging.getLogger(__name__)
#: How often the health line and the count of running alerts are looked at.
LOOK_EVERY_S = 3.0
#: What "lately" means: long enough to notice, short enough to be about now.
WINDOW = timedelta(minutes=10)
#: A channel is slow when this share of what it was given lately had to be tried again.
SLOW_SHARE = 0.05
#: From what is nothing to say to what nobody may miss.
LEVELS = ("quiet", "good", "slow", "bad")


@dataclass(frozen=True, slots=True)
class Health:
    """One thing to know: good, quiet, slow or bad, and the words for it."""

    level: str
    text: str
    #: What the words rest on.
    why: str
    #: The channel it is about; None for all of them.
    channel: Channel | None = None
    #: From handing over to the phone or mailbox, as the last test found; None where that is not known.
    arrives_s: float | None = None


def unwell(problem: Problem) -> Health:
    """What an officer is told while the database cannot be relied on."""
    return Health("bad", problem, "You cannot see, send or receive anything until this is fixed.")


def health(conn: Connection, now: datetime) -> list[Health]:
    """What an officer should know about the channels, by the ledger and the tests; one entry where they agree."""
    if restoration := restorations.held(conn):
        why = f"Nothing after {restoration.since} is here. Whoever runs Smart Alert says when it may send again."
        return [
            Health("bad", f"Nothing is sent: backup of {restoration.taken_at.astimezone(LONDON):%-d %b, %H:%M}", why)
        ]
    workers = int(queries("control/status").workers(conn))
    if workers == 0:
        why = queries("control/status").last_words(conn) or "No worker has reported for half a minute."
        return [Health("bad", "Nothing can be sent: no worker is running", str(why))]
    rows = {row.channel: row for row in queries("control/status").channels(conn, now=now, since=now - WINDOW)}
    lines = link_tests.channel_states(conn, now)
    used = any(row.last_handed_over_at or row.trying_again or row.left_lying for row in rows.values())
    known = outages.now_out(conn)
    if not used and not lines and not known:
        return [
            Health(
                "quiet",
                "Nothing handed over yet",
                f"{count(workers, 'worker is', 'workers are')} ready. No alert is live.",
            )
        ]
    out = {channel: [by_outage(one, now) for one in known if one.channel == channel] for channel in Channel}
    return [of_channel(channel, rows.get(channel), lines.get(channel), out[channel]) for channel in Channel]


def of_channel(channel: Channel, row: Any, line: ChannelState | None, out: list[tuple[str, str, str]]) -> Health:
    """One channel's state in words: the worst of what workers know, real deliveries and the last tests show."""
    said = [*out, by_ledger(row), by_tests(line)]
    level, words, _ = max(said, key=lambda one: LEVELS.index(one[0]))
    why = " ".join(one[2] for one in said if one[2])
    return Health(level, f"{channel.label} {words}", why, channel, line.arrives_s if line else None)


def by_outage(outage: Outage, now: datetime) -> tuple[str, str, str]:
    """Level, words and reason, where workers know that the provider takes nothing."""
    words = outage_words(outage, 0, now)
    tried = f" Tried {count(outage.tries, 'time', 'times')} since." if outage.tries else ""
    return "bad", f"not getting through since {clock(outage.since)}", f"{words}{tried} {reason_words(outage.reason)}"


def by_ledger(row: Any) -> tuple[str, str, str]:
    """Level, words and reason, by what alerts in force have gone through lately."""
    if row is None:
        return "quiet", "quiet", "No live alert uses this channel."
    why = (
        f"Last ten minutes: {row.handed_over:,} handed over, {row.trying_again:,} waiting to be tried again, "
        f"{row.failed:,} failed."
    )
    level, words = "quiet", "quiet"
    if row.trying_again > SLOW_SHARE * (row.handed_over + row.trying_again):
        level, words = "slow", f"slow since {clock(row.trying_again_since)}"
        if not row.handed_over:
            level, words = "bad", f"not getting through since {clock(row.trying_again_since)}"
    elif row.handed_over:
        level, words = "good", "ok"
    elif row.left_lying:
        level, words = "bad", f"waiting since {clock(row.due_since)}"
    elif row.last_handed_over_at:
        words = f"last used {clock(row.last_handed_over_at)}"
    if row.in_doubt:
        why += f" {row.in_doubt:,} may or may not have been sent: open the alert to decide."
        if level in {"quiet", "good"}:
            level, words = "slow", f"ok, {row.in_doubt:,} in doubt"
    return level, words, why


def by_tests(line: ChannelState | None) -> tuple[str, str, str]:
    """Level, words and reason, by the tests of the line."""
    if line is None:
        return "quiet", "quiet", ""
    tested = f"Test of {clock(line.tested_at)}: "
    if line.state == "failed":
        return (
            "bad",
            f"not getting through since {clock(line.since)}",
            tested + (reason_words(line.reason or "") or "no answer in time."),
        )
    why = f"{tested}handed over in {span(line.handed_over_s)}, "
    arrived = f"arrived after {span(line.arrives_s)}."
    if line.state == "good":
        return "good", "ok", why + arrived
    return "slow", f"slow since {clock(line.since)}", why + f"under way for {span(line.arrives_s)}."


def running(conn: Connection, now: datetime) -> int:
    """Alerts that are going out at this moment."""
    return int(queries("control/status").running(conn, now=now))


@dataclass(frozen=True, slots=True)
class Look:
    """What the frame shows of the ledger."""

    channels: list[Health]
    running: int
    #: Responses nobody has looked at.
    unread: int = 0
    #: Requests for approval that nobody has answered, urgent ones first, then the longest waiting.
    requests: list[WaitingRequest] = field(default_factory=list)
    #: Words for alerts that were proposed, and that nobody has approved or refused.
    proposed: int = 0
    #: Which state the ground is in; empty where that cannot be had.
    ground: str = ""

    @property
    def waiting(self) -> int:
        """How many requests these are."""
        return len(self.requests)


@kept_by_world(ttl=LOOK_EVERY_S / 2, max_entries=50)
def look() -> Look:
    """One look at the ledger for all browsers of a world; what is wrong, if it cannot be had."""
    now = utc_now()
    try:
        # a wrong clock is said below, with how wrong it is
        if (problem := watch(ROLE).known()) not in (None, Problem.OTHER_TIME):
            return Look([unwell(problem)], running=0)
        with reading() as conn:
            connection.check_clock(conn)
            unread, requests = inbox.counts(conn).unread, approvals.waiting(conn, now)
            proposed = word_proposals.how_many_wait(conn)
            ground = ground_map.version(conn)
            return Look(health(conn, now), running(conn, now), unread, requests, proposed, ground)
    except ClockWrong as error:
        return Look([Health("bad", "Nothing can be sent: a clock is wrong", str(error))], running=0)
    except (SQLAlchemyError, psycopg.Error, SmartAlertError) as error:
        log.warning("The frame cannot look at the ledger: %s", error)
        return Look([unwell(Problem.AWAY)], running=0)
