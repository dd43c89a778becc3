"""What a run left in the ledger, the audit and its log: all that its score rests on, read once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Any

from smartalert.alerts import proofreading
from smartalert.alerts.drafts import Draft
from smartalert.alerts.proofreading import Level
from smartalert.config import Mode
from smartalert.database.connection import Connection, queries
from smartalert.drills import injects, runs
from smartalert.drills.place import Place
from smartalert.drills.runs import Event, Kind, Run
from smartalert.drills.scenario import Ground
from smartalert.geography import areas, geo, search

Minute = Callable[[datetime], float]


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
    #: Who issued it, and who agreed to it.
    by: str = ""
    agreed_by: str = ""
    #: When it was confirmed, before its seconds to undo; None: as it was released.
    issued: float | None = None
    #: The number of the request for approval.
    request: int | None = None
    #: Whether the force's rules asked for a second person.
    needs_second: bool = False
    #: What proofreading advised against and was sent all the same, in words, each once.
    ignored: tuple[str, ...] = ()
    #: Where it went, in words, and what it said as people read it: headline, description, instruction, contact.
    area: str = ""
    said: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """Its row in the ledger."""
        return f"alert {self.alert_id}"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a resident, and what officers did with it; minutes."""

    at: float
    urgent: bool
    looked_at: float | None
    judged: bool
    #: What its writer was given to quote.
    reference: str = ""
    looked_by: str = ""
    claimed: float | None = None
    claimed_by: str = ""
    passed: float | None = None
    passed_by: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """An officer takes account of something new, other than by a message: began one, undid, stopped, or noted it."""

    at: float
    by: str
    #: began, undone, stopped or noted.
    what: str
    #: The kind of message it is about; or the inject, where it was noted.
    about: str
    #: Its row in the ledger, the audit or the drill's log.
    source: str


@dataclass(frozen=True, slots=True)
class ToldOutcome:
    """Those who answered were told what came of it."""

    at: float
    by: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything, in the order in which it happened."""

    #: Name of an inject → minute.
    injects: dict[str, float]
    sent: tuple[Sent, ...]
    answers: tuple[Answer, ...]
    outcomes: tuple[ToldOutcome, ...]
    #: Who should have been told first, and after the sequel that makes the area larger.
    reference: frozenset[int]
    reference_later: frozenset[int] | None
    turns: tuple[Turn, ...] = ()
    #: How long the run lasted: what was due after it was never late.
    minutes: float = inf


def gather(conn: Connection, run: Run, now: datetime) -> Evidence:
    """Read it, as whoever is in the run's world."""
    history = runs.events(conn, run.id)

    def minute(at: datetime) -> float:
        return injects.minutes(injects.clock_at(run, history, at))

    good, named = run.scenario.good, queries("drills/evidence")
    return Evidence(
        {event.name: injects.minutes(event.clock) for event in history if event.kind is Kind.INJECT and event.name},
        tuple(_sent(conn, run.id, minute, now)),
        tuple(_answer(row, minute) for row in named.answers(conn, drill=run.id)),
        tuple(
            ToldOutcome(minute(row.at), row.officer, f"outcome {row.id}") for row in named.outcomes(conn, drill=run.id)
        ),
        reference(conn, run, good.area, now),
        reference(conn, run, good.area_later, now) if good.area_later else None,
        (*_turns(conn, run.id, minute, now), *_noted(history)),
        injects.minutes(run.clock(now)),
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


def _sent(conn: Connection, drill: int, minute: Minute, now: datetime) -> list[Sent]:
    rows = list(queries("drills/evidence").sent(conn, drill=drill, now=now))
    local = search.local_words(conn) if rows else frozenset[str]()
    return [
        Sent(
            alert_id=row.id,
            at=minute(row.release_at),
            asked=minute(row.asked_at) if row.asked_at else None,
            agreed=minute(row.agreed_at) if row.agreed_at else None,
            follow_up=row.follow_up or "",
            words=" ".join(row.said).lower(),
            urgent=row.urgent,
            sectors=row.sectors,
            channels=row.channels,
            told=frozenset(row.told),
            by=row.issued_by,
            agreed_by=row.agreed_by or "",
            issued=minute(row.issued_at),
            request=row.request,
            needs_second=row.approval_rule == "second person",
            ignored=ignored(Draft.model_validate(row.draft), local),
            area=row.area_desc,
            said=tuple(row.said),
        )
        for row in rows
    ]


def ignored(draft: Draft, local_words: frozenset[str]) -> tuple[str, ...]:
    """What the checks advised about a draft as it was sent, each rule's first: what blocks cannot have been sent."""
    advised = [one for one in proofreading.findings(draft, Mode.TRAINING, local_words) if one.level is Level.ADVISORY]
    return tuple({one.rule: one.what for one in reversed(advised)}.values())[::-1]


def _answer(row: Any, minute: Minute) -> Answer:
    return Answer(
        at=minute(row.at),
        urgent=row.urgent,
        looked_at=minute(row.first_look_at) if row.first_look_at else None,
        judged=row.verdict is not None,
        reference=row.reference,
        looked_by=row.first_look_by or "",
        claimed=minute(row.claimed_at) if row.claimed_at else None,
        claimed_by=row.claimed_by or "",
        passed=minute(row.passed_at) if row.passed_at else None,
        passed_by=row.passed_by or "",
    )


def _turns(conn: Connection, drill: int, minute: Minute, now: datetime) -> list[Turn]:
    rows = queries("drills/evidence").turns(conn, drill=drill, now=now)
    return [Turn(minute(row.at), row.officer, row.what, row.follow_up or "", row.source) for row in rows]


def _noted(history: list[Event]) -> list[Turn]:
    """What officers said in their panel that they have read, each inject once."""
    turns: dict[str, Turn] = {}
    for one in (one for one in history if one.kind is Kind.NOTED):
        source = f"line {one.id} of the log"
        for inject in history:
            if inject.kind is Kind.INJECT and inject.name and inject.id <= one.detail["last"]:
                turn = Turn(injects.minutes(one.clock), one.officer or "", "noted", inject.name, source)
                turns.setdefault(inject.name, turn)
    return list(turns.values())
