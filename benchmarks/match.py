"""Who is in this area, of a million people: our preview beside GeoPandas, an STRtree and a geography table."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from psycopg.rows import namedtuple_row
from sqlalchemy import Engine

import bench
import match_rivals
import people
from smartalert.audience import density, outside, preview
from smartalert.audience.preview import Choice, count_audience
from smartalert.database import connection
from smartalert.geography import areas, geo
from smartalert.geography.areas import Ground
from smartalert.geography.geo import Area, Circle, StreetArea

RESIDENTS = 1_000_000
EVERYONE = Choice(urgent=True)
RADII_M = (100, 500, 1_000, 3_000)
STREET_M = 60
#: Density cells of an area this large, as the map draws them.
CELL_M = 250
TIMES = {True: (12, 40), False: (40, 200)}

MIDDLES = "select st_x(p), st_y(p) from (select st_pointonsurface(geom) as p from neighbourhoods order by code) middles"

Figures = dict[str, float]


class Spot(NamedTuple):
    """A place to draw around, EPSG:27700."""

    x: float
    y: float

    def circle(self, radius_m: float) -> Circle:
        lon, lat = geo.from_grid(self.x, self.y)
        return Circle(lat=lat, lon=lon, radius_m=radius_m)


class ControlRoom:
    """What an officer's page does, through the connection it has."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def survey(self, area: Area) -> Ground:
        with connection.transaction(self.engine) as conn:
            return areas.survey(conn, area)

    def preview(self, ground: Ground) -> preview.Preview:
        with connection.transaction(self.engine) as conn:
            return count_audience(conn, ground, EVERYONE, people.NOW)

    def outside(self, ground: Ground) -> outside.Outside:
        with connection.transaction(self.engine) as conn:
            return outside.just_outside(conn, ground, EVERYONE, people.NOW)

    def whole_preview(self, area: Area) -> None:
        """Counts, points, neighbourhoods and density: all that the page draws."""
        with connection.transaction(self.engine) as conn:
            ground = areas.survey(conn, area)
            count_audience(conn, ground, EVERYONE, people.NOW)
            points = density.told_points(conn, ground, EVERYONE, people.NOW)
            density.by_neighbourhood(conn, ground, points)
            density.density(points, CELL_M)


@contextmanager
def settled() -> Iterator[tuple[Any, people.Imagined, float]]:
    """A cluster with a million people, who they are, and how long writing them took."""
    with ThreadPoolExecutor(1) as drawing:
        imagining = drawing.submit(people.imagine, RESIDENTS)
        with bench.cluster() as cluster:
            imagined = imagining.result()
            with cluster.connect() as owner:
                owner.autocommit, owner.row_factory = False, namedtuple_row
                took_s, _ = bench.seconds(partial(people.store, owner, imagined))
            yield cluster, imagined, took_s


def densest_town(room: ControlRoom, xy: np.ndarray) -> tuple[str, Spot]:
    """The town with most places within 3 km of its middle, by every sixteenth place."""
    xy = xy[::16]
    with connection.transaction(room.engine) as conn:
        towns = conn.execute("select name, st_x(point) as x, st_y(point) as y from towns").fetchall()
    town = max(towns, key=lambda t: np.count_nonzero(np.hypot(*(xy - (t.x, t.y)).T) <= RADII_M[-1]))
    return town.name, Spot(town.x, town.y)


def measure_densest(room: ControlRoom, spot: Spot, repeats: int, figures: Figures) -> list[list[object]]:
    """Rows: area, people told, p50, p95 for each radius around one spot."""
    rows: list[list[object]] = []
    for radius in RADII_M:
        ground = room.survey(spot.circle(radius))
        times = [bench.milliseconds(partial(room.preview, ground)) for _ in range(repeats)]
        figures[f"ours_{metres(radius)}_densest_ms"] = bench.percentile(times, 50)
        rows.append([f"circle {radius:,} m, densest town", f"{room.preview(ground).people:,}", *spread(times)])
    return rows


def measure_random(room: ControlRoom, xy: np.ndarray, count: int, figures: Figures) -> list[list[object]]:
    """The same at places where somebody lives, each looked at once, and along streets."""
    rows: list[list[object]] = []
    for (name, label), chosen in somewhere(room, xy, count).items():
        grounds = [room.survey(area) for area in chosen]
        looks = [bench.seconds(partial(room.preview, ground)) for ground in grounds]
        times, told = [took * 1_000 for took, _ in looks], np.median([preview.people for _, preview in looks])
        figures[f"ours_{name}_p50_ms"] = bench.percentile(times, 50)
        figures[f"ours_{name}_p95_ms"] = bench.percentile(times, 95)
        rows.append([label, f"{told:,.0f}", *spread(times)])
    return rows


def somewhere(room: ControlRoom, xy: np.ndarray, count: int) -> dict[tuple[str, str], list[Area]]:
    """Name of the figure and words for people → areas drawn at random."""
    rng = np.random.default_rng(people.SEED)
    spots = [Spot(*point) for point in xy[rng.integers(len(xy), size=count)].tolist()]
    with connection.transaction(room.engine) as conn:
        streets = [row.id for row in conn.execute("select id from streets order by id")]
        middles = [Spot(*row) for row in conn.execute(MIDDLES)]
    return {
        **{
            (f"{metres(r)}_where_people_live", f"circle {r:,} m, a random person's place"): [s.circle(r) for s in spots]
            for r in RADII_M
        },
        ("3km_typical", "circle 3,000 m, a random neighbourhood"): [
            middles[number].circle(RADII_M[-1]) for number in rng.choice(len(middles), count)
        ],
        ("street_typical", f"street, {STREET_M} m either side, a random one"): [
            StreetArea(street_id=int(number), buffer_m=STREET_M) for number in rng.choice(streets, count)
        ],
    }


