"""What a run left in the ledger, the audit and its log: all that its score rests on, read once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from smartalert.database.connection import Connection, queries
from smartalert.drills import injects, runs
from smartalert.drills.place import Place
from smartalert.drills.runs import Kind, Run
from smartalert.drills.scenario import Ground
from smartalert.geography import areas, geo


@dataclass(frozen=True, slots=True)
class Sent:
    """One message as it was released; times are minutes of the drill's clock."""

    alert_id: int
    at: float
    #: When a second person was asked and when they agreed; None: nobody was needed.
    asked: float | None
    agreed: float | None
    #: How it follows an earlier one; empty: it begins a thread.
    follow_up: str
    #: All its words, in small letters.
    words: str
    urgent: bool
    #: Bits, as alerts have them.
    sectors: int
    channels: int
    #: People it was for, by their numbers.
    told: frozenset[int]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a resident, and what officers did with it; minutes."""

    at: float
    urgent: bool
    looked_at: float | None
    judged: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything, in the order in which it happened."""

    #: Name of an inject → minute.
    injects: dict[str, float]
    sent: tuple[Sent, ...]
    answers: tuple[Answer, ...]
    #: Minutes at which those who answered were told what came of it.
    outcomes: tuple[float, ...]
    #: Who should have been told first, and after the sequel that makes the area larger.
    reference: frozenset[int]
    reference_later: frozenset[int] | None


def gather(conn: Connection, run: Run, now: datetime) -> Evidence:
    """Read it, as whoever is in the run's world."""
    history = runs.events(conn, run.id)

    def minute(at: datetime) -> float:
        return injects.minutes(injects.clock_at(run, history, at))

    good = run.scenario.good
    return Evidence(
        {event.name: injects.minutes(event.clock) for event in history if event.kind is Kind.INJECT and event.name},
        tuple(_sent(conn, run.id, minute, now)),
        tuple(
            Answer(minute(row.at), row.urgent, minute(row.looked_at) if row.looked_at else None, judged=row.judged)
            for row in queries("drills/evidence").answers(conn, drill=run.id)
        ),
        tuple(minute(row.at) for row in queries("drills/evidence").outcomes(conn, drill=run.id)),
        reference(conn, run, good.area, now),
        reference(conn, run, good.area_later, now) if good.area_later else None,
    )


def reference(conn: Connection, run: Run, ground: Ground, now: datetime) -> frozenset[int]:
    """Who lives on the ground that should be told, by the function that issuing itself asks."""
    good = run.scenario.good
    surveyed = areas.survey(conn, geo.area_from(area_of(run.place, ground)))
    found = queries("drills/evidence").reference(
        conn,
        geom=surveyed.geom,
        within_m=surveyed.within_m,
        urgent=good.urgent,
        sectors=run.scenario.sectors,
        channels=sum(channel.bit for channel in good.channels),
        now=run.started_at or now,
    )
    return frozenset(row.subscriber_id for row in found)


def area_of(place: Place, ground: Ground) -> dict[str, float]:
    """A scenario's ground as a draft has its area."""
    if ground.along_street:
        return {"street_id": place.street_id, "buffer_m": ground.within_m}
    return {"lat": place.lat, "lon": place.lon, "radius_m": ground.within_m}


def _sent(conn: Connection, drill: int, minute: Callable[[datetime], float], now: datetime) -> list[Sent]:
    return [
        Sent(
            alert_id=row.id,
            at=minute(row.release_at),
            asked=minute(row.asked_at) if row.asked_at else None,
            agreed=minute(row.agreed_at) if row.agreed_at else None,
            follow_up=row.follow_up or "",
            words=row.words.lower(),
            urgent=row.urgent,
            sectors=row.sectors,
            channels=row.channels,
            told=frozenset(row.told),
        )
        for row in queries("drills/evidence").sent(conn, drill=drill, now=now)
    ]
