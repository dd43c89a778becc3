"""A street narrowed to a stretch: begun by a button, changed on the map or by choosing two crossings by name."""

import math
from functools import partial
from typing import Any, Protocol

import streamlit as st

from smartalert.cleaning import isolated
from smartalert.control import transactions
from smartalert.control.drawing import piece
from smartalert.control.send import draft, fields, parts, screen
from smartalert.errors import AreaRefused
from smartalert.geography import geo, streets
from smartalert.geography.streets import Crossing

#: Metres: an end so near a crossing is that crossing.
SAME_M = 5.0
#: What the lists say of an end that lies at no crossing.
ELSEWHERE = "The point on the map"
ENDS = ("From", "To")


class Take(Protocol):
    """Makes this stretch, or with None the whole street, the present area."""

    def __call__(self, ends: list[list[float]] | None, *, shown: bool = False) -> None: ...


def narrower(present: dict[str, Any], take: Take) -> None:
    """The button that narrows the present street; of a stretch its ends by name, and the way back."""
    if not present.get("ends"):
        st.button("Only a stretch", key="send:stretch", icon=":material/straighten:", on_click=begin, args=(take,))
        return
    with st.popover("Stretch", icon=":material/straighten:", key="stretch-ends"):
        st.html(piece("line", "Drag the two ends on the map, or choose two crossings.", "sd-typed"))
        known = crossings(present["street_id"])
        for number, label in enumerate(ENDS):
            at = nearest(known, present["ends"][number])
            fields.listed(
                f"stretch-{number}", label, [-1, *range(len(known))], at, partial(choose, take, known, number),
                format_func=partial(called, known),
            )  # fmt: skip
        st.button("All of it", key="send:stretch-whole", on_click=take, args=(None,), icon=":material/undo:")


def begin(take: Take) -> None:
    """Callback: the present street narrowed to what its ends are moved from."""
    present = parts.present(draft.current().content.area)
    if present is None:
        return
    try:
        with transactions.reading() as conn:
            ends = streets.usual_ends(conn, present["street_id"], screen.current().spot)
    except AreaRefused as refusal:
        screen.refuse_area(str(refusal))
        return
    take([list(end) for end in ends], shown=True)


def choose(take: Take, known: list[Crossing], number: int, chosen: int) -> None:
    """One end of the present stretch is at this crossing."""
    present = parts.present(draft.current().content.area)
    if present is None or chosen < 0:
        return
    ends = [list(end) for end in present["ends"]]
    ends[number] = [known[chosen].lat, known[chosen].lon]
    take(ends)


def called(known: list[Crossing], number: int) -> str:
    """How a list names a crossing."""
    return ELSEWHERE if number < 0 else isolated(known[number].name)


def nearest(known: list[Crossing], end: list[float]) -> int:
    """The crossing that an end lies at; −1 where it lies at none."""
    at = geo.to_grid(end[1], end[0])
    metres = [math.dist(at, geo.to_grid(one.lon, one.lat)) for one in known]
    number = min(range(len(known)), key=metres.__getitem__, default=-1)
    return number if number >= 0 and metres[number] <= SAME_M else -1


@st.cache_data(max_entries=100, ttl=600, show_spinner=False)
def crossings(street_id: int) -> list[Crossing]:
    """What meets a street, looked up once for all who narrow it; nothing of one that is gone, which the counts say."""
    try:
        with transactions.reading() as conn:
            return streets.crossings(conn, street_id)
    except AreaRefused:
        return []
