"""A still map of an alert's area, drawn by us as SVG: no tiles, no script, nothing asked of anybody."""

from dataclasses import dataclass

from markupsafe import Markup

from smartalert.geo import distance_words
from smartalert.public.pages import render
from smartalert.published import HEIGHT, WIDTH, Picture

#: Labels: how many streets get one, how far apart, and how long a street must be to carry it.
MOST_LABELS, APART_X, APART_Y, LEAST_LENGTH = 8, 150, 34, 70
MARGIN_X, MARGIN_Y = 70, 20
#: What a scale bar may stand for, metres.
SCALES = (50, 100, 200, 500, 1_000, 2_000, 5_000)


@dataclass(frozen=True, slots=True)
class Label:
    """A name at its place in the frame."""

    text: str
    x: float
    y: float
    is_town: bool = False


def draw(picture: Picture, area: str) -> Markup:
    """The picture as an inline SVG; area is what it shows, in words."""
    scale = max(metres for metres in SCALES if metres == SCALES[0] or metres / picture.metres < WIDTH / 3)
    facts = {
        "picture": picture,
        "labels": labels(picture),
        "width": WIDTH,
        "height": HEIGHT,
        "area": area,
        "scale_words": distance_words(scale),
        "scale_length": round(scale / picture.metres),
    }
    return Markup(render("map.svg", **facts))  # noqa: S704 the template escapes


def labels(picture: Picture) -> list[Label]:
    """Towns and the longest streets, none over another, none across the edge."""
    wanted = [Label(row.name, row.x, row.y, is_town=True) for row in picture.towns]
    wanted += [Label(row.name, row.x, row.y) for row in picture.streets if row.length > LEAST_LENGTH]
    kept: list[Label] = []
    for label in wanted:
        inside = MARGIN_X < label.x < WIDTH - MARGIN_X and MARGIN_Y < label.y < HEIGHT - MARGIN_Y
        clear = all(abs(label.x - one.x) > APART_X or abs(label.y - one.y) > APART_Y for one in kept)
        if inside and clear and label.text not in {one.text for one in kept}:
            kept.append(label)
        if len(kept) == MOST_LABELS:
            break
    return kept
