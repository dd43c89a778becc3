"""An area as the map takes it."""

import math
from dataclasses import replace
from typing import Any

from smartalert.alerts.checks import Counted, Nowhere
from smartalert.alerts.drafts import Draft
from smartalert.control.alert_map import NO_AREA, ShownArea
from smartalert.control.send import parts
from smartalert.control.send.screen import Box
from smartalert.geography.areas import Ground

METRES_A_DEGREE = 111_320


def shown_on_map(content: Draft, counted: Counted | Nowhere) -> ShownArea:
    """The present part, and the others as outlines."""
    present, ground = parts.present(content.area), parts.ground_of_present(content.area, counted)
    return replace(part_on_map(present, ground), others=parts.others(content.area, counted))


def whole_on_map(content: Draft, counted: Counted) -> ShownArea:
    """All of the area, to be looked at."""
    ground = counted.ground
    return ShownArea(shape=shape_of(ground)) if ground.parts else part_on_map(content.area, ground)


def part_on_map(part: dict[str, Any] | None, ground: Ground | None) -> ShownArea:
    """One circle, street, outline or neighbourhood."""
    if part and "radius_m" in part:
        return ShownArea(circle=part)
    if part is None or ground is None:
        return NO_AREA
    if "street_id" in part:
        return ShownArea(street=street_of(part, ground))
    return ShownArea(shape={**shape_of(ground), **{name: part[name] for name in ("corners",) if name in part}})


def shape_of(ground: Ground) -> dict[str, Any]:
    """Ground of any shape, with its words."""
    return {"name": ground.text, "outline": ground.outline}


def street_of(area: dict[str, Any], ground: Ground) -> dict[str, Any]:
    """The area as the map takes a street; its line comes from the ground that was counted."""
    return {
        "id": area["street_id"],
        "name": ground.text,
        "buffer_m": area["buffer_m"],
        "line": ground.line,
        "outline": ground.outline,
        **({"ends": area["ends"], "whole": ground.whole} if area.get("ends") else {}),
    }


def box_of(corners: list[list[float]]) -> Box:
    """West, south, east, north of what these corners hold."""
    lats, lons = zip(*corners, strict=True)
    return min(lons), min(lats), max(lons), max(lats)


def around(lat: float, lon: float, metres: float) -> Box:
    """West, south, east, north of a square so many metres each way."""
    up, across = metres / METRES_A_DEGREE, metres / METRES_A_DEGREE / math.cos(math.radians(lat))
    return lon - across, lat - up, lon + across, lat + up
