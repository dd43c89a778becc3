"""Runs of scenarios: made for officers, started, paused, ended, run again; and each one's clock and log.

Who runs them asks inside the world of the run (`connection.enter_world`), where its log is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from psycopg.types.json import Jsonb

from smartalert.clock import time_of_day
from smartalert.database.connection import Connection, enter_world, queries, row_as, rows_as
from smartalert.drills import place
from smartalert.drills.place import Place
from smartalert.drills.scenario import Scenario
from smartalert.errors import DrillRefused

#: What a drill is about happened so long before it begins.
BEGAN_BEFORE = timedelta(minutes=10)


class Kind(StrEnum):
    """What the log of a drill tells."""

    STARTED = "started"
    PAUSED = "paused"
    WENT_ON = "went on"
    ENDED = "ended"
    #: Something reached the officer: one of the story's, or the trainer's own.
    INJECT = "inject"
    #: An officer said that they have read what came, up to the line that `detail` names.
    NOTED = "noted"
    #: A resident answered.
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a scenario."""

    id: int
    document: dict[str, Any]
    seed: int
    where: dict[str, Any]
    trainer: str
    made_at: datetime
    started_at: datetime | None
    paused_at: datetime | None
    paused_for: timedelta
    ended_at: datetime | None
    repeats: int | None
    officers: list[str]

    @property
    def scenario(self) -> Scenario:
        """The story, as it was when the run was made."""
        return Scenario.model_validate(self.document)

    @property
    def place(self) -> Place:
        """Where it happens."""
        return Place(**self.where)

    def said(self, words: str) -> str:
        """Words of the story, with its names, its place and its time put in."""
        began = (self.started_at or self.made_at) - BEGAN_BEFORE
        return self.scenario.said(words, {**self.place.words, "time": time_of_day(began)})

    @property
    def is_running(self) -> bool:
        """Whether its clock goes."""
        return self.started_at is not None and self.paused_at is None and self.ended_at is None

    def clock(self, now: datetime) -> timedelta:
        """How far its clock is: pauses left out, and nothing before its start or after its end."""
        if self.started_at is None:
            return timedelta()
        until = min(filter(None, (now, self.paused_at, self.ended_at)))
        return max(until - self.started_at - self.paused_for, timedelta())


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a drill's log."""

    id: int
    at: datetime
    clock: timedelta
    kind: Kind
    #: Of an inject.
    name: str
    officer: str | None
    detail: dict[str, Any]


def make(
    conn: Connection, scenario: Scenario, officers: Iterable[str], trainer: str, *, seed: int, now: datetime
) -> int:
    """A run for these officers; its number. It begins when it is started. Raises DrillRefused."""
    return _make(conn, scenario, officers, trainer, seed=seed, now=now, repeats=None)


def again(conn: Connection, run: Run, trainer: str, now: datetime) -> int:
    """The same once more from its beginning, with the same seed and officers, in a world of its own; its number.

    The earlier run ends, and everything that happened in it stays there.
    """
    if run.ended_at is None:
        end(conn, run.id, trainer, now)
    return _make(conn, run.scenario, run.officers, trainer, seed=run.seed, now=now, repeats=run.id)


def start(conn: Connection, drill: int, trainer: str, now: datetime) -> None:
    """Begin: from now on its officers are in its world. Raises DrillRefused."""
    run = _held(conn, drill)
    if run.started_at is not None:
        raise DrillRefused("This drill has begun already.")
    queries("drills/runs").start(conn, drill=drill, now=now)
    log(conn, drill, Kind.STARTED, now, officer=trainer)


def pause(conn: Connection, drill: int, trainer: str, now: datetime) -> None:
    """Let its clock stand still: nothing is injected meanwhile. Raises DrillRefused."""
    if not _held(conn, drill).is_running:
        raise DrillRefused("This drill is not running.")
    log(conn, drill, Kind.PAUSED, now, officer=trainer)
    queries("drills/runs").pause(conn, drill=drill, now=now)


def go_on(conn: Connection, drill: int, trainer: str, now: datetime) -> None:
    """Let its clock go on from where it stood. Raises DrillRefused."""
    run = _held(conn, drill)
    if run.paused_at is None or run.ended_at is not None:
        raise DrillRefused("This drill is not paused.")
    queries("drills/runs").go_on(conn, drill=drill, now=now)
    log(conn, drill, Kind.WENT_ON, now, officer=trainer)


