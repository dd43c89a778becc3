"""Outlines without holes, held against shapely's union of them."""

import random
from typing import Any

import pytest
import shapely
from shapely.geometry import mapping, shape

from smartalert.geography import outlines

#: Degrees at Stafford whose square is a square metre, roughly.
METRE = 1 / 86_000


def written(geometry: dict[str, Any]) -> list[shapely.Polygon]:
    """The outlines as a document has them, read again."""
    rings = [[(round(lon, 6), round(lat, 6)) for lon, lat in ring] for ring in outlines.rings(geometry)]
    assert all(ring[0] == ring[-1] and len(set(ring)) >= 3 for ring in rings)
    return [shapely.Polygon(ring) for ring in rings]


def stays_the_same(ground: Any) -> int:
    """Holds when the outlines are sound, apart from one another and together the ground; how many they are."""
    ground = shape(mapping(ground))
    found = written(mapping(ground))
    assert all(one.is_valid and one.area > 0 for one in found)
    union = shapely.union_all(found)
    rim = ground.length * 0.2 * METRE
    assert union.symmetric_difference(ground).area < rim
    assert sum(one.area for one in found) - union.area < rim
    return len(found)


def disc(lon: float, lat: float, metres: float) -> Any:
    return shapely.Point(lon, lat).buffer(metres * METRE)


WHOLE = disc(-2.1, 52.8, 3_000)


@pytest.mark.parametrize(
    ("ground", "number"),
    [
        (WHOLE, 1),
        (shapely.union_all([WHOLE, disc(-1.9, 52.8, 500)]), 2),
        (WHOLE.difference(disc(-2.1, 52.8, 1_000)), 2),
        (WHOLE.difference(shapely.union_all([disc(-2.1, 52.81, 200), disc(-2.1, 52.79, 300)])), 2),
        (WHOLE.difference(shapely.union_all([disc(-2.11, 52.8, 200), disc(-2.09, 52.8, 300)])), 3),
        (WHOLE.difference(disc(-2.1, 52.8, 1_000)).union(disc(-2.1, 52.8, 400)), 3),
        (WHOLE.difference(shapely.box(-2.1 - 2e-7, 52.8, -2.1 + 2e-7, 52.81)), 2),
        (shapely.LineString([(-2.1, 52.8), (-2.08, 52.8), (-2.08, 52.81), (-2.1, 52.8)]).buffer(60 * METRE), 2),
    ],
)
def test_ground_with_and_without_holes_is_covered_exactly(ground: Any, number: int) -> None:
    assert stays_the_same(ground) == number


@pytest.mark.parametrize("seed", range(20))
def test_any_ground_with_any_holes_is_covered_exactly(seed: int) -> None:
    dice = random.Random(seed)
    ground = shapely.union_all([disc(-2.1 + dice.gauss(0, 0.02), 52.8 + dice.gauss(0, 0.01), 1_500) for _ in range(4)])
    holes = [disc(-2.1 + dice.gauss(0, 0.03), 52.8 + dice.gauss(0, 0.02), dice.choice((5, 60, 400))) for _ in range(25)]
    stays_the_same(shapely.set_precision(ground.difference(shapely.union_all(holes)), 1e-5))


def test_a_hole_that_rounding_has_laid_on_the_edge_costs_no_ground() -> None:
    square, hole = shapely.box(-2.1, 52.8, -2.0, 52.9), shapely.box(-2.1, 52.85, -2.05, 52.86)
    (geometry,) = [mapping(shapely.Polygon(square.exterior.coords, [hole.exterior.coords]))]
    union = shapely.union_all(written(geometry))
    assert union.symmetric_difference(square.difference(hole)).area < 1e-9
