"""What runs came to: kept once when they are over, for debriefs, comparisons and whoever asks who has practised."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from smartalert.database.connection import Connection, enter_world, queries, row_as, rows_as
from smartalert.drills import evidence, runs, shares
from smartalert.drills.evidence import Evidence
from smartalert.drills.reasons import Reason
from smartalert.drills.runs import Run
from smartalert.drills.score import Score, Scored, score

#: A median of fewer officers' scores would tell what one of them got.
ENOUGH = 5


@dataclass(frozen=True, slots=True)
class Result:
    """What one officer's run came to."""

    drill: int
    officer: str
    scenario: str
    ended_at: datetime
    #: None: it ended before anything was due, and is not scored.
    total: int | None
    parts: list[dict[str, Any]]
    #: Whether they decided something in it.
    took_part: bool

    @property
    def score(self) -> Score:
        """As it was counted."""
        return Score(
            tuple(
                Scored(part["name"], part["weight"], part["share"], tuple(Reason(**one) for one in part["reasons"]))
                for part in self.parts
            )
        )


@dataclass(frozen=True, slots=True)
class Median:
    """What the other officers' newest scores in a scenario have in their middle."""

    median: float | None
    officers: int

    @property
    def told(self) -> int | None:
        """It; None where so few have played it that it would tell what one of them got."""
        return round(self.median) if self.median is not None and self.officers >= ENOUGH else None


def due(conn: Connection) -> list[int]:
    """Runs that are over and whose results nobody has kept yet."""
    return [row.id for row in queries("drills/results").due(conn)]


def keep(conn: Connection, drill: int, now: datetime) -> None:
    """Count one that is over, in its world, and keep that for each of its officers; once."""
    run = runs.find(conn, drill)
    if run is None or run.ended_at is None:
        return
    enter_world(conn, drill)
    found = evidence.gather(conn, run, now)
    scored = score(run.scenario, found, run.said) if is_scored(run, found) else None
    deciding = [officer for officer, what in shares.decided(conn, run).items() if what]
    queries("drills/results").keep(
        conn,
        drill=drill,
        scenario=run.scenario.name,
        ended_at=run.ended_at,
        total=scored.total if scored else None,
        parts=Jsonb([asdict(part) for part in scored.parts] if scored else []),
        deciding=deciding,
    )


def is_scored(run: Run, found: Evidence) -> bool:
    """Whether it went so far that something can be said of it: an alert was sent, or should have been."""
    return bool(found.sent) or found.minutes >= run.scenario.good.limits.alert


def of_run(conn: Connection, drill: int) -> list[Result]:
    """Each officer's result of one run; empty where it is not over or not kept yet."""
    return rows_as(Result, queries("drills/results").of_run(conn, drill=drill))


def of_officer(conn: Connection, officer: str) -> list[Result]:
    """What an officer's runs came to, the newest first."""
    return rows_as(Result, queries("drills/results").of_officer(conn, officer=officer))


def every(conn: Connection, at_most: int) -> list[Result]:
    """Everybody's, the newest first."""
    return rows_as(Result, queries("drills/results").every(conn, at_most=at_most))


def median(conn: Connection, scenario: str, but: list[str]) -> Median:
    """Of the newest score of each officer but these, in one scenario."""
    found = row_as(Median, queries("drills/results").median(conn, scenario=scenario, but=but))
    assert found  # noqa: S101 - an aggregate is always a row
    return found
