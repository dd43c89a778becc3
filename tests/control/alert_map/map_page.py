"""A small page with the real alert map, in a fragment, with fields beside it and a note of what Python heard when."""

import time

import streamlit as st
from shapely.geometry import LineString, Point, mapping

from smartalert.control.alert_map import Legend, ShownArea, alert_map, base_deck, density_layers, live_alerts_layer
from tests.control.alert_map.street_tiles import place, town

state = st.session_state
LAT, LON, RADIUS = "lat", "lon", "radius"
HOME = (*place(-6_000, -5_000), *place(6_000, 5_000))


@st.cache_resource
def county():
    return base_deck(
        ground=["tiles/ground/1.pmtiles"],
        streets_url="tiles/streets/{z}/{x}/{y}.mvt",
        boundary=LineString([place(-4_000, -1_000), place(4_000, 1_000)]).buffer(0.04),
        neighbourhoods=mapping(LineString([place(-4_000, 300), place(4_000, 300)])),
    )


def square(east_m, north_m, size_m):
    corners = ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))
    return [place(east_m + x * size_m, north_m + y * size_m) for x, y in corners]


def people():
    cells = [(x, y) for x in range(-2, 2) for y in range(-2, 2)]
    density = [{"polygon": square(x * 250, y * 250, 250), "class": (x + y + 4) % 5} for x, y in cells]
    other = {"type": "Polygon", "coordinates": [square(-1_900, 600, 700)]}
    alert = {"type": "Feature", "geometry": other, "properties": {"title": "Burglary just happened"}}
    return [*density_layers(density), live_alerts_layer({"type": "FeatureCollection", "features": [alert]})]


def start_again():
    """A map that nobody has touched."""
    state.update(
        circle=None,
        street=None,
        shape=None,
        others=[],
        corners=(),
        heard="nothing",
        runs=0,
        pages=0,
        visit=state.get("visit", 0) + 1,
    )
    state.update({LAT: "", LON: "", RADIUS: 500})


def hear(what):
    state.heard = f"{what} at {time.time() * 1000:.0f}"


def on_drawn(circle):
    hear("drawn")
    state.update(circle=None, street=None, shape=None)
    if circle and state.kind != "refusing":
        state.circle = {"lat": circle.lat, "lon": circle.lon, "radius_m": circle.radius_m}
        state.update({LAT: f"{circle.lat:.6f}", LON: f"{circle.lon:.6f}", RADIUS: circle.radius_m})


def on_outlined(outline):
    hear(f"outlined {len(outline.corners)} corners, the first {outline.corners[0]}")
    state.corners = outline.corners
    if state.kind == "refusing":
        return
    state.update(circle=None, street=None, shape=shape_of([list(corner) for corner in outline.corners]))


def marked():
    """A square, as a draft has it."""
    corners = [place(x, y)[::-1] for x, y in ((-400, -300), (400, -300), (400, 300), (-400, 300))]
    state.shape = shape_of([[round(lat, 6), round(lon, 6)] for lat, lon in corners])


def shape_of(corners):
    ring = [[lon, lat] for lat, lon in [*corners, corners[0]]]
    return {
        "name": "The marked area", "outline": {"type": "Polygon", "coordinates": [ring]}, "corners": corners,
    }  # fmt: skip


def still():
    """What is drawn joins the others, as on the send screen."""
    state.others = [{"number": 1, "outline": state.shape["outline"]}]
    state.update(circle=None, street=None, shape=None)


def on_chosen(number):
    """The square is the one to be changed; a circle drawn beside it stands still."""
    hear(f"chosen {number}")
    circle = state.circle and Point(state.circle["lon"], state.circle["lat"]).buffer(0.003)
    state.update(circle=None, others=[{"number": 2, "outline": mapping(circle)}] if circle else [])
    marked()


def on_picked(picked):
    street = next(s for s in town() if s.id == picked.street_id)
    hear(f"picked {street.name}")
    line = LineString(street.line)
    shapes = {"line": mapping(line), "outline": mapping(line.buffer(0.0007))}
    state.update(circle=None, shape=None, street={"id": street.id, "name": street.name, "buffer_m": 60, **shapes})


def narrowed():
    """A street from west to east, and what of it lies between two ends."""
    whole = LineString([place(-1_500, 0), place(1_500, 0)])
    state.update(
        circle=None, shape=None, street={"id": 7, "name": "Long Road", "buffer_m": 60, "whole": mapping(whole)}
    )
    stretch([place(x, 0)[::-1] for x in (-300, 300)])


def stretch(ends):
    line = LineString([(lon, lat) for lat, lon in ends])
    shapes = {"line": mapping(line), "outline": mapping(line.buffer(0.0007))}
    state.corners = ends = [[round(lat, 6), round(lon, 6)] for lat, lon in ends]
    state.street = {**state.street, **shapes, "ends": ends}


def on_stretched(drawn):
    hear("stretched")
    stretch(drawn.ends)


def on_typed():
    if not (state[LAT] and state[LON]):
        return
    state.circle = {"lat": float(state[LAT]), "lon": float(state[LON]), "radius_m": state[RADIUS]}
    state.street = None


def fields():
    state.runs += 1
    st.text_input("Latitude", key=LAT, on_change=on_typed)
    st.text_input("Longitude", key=LON, on_change=on_typed)
    st.number_input("Radius", 50, 3_000, key=RADIUS, on_change=on_typed)
    st.button("Again")
    st.button("Another", on_click=still)
    st.button("Marked", on_click=marked)
    st.button("Narrowed", on_click=narrowed)
    st.text(f"Heard {state.heard}")
    st.text(f"Area {state.circle} street {state.street and state.street['id']}")
    st.text(f"Ring {[list(corner) for corner in state.corners]}")
    st.text(f"Runs {state.runs} of visit {state.visit}")


def body():
    left, right = st.columns([3, 1])
    with right:
        fields()
    with left:
        alert_map(
            deck=county(),
            added=people(),
            home=HOME,
            key="map",
            area=ShownArea(state.circle, state.street, state.shape, state.others),
            on_drawn=on_drawn,
            on_picked=on_picked,
            on_outlined=on_outlined,
            on_chosen=on_chosen,
            on_stretched=on_stretched,
            legend=Legend("People", ["1–9", "10–24", "25–49", "50–99", "100+"]),
            caption=f"Fictional county {state.visit}",
            attribution="Made-up streets",
            height=460,
            read_only=state.kind == "read only",
        )


st.set_page_config(page_title="Alert map", layout="wide")
if "visit" not in state:
    start_again()
st.button("Start again", on_click=start_again)
st.text_input("Kind of map", key="kind", on_change=start_again)
state.pages += 1
st.text(f"Pages {state.pages}")
if state.kind != "none":
    st.fragment(body)()
