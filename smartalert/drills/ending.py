"""A drill that nobody ends ends by itself, so that its officers are free and what it came to is counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from smartalert.database.connection import Connection, queries
from smartalert.drills import injects, runs
from smartalert.drills.runs import Event, Kind, Run
from smartalert.errors import DrillRefused

#: Its story over, it ends so long after anything came and anybody acted.
QUIET = timedelta(minutes=10)
#: Paused, or with more to come, it ends so long after that.
LEFT = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Ending:
    """When a drill ends by itself if nobody acts until then."""

    at: datetime
    #: Else it was left in the middle.
    story_over: bool


def of_run(conn: Connection, run: Run, history: Sequence[Event], now: datetime) -> Ending | None:
    """How this one ends by itself; None: it is not under way. As whoever sees its world."""
    if run.started_at is None or run.ended_at is not None:
        return None
    last = queries("drills/ending").last_act(conn, drill=run.id) or run.started_at
    over = _over_since(conn, run, history, now)
    quiet = max(last, over) + QUIET if over else last + LEFT
    return Ending(min(quiet, last + LEFT), story_over=over is not None)


def is_near(run: Run, ending: Ending | None, now: datetime) -> bool:
    """Whether it is time to say so: it is paused, or the rest is no more than the quiet that ends a story."""
    return ending is not None and (run.paused_at is not None or ending.at - now <= QUIET)


def end_if_left(conn: Connection, drill: int, now: datetime) -> bool:
    """End it if its time has come, as of that time; workers ask every few seconds, and twice is once."""
    run = runs.find(conn, drill)
    ending = of_run(conn, run, runs.events(conn, drill), now) if run else None
    if ending is None or ending.at > now:
        return False
    try:
        runs.end(conn, drill, None, ending.at, story_over=ending.story_over)
    except DrillRefused:  # somebody was quicker
        return False
    return True


def _over_since(conn: Connection, run: Run, history: Sequence[Event], now: datetime) -> datetime | None:
    """Since when its minutes are over, if it goes and nothing more of its story is on its way."""
    beyond = injects.minutes(run.clock(now)) - run.scenario.minutes
    if run.paused_at is not None or beyond < 0:
        return None
    came = {event.name for event in history if event.kind is Kind.INJECT}
    moments = injects.moments(conn, run, history, now)
    if any(one.name not in came and injects.minute_of(one, moments) is not None for one in run.scenario.injects):
        return None
    return now - timedelta(minutes=beyond)