def measure_rivals(
    ours: Callable[[], preview.Preview], rivals: list[match_rivals.Rival], spot: Spot, repeats: int, figures: Figures
) -> list[list[object]]:
    """Rows: who, times ours, p50, p95, people told; in turn, 3 km in the densest town."""
    times: dict[str, list[float]] = {rival.name: [] for rival in rivals}
    own = []
    for _ in range(repeats):
        own.append(bench.milliseconds(ours))
        for rival in rivals:
            times[rival.name].append(bench.milliseconds(partial(rival.fates, *spot, RADII_M[-1])))
    base = bench.percentile(own, 50)
    rows: list[list[object]] = [["Smart Alert: PostGIS, 27700, clustered", "1", *spread(own), f"{ours().people:,}"]]
    for rival in rivals:
        slower = bench.percentile(times[rival.name], 50) / base
        figures[f"{rival.figure}_3km_densest_ms"] = bench.percentile(times[rival.name], 50)
        figures[f"vs_{rival.figure}"] = slower
        told = match_rivals.told(rival.fates(*spot, RADII_M[-1]))
        rows.append([rival.name, f"{slower:.1f}", *spread(times[rival.name]), f"{told:,}"])
    return rows


def measure_whole_preview(room: ControlRoom, xy: np.ndarray, spot: Spot, repeats: int, figures: Figures) -> list[Any]:
    """Rows: area, p50, p95 of everything a page needs after the mouse went up."""
    rng = np.random.default_rng(people.SEED + 1)
    typical = [Spot(*point) for point in xy[rng.integers(len(xy), size=repeats)].tolist()]
    drawn = {"3 km, densest town": [spot] * repeats, "3 km, where people live": typical}
    rows = []
    for name, spots in drawn.items():
        times = [bench.milliseconds(partial(room.whole_preview, at.circle(RADII_M[-1]))) for at in spots]
        kind = "densest" if spots[0] == spot else "where_people_live"
        figures[f"whole_preview_3km_{kind}_p50_ms"] = bench.percentile(times, 50)
        rows.append([name, *spread(times)])
    return rows


def measure_outside(room: ControlRoom, spot: Spot, repeats: int, figures: Figures) -> list[list[object]]:
    """Rows: area, p50 of the preview and of who lies just outside, in turn, and who that is."""
    rows: list[list[object]] = []
    for radius in RADII_M[1:]:
        ground = room.survey(spot.circle(radius))
        preview_ms, outside_ms = zip(
            *(
                (bench.milliseconds(partial(room.preview, ground)), bench.milliseconds(partial(room.outside, ground)))
                for _ in range(repeats)
            ),
            strict=True,
        )
        figures[f"outside_{metres(radius)}_densest_ms"] = bench.percentile(outside_ms, 50)
        named = f"circle {radius:,} m, densest town"
        rows.append(
            [named, *spread(list(preview_ms)), *spread(list(outside_ms)), room.outside(ground).widest.people.words]
        )
    return rows


def spread(times: list[float]) -> list[str]:
    """p50 and p95 as people read them."""
    return [f"{bench.percentile(times, 50):.1f}", f"{bench.percentile(times, 95):.1f}"]


def metres(radius: int) -> str:
    return f"{radius // 1_000}km" if radius >= 1_000 else f"{radius}m"


def main() -> None:
    """Settle a million people, measure, print."""
    given = bench.options(__doc__ or "")
    repeats, count = TIMES[given.quick]
    figures: Figures = {}
    with settled() as (cluster, imagined, figures["settle_1m_s"]):
        room = ControlRoom(connection.make_engine(cluster.url("smartalert_control")))
        town, spot = densest_town(room, imagined.xy)
        ground = room.survey(spot.circle(RADII_M[-1]))
        rivals = match_rivals.all_of(imagined, cluster, quick=given.quick)
        rows = measure_rivals(lambda: room.preview(ground), rivals, spot, max(5, repeats // 4), figures)
        print(f"{RESIDENTS:,} residents, {len(imagined.xy):,} places; the densest town is {town}.")
        bench.table("3 km in the densest town", ["", "times ours", "p50 ms", "p95 ms", "people told"], rows)
        rows = measure_densest(room, spot, repeats, figures) + measure_random(room, imagined.xy, count, figures)
        bench.table("Our preview", ["area", "people told", "p50 ms", "p95 ms"], rows)
        rows = measure_whole_preview(room, imagined.xy, spot, max(4, repeats // 4), figures)
        bench.table("Preview with points, neighbourhoods and density", ["area", "p50 ms", "p95 ms"], rows)
        rows = measure_outside(room, spot, max(4, repeats // 4), figures)
        header = ["area", "preview p50 ms", "p95 ms", "just outside p50 ms", "p95 ms", "untold"]
        bench.table("Who lies just outside, drawn after the preview", header, rows)
        bench.table("Memory", ["", "MB"], [[rival.name, f"{rival.memory_mb:,.0f}"] for rival in rivals])
        room.engine.dispose()
    bench.finish(figures, given.json)


if __name__ == "__main__":
    main()
