"""The story that a demonstration tells: a scenario, at a place of this ground where people live."""

from dataclasses import dataclass
from datetime import datetime
from math import dist

from smartalert.audience.preview import Choice, count_audience
from smartalert.clock import time_of_day
from smartalert.database.connection import Connection
from smartalert.drills import files, place
from smartalert.drills.place import Place
from smartalert.drills.runs import BEGAN_BEFORE
from smartalert.drills.scenario import Scenario
from smartalert.errors import DrillRefused
from smartalert.geography import areas, geo, search

#: So many places are looked at for one with so many people; what a search finds is the place within so many metres.
MOST_PLACES, PEOPLE, NEAR_M = 24, 60, 500
#: With more people a second person might have to approve it.
TOO_MANY = 2_500


@dataclass(frozen=True, slots=True)
class Story:
    """A scenario with its place and its time."""

    #: The name of its file.
    name: str
    scenario: Scenario
    place: Place
    time: str

    @property
    def radius_m(self) -> float:
        """How far around the place people should be told."""
        return self.scenario.good.area.within_m


def find(conn: Connection, name: str, now: datetime) -> Story:
    """This scenario at the first place with people around it that its name leads to. Raises DrillRefused."""
    scenario = files.load(name)
    best, most = None, 0
    for seed in range(1, MOST_PLACES + 1):
        there = place.find(conn, scenario.place.near, seed)
        people = people_around(conn, scenario, there, now) if leads_to(conn, there) else 0
        if most < people <= TOO_MANY:
            best, most = there, people
        if most >= PEOPLE:
            break
    if best is None:
        raise DrillRefused("Nobody lives near any place of this ground where the story could happen.")
    return Story(name, scenario, best, time_of_day(now - BEGAN_BEFORE))


def leads_to(conn: Connection, there: Place) -> bool:
    """Whether the first that a search for its name finds is this place."""
    first = next(iter(search.search(conn, there.landmark, neighbourhoods=True)), None)
    return bool(first and dist(geo.to_grid(first.lon, first.lat), geo.to_grid(there.lon, there.lat)) <= NEAR_M)


def people_around(conn: Connection, scenario: Scenario, there: Place, now: datetime) -> int:
    """How many live where they should be told."""
    around = geo.area_from({"lat": there.lat, "lon": there.lon, "radius_m": scenario.good.area.within_m})
    return count_audience(conn, areas.survey(conn, around), Choice(scenario.good.urgent), now).people
