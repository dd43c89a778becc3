"""The search box over the map: streets, postcodes and places while they are typed."""

from typing import Any

import streamlit as st

from smartalert.cleaning import isolated
from smartalert.control import states, transactions
from smartalert.control.access import Role, require_officer
from smartalert.control.alert_map import county as county_map
from smartalert.control.drawing import piece
from smartalert.control.send import draft, fields, parts, screen, view
from smartalert.control.send.area import USUAL_BUFFER_M, take_area
from smartalert.control.send.screen import Box
from smartalert.control.send.shapes import around
from smartalert.control.words import count
from smartalert.geography import search
from smartalert.geography.search import Hit

#: What choosing a point begins with.
USUAL_RADIUS_M = 500
SEARCH = "search"
#: Session key: what is searched for, and how many hits of it are shown.
MORE = "send:more-hits"
ICONS = {
    "street": "signpost",
    "postcode": "markunread_mailbox",
    "city": "location_city",
    "town": "location_city",
    "suburb": "location_city",
    "village": "holiday_village",
    "hamlet": "holiday_village",
    "road": "add_road",
    "canal": "sailing",
    "river": "water",
    "railway": "train",
    "crossing": "fork_right",
    "station": "train",
    "hospital": "local_hospital",
    "park": "park",
    "water": "water",
    "farm": "agriculture",
    "neighbourhood": "holiday_village",
    "school": "school",
    "care home": "elderly",
}
#: Hits at first, and with each press of “Show more”.
HITS, MOST_HITS = 8, 48
#: How far round an area counts as in view, metres.
SEEN_M = 2_500


@st.fragment
@states.or_failed
def search_box() -> None:
    """Find a street or a place while its name is being typed; only this box reruns."""
    officer = require_officer(Role.SENDER)
    text = fields.searched(
        SEARCH,
        "Search for a street, postcode, place or grid reference",
        placeholder="Street, postcode, place or grid reference",
        type="search",
        live="200ms",
        icon=":material/search:",
        label_visibility="collapsed",
    )
    if screen.current().moved:
        st.rerun()
    looked_at = view.looked_at()
    if len(text.strip()) >= search.SHORTEST:
        show_hits(text, looked_at or likely_view(officer.jurisdiction))


def likely_view(jurisdiction: tuple[str, ...] | None) -> Box | None:
    """What an officer whose map has not said so is looking at: round the area, else where the map was sent, else the
    officer's own neighbourhoods."""
    area = parts.present(draft.current().content.area) or {}
    if "lat" in area:
        return around(area["lat"], area["lon"], SEEN_M)
    beat = county_map.beat(jurisdiction)
    return screen.current().focus or (beat.box if beat else None)


def show_hits(text: str, looked_at: Box | None) -> None:
    """What the text may mean, over the map, each a button; the rest on request."""
    typed, most = st.session_state.get(MORE, ("", HITS))
    most = most if typed == text else HITS
    with transactions.reading() as conn:
        found = search.search(conn, text, most + 1, neighbourhoods=True, view=looked_at)
    hits = found[:most]
    with st.container(key="search-hits", gap=None):
        if not hits:
            why = search.advice(text) or f"No results for “{text.strip()}”. Try fewer letters, or a postcode."
            st.html(piece("line", why, "sd-none"))
        for hit in hits:
            icon = f":material/{ICONS.get(hit.kind, 'location_on')}:"
            label = f"{isolated(hit.label)} :gray[· {hit.kind}]"
            # Keyed by what it is, not by its place in the list: a press can only mean the hit that it fell on.
            key = f"hit-{hit.kind}-{hit.id or hit.code or hit.label}"
            st.button(label, key=key, icon=icon, type="tertiary", on_click=choose, args=(hit,))
        if len(found) > most and most < MOST_HITS:
            args = (text, most)
            st.button("Show more", key="more-hits", icon=":material/expand_more:", on_click=show_more, args=args)
        # Last: whoever cannot see the list hears that it is whole, and what it answers.
        st.html(piece("line", f"{count(len(hits), 'result', 'results')} for “{text.strip()}”", "sd-found", "status"))
        for _ in range(most - len(hits) + 1):
            st.empty()  # in the place of what is left of a longer list, which a run that is broken off may leave there


def show_more(text: str, shown: int) -> None:
    """Callback: a longer list, for as long as this is what is typed."""
    st.session_state[MORE] = (text, shown + 2 * HITS)


def choose(hit: Hit) -> None:
    """Callback: a street or a neighbourhood becomes the area as it is; any other place a circle around it."""
    area: dict[str, Any] = {"lat": round(hit.lat, 6), "lon": round(hit.lon, 6), "radius_m": USUAL_RADIUS_M}
    if hit.is_street:
        area = {"street_id": hit.id, "buffer_m": USUAL_BUFFER_M}
    if hit.code:
        area = {"neighbourhood": hit.code}
    take_area(area, focus=hit.box or around(hit.lat, hit.lon, USUAL_RADIUS_M * 1.6))
    screen.keep_spot(hit.lat, hit.lon)
    fields.renew(SEARCH)
