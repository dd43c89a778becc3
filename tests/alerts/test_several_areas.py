"""One alert for two circles, a street and an outline: who gets it, what everybody reads of it, and its correction."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import shapely

from smartalert.alerts import approvals, checks, feeds, issuing, lifecycle, published, still_map, story, threads
from smartalert.alerts.drafts import Draft
from smartalert.config import Mode, Settings
from smartalert.control.approvals.changes import facts
from smartalert.database.connection import Connection
from smartalert.errors import AreaRefused
from smartalert.geography import geo, outlines
from tests.factories import (
    EAST,
    NORTH,
    NOW,
    OFFICER,
    complete_draft,
    make_draft,
    make_force_area,
    make_street,
    make_subscriber,
    preview_of,
)

STREET = [(600.0, -900.0), (700.0, -850.0), (1_100.0, -900.0)]
#: Metres from the crossroads.
CORNERS = [(-1_500, 400), (-900, 1_300), (-600, 500), (-300, 1_000), (-200, 200)]


def degrees(x: float, y: float) -> tuple[float, float]:
    """Latitude and longitude of a place so many metres east and north of the crossroads."""
    lon, lat = geo.from_grid(EAST + x, NORTH + y)
    return lat, lon


@pytest.fixture
def people(conn: Connection) -> dict[int, tuple[float, float]]:
    """Three hundred people, each at one place; every tenth has a second one elsewhere in the area."""
    make_force_area(conn)
    spots = np.random.default_rng(7).uniform(-1_700, 1_700, (300, 2)).round(1).tolist()
    homes = {}
    for number, (x, y) in enumerate(spots):
        homes[make_subscriber(conn, at=[(x, y), (0, 0)] if number % 10 == 0 else (x, y))] = (x, y)
    return homes


@pytest.fixture
def draft(conn: Connection, people: dict[int, tuple[float, float]]) -> Draft:
    """An urgent alert to all four, which overlap."""
    street = make_street(conn, line=STREET)
    (lat, lon), (lat2, lon2) = degrees(0, 0), degrees(250, 100)
    parts = [
        {"lat": lat, "lon": lon, "radius_m": 300}, {"street_id": street, "buffer_m": 80},
        {"corners": [list(degrees(*corner)) for corner in CORNERS]}, {"lat": lat2, "lon": lon2, "radius_m": 450},
    ]  # fmt: skip
    return complete_draft(area={"parts": parts})


def truly_inside(x: float, y: float) -> bool:
    """By shapely's distances, in metres from the crossroads."""
    at = shapely.Point(x, y)
    return (
        at.distance(shapely.Point(0, 0)) <= 300
        or at.distance(shapely.Point(250, 100)) <= 450
        or at.distance(shapely.LineString(STREET)) <= 80
        or bool(shapely.Polygon(CORNERS).intersects(at))
    )


def told(conn: Connection, alert: int) -> list[int]:
    """Whom each delivery by push is for."""
    rows = conn.execute("select subscriber_id from deliveries where alert_id = %s and channel = 'push'", (alert,))
    return sorted(row[0] for row in rows)


@pytest.fixture
def send(conn: Connection) -> Callable[..., int]:
    """Issue a draft; the alert's id."""

    def issue(content: Draft, now: datetime = NOW) -> int:
        draft_id, version = make_draft(conn, content)
        shown = preview_of(conn, content, now)
        return issuing.issue(conn, draft_id, version, OFFICER, shown=shown, now=now, undo_s=0).id

    return issue


def test_everybody_in_one_of_them_is_told_once_and_a_correction_reaches_them_again(
    conn: Connection, people: dict[int, tuple[float, float]], draft: Draft, send: Callable[..., int]
) -> None:
    inside = sorted(p for n, (p, home) in enumerate(people.items()) if truly_inside(*home) or n % 10 == 0)
    assert 30 < len(inside) < 200
    alert = send(draft)
    assert told(conn, alert) == inside
    newcomer = make_subscriber(conn, at=(0, 5))
    later = NOW + timedelta(minutes=1)
    correction = threads.prefilled(threads.followed(conn, alert), "correction", later)
    assert correction.area == draft.area
    words = correction.description.replace("[The correct information]", "Two people ran away.")
    # Smaller now: who was told hears of it all the same, and whoever is new in what is left.
    smaller = {"parts": draft.area["parts"][:2]}
    corrected = send(correction.model_copy(update={"description": words, "area": smaller}), later)
    assert told(conn, corrected) == [*inside, newcomer]


