"""What issuing would do, while it is still being drawn and written: counts, who is left out, what to mind."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import numpy as np
import pydeck as pdk
import streamlit as st
from shapely.geometry import Polygon, shape
from streamlit.delta_generator import DeltaGenerator

from smartalert.alerts import checks, draft_words, issuing
from smartalert.alerts.checks import Check, Counted, Nowhere, Weight
from smartalert.alerts.drafts import Draft
from smartalert.alerts.proofreading import MISSING, OPEN_GAP
from smartalert.audience import density
from smartalert.audience.preview import NOT_TOLD, Choice, Preview
from smartalert.clock import utc_now
from smartalert.config import settings
from smartalert.control import transactions
from smartalert.control.alert_map import density_layers
from smartalert.control.drawing import draw
from smartalert.control.send import draft, follow_up, proofreading, screen
from smartalert.control.send.draft import TabDraft
from smartalert.geography.areas import Ground
from smartalert.wording import Channel

#: What one worker hands over in a second, cautiously; phones and e-mails leave side by side.
PER_SECOND = {Channel.PUSH: 2_000, Channel.EMAIL: 5_000}
#: Widths of density cells in metres, and the people at which a darker class begins.
CELLS_M = (50, 100, 200, 250, 500)
CELLS_ACROSS = 22
#: A cell should hold about so many, or most would be too few to be drawn.
PEOPLE_A_CELL = 4
CLASS_FROM = (10, 25, 50, 100)
CLASS_LABELS = (f"{density.SMALLEST_CELL}–9", "10–24", "25–49", "50–99", "100+")


@dataclass(frozen=True, slots=True)
class Spread:
    """Where those who would be told are: by neighbourhood, and as shading of the map."""

    #: Name → people who would be told, most first.
    neighbourhoods: dict[str, int]
    shading: list[pdk.Layer]
    cell_m: int


def recount(opened: TabDraft) -> Counted | Nowhere:
    """The counts for the present area and choice; asked of the database only if one of them changed."""
    shown, of = screen.current(), (str(opened.content.area), opened.content.choice)
    if shown.counted is None or shown.counted_of != of:
        return screen.keep_counts(count(opened.content, opened.officer), of)
    return shown.counted


def count(content: Draft, officer: str) -> Counted | Nowhere:
    """What this officer's draft would come to now."""
    with transactions.reading() as conn:
        return issuing.count(conn, content, officer, utc_now())


def checks_of(content: Draft, counted: Counted | Nowhere) -> list[Check]:
    """Everything that stands against the alert: the same list by which issuing refuses."""
    return checks.checks(content, counted, settings().mode, read=proofreading.read_once(content))


def catch_up(opened: TabDraft) -> None:
    """After the area moved: let the words name the new place, and keep the draft."""
    counted = recount(opened)
    screen.area_shown()
    where = counted.ground.where if isinstance(counted, Counted) else ""
    content = opened.content
    draft.replace(content if where == content.where else draft_words.restate(content, "where", where))


def show(bar: DeltaGenerator, content: Draft, counted: Counted | Nowhere) -> None:
    """Write the counts and what stands against the alert into the bar."""
    stands = checks.checks(content, counted, settings().mode, read=proofreading.read_once(content))
    found = checks_html(stands, asked_too_early=screen.current().asked_too_early)
    bar.html(counts_html(counted) + found)


def spread(counted: Counted, choice: Choice) -> Spread:
    """Neighbourhoods and density of the counted area; kept, since it costs more than counting."""
    return _spread(counted.ground.geom, counted.ground.within_m, choice, counted.at, counted.ground)


@st.cache_resource(max_entries=50, ttl=600, show_spinner=False)
def _spread(geom: str, within_m: float, choice: Choice, at: datetime, _ground: Ground) -> Spread:
    with transactions.reading() as conn:
        points = density.told_points(conn, _ground, choice, at)
        neighbourhoods = density.by_neighbourhood(conn, _ground, points)
    cell_m = cell_size(points.total_bounds if len(points) else np.zeros(4), len(points))
    cells = density.density(points, cell_m).clip(shape(_ground.outline))
    shaded = [
        {"polygon": [(round(x, 5), round(y, 5)) for x, y in part.exterior.coords], "class": int(darkness)}
        for part, darkness in parts_of(cells, np.digitize(cells["people"], CLASS_FROM))
    ]
    people = dict(zip(neighbourhoods["neighbourhood"], neighbourhoods["people"].tolist(), strict=True))
    return Spread(people, list(density_layers(shaded)), cell_m)


def parts_of(cells: Any, classes: Any) -> Iterator[tuple[Polygon, int]]:
    """Each polygon with its class; clipping may leave two of one cell, or a line."""
    for geometry, darkness in zip(cells.geometry, classes, strict=True):
        for part in getattr(geometry, "geoms", [geometry]):
            if isinstance(part, Polygon):
                yield part, darkness


def cell_size(bounds: Any, people: int) -> int:
    """Metres: small enough to show where people live, never so small as to show who does."""
    east, north = bounds[2] - bounds[0], bounds[3] - bounds[1]
    least = max(max(east, north) / CELLS_ACROSS, (PEOPLE_A_CELL * east * north / max(people, 1)) ** 0.5)
    return min((size for size in CELLS_M if size >= least), default=CELLS_M[-1])


def seconds_needed(preview: Preview) -> int:
    """About how long handing over takes, in whole seconds, with one worker."""
    return max(1, round(max(preview.push / PER_SECOND[Channel.PUSH], preview.email / PER_SECOND[Channel.EMAIL])))


def counts_html(counted: Counted | Nowhere) -> str:
    """The figures of the bar: people, phones, e-mails, and those who will not get it with the reasons behind "why"."""
    found = counted.preview if isinstance(counted, Counted) else None
    told = follow_up.told_words(found) if found else ""
    return draw("control/send/counts.html", found=found, told=told, not_told=NOT_TOLD)


def checks_html(found: list[Check], *, asked_too_early: bool) -> str:
    """What stands against the alert, as a line of chips: one about a passage leads to where it stands in the text."""
    return draw(
        "control/send/checks.html",
        checks=found,
        todo=sum(one.weight is Weight.TODO for one in found),
        stopped=any(one.weight is Weight.STOP for one in found),
        asked_too_early=asked_too_early,
        icons=proofreading.ICONS,
        gap=OPEN_GAP,
        missing=MISSING,
    )


def neighbourhoods_words(people: dict[str, int], shown: int = 3) -> str:
    """ "Forebridge 412 · Baswich 301 · 2 more"."""
    named = [f"{name} {told:,}" for name, told in islice(people.items(), shown)]
    rest = len(people) - shown
    return " · ".join([*named, *([f"{rest} more"] if rest > 0 else [])])
