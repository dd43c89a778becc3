"""What reaches the officers of a drill, and when: by its clock, or by what the ledger says has happened."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from smartalert.database.connection import Connection, queries
from smartalert.drills import runs
from smartalert.drills.runs import Event, Kind, Run
from smartalert.drills.scenario import Inject, Moment
from smartalert.errors import DrillRefused

#: Moment → minutes of the drill's clock at which it happened first.
Moments = Mapping[Moment, float]


def due(injects: Iterable[Inject], clock: float, moments: Moments, done: Collection[str]) -> list[Inject]:
    """What is to reach officers by now, `clock` being minutes; each once, in the order of the story."""
    return [inject for inject in injects if inject.name not in done and is_due(inject, clock, moments)]


def is_due(inject: Inject, clock: float, moments: Moments) -> bool:
    """Whether its time has come, and what would keep it away had not happened by then."""
    minute = minute_of(inject, moments)
    return minute is not None and minute <= clock


def minute_of(inject: Inject, moments: Moments) -> float | None:
    """The minute at which it comes, as far as is known; None: it waits for something, or is kept away."""
    began = 0.0 if inject.when is None else moments.get(inject.when)
    if began is None:
        return None
    minute = inject.at if inject.at is not None else began + inject.after
    hindered = moments.get(inject.unless) if inject.unless else None
    return minute if hindered is None or hindered > minute else None


def fire(conn: Connection, drill: int, now: datetime) -> list[str]:
    """Log what is due in one run that goes; its names. Workers call it every few seconds, and twice is once."""
    run = runs.find(conn, drill)
    if run is None or not run.is_running:
        return []
    history = runs.events(conn, drill)
    done = {event.name for event in history if event.kind is Kind.INJECT}
    fired = due(run.scenario.injects, minutes(run.clock(now)), moments(conn, run, history, now), done)
    return [inject.name for inject in fired if _log(conn, run, inject, now)]


def bring_forward(conn: Connection, drill: int, name: str, trainer: str, now: datetime) -> None:
    """Let one of the story's reach the officers now, whatever it waits for. Raises DrillRefused."""
    run = runs.find(conn, drill)
    if run is None or not run.is_running:
        raise DrillRefused("This drill is not running.")
    inject = next((one for one in run.scenario.injects if one.name == name), None)
    if inject is None or not _log(conn, run, inject, now, trainer):
        raise DrillRefused("This has come already.")


def moments(conn: Connection, run: Run, history: Iterable[Event], now: datetime) -> dict[Moment, float]:
    """What has happened in a run, each first, by its clock."""
    pauses = list(history)
    return {
        Moment(row.moment): minutes(clock_at(run, pauses, row.at))
        for row in queries("drills/injects").moments(conn, drill=run.id, now=now)
    }


def clock_at(run: Run, history: Iterable[Event], at: datetime) -> timedelta:
    """A run's clock at a moment that is past: what it stood still until then is left out."""
    assert run.started_at  # noqa: S101 - nothing happens in a drill before it begins
    still, since = timedelta(), None
    for event in history:
        if event.kind is Kind.PAUSED and event.at < at:
            since = event.at
        elif event.kind in (Kind.WENT_ON, Kind.ENDED) and since is not None:
            still, since = still + min(event.at, at) - since, None
    if since is not None:
        still += at - since
    return max(at - run.started_at - still, timedelta())


def minutes(clock: timedelta) -> float:
    """A clock in minutes."""
    return clock.total_seconds() / 60


def _log(conn: Connection, run: Run, inject: Inject, now: datetime, trainer: str | None = None) -> bool:
    return runs.log(
        conn,
        run.id,
        Kind.INJECT,
        now,
        name=inject.name,
        officer=trainer,
        by=inject.by,
        says=run.said(inject.says),
        due=inject.due,
        faults=inject.faults,
        lasts=inject.lasts,
    )
