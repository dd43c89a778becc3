"""Where it happens: by rule on whatever ground there is, and who should be told there, drawn on the map."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from smartalert.audience.preview import Choice, count_audience
from smartalert.clock import utc_now
from smartalert.control.alert_map import DrawnCircle, PickedStreet, ShownArea, alert_map
from smartalert.control.alert_map import county as county_map
from smartalert.control.drawing import draw
from smartalert.control.scenarios import acts
from smartalert.control.scenarios import work as parts
from smartalert.control.scenarios.work import Work
from smartalert.control.send import fields
from smartalert.control.transactions import ROLE
from smartalert.database import connection
from smartalert.drills import place
from smartalert.drills.editing import Location
from smartalert.drills.place import Place
from smartalert.drills.scenario import Landmark
from smartalert.errors import AreaRefused, DrillRefused
from smartalert.geography import areas, geo
from smartalert.geography.areas import Ground

SEED, LATER = "scenarios:seed", "scenarios:later"
#: How long a place and how many live there are kept.
KEPT_S = 600
#: A drawn radius is rounded to so many metres; the smallest and largest that a scenario takes.
STEP_M, SMALLEST_M, LARGEST_M = 50, 50, 3_000
MAP_HEIGHT = 440
#: Metres to each side of the place that the map begins with; what a grown area begins with.
SHOWN_M, GROWN_M = 1_200, 1_000
AT_FIRST, GROWN = "At first", "After it has grown"


def show(work: Work) -> None:
    """The rule, an example of what it finds here, and the reference area on it."""
    left, right = st.columns([3, 5], gap="medium")
    near = tuple(str(one) for one in work.listed(("place", "near")) if str(one) in list(Landmark))
    there = place_of(near)
    with left:
        parts.some_of(work, ("place", "near"), "It happens at the first of these that the ground has", list(Landmark))
        st.html(draw("control/scenarios/place.html", there=there))
        st.button("Another place", key="scenario-place", icon=":material/casino:", on_click=another)
        location = area_fields(work)
    with right:
        if there:
            on_map(work, location, there)


def area_fields(work: Work) -> Location:
    """How far around the place people should be told, at first and later; where the one on the map stands."""
    grows = work.value(("good", "area_later")) is not None
    first: Location = ("good", "area")
    parts.say(work, first, inside=False)
    fields.switch(work.name(("good", "area_later", "grows")), "The area grows later", grows, partial(take_growth, work))
    shown = first
    if grows:
        which = st.segmented_control("Area", [AT_FIRST, GROWN], default=AT_FIRST, required=True, key=LATER)
        shown = first if which == AT_FIRST else ("good", "area_later")
    label = "Metres either side of the street" if along(work, shown) else "Metres around the place"
    parts.number(work, (*shown, "within_m"), label, step=float(STEP_M), width=240)
    parts.switch(work, (*shown, "along_street"), "Along the street of the place")
    return shown


def take_growth(work: Work, grows: bool) -> None:
    """Callback: another area later, or none."""
    acts.change(work.own, ("good", "area_later"), {"within_m": GROWN_M} if grows else None)


def on_map(work: Work, location: Location, there: Place) -> None:
    """The area on the map, as the send screen draws one; its size is what a hand changes."""
    county = county_map.county()
    within = min(max(work.number((*location, "within_m")) or SMALLEST_M, SMALLEST_M), LARGEST_M)
    ground = ground_of(there, within, along_street=along(work, location))
    alert_map(
        deck=county.deck,
        home=county.home,
        key="scenario-map",
        area=shown_area(there, within, ground),
        on_drawn=partial(take_circle, work, location),
        on_picked=partial(take_street, work, location),
        focus=around(there),
        caption=county.caption,
        attribution=county.attribution,
        height=MAP_HEIGHT,
    )
    people = people_at(there, within, along_street=along(work, location))
    st.html(draw("control/scenarios/area.html", people=people, ground=ground))


def along(work: Work, location: Location) -> bool:
    """Whether it is the street of the place that is told."""
    return work.value((*location, "along_street"), False) is True


def take_circle(work: Work, location: Location, circle: DrawnCircle | None) -> None:
    """Callback: the size that was drawn; its middle is wherever the story happens."""
    if circle:
        metres = min(max(round(circle.radius_m / STEP_M) * STEP_M, SMALLEST_M), LARGEST_M)
        acts.change(work.own, location, {"within_m": metres})


def take_street(work: Work, location: Location, _street: PickedStreet) -> None:
    """Callback: along the street; which one it is, the ground decides."""
    acts.change(work.own, (*location, "along_street"), True)


def another() -> None:
    """Callback: another place that the same rule finds."""
    st.session_state[SEED] = st.session_state.get(SEED, 1) + 1


def place_of(near: Sequence[str]) -> Place | None:
    """A place on this ground by the rule; None where it has none."""
    return _place(tuple(near), int(st.session_state.get(SEED, 1)))


def around(there: Place) -> tuple[float, float, float, float]:
    """What the map shows of a place: west, south, east and north."""
    east, north = geo.to_grid(there.lon, there.lat)
    (west, south), (east, north) = (geo.from_grid(east + by, north + by) for by in (-SHOWN_M, SHOWN_M))
    return west, south, east, north


def shown_area(there: Place, within: float, ground: Ground | None) -> ShownArea:
    """The area as the map takes it."""
    if ground is None or ground.street_id is None:
        return ShownArea(circle={"lat": there.lat, "lon": there.lon, "radius_m": within})
    street = {"id": ground.street_id, "name": there.street, "buffer_m": within}
    return ShownArea(street=street | {"line": ground.line, "outline": ground.outline})


@st.cache_resource(ttl=KEPT_S, max_entries=200, show_spinner=False)
def _place(near: tuple[str, ...], seed: int) -> Place | None:
    with connection.reading(connection.engine(ROLE)) as conn:
        try:
            return place.find(conn, [Landmark(one) for one in near], seed)
        except DrillRefused:
            return None


@st.cache_resource(ttl=KEPT_S, max_entries=200, show_spinner=False)
def ground_of(there: Place, within: float, *, along_street: bool) -> Ground | None:
    """The area on the ground; None where it lies outside the force."""
    given = (
        {"street_id": there.street_id, "buffer_m": within}
        if along_street
        else {"lat": there.lat, "lon": there.lon, "radius_m": within}
    )
    with connection.reading(connection.engine(ROLE)) as conn:
        try:
            return areas.survey(conn, geo.area_from(given))
        except AreaRefused:
            return None


@st.cache_resource(ttl=KEPT_S, max_entries=200, show_spinner=False)
def people_at(there: Place, within: float, *, along_street: bool = False) -> int | None:
    """How many would be told there now; None where it lies outside the force."""
    ground = ground_of(there, within, along_street=along_street)
    if ground is None:
        return None
    with connection.reading(connection.engine(ROLE)) as conn:
        return count_audience(conn, ground, Choice(urgent=True), utc_now()).people