def test_what_is_published_of_it_has_every_part(conn: Connection, draft: Draft, send: Callable[..., int]) -> None:
    alert = send(draft)
    identifier: UUID = lifecycle.load(conn, alert).identifier
    found = published.find(conn, identifier)
    assert found is not None
    kept = published.document(conn, identifier)
    assert kept
    assert kept.document
    area = ET.fromstring(kept.document).find(f"{{{feeds.CAP}}}info/{{{feeds.CAP}}}area")  # noqa: S314 our own
    assert area is not None
    assert [child.tag.split("}")[1] for child in area] == ["areaDesc", "polygon", "polygon", "circle", "circle"]
    assert found.area_desc == area[0].text
    drawn = np.array([list(map(float, pair.split(","))) for pair in area[2].text.split()])
    assert {tuple(corner) for corner in drawn} == {tuple(np.round(degrees(*corner), 5)) for corner in CORNERS}
    shape = shapely.transform(
        shapely.geometry.shape(feeds.feature(found)["geometry"]),
        lambda at: np.array([geo.to_grid(*one) for one in at]) - (EAST, NORTH),
    )
    union = shapely.union_all(
        [shapely.Point(0, 0).buffer(300), shapely.Point(250, 100).buffer(450), shapely.LineString(STREET).buffer(80),
         shapely.Polygon(CORNERS)]
    )  # fmt: skip
    assert shape.symmetric_difference(union).area / union.area < 0.005
    assert still_map.picture(conn, alert).outline.count("M") == 2


@pytest.mark.parametrize(
    ("ground", "within_m"),
    [
        ("polygon((390000 320000, 393000 320000, 393000 323000, 390000 320000),"
         " (391500 320500, 392500 321500, 392500 320500, 391500 320500))", 0),
        ("linestring(392000 323000, 392600 323000, 392600 323600, 392000 323600, 392000 323000)", 60),
    ],
)  # fmt: skip
def test_what_is_published_without_holes_is_the_same_ground_to_postgis(
    conn: Connection, ground: str, within_m: float
) -> None:
    (parts,) = conn.execute("select drawn_as_json(st_geomfromtext(%s, 27700), %s)", (ground, within_m)).fetchone()
    rings = list(outlines.rings(parts[0]["outline"]))
    (share,) = conn.execute(
        "with drawn as (select st_transform(st_union(st_geomfromtext(wkt, 4326)), 27700) as geom"
        " from unnest(%s::text[]) wkt), meant as (select ground_of(st_geomfromtext(%s, 27700), %s, 16) as geom)"
        " select st_area(st_symdifference(d.geom, m.geom)) / st_area(m.geom) from drawn d, meant m",
        ([shapely.Polygon(ring).wkt for ring in rings], ground, within_m),
    ).fetchone()
    assert len(rings) > 1
    assert share < 0.005


def test_the_audit_and_an_approval_have_every_part(conn: Connection, draft: Draft, send: Callable[..., int]) -> None:
    _, body = story.bundle(conn, send(draft), OFFICER, NOW)
    assert len(body) > 1_000
    conn.execute("update approval_policy set people_over = 1 where people_over = 3000")
    draft_id, version = make_draft(conn, draft)
    request = approvals.ask(conn, draft_id, version, OFFICER, shown=preview_of(conn, draft), now=NOW)
    where = facts(json.loads(approvals.load(conn, request).document))["Where"]
    assert where.count(";") >= 3
    assert "80 m either side" in where
    assert "outline" in where
    assert approvals.approve(
        conn, request, "chief.whitlock", shown=preview_of(conn, draft, NOW + timedelta(minutes=1)),
        now=NOW + timedelta(minutes=1),
    ).is_new  # fmt: skip


def test_the_smallest_circle_round_all_of_an_urgent_alert_is_at_most_what_the_force_allows(
    conn: Connection, draft: Draft, people: dict[int, tuple[float, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    lat, lon = degrees(5_000, 0)
    wide = draft.model_copy(
        update={"area": {"parts": [*draft.area["parts"], {"lat": lat, "lon": lon, "radius_m": 1_000}]}}
    )
    words = "an urgent alert may reach 3 km"

    def stops(content: Draft) -> bool:
        counted = issuing.count(conn, content, OFFICER, NOW)
        return any(words in one.words for one in checks.checks(content, counted, Mode.TRAINING) if one.blocks)

    assert not stops(draft)
    assert stops(wide)
    assert not stops(wide.model_copy(update={"urgent": False}))
    assert not stops(complete_draft(area={"lat": lat, "lon": lon, "radius_m": 3_000}))
    draft_id, version = make_draft(conn, wide)
    with pytest.raises(AreaRefused, match=words):
        issuing.issue(conn, draft_id, version, OFFICER, shown=preview_of(conn, wide), now=NOW)
    monkeypatch.setattr(checks, "settings", lambda: Settings(urgent_reach_km=5))
    assert not stops(wide)


def test_a_part_outside_the_force_refuses_the_whole_and_says_which(conn: Connection, draft: Draft) -> None:
    lat, lon = degrees(40_000, 0)
    parts = [*draft.area["parts"], {"lat": lat, "lon": lon, "radius_m": 500}]
    with pytest.raises(AreaRefused, match=r"Area 5: This area is outside the force"):
        preview_of(conn, complete_draft(area={"parts": parts}))
