"""What an officer should know about the area that is drawn: who lies just outside it, what cuts it, what lies in it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import pydeck as pdk
import streamlit as st

from smartalert.alerts import lifecycle
from smartalert.alerts.checks import Counted, Nowhere
from smartalert.alerts.drafts import Draft
from smartalert.alerts.lifecycle import AlertNear
from smartalert.audience import outside
from smartalert.audience.outside import Margin, Outside
from smartalert.audience.preview import Choice
from smartalert.clock import utc_now
from smartalert.control import states, transactions
from smartalert.control.access import Role, require_officer
from smartalert.control.alert_map import just_outside_layer
from smartalert.control.drawing import draw
from smartalert.control.send import draft, preview, screen
from smartalert.control.words import count
from smartalert.geography import barriers, crimes, surroundings, widening
from smartalert.geography.areas import Ground
from smartalert.geography.barriers import Barrier
from smartalert.geography.crimes import ATTRIBUTION, Recorded
from smartalert.geography.surroundings import Surroundings

#: How old what is said of other alerts may be.
LOOK_EVERY_S = 5
NO_AREA = "About this area: draw one to see who lies just outside it"
#: Makes an area the draft's.
Take = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class About:
    """What is known about an area beside who would be told."""

    #: None for a message that goes to those who were told, wherever they are.
    outside: Outside | None
    #: Metres of each margin → the area that takes in whoever lies within it; None where none may be drawn.
    wider: dict[int, dict[str, Any] | None]
    barriers: list[Barrier]
    inside: Surroundings
    crimes: Recorded | None


@st.fragment
@states.or_failed
def panel(take_area: Take) -> None:
    """One line under the map, opened for more; drawn last, so that no count ever waits for it."""
    require_officer(Role.SENDER)
    if screen.current().moved:
        st.rerun()
    content = draft.current().content
    counted = preview.recount(draft.current())
    with st.container(key="area-context"):
        if isinstance(counted, Nowhere):
            st.html(draw("control/send/context_line.html", words=NO_AREA))
            return
        found = about(counted, content)
        others = [one for one in others_near(counted) if one.id != content.follows]
        line = st.popover(
            line_words(found, others), icon=":material/info:", type="tertiary", width="stretch", key="area-about"
        )
        with line, st.container(key="about-area", gap="small"):
            show(found, content, take_area)
            st.html(
                draw("control/send/about_area.html", found=found, others=others, now=utc_now(), attribution=ATTRIBUTION)
            )


def about(counted: Counted, content: Draft) -> About:
    """What is known about the counted area; kept, since it costs more than counting."""
    choice = None if content.follows else content.choice
    return _about(counted.ground.geom, counted.ground.within_m, choice, counted.at, counted.ground)


@st.cache_resource(max_entries=50, ttl=600, show_spinner=False)
def _about(geom: str, within_m: float, choice: Choice | None, at: datetime, _ground: Ground) -> About:
    with transactions.reading() as conn:
        beyond = outside.just_outside(conn, _ground, choice, at) if choice else None
        cut = barriers.across(conn, _ground)
        inside, recorded = surroundings.inside(conn, _ground), crimes.recorded(conn, _ground)
    margins = beyond.margins if beyond else ()
    wider = {margin.metres: widening.wider(_ground, margin.metres) for margin in margins if margin.people.anybody}
    return About(beyond, wider, cut, inside, recorded)


@st.cache_resource(max_entries=50, ttl=LOOK_EVERY_S, show_spinner=False)
def _others(geom: str, within_m: float, _ground: Ground) -> list[AlertNear]:
    with transactions.reading() as conn:
        return lifecycle.in_force_near(conn, _ground, utc_now())


def others_near(counted: Counted) -> list[AlertNear]:
    """Alerts that still count in or near the counted area."""
    return _others(counted.ground.geom, counted.ground.within_m, counted.ground)


def ring(content: Draft, counted: Counted | Nowhere) -> list[pdk.Layer]:
    """How far outside the area is looked, as a faint line; none where the area decides nothing."""
    if isinstance(counted, Nowhere) or content.follows:
        return []
    return [_ring(counted.ground.geom, counted.ground.within_m, counted.ground)]


@st.cache_resource(max_entries=50, ttl=600, show_spinner=False)
def _ring(geom: str, within_m: float, _ground: Ground) -> pdk.Layer:
    return just_outside_layer(widening.ring(_ground, outside.margins_of(_ground)[-1]))


def line_words(found: About, others: list[AlertNear]) -> str:
    """The panel in one line: "About 120 people just outside would not be told · River Sow cuts the area"."""
    return " · ".join(facts(found, others)) or "About this area"


def facts(found: About, others: list[AlertNear]) -> Iterator[str]:
    """What the line says, the most important first."""
    if found.outside:
        widest = found.outside.widest
        people = widest.people.words
        if widest.people.anybody:
            yield f"{people[0].upper()}{people[1:]} just outside would not be told"
        else:
            yield f"Nobody more within {widest.metres} m"
    if found.barriers:
        first, *further = found.barriers
        yield f"{first.name} and {len(further)} more cut the area" if further else f"{first.name} cuts the area"
    if others:
        yield f"{count(len(others), 'other live alert', 'other live alerts')} near"
    if found.inside.schools:
        yield count(len(found.inside.schools), "school", "schools")
    if found.inside.care_homes:
        yield count(len(found.inside.care_homes), "care home", "care homes")
    if found.crimes:
        yield count(found.crimes.offences, "recorded crime", "recorded crimes")


def show(found: About, content: Draft, take_area: Take) -> None:
    """Who lies just outside, and the presses that take them in."""
    if found.outside:
        st.html(draw("control/send/just_outside.html", outside=found.outside))
        whole = content.area or {}
        for margin in found.outside.margins:
            offer_wider(margin, found.wider.get(margin.metres), whole, take_area)
        way_back(whole, take_area)


def offer_wider(margin: Margin, area: dict[str, Any] | None, whole: dict[str, Any], take_area: Take) -> None:
    """How many within one margin, and the press that takes them in."""
    too_wide = margin.people.anybody and area is None
    with st.container(key=f"about-margin-{margin.metres}", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(draw("control/send/margin.html", margin=margin, too_wide=too_wide))
        if area and not screen.current().adding:
            st.button(
                f"Widen by {margin.metres} m", key=f"send:widen-{margin.metres}", icon=":material/zoom_out_map:",
                on_click=partial(widen, area, whole, take_area),
            )  # fmt: skip


def widen(area: dict[str, Any], before: dict[str, Any], take_area: Take) -> None:
    """Callback: the wider area instead of this one."""
    take_area(area)
    screen.keep_widened(area, before)


def way_back(whole: dict[str, Any], take_area: Take) -> None:
    """After widening, the area as it was."""
    widened = screen.current().widened
    if widened and widened[0] == whole:
        st.button(
            "Back to the area as it was", key="send:widen-back", icon=":material/undo:",
            on_click=partial(take_area, widened[1]),
        )  # fmt: skip
