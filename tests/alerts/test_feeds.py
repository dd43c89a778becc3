"""Alerts as CAP 1.2: valid against OASIS's schema, and saying what the alert says."""

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
import shapely

from smartalert.alerts import feeds
from smartalert.alerts.incidents import KINDS
from smartalert.alerts.published import EarlierMessage, Part, Published
from tests import DATA

SCHEMA = DATA / "cap" / "CAP-v1.2.xsd"
RELEASED = datetime(2026, 11, 22, 14, 2, 11, 500_000, tzinfo=UTC)
PHOTO = {"photo_alt": "Jack & his <red> bag", "photo_bytes": 84_112, "photo_width": 1_000, "photo_height": 750}
EARLIER = EarlierMessage(UUID(int=7), "alerts@another.example", RELEASED)
SQUARE = [[-2.1, 52.8], [-2.0, 52.8], [-2.0, 52.9], [-2.1, 52.9], [-2.1, 52.8]]
CIRCLE = Part([-2.1171, 52.8067], 1_250.0, {"type": "Polygon", "coordinates": [SQUARE]})
STRIP = Part(None, 60.0, {"type": "Polygon", "coordinates": [SQUARE]})
HOLE = [[-2.06, 52.84], [-2.04, 52.84], [-2.04, 52.86], [-2.06, 52.86], [-2.06, 52.84]]
AROUND_A_HOLE = Part(None, 0.0, {"type": "Polygon", "coordinates": [SQUARE, HOLE]})


def make_published(**changes: Any) -> Published:
    facts: dict[str, Any] = {
        "id": 1,
        "identifier": UUID("7d2a1d1e-6e0c-4f43-9b0a-0123456789ab"),
        "status": "Exercise",
        "msg_type": "Alert",
        "urgent": True,
        "incident_kind": "burglary",
        "incident_number": "482 of 22 November",
        "headline": "Burglary in Tannery Row & Mill <Lane>",
        "description": "Two people ran to the canal.\nOne wore red.",
        "instruction": "Lock doors and windows.",
        "contact": "Call 999.",
        "area_desc": "1.25 km around Tannery Row, Stafford",
        "release_at": RELEASED,
        "expires_at": RELEASED + timedelta(hours=6),
        "stopped_at": None,
        "parts": [CIRCLE],
        "outline": {"type": "Polygon", "coordinates": [SQUARE]},
    }
    return Published(**facts | changes)


def document(alert: Published, references: Sequence[EarlierMessage] = ()) -> bytes:
    return feeds.document(alert, RELEASED, references)


def text(made: bytes, path: str) -> str:
    names = {"c": feeds.CAP}
    found = ET.fromstring(made).find("/".join(f"c:{part}" for part in path.split("/")), names)  # noqa: S314 our own
    assert found is not None, path
    return found.text or ""


def street(**changes: Any) -> Published:
    return make_published(**{"parts": [STRIP]} | changes)


def holed(**changes: Any) -> Published:
    return make_published(**{"parts": [AROUND_A_HOLE, CIRCLE]} | changes)


def several(**changes: Any) -> Published:
    return make_published(parts=[CIRCLE, STRIP, replace(CIRCLE, radius_m=300.0), STRIP], **changes)


@pytest.mark.parametrize("kind", [*KINDS, "a kind of another version"])
@pytest.mark.parametrize("make", [make_published, street, several, holed])
def test_every_alert_is_valid_by_the_schema_of_oasis(kind: str, make: Any) -> None:
    xmlschema = pytest.importorskip(
        "xmlschema", reason="xmlschema is not installed (pip install -r requirements-dev.txt)"
    )
    if not SCHEMA.exists():
        pytest.skip("OASIS's schema is not here: set SMARTALERT_TEST_DATA to a folder with cap/CAP-v1.2.xsd")
    schema = _schema(xmlschema)
    alert = make(incident_kind=kind, urgent=kind != "update")
    schema.validate(document(alert).decode())
    schema.validate(
        document(make(incident_kind=kind, msg_type="Cancel", follow_up="false_alarm"), [EARLIER, EARLIER]).decode()
    )
    schema.validate(document(make(incident_kind=kind, **PHOTO)).decode())


def _schema(xmlschema: Any, _made: dict[str, Any] = {}) -> Any:  # noqa: B006 building it takes a second
    if not _made:
        _made["cap"] = xmlschema.XMLSchema(str(SCHEMA))
    return _made["cap"]


def test_a_circle_is_latitude_longitude_and_kilometres() -> None:
    assert text(document(make_published()), "info/area/circle") == "52.806700,-2.117100 1.25"


def test_a_street_is_a_polygon_of_latitude_and_longitude() -> None:
    words = text(document(street()), "info/area/polygon")
    assert words.split() == [
        "52.800000,-2.100000",
        "52.800000,-2.000000",
        "52.900000,-2.000000",
        "52.900000,-2.100000",
        "52.800000,-2.100000",
    ]


