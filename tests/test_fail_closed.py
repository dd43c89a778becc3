"""Whatever is said of an area or done to an approved alert: exactly what was meant, or nothing at all.

On real PostGIS: people stand at known distances round the crossroads, and hypothesis makes up the rest.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg
import pytest
import shapely
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from smartalert.alerts import approvals, drafts, issuing
from smartalert.alerts.drafts import Draft
from smartalert.alerts.follow_ups import FOLLOW_UPS
from smartalert.alerts.incidents import KINDS
from smartalert.alerts.times import EXPIRIES
from smartalert.database.connection import Connection
from smartalert.errors import AlertRefused, AreaRefused
from smartalert.geography import areas, geo
from tests.databases import Database
from tests.factories import (
    EAST,
    LAT,
    LON,
    NORTH,
    NOW,
    OFFICER,
    complete_draft,
    make_draft,
    make_force_area,
    make_street,
    make_subscriber,
    preview_of,
)  # fmt: skip

CHIEF = "chief.whitlock"
LATER = NOW + timedelta(minutes=1)
#: Metres east of the crossroads at which somebody lives.
STANDS = [0, 30, 90, 199, 260, 499, 501, 750, 1_100, 1_800, 2_990, 3_010, 4_000, 8_000]
STREET = [(-200, 0), (200, 0)]
thorough = settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass(frozen=True)
class Place:
    """A database with people in it, and one alert that waits for approval."""

    conn: Connection
    street: int
    people: dict[int, float]
    request: int


@pytest.fixture(scope="module")
def place(module_database: Database) -> Iterator[Place]:
    with module_database.connect() as conn:
        make_force_area(conn)
        street = make_street(conn, line=[(float(x), float(y)) for x, y in STREET])
        people = {make_subscriber(conn, at=(metres, 0)): float(metres) for metres in STANDS}
        conn.execute("update approval_policy set people_over = 1 where people_over = 3000")
        draft_id, version = make_draft(conn)
        request = approvals.ask(conn, draft_id, version, OFFICER, shown=preview_of(conn), now=NOW)
        conn.commit()
        yield Place(conn, street, people, request)
        conn.rollback()


odd: st.SearchStrategy[Any] = (
    st.sampled_from(
        [None, True, "", "500", "NaN", [], {}, math.nan, math.inf, -math.inf, 0, -1, 2**70, 1e308, LAT, LON]
    )
    | st.floats()
)
near_lat, near_lon = st.floats(LAT - 0.03, LAT + 0.03), st.floats(LON - 0.05, LON + 0.05)
metres = st.floats(-50, 6_000) | st.sampled_from([0.5, 3, 50, 500, 3_000, 3_000.0001, 30_000])


def areas_as_said(street: int) -> st.SearchStrategy[dict[str, Any]]:
    """Circles and streets as a browser may send them: sound, swapped, half, doubled, in kilometres, nonsense."""
    sound = st.fixed_dictionaries({"lat": near_lat, "lon": near_lon, "radius_m": metres})
    swapped = st.fixed_dictionaries({"lat": near_lon, "lon": near_lat, "radius_m": metres})
    beside = st.fixed_dictionaries({"street_id": st.just(street) | st.integers(), "buffer_m": metres})
    ends = st.lists(st.tuples(st.just(LAT) | near_lat, near_lon).map(list), min_size=2, max_size=2)
    stretch = st.builds(lambda whole, of: {**whole, "ends": of}, beside, ends)
    corners = st.lists(st.tuples(near_lat, near_lon).map(list), min_size=3, max_size=5)
    outlined = st.fixed_dictionaries({"corners": corners})
    several = st.fixed_dictionaries({"parts": st.lists(sound | beside | outlined, min_size=2, max_size=3)})
    spoilt = st.dictionaries(
        st.sampled_from(["lat", "lon", "radius_m", "street_id", "buffer_m", "ends"]), odd, min_size=1
    )
    return st.one_of(
        sound,
        swapped,
        beside,
        stretch,
        outlined,
        several,
        spoilt,
        st.builds(lambda a, b: {**a, **b}, sound | beside, spoilt),
        st.just({}),
    )


@given(data=st.data())
@thorough
def test_no_area_is_ever_wider_than_it_was_said(place: Place, data: st.DataObject) -> None:
    said = data.draw(areas_as_said(place.street))
    try:
        ground = areas.survey(place.conn, geo.area_from(said))
    except AreaRefused:
        return
    told = audience_of(place.conn, ground)
    assert told == {person for person, metres in place.people.items() if truly_inside(said, metres)}


def audience_of(conn: Connection, ground: areas.Ground) -> set[int]:
    """Who would be told, by the function that issuing uses."""
    rows = conn.execute(
        "select subscriber_id from audience(%s::geometry, %s, true, 0, 0, 3, %s) where fate > 0",
        (ground.geom, ground.within_m, NOW),
    )
    return {row[0] for row in rows}


def truly_inside(said: dict[str, Any], metres_east: float) -> bool:
    """Whether somebody so far east of the crossroads is in the area, by plain arithmetic on what was said."""
    if said.get("parts"):
        return any(truly_inside(part, metres_east) for part in said["parts"])
    if said.get("corners"):
        outline = shapely.Polygon([geo.to_grid(lon, lat) for lat, lon in said["corners"]])
        return bool(shapely.intersects_xy(outline, EAST + metres_east, NORTH))
    if said.get("street_id") is not None:
        (left, _), (right, _) = STREET
        if said.get("ends"):  # its feet on the street, which runs from west to east
            feet = sorted(geo.to_grid(lon, lat)[0] - EAST for lat, lon in said["ends"])
            left, right = max(left, feet[0]), min(right, feet[1])
        return max(left - metres_east, metres_east - right, 0) <= float(said["buffer_m"])
    x, y = geo.to_grid(float(said["lon"]), float(said["lat"]))
    east, north = EAST + metres_east - x, NORTH - y
    return math.sqrt(east * east + north * north) <= float(said["radius_m"])


@pytest.mark.parametrize(
    ("geometry", "within_m"),
    [
        ("POINT EMPTY", 500),
        ("POINT(NaN NaN)", 500),
        ("POINT(-2.117 52.807)", 500),
        ("POLYGON((391000 322000, 393000 322000, 393000 324000, 391000 324000, 391000 322000))", 500),
        ("MULTIPOINT(392000 323000, 400000 330000)", 500),
        ("GEOMETRYCOLLECTION(POINT(392000 323000))", 500),
        ("LINESTRING(392000 323000, 393000 323000)", 500),
        ("POINT(392000 323000)", 0),
        ("POINT(392000 323000)", -1),
        ("POINT(392000 323000)", 3_000.1),
        ("POINT(392000 323000)", math.nan),
        ("POINT(392000 323000)", math.inf),
        ("POLYGON EMPTY", 0),
        ("POLYGON((391000 322000, 393000 324000, 393000 322000, 391000 324000, 391000 322000))", 0),
        ("POLYGON((391000 322000, 393000 322000, 393000 9324000, 391000 324000, 391000 322000))", 0),
        ("GEOMETRYCOLLECTION M(POINT M(392000 323000 500))", 0),
        ("GEOMETRYCOLLECTION M(POINT M(392000 323000 500), POINT M(393000 323000 3001))", 0),
        ("GEOMETRYCOLLECTION M(POINT M(392000 323000 500), POINT M(393000 323000 0))", 0),
        ("GEOMETRYCOLLECTION M(POINT M(392000 323000 500), POINT M(393000 323000 NaN))", 0),
        ("GEOMETRYCOLLECTION M(POINT M(392000 323000 500), LINESTRING M(392000 323000 201, 393000 323000 201))", 0),
        ("GEOMETRYCOLLECTION M(POINT M(392000 323000 500), POINT M(393000 323000 500))", 500),
        ("GEOMETRYCOLLECTION(POINT(392000 323000), POINT(393000 323000))", 0),
    ],
)
def test_the_database_keeps_no_area_that_is_none(place: Place, geometry: str, within_m: float) -> None:
    with place.conn.transaction(force_rollback=True):
        place.conn.execute("update approval_policy set people_over = 3000 where people_over = 1")
        draft_id, version = make_draft(place.conn)
        issuing.issue(place.conn, draft_id, version, OFFICER, shown=preview_of(place.conn), now=NOW)
        with pytest.raises(psycopg.errors.CheckViolation):
            place.conn.execute(
                "update alerts set area = st_geomfromtext(%s, 27700), within_m = %s", (geometry, within_m)
            )


words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)
#: Field → what it may be changed to; a field that is missing here would be found by the test below.
MUTATIONS: dict[str, st.SearchStrategy[Any]] = {
    "headline": words,
    "description": words,
    "instruction": words,
    "contact": words,
    "photo": st.uuids().map(str),
    "photo_alt": words,
    "incident_kind": st.sampled_from(sorted(KINDS)),
    "incident_number": st.builds("{} of {} November".format, st.integers(0, 99_999), st.integers(0, 99)),
    "urgent": st.booleans(),
    "topics": st.integers(0, 4_095),
    "sectors": st.integers(0, 8_191),
    "channels": st.lists(st.sampled_from(["push", "email"]), unique=True, max_size=2),
    "expires": st.sampled_from([*sorted(EXPIRIES), "2026-11-28T06:30", "2026-11-22T20:02", "2020-01-01T00:00"]),
    "leaves": st.sampled_from(["2026-11-28T06:30", "2026-11-22T20:02", "soon"]),
    "follows": st.integers(1, 9),
    "follow_up": st.sampled_from(sorted(FOLLOW_UPS)),
    "area": st.fixed_dictionaries({"lat": near_lat, "lon": near_lon, "radius_m": st.floats(50, 3_000)})
    | st.builds(lambda radius: {"lat": LAT, "lon": LON, "radius_m": radius}, st.floats(50, 3_000))
    | st.none(),
}


def test_every_field_that_is_bound_is_tried_below() -> None:
    free = approvals.NOT_BOUND - {"area", "expires"}
    assert set(MUTATIONS) == set(Draft.model_fields) - free


@given(field=st.sampled_from(sorted(MUTATIONS)), data=st.data(), layer=st.sampled_from(["trigger", "version", "hash"]))
@thorough
def test_no_change_of_an_approved_alert_keeps_its_approval(
    place: Place, field: str, data: st.DataObject, layer: str
) -> None:
    """Three layers stand behind each other: the database's trigger, the draft's version, and the hash alone."""
    conn, value = place.conn, data.draw(MUTATIONS[field])
    assume(value != complete_draft().model_dump()[field])
    request = approvals.load(conn, place.request)
    with conn.transaction(force_rollback=True):
        if layer != "trigger":
            conn.execute("alter table drafts disable trigger drafts_void_requests")
        drafts.change(conn, request.draft_id, OFFICER, {field: value})
        if layer == "hash":
            conn.execute("update drafts set version = %s where id = %s", (request.version, request.draft_id))
        with pytest.raises((AlertRefused, AreaRefused)):
            approvals.approve(conn, request.id, CHIEF, shown=shown_now(conn, request.draft_id), now=LATER)
        assert conn.execute("select count(*) from alerts").fetchone() == (0,)


def shown_now(conn: Connection, draft_id: Any) -> Any:
    """What an approver would be shown of the draft as it is; of the old one where it has no area any more."""
    content = drafts.load(conn, draft_id, OFFICER).content
    return preview_of(conn, content if content.area else None, LATER)


def test_unchanged_it_is_approved(place: Place) -> None:
    """The test above proves nothing if nothing can be approved."""
    with place.conn.transaction(force_rollback=True):
        draft_id = approvals.load(place.conn, place.request).draft_id
        shown = shown_now(place.conn, draft_id)
        assert approvals.approve(place.conn, place.request, CHIEF, shown=shown, now=LATER).is_new