def end(conn: Connection, drill: int, trainer: str | None, now: datetime, **why: Any) -> None:
    """End it for good, its officers are free; without a trainer by itself, and why. Raises DrillRefused."""
    run = _held(conn, drill)
    if run.ended_at is not None:
        raise DrillRefused("This drill is over.")
    if run.started_at is not None:
        if run.paused_at is not None:
            queries("drills/runs").go_on(conn, drill=drill, now=now)
        log(conn, drill, Kind.ENDED, now, officer=trainer, **why)
    queries("drills/runs").end(conn, drill=drill, now=now)


def say(
    conn: Connection,
    drill: int,
    trainer: str,
    now: datetime,
    *,
    by: str,
    words: str,
    trouble: Mapping[str, Any] | None = None,
) -> None:
    """The trainer's own inject, with a provider's trouble: `faults`, and for how many minutes. Raises DrillRefused."""
    if not _held(conn, drill).is_running:
        raise DrillRefused("This drill is not running.")
    log(conn, drill, Kind.INJECT, now, officer=trainer, by=by, says=words, **(trouble or {}))


def note(conn: Connection, drill: int, officer: str, last: int, now: datetime) -> None:
    """One of its officers has read what came, up to the line of this number. Raises DrillRefused."""
    run = find(conn, drill)
    if run is None or run.ended_at is not None or officer not in run.officers:
        raise DrillRefused("This drill is over.")
    log(conn, drill, Kind.NOTED, now, officer=officer, last=last)


def find(conn: Connection, drill: int) -> Run | None:
    """One run; None if there is none."""
    return row_as(Run, queries("drills/runs").find(conn, drill=drill))


def of_alert(conn: Connection, alert_id: int) -> int | None:
    """The drill that an alert is part of; None: of none."""
    found: int | None = queries("drills/runs").of_alert(conn, alert_id=alert_id)
    return found


def under_way(conn: Connection) -> list[Run]:
    """Runs that have begun and not ended, the oldest first."""
    return rows_as(Run, queries("drills/runs").under_way(conn))


def over(conn: Connection, at_most: int) -> list[Run]:
    """Runs that have ended, the newest first."""
    return rows_as(Run, queries("drills/runs").over(conn, at_most=at_most))


def busy(conn: Connection, officers: Sequence[str]) -> list[str]:
    """Of these officers, whoever is in a run that has not ended."""
    return [row.officer for row in queries("drills/runs").busy(conn, officers=list(officers))]


def events(conn: Connection, drill: int) -> list[Event]:
    """Its log, in order; for whoever is in its world."""
    return [
        Event(row.id, row.at, row.clock, Kind(row.kind), row.name, row.officer, row.detail)
        for row in queries("drills/runs").events(conn, drill=drill)
    ]


def log(
    conn: Connection,
    drill: int,
    kind: Kind,
    now: datetime,
    *,
    name: str = "",
    officer: str | None = None,
    **detail: object,
) -> bool:
    """Write a line of its log, in its world; False where the story's inject of that name was written before."""
    run = find(conn, drill)
    assert run  # noqa: S101 - whoever logs holds it
    enter_world(conn, drill)
    written: int = queries("drills/runs").log(
        conn, drill=drill, at=now, clock=run.clock(now), kind=kind, name=name, officer=officer, detail=Jsonb(detail)
    )
    return written == 1


def _make(
    conn: Connection,
    scenario: Scenario,
    officers: Iterable[str],
    trainer: str,
    *,
    seed: int,
    now: datetime,
    repeats: int | None,
) -> int:
    if not (taking_part := sorted(set(officers))):
        raise DrillRefused("Choose at least one officer.")
    if taken := busy(conn, taking_part):
        raise DrillRefused(f"In another drill: {', '.join(taken)}. End that one first.")
    drill: int = queries("drills/runs").make(
        conn,
        place=Jsonb(asdict(place.find(conn, scenario.place.near, seed, taking_part))),
        document=Jsonb(scenario.model_dump(mode="json")),
        seed=seed,
        trainer=trainer,
        now=now,
        repeats=repeats,
    )
    queries("drills/runs").take_part(conn, drill=drill, officers=taking_part)
    return drill


def _held(conn: Connection, drill: int) -> Run:
    """The run, which nobody else starts, pauses or ends meanwhile."""
    queries("drills/runs").hold(conn, drill=drill)
    if (run := find(conn, drill)) is None:
        raise DrillRefused("There is no such drill.")
    return run
