"""An alert to a stretch of a street: who gets it, what is published, approved, saved and corrected of it."""

import json
from datetime import timedelta
from xml.etree import ElementTree as ET

import shapely

from smartalert.alerts import approvals, feeds, issuing, lifecycle, published, saved_areas, story, threads
from smartalert.control.approvals.changes import facts
from smartalert.database.connection import Connection
from smartalert.geography import areas, geo
from smartalert.geography.geo import area_from
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

WORDS = "Lichfield Road, Stafford, between Weeping Cross and Baswich Lane"


def place(x: float, y: float = 0) -> list[float]:
    lon, lat = geo.from_grid(EAST + x, NORTH + y)
    return [lat, lon]


def stretch(conn: Connection) -> dict:
    """A road of two carriageways, 3 km long, narrowed to 600 m between two crossings."""
    make_force_area(conn)
    for name, x in (("Weeping Cross", -300), ("Baswich Lane", 300)):
        make_street(conn, name=name, line=[(x, -150), (x, 150)])
    road = make_street(conn, name="Lichfield Road", line=[(-1_500, 0), (1_500, 0)])
    conn.execute(
        "update streets set geom = st_collect(array[st_geometryn(geom, 1), st_translate(st_geometryn(geom, 1), 0, 20)])"
        " where id = %s",
        (road,),
    )
    return {"street_id": road, "buffer_m": 60.0, "ends": [place(-300), place(300)]}


def test_a_stretch_is_sent_published_corrected_and_saved_as_itself(conn: Connection) -> None:
    draft = complete_draft(area=stretch(conn))
    inside = [make_subscriber(conn, at=at) for at in ((0, 0), (-300, -59), (300, 79), (355, 0), (0, 79))]
    for at in ((361, 0), (0, 81), (0, -61), (-365, 10), (1_000, 0)):
        make_subscriber(conn, at=at)
    draft_id, version = make_draft(conn, draft)
    shown = preview_of(conn, draft)
    alert = issuing.issue(conn, draft_id, version, OFFICER, shown=shown, now=NOW, undo_s=0).id
    told = conn.execute("select distinct subscriber_id from deliveries where alert_id = %s", (alert,))
    assert {row[0] for row in told} == set(inside)
    assert lifecycle.load(conn, alert).area_desc == WORDS
    identifier = lifecycle.load(conn, alert).identifier
    kept = published.document(conn, identifier)
    assert kept
    assert kept.document
    area = ET.fromstring(kept.document).find(f"{{{feeds.CAP}}}info/{{{feeds.CAP}}}area")  # noqa: S314 our own
    assert area is not None
    assert [child.tag.split("}")[1] for child in area] == ["areaDesc", "polygon"]
    ring = [geo.to_grid(float(lon), float(lat)) for lat, lon in (pair.split(",") for pair in area[1].text.split())]
    assert abs(shapely.Polygon(ring).area / (600 * 140 + 60 * 60 * 3.14159 + 2 * 60 * 20) - 1) < 0.01
    correction = threads.prefilled(threads.followed(conn, alert), "correction", NOW + timedelta(minutes=1))
    assert correction.area == draft.area
    assert areas.survey(conn, area_from(correction.area)).text == WORDS
    assert len(story.bundle(conn, alert, OFFICER, NOW)[1]) > 1_000
    conn.execute(
        "insert into officers (id, name, roles) values (%s, 'A', '{sender}') on conflict do nothing", (OFFICER,)
    )
    saved_areas.save(conn, OFFICER, "The dual carriageway", draft.area, NOW)
    assert saved_areas.of_team(conn, OFFICER)[0].area == draft.area
    assert saved_areas.last_sent(conn, OFFICER) == draft.area


def test_an_approver_reads_its_ends_and_beside_a_circle_it_is_a_part_of_one_alert(conn: Connection) -> None:
    conn.execute("update approval_policy set people_over = 1 where people_over = 3000")
    lat, lon = place(0, 900)
    draft = complete_draft(area={"parts": [stretch(conn), {"lat": lat, "lon": lon, "radius_m": 200}]})
    for at in ((0, 0), (0, 900), (0, 400)):
        make_subscriber(conn, at=at)
    draft_id, version = make_draft(conn, draft)
    request = approvals.ask(conn, draft_id, version, OFFICER, shown=preview_of(conn, draft), now=NOW)
    document = json.loads(approvals.load(conn, request).document)
    assert document["audience"]["people"] == 2
    assert f"60 m either side, from {place(-300)[0]:.5f}, {place(-300)[1]:.5f} to " in facts(document)["Where"]
    later = NOW + timedelta(minutes=1)
    assert approvals.approve(conn, request, "chief.whitlock", shown=preview_of(conn, draft, later), now=later).is_new
