"""Who was left out, and who was told for nothing, on a still map: two areas, and squares shaded by people."""

from collections.abc import Iterable
from dataclasses import dataclass

from smartalert.alerts import still_map
from smartalert.alerts.still_map import HEIGHT, WIDTH, Frame, Picture
from smartalert.audience.density import SMALLEST_CELL
from smartalert.database.connection import Connection, queries
from smartalert.drills.evidence import area_of
from smartalert.drills.runs import Run
from smartalert.drills.score import Told
from smartalert.geography import areas, geo

#: Metres a side, the smallest that is no smaller on the map than this many units.
SIDES, LEAST_UNITS = (50, 100, 200, 500, 1_000), 14
#: People in a square from which it is shaded the next darker.
SHADES = (3, 10, 30)


@dataclass(frozen=True, slots=True)
class Square:
    """A square of a frame, with people who were left out of it, or told for nothing; from 1 shaded lightest."""

    x: float
    y: float
    shade: int


@dataclass(frozen=True, slots=True)
class ToldMap:
    """Where people should have been told, where they were, and where both differ; all in one frame."""

    #: Its outline is the ground that should have been told.
    picture: Picture
    #: SVG path of what was sent; empty where nothing was.
    sent: str
    #: Units a side.
    side: float
    left_out: tuple[Square, ...]
    too_many: tuple[Square, ...]


def told_map(conn: Connection, run: Run, one: Told) -> ToldMap:
    """The map of one comparison, as whoever is in the run's world."""
    wanted = areas.survey(conn, geo.area_from(area_of(run.place, one.ground)))
    alerts = [sent.alert_id for sent in one.sent]
    frame = queries("drills/told_map").frame(
        conn, geom=wanted.geom, within_m=wanted.within_m, alerts=alerts, width=WIDTH, height=HEIGHT
    )
    side = next((metres for metres in SIDES if metres / frame.metres >= LEAST_UNITS), SIDES[-1])

    def squares(people: Iterable[int]) -> tuple[Square, ...]:
        found = queries("drills/told_map").squares(
            conn, people=list(people), lat=run.place.lat, lon=run.place.lon, cell_m=side, west=frame.west,
            north=frame.north, metres=frame.metres, fewest=SMALLEST_CELL,
        )  # fmt: skip
        return tuple(Square(row.x, row.y, sum(row.people >= least for least in SHADES)) for row in found)

    box = Frame(frame.west, frame.north, frame.metres, frame.outline)
    picture = still_map.around(conn, box, width=WIDTH, height=HEIGHT)
    return ToldMap(picture, frame.sent, side / frame.metres, squares(one.left_out), squares(one.too_many))
