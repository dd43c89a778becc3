"""How the channels are doing, from the ledger alone: what was handed over, what had to be tried again, what lies."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from smartalert import deliveries
from smartalert.control.words import clock, count
from smartalert.db import Connection, queries

#: What "lately" means: long enough to notice, short enough to be about now.
WINDOW = timedelta(minutes=10)
#: A channel is slow when this share of what it was given lately had to be tried again.
SLOW_SHARE = 0.05
CHANNELS = {"push": "Phones", "email": "E-mail"}


@dataclass(frozen=True, slots=True)
class Health:
    """One thing to know: good, quiet, slow or bad, and the words for it."""

    level: str
    text: str
    #: What the words rest on.
    why: str


UNREACHABLE = Health(
    "bad", "The database cannot be reached", "Nothing can be shown, issued or handed over until it is."
)


def health(conn: Connection, now: datetime) -> list[Health]:
    """What an officer should know about the channels, as the ledger has it; one entry where they agree."""
    workers = int(queries("health").workers(conn, lock_space=deliveries.LOCK_SPACE))
    if workers == 0:
        return [Health("bad", "Nothing can leave: no worker is running", "No worker holds its lock on the database.")]
    rows = {row.channel: row for row in queries("health").channels(conn, now=now, since=now - WINDOW)}
    if not any(row.last_handed_over_at or row.trying_again or row.left_lying for row in rows.values()):
        return [
            Health(
                "quiet",
                "Nothing handed over yet",
                f"{count(workers, 'worker is', 'workers are')} ready; no alert is in force.",
            )
        ]
    return [of_channel(label, rows.get(channel), now) for channel, label in CHANNELS.items()]


def of_channel(label: str, row: Any, now: datetime) -> Health:
    """One channel's state in words."""
    if row is None:
        return Health("quiet", f"{label} quiet", "No alert in force uses this channel.")
    why = (
        f"Last ten minutes: {row.handed_over:,} handed over, {row.trying_again:,} wait for another try, "
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
    return Health(level, f"{label} {words}", why)


def running(conn: Connection, now: datetime) -> int:
    """Alerts that are going out at this moment."""
    return int(queries("health").running(conn, now=now))
