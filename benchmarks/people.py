"""A million people who live where the training county's do, straight into the matching table."""

from datetime import UTC, datetime
from random import Random
from typing import Any, NamedTuple

import numpy as np
import shapely

from smartalert.database import connection
from smartalert.training import county, frontage, landmarks
from smartalert.training.drawing import Drawing, draw
from smartalert.training.landmarks import Landmark
from smartalert.training.residents import make_up

SEED = 1
NOW = datetime(2026, 11, 22, 14, 2, tzinfo=UTC)
#: Column → its type in a binary COPY.
WIRE = {
    "subscriber_id": ">i8",
    "place_no": ">i2",
    "topics": ">i4",
    "sector": ">i2",
    "channels": ">i2",
    "updates": "?",
    "confirmed": "?",
    "point": "S25",
    "paused_until": ">i8",
    "earlier": "O",
}
#: PostgreSQL counts microseconds from here.
EPOCH = np.datetime64("2000-01-01", "us")
INDEXES = """
    create index audience_places_point on audience_places using gist (point);
    cluster audience_places using audience_places_point;
    alter table audience_places add primary key (subscriber_id, place_no);
    analyze audience_places
"""


class Imagined(NamedTuple):
    """The county before it is written. `places` holds the matching table's columns, one entry a place."""

    drawing: Drawing
    marks: list[Landmark]
    places: dict[str, np.ndarray]
    #: Where each place is, EPSG:27700.
    xy: np.ndarray


def imagine(residents: int) -> Imagined:
    """The county and so many residents."""
    drawing = draw(SEED)
    marks = landmarks.find_landmarks(drawing, Random(SEED + 1))
    who = make_up(frontage.of_county(drawing, marks), residents, SEED, NOW)
    channels = (who.push & ~who.push_off) + 2 * (who.email & ~who.email_off)
    stayed = ~who.left[who.place_of]
    person, xy = who.place_of[stayed], who.point[stayed]
    places = {
        "subscriber_id": person + 1,
        "place_no": who.place_no[stayed],
        "topics": who.topics[person],
        "sector": who.sector[person],
        "channels": channels[person],
        "updates": who.updates[person],
        "confirmed": ~who.unconfirmed[person],
        "point": ewkb(shapely.points(xy)),
        "paused_until": who.paused_until[person],
    }
    return Imagined(drawing, marks, places, xy)


def store(owner: connection.Connection, county_of: Imagined) -> None:
    """Write ground and people as a deployment has them after its nightly CLUSTER."""
    owner.execute("set maintenance_work_mem = '384MB'; set synchronous_commit = off")
    county.store_ground(owner, county_of.drawing, county_of.marks, SEED)
    owner.execute("drop index audience_places_point; alter table audience_places drop constraint audience_places_pkey")
    for rows in alike(county_of):
        send(owner, rows)
    owner.execute(INDEXES)
    owner.commit()


def alike(county_of: Imagined) -> list[dict[str, np.ndarray]]:
    """The places in groups whose rows have the same columns: paused or not, and so many earlier places."""
    places, groups = county_of.places, []
    paused = ~np.isnat(places["paused_until"])
    for number in range(int(places["place_no"].max()) + 1):
        for is_paused in (False, True):
            rows = np.flatnonzero((places["place_no"] == number) & (paused == is_paused))
            group = {name: column[rows] for name, column in places.items() if is_paused or name != "paused_until"}
            if number:  # a person's places follow one another
                before = county_of.xy[rows[:, None] - np.arange(number, 0, -1)]
                group["earlier"] = ewkb(shapely.multipoints(shapely.points(before)))
            groups.append(group)
    return groups


def ewkb(geoms: np.ndarray) -> np.ndarray:
    """As the database reads geometry, EPSG:27700."""
    return shapely.to_wkb(shapely.set_srid(geoms, 27700), include_srid=True)


def send(owner: connection.Connection, rows: dict[str, np.ndarray]) -> None:
    """COPY rows of one length in PostgreSQL's binary form."""
    layout: list[tuple[str, Any]] = [("fields", ">i2")]
    for name, column in rows.items():
        kind = WIRE[name] if WIRE[name] != "O" else f"S{len(column[0])}"
        layout += [(f"{name} bytes", ">i4"), (name, kind)]
    wire = np.zeros(len(rows["subscriber_id"]), dtype=layout)
    wire["fields"] = len(rows)
    for name, column in rows.items():
        wire[f"{name} bytes"] = wire[name].itemsize
        wire[name] = column - EPOCH if name == "paused_until" else column
    with owner.cursor().copy(f"copy audience_places ({', '.join(rows)}) from stdin (format binary)") as copy:
        copy.write(b"PGCOPY\n\xff\r\n\0" + bytes(8))
        copy.write(wire.tobytes())
        copy.write(b"\xff\xff")
