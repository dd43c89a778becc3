"""What issuing would do, while it is still being drawn and written: counts, who is left out, what to mind."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Any, Literal

import numpy as np
import pandas as pd
import streamlit as st
from shapely.geometry import Polygon, shape
from streamlit.delta_generator import DeltaGenerator

from smartalert.alerts import approval_policy, drafts
from smartalert.alerts.drafts import Draft
from smartalert.alerts.jurisdiction import outside_jurisdiction
from smartalert.alerts.proofreading import Finding
from smartalert.audience import density
from smartalert.audience.preview import NOT_TOLD, Choice, Preview, count_audience
from smartalert.channel import Channel
from smartalert.clock import utc_now
from smartalert.control import transactions
from smartalert.control.send import draft, follow_up, proofreading
from smartalert.control.send.draft import Counted, Work
from smartalert.control.words import count
from smartalert.errors import AreaRefused
from smartalert.geography import areas, geo
from smartalert.geography.areas import Ground

#: An alert that is over so soon may be over before people look at their phones.
SOON = timedelta(minutes=60)
#: Less of the area than this outside the force's is a matter of drawing, not of people.
OUTSIDE_SHARE = 0.02
#: What one worker hands over in a second, cautiously; phones and e-mails leave side by side.
PER_SECOND = {Channel.PUSH: 2_000, Channel.EMAIL: 5_000}
NO_AREA = "Draw or search for the area"
NOBODY_TOLD = "Nobody was told, or can be told any more. Stop the alert instead, if it is still going out."
#: Widths of density cells in metres, and the people at which a darker class begins.
CELLS_M = (50, 100, 200, 250, 500)
CELLS_ACROSS = 22
#: A cell should hold about so many, or most would be too few to be drawn.
PEOPLE_A_CELL = 4
CLASS_FROM = (10, 25, 50, 100)
CLASS_LABELS = (f"{density.SMALLEST_CELL}–9", "10–24", "25–49", "50–99", "100+")


@dataclass(frozen=True, slots=True)
class Warning:
    """One thing to mind: stop keeps the alert from being issued, todo is for the officer to finish, care is advice."""

    level: Literal["stop", "todo", "care"]
    text: str
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    """Where those who would be told are: by neighbourhood, and as cells to shade."""

    neighbourhoods: pd.DataFrame
    cells: list[dict[str, Any]]
    cell_m: int


def recount(work: Work) -> Counted:
    """The counts for the present area and choice; asked of the database only if one of them changed."""
    key = (str(work.content.area), work.content.choice)
    if work.counted is None or work.counted.key != key:
        work.counted = _count(key, work)
    return work.counted


def _count(key: tuple[Any, ...], work: Work) -> Counted:
    at, content = utc_now(), work.content
    try:
        with transactions.reading() as conn:
            ground = areas.survey(conn, geo.area_from(content.area))
            counted = count_audience(conn, ground, content.choice, at)
            ruling = approval_policy.ruling(conn, content, ground, counted, at)
            not_theirs = outside_jurisdiction(conn, work.officer, content, ground, at)
            return Counted(key, at, ground, counted, ruling, not_theirs=not_theirs)
    except AreaRefused as refusal:
        return Counted(key, at, refusal=str(refusal))


def catch_up(work: Work) -> None:
    """After the area moved: let the words name the new place, and keep the draft."""
    recount(work)
    work.moved = False
    settle_place(work)
    draft.flush()


def show(bar: DeltaGenerator, work: Work, counted: Counted) -> None:
    """Write the counts and what to mind into the bar."""
    found = warnings(work.content, counted)
    bar.html(counts_html(counted) + warnings_html(found, asked_too_early=work.asked_too_early))


def settle_place(work: Work) -> None:
    """Let the words name the place where the area now lies."""
    where = work.counted.ground.where if work.counted and work.counted.ground else ""
    if where != work.content.where:
        work.content = drafts.restate(work.content, "where", where)


def spread(ground: Ground, choice: Choice, at: datetime) -> Spread:
    """Neighbourhoods and density of the counted area; kept, since it costs more than counting."""
    return _spread(ground.geom, ground.within_m, choice, at, ground)


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
    return Spread(neighbourhoods, shaded, cell_m)


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


def warnings(content: Draft, counted: Counted) -> list[Warning]:
    """What stands in the way of the alert, what is still to do, and what to mind, in that order."""
    found: list[Warning] = []
    if counted.refusal and content.area:
        found.append(Warning("stop", counted.refusal))
    if counted.not_theirs:
        found.append(Warning("stop", counted.not_theirs))
    if counted.preview and counted.preview.people == 0:
        found.append(Warning("stop", NOBODY_TOLD if content.sequel else _nobody(counted.preview)))
    if not content.area:
        found.append(Warning("todo", NO_AREA))
    proofs_by_words = {one.what: one for one in reversed(proofreading.read(content)) if one.what != counted.refusal}
    read = [Warning(proofreading.TONES[one.level], one.what, one) for one in reversed(proofs_by_words.values())]
    found += [one for one in read if one.level == "todo"]
    if counted.ground and counted.ground.outside_share > OUTSIDE_SHARE:
        share = max(1, round(100 * counted.ground.outside_share))
        found.append(Warning("care", f"{share} % of the area lies outside the force's: nobody is told there."))
    if counted.ruling and counted.ruling.needs_second_person:
        found.append(Warning("care", counted.ruling.words))
    if counted.preview and counted.preview.points_at_a_home:
        found.append(
            Warning("care", f"Only {counted.preview.people} would be told: that points at a home. Make it larger.")
        )
    if content.expires in drafts.EXPIRIES and content.expires_at(counted.at) - counted.at <= SOON:
        found.append(Warning("care", "It is over within the hour: some will not have looked at their phones."))
    return found + [one for one in read if one.level == "care"]


def _nobody(preview: Preview) -> str:
    if preview.left_out:
        return f"Nobody would be told: all {preview.left_out:,} people in the area are left out."
    return "Nobody who signed up lives in this area. Make it larger."


def seconds_needed(preview: Preview) -> int:
    """About how long handing over takes, in whole seconds, with one worker."""
    return max(1, round(max(preview.push / PER_SECOND[Channel.PUSH], preview.email / PER_SECOND[Channel.EMAIL])))


def counts_html(counted: Counted) -> str:
    """The figures of the bar; the words below them say what they are."""
    preview = counted.preview
    if preview is None:
        return (
            '<div class="sd-counts sd-empty"><b>No area yet</b>'
            "<span>Draw a circle, pick a street or search. The count appears here.</span></div>"
        )
    told = follow_up.told_words(preview)
    figures = [
        _figure(preview.people, "person", "people", "Each counted once, however many places or devices they have."),
        _figure(preview.push, "phone", "phones", "One notification each."),
        _figure(preview.email, "e-mail", "e-mails", "One message each."),
    ]
    if told:
        figures.insert(1, f'<p class="sd-told">{told}</p>')
    return f'<div class="sd-counts">{"".join(figures)}{left_out_html(preview)}</div>'


def _figure(number: int, one: str, many: str, meaning: str) -> str:
    word = one if number == 1 else many
    return f'<div class="sd-figure" title="{escape(meaning)}"><b>{number:,}</b><span>{word}</span></div>'


def left_out_html(preview: Preview) -> str:
    """How many in the area, or of those who were told, will not get it, with the reasons behind "why"."""
    whose = "" if preview.told_before else "in the area "
    if not preview.left_out:
        return f'<div class="sd-figure sd-out"><b>0</b><span>{whose}will not get it</span></div>'
    reasons = "".join(f"<li><b>{number:,}</b> {NOT_TOLD[reason]}</li>" for reason, number in preview.not_told.items())
    return (
        f'<div class="sd-figure sd-out"><b>{preview.left_out:,}</b><span>{whose}will not get it '
        f"<details><summary>why</summary><ul>{reasons}</ul></details></span></div>"
    )


def warnings_html(found: list[Warning], *, asked_too_early: bool) -> str:
    """Warnings as a line of chips: a chip about a passage leads to where it stands in the text."""
    todo = sum(one.level == "todo" for one in found)
    lead = '<span class="sd-lead sd-good">Ready to review</span>'
    if todo:
        lead = f'<span class="sd-lead">{count(todo, "thing", "things")} to do before review</span>'
    elif any(one.level == "stop" for one in found):
        lead = ""
    chips = "".join(_chip(one) for one in found)
    asked = " sd-asked" if asked_too_early and todo else ""
    # It scrolls where a small screen leaves no room: then keys must be able to scroll it too.
    return f'<div class="sd-mind{asked}" tabindex="0" role="group" aria-label="What to mind">{lead}{chips}</div>'


def _chip(one: Warning) -> str:
    if one.finding:
        return proofreading.chip_html(one.finding)
    icon = {"stop": "block", "todo": "radio_button_unchecked", "care": "warning"}[one.level]
    return f'<span class="sd-chip sd-{one.level}"><i aria-hidden="true">{icon}</i>{escape(one.text)}</span>'


def neighbourhoods_words(table: pd.DataFrame, shown: int = 3) -> str:
    """ "Forebridge 412 · Baswich 301 · 2 more"."""
    named = [f"{row.neighbourhood} {row.people:,}" for row in table.head(shown).itertuples()]
    rest = len(table) - shown
    return " · ".join([*named, *([f"{rest} more"] if rest > 0 else [])])


def area_html(words: str, where: str) -> str:
    """The area in words, and beneath it the neighbourhoods it reaches."""
    return f'<p class="sd-area" role="status"><b>{escape(words)}</b><span>{escape(where)}</span></p>'
