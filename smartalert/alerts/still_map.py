"""A still map of an alert's area, drawn by us as SVG: no tiles, no script, nothing asked of anybody."""

from dataclasses import dataclass

from markupsafe import Markup

from smartalert.database.connection import Connection, queries, rows_as
from smartalert.geography.geo import distance_words
from smartalert.wording import PUBLISHERS, fragment

#: How many labels, and how long a street must be to carry one.
MOST_LABELS, LEAST_LENGTH = 8, 70
#: How wide a letter is, at most, and how high a line (.map text and .map .town of the style sheets).
LETTER, TOWN_LETTER, LINE = 10.5, 13.5, 30
MARGIN_Y = 20
#: What a scale bar may stand for, metres.
SCALES = (50, 100, 200, 500, 1_000, 2_000, 5_000)


@dataclass(frozen=True, slots=True)
class Street:
    """A street, or a part of one, in a frame: its line as an SVG path, and where its name would stand."""

    name: str
    kind: str
    #: Who published it, a key of PUBLISHERS.
    source: str
    path: str
    x: float
    y: float
    length: float


@dataclass(frozen=True, slots=True)
class Town:
    """A town in a frame."""

    name: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a still map lies (EPSG:27700), metres a unit of it, and the outline that it is about."""

    west: float
    north: float
    metres: float
    outline: str


@dataclass(frozen=True, slots=True)
class Picture:
    """What a still map is drawn from: SVG paths and labels in its frame."""

    outline: str
    streets: list[Street]
    towns: list[Town]
    #: Metres a unit of the frame.
    metres: float

    @property
    def attribution(self) -> str:
        """What the publishers of its streets ask to be said."""
        sources = {street.source for street in self.streets}
        return " · ".join(words for source, words in PUBLISHERS.items() if source in sources)


@dataclass(frozen=True, slots=True)
class Label:
    """A name at its place in the frame."""

    text: str
    x: float
    y: float
    is_town: bool = False

    @property
    def half(self) -> float:
        """Half its width."""
        return len(self.text) * (TOWN_LETTER if self.is_town else LETTER) / 2

    def clears(self, other: "Label") -> bool:
        """Whether neither is written over the other."""
        return abs(self.x - other.x) > self.half + other.half or abs(self.y - other.y) > LINE


def draw(picture: Picture, area: str) -> Markup:
    """The picture as an inline SVG; area is what it shows, in words."""
    return fragment("alerts/map.svg", {"area": area, **facts(picture)})


def facts(picture: Picture) -> dict[str, object]:
    """What a template of a still map says beside its areas: labels and the scale."""
    scale = max(metres for metres in SCALES if metres == SCALES[0] or metres / picture.metres < WIDTH / 3)
    return {
        "picture": picture,
        "labels": labels(picture),
        "width": WIDTH,
        "height": HEIGHT,
        "scale_words": distance_words(scale),
        "scale_length": round(scale / picture.metres),
    }


def labels(picture: Picture) -> list[Label]:
    """Towns and the longest streets, none over another, none across the edge."""
    wanted = [Label(row.name, row.x, row.y, is_town=True) for row in picture.towns]
    wanted += [Label(row.name, row.x, row.y) for row in picture.streets if row.length > LEAST_LENGTH]
    kept: list[Label] = []
    for label in wanted:
        inside = label.half < label.x < WIDTH - label.half and MARGIN_Y < label.y < HEIGHT - 2 * MARGIN_Y
        if inside and all(label.clears(one) for one in kept) and label.text not in {one.text for one in kept}:
            kept.append(label)
        if len(kept) == MOST_LABELS:
            break
    return kept


#: The size of a still picture, and the most streets that fit into one without crowding it or the page.
WIDTH, HEIGHT, MOST_STREETS = 640, 420, 420


def picture(
    conn: Connection, alert_id: int, *, width: int = WIDTH, height: int = HEIGHT, streets: int = MOST_STREETS
) -> Picture:
    """The area and the streets round it, ready to be drawn in a frame of that size."""
    row = queries("alerts/still_map").picture(conn, alert_id=alert_id, width=width, height=height)
    frame = Frame(row.west, row.north, row.metres, row.outline)
    return around(conn, frame, width=width, height=height, streets=streets)


def around(conn: Connection, frame: Frame, *, width: int, height: int, streets: int = MOST_STREETS) -> Picture:
    """What lies in a frame, ready to be drawn in that size."""
    named = queries("alerts/still_map")
    box = {"west": frame.west, "north": frame.north, "metres": frame.metres, "width": width, "height": height}
    lines = rows_as(Street, named.picture_streets(conn, **box, limit=streets))
    return Picture(frame.outline, lines, rows_as(Town, named.picture_towns(conn, **box)), frame.metres)
