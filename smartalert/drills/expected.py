"""How many residents would answer in a drill before it begins: few do where few live."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from smartalert.database.connection import Connection, queries
from smartalert.drills import evidence, place, residents
from smartalert.drills.place import Place
from smartalert.drills.residents import Reader
from smartalert.drills.scenario import Scenario, Told
from smartalert.geography import areas, geo

#: With fewer answers there is little to practise.
ENOUGH = 4


@dataclass(frozen=True, slots=True)
class Expected:
    """Of an alert as it should be: whom it is for, and how many of them answer it."""

    people: int
    answers: int

    @property
    def is_enough(self) -> bool:
        """Whether there is something to read and to judge."""
        return self.answers >= ENOUGH


def expected(conn: Connection, scenario: Scenario, there: Place, seed: int, now: datetime) -> Expected:
    """By the dice of this seed and by what residents answer, if the very good alert reaches all whom it should."""
    good = scenario.good
    ground = areas.survey(conn, geo.area_from(evidence.area_of(there, good.area)))
    words = " ".join(scenario.said(getattr(good.alert, field), there.words) for field in Told.model_fields).lower()
    told = [
        Reader(follow_up=None, words=words, is_outside=False, **row._asdict())
        for row in queries("drills/residents").expected(
            conn, geom=ground.geom, within_m=ground.within_m, urgent=good.urgent, sectors=scenario.sectors,
            channels=sum(channel.bit for channel in good.channels), seed=seed, lat=there.lat, lon=there.lon, now=now,
        )
    ]  # fmt: skip
    return Expected(len(told), sum(residents.what(scenario, one) is not None for one in told))


def lively(conn: Connection, scenario: Scenario, officers: Sequence[str], seeds: Iterable[int], now: datetime) -> int:
    """The first of these seeds that brings enough answers, else the one that brings most. Raises DrillRefused."""
    best, most = None, -1
    for seed in seeds:
        there = place.find(conn, scenario.place.near, seed, officers)
        found = expected(conn, scenario, there, seed, now)
        if found.answers > most:
            best, most = seed, found.answers
        if found.is_enough:
            break
    assert best is not None  # noqa: S101 - some seed is given
    return best