def test_several_areas_are_one_area_block_of_circles_and_outlines() -> None:
    area = ET.fromstring(document(several())).find(f"{{{feeds.CAP}}}info/{{{feeds.CAP}}}area")  # noqa: S314 our own
    assert area is not None
    assert [child.tag.split("}")[1] for child in area] == ["areaDesc", "polygon", "polygon", "circle", "circle"]
    assert [child.text for child in area][3:] == ["52.806700,-2.117100 1.25", "52.806700,-2.117100 0.3"]
    assert feeds.feature(several())["properties"]["circles"] == [
        {"centre": [-2.1171, 52.8067], "radius_m": 1_250.0}, {"centre": [-2.1171, 52.8067], "radius_m": 300.0},
    ]  # fmt: skip


def test_a_hole_is_left_out_of_what_is_published() -> None:
    area = ET.fromstring(document(holed())).find(f"{{{feeds.CAP}}}info/{{{feeds.CAP}}}area")  # noqa: S314 our own
    assert area is not None
    drawn = [one.text or "" for one in area if one.tag.endswith("polygon")]
    polygons = [shapely.Polygon([pair.split(",")[::-1] for pair in words.split()]) for words in drawn]
    assert shapely.union_all(polygons).symmetric_difference(shapely.Polygon(SQUARE, [HOLE])).area < 1e-9
    assert len(polygons) == 2


def test_a_photograph_is_a_resource_in_cap_an_enclosure_in_atom_and_a_property_in_geojson() -> None:
    alert = make_published(**PHOTO, had_photo=True)
    made, address = document(alert), feeds.photo_url(alert)
    assert text(made, "info/resource/resourceDesc") == "Jack & his <red> bag"
    assert text(made, "info/resource/mimeType") == "image/jpeg"
    assert text(made, "info/resource/size") == "84112"
    assert text(made, "info/resource/uri") == address
    assert f'rel="enclosure" href="{address}"'.encode() in feeds.feed([alert], RELEASED)
    assert feeds.feature(alert)["properties"]["photo"] == address


def test_a_photograph_taken_down_is_nowhere_in_them() -> None:
    alert = make_published(had_photo=True)
    for made in (document(alert), feeds.feed([alert], RELEASED), repr(feeds.feature(alert)).encode()):
        assert b"photo" not in made


def test_training_is_an_exercise_and_says_so() -> None:
    made = document(make_published())
    assert text(made, "status") == "Exercise"
    assert text(made, "note").startswith("EXERCISE")
    assert text(made, "info/headline").startswith("EXERCISE: ")
    live = document(make_published(status="Actual"))
    assert text(live, "status") == "Actual"
    assert b"EXERCISE" not in live


def test_times_are_to_the_second_and_name_their_zone_without_z() -> None:
    made = document(make_published())
    assert text(made, "sent") == "2026-11-22T14:02:11-00:00"
    assert text(made, "info/expires") == "2026-11-22T20:02:11-00:00"


@pytest.mark.parametrize(
    ("follow_up", "msg_type", "rating"),
    [
        (None, "Alert", ("Immediate", "Severe", "Observed")),
        ("update", "Update", ("Immediate", "Severe", "Observed")),
        ("correction", "Update", ("Immediate", "Severe", "Observed")),
        ("all_clear", "Cancel", ("Past", "Minor", "Observed")),
        ("false_alarm", "Cancel", ("Past", "Minor", "Unlikely")),
        ("outcome", "Update", ("Past", "Minor", "Observed")),
    ],
)
def test_what_says_that_it_is_over_is_no_cause_for_alarm(
    follow_up: str | None, msg_type: str, rating: tuple[str, str, str]
) -> None:
    alert = make_published(follow_up=follow_up, msg_type=msg_type)
    made = document(alert)
    assert tuple(text(made, f"info/{name}") for name in ("urgency", "severity", "certainty")) == rating
    assert feeds.feature(alert)["properties"]["urgent"] is (msg_type != "Cancel")


def test_documents_made_at_the_same_time_are_the_same_documents() -> None:
    """ElementTree's prefixes are one table for the process: some documents came out as <ns0:alert>."""
    alert = make_published()
    made = {"cap": document(alert), "atom": feeds.feed([alert], RELEASED)}
    assert made["cap"].startswith(b"<?xml version='1.0' encoding='utf-8'?>\n<alert xmlns=\"" + feeds.CAP.encode())

    def make(number: int) -> bool:
        if number % 2:
            return document(alert) == made["cap"]
        return feeds.feed([alert], RELEASED) == made["atom"]

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as threads:
            assert all(threads.map(make, range(3_000)))
    finally:
        sys.setswitchinterval(before)


def test_a_later_message_names_the_one_it_is_about() -> None:
    made = document(make_published(msg_type="Cancel", follow_up="all_clear"), references=[EARLIER])
    assert text(made, "references") == f"alerts@another.example,{UUID(int=7)},2026-11-22T14:02:11-00:00"
    assert text(made, "info/responseType") == "AllClear"


def test_words_are_never_markup_and_never_break_the_document() -> None:
    made = document(make_published(description="a\x00b\x0b & </description> \ufffe😀"))
    assert text(made, "info/description") == "ab & </description> 😀"
