"""Where the ground has gaps: the areas without streets, postcodes or residents, on a map, in a list, and in words."""

from typing import NamedTuple

import pydeck as pdk
import streamlit as st

from smartalert.control import states
from smartalert.control.access import Role, require_officer
from smartalert.control.alert_map import alert_map
from smartalert.control.alert_map import county as county_map
from smartalert.control.drawing import draw, piece
from smartalert.control.transactions import ROLE, in_transaction
from smartalert.control.words import count
from smartalert.database import connection
from smartalert.geography import ground_map
from smartalert.importers import coverage
from smartalert.importers.coverage import Covered


class Kind(NamedTuple):
    """Something that an area has or lacks: as a choice, and what is said of those without and of those with it."""

    title: str
    lacking: str
    having: str


#: Fact of an area → what it is.
KINDS = {
    "streets": Kind("Streets", "no street", "streets"),
    "postcodes": Kind("Postcodes", "no postcode", "postcodes"),
    "population": Kind("Residents", "no figure of residents", "a figure of residents"),
}
#: Metres of detail that no screen shows.
DETAIL_M = 20
HEIGHT = 380
#: Red, green, blue and how far it covers: to be seen on the map of the day and of the night.
FILL, LINE = [217, 119, 6, 120], [180, 83, 9, 255]
CHOSEN = "ground:gaps"


@states.or_failed
def panel() -> None:
    """One kind of gap at a time."""
    require_officer(Role.ADMINISTRATOR)
    with st.container(key="panel-gaps", gap="small"):
        st.html(piece("heading", "Coverage", "by area"))
        areas = covered(in_transaction(ground_map.version))
        if not areas:
            st.html(
                piece("line", "Import the areas, and this shows which of them have streets, postcodes and residents.")
            )
            return
        chosen = st.segmented_control(
            "Gaps", list(KINDS), key=CHOSEN, default="streets", format_func=lambda kind: KINDS[kind].title,
            label_visibility="collapsed",
        ) or "streets"  # fmt: skip
        without = [area for area in areas if not getattr(area, chosen)]
        said = words(len(without), len(areas), KINDS[chosen])
        st.html(draw("control/ground/gaps.html", said=said, areas=without, whole=not without))
        county = county_map.county()
        alert_map(
            deck=county.deck, added=[shade(tuple(area.id for area in without))] if without else [], home=county.home,
            key="ground-map", caption=county.caption, attribution=county.attribution, label=said, height=HEIGHT,
            read_only=True,
        )  # fmt: skip


def words(without: int, of: int, kind: Kind) -> str:
    """ "174 of 211 areas have no figure of residents", "All 211 areas have streets"."""
    if not without:
        return f"All {count(of, 'area has', 'areas have')} {kind.having}"
    return f"{without:,} of {count(of, 'area', 'areas')} {'has' if without == 1 else 'have'} {kind.lacking}"


@st.cache_resource(max_entries=2, show_spinner=False)
def covered(version: str) -> list[Covered]:
    """Every area of this version of the ground, by which they are kept."""
    with connection.reading(connection.engine(ROLE)) as conn:
        return coverage.neighbourhoods(conn)


@st.cache_resource(max_entries=6, show_spinner=False)
def shade(numbers: tuple[int, ...]) -> pdk.Layer:
    """These areas, filled."""
    with connection.reading(connection.engine(ROLE)) as conn:
        features = coverage.outlines(conn, list(numbers), DETAIL_M)
    return pdk.Layer(
        "GeoJsonLayer", features, id="gaps", filled=True, stroked=True, get_fill_color=FILL, get_line_color=LINE,
        get_line_width=1.5, line_width_units=pdk.types.String("pixels"),
    )  # fmt: skip
