"""The standard map as pydeck layers, from plain data. Colours are names: the browser mixes them for its theme.

Every coordinate is longitude, latitude (EPSG:4326). Wherever GeoJSON is asked for, a dict, a GeoDataFrame or the
address of a GeoJSON route (relative to the application's root; the lighter choice on every rerun) will do.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pydeck as pdk
from shapely.geometry import box, mapping, shape
from shapely.geometry.base import BaseGeometry

#: Density classes from the fewest people to the most.
DENSITY_CLASSES = ("LOWEST", "LOW", "MIDDLE", "HIGH", "HIGHEST")
#: From the bottom of the map to its top.
ORDER = (
    "ground",
    *(f"density-{name}" for name in DENSITY_CLASSES),
    "streets",
    "outside",
    "neighbourhoods",
    "boundary",
    "beat",
    "just-outside",
    "live-alerts",
)
PIXELS = pdk.types.String("pixels")
DASHED = {"@@type": "PathStyleExtension", "dash": True, "highPrecisionDash": True}


def _colour(name: str) -> pdk.types.String:
    return pdk.types.String(f"@@#{name}")


def _geojson(data: Any) -> Any:
    """As a dict or an address; a GeoDataFrame without its bounding box, which is not JSON where it is empty."""
    return data.to_geo_dict(show_bbox=False) if hasattr(data, "to_geo_dict") else data


def base_deck(
    *,
    ground: Sequence[str] = (),
    streets_url: str | None = None,
    boundary: BaseGeometry | Mapping[str, Any] | None = None,
    neighbourhoods: Any = None,
) -> pdk.Deck:
    """Return the county without anybody in it. Costly: keep it, and give alert_map what is added to it.

    ground are the addresses of what is drawn below everything else, from the bottom up: of PMTiles files, or templates
    of tiles as streets_url is. streets_url is a template such as
    `tiles/streets/{z}/{x}/{y}.mvt` of vector tiles with properties id and name: what officers pick, never drawn.
    boundary is the force area: a shapely geometry or a GeoJSON geometry.
    """
    layers: list[pdk.Layer] = []
    if ground:
        layers.append(pdk.Layer("GroundLayer", list(ground), id="ground"))
    if streets_url:
        layers.append(pdk.Layer("StreetTilesLayer", streets_url, id="streets", min_zoom=8, max_zoom=15))
    if boundary is not None:
        layers.extend(_boundary(shape(boundary)))
    if neighbourhoods is not None:
        layers.append(_outlines("neighbourhoods", neighbourhoods, "NEIGHBOURHOOD", 1))
    return pdk.Deck(layers=layers, map_provider=None)  # else pydeck would name a public tile server


def in_order(layers: Iterable[pdk.Layer]) -> list[pdk.Layer]:
    """The layers each at its height; those that only one screen knows lie on top."""
    heights = {name: height for height, name in enumerate(ORDER)}
    return sorted(layers, key=lambda layer: heights.get(layer.id, len(ORDER)))


def _outlines(name: str, data: Any, colour: str, width: float, **look: Any) -> pdk.Layer:
    return pdk.Layer(
        "GeoJsonLayer",
        _geojson(data),
        id=name,
        filled=False,
        stroked=True,
        get_line_color=_colour(colour),
        get_line_width=width,
        line_width_units=PIXELS,
        line_joint_rounded=True,
        **look,
    )


def _boundary(force: BaseGeometry) -> list[pdk.Layer]:
    """Shade over everywhere else, and the line between. Ten metres of detail is more than any screen shows."""
    simple = force.simplify(0.0002)
    elsewhere = box(-20, 45, 12, 63).difference(simple)
    outside = pdk.Layer(
        "GeoJsonLayer", mapping(elsewhere), id="outside", stroked=False, filled=True, get_fill_color=_colour("OUTSIDE")
    )
    return [outside, _outlines("boundary", mapping(simple.boundary), "BOUNDARY", 1.6)]


def beat_layer(outline: Mapping[str, Any]) -> pdk.Layer:
    """Where one officer may send: a heavy line round it, a GeoJSON geometry."""
    return _outlines("beat", outline, "BOUNDARY", 3.5)


def just_outside_layer(edge: Mapping[str, Any]) -> pdk.Layer:
    """How far outside an area is looked who stays untold: a faint dotted line, a GeoJSON geometry."""
    return _outlines("just-outside", edge, "BOUNDARY", 1.2, opacity=0.6, get_dash_array=[2, 4], extensions=[DASHED])


def density_layers(cells: Iterable[Mapping[str, Any]]) -> Iterator[pdk.Layer]:
    """Shading: cells with `polygon` (a ring) and `class` (0–4, an index of DENSITY_CLASSES)."""
    rings: dict[int, list[Any]] = {}
    for cell in cells:
        rings.setdefault(cell["class"], []).append(cell["polygon"])
    for number, of_class in rings.items():
        name = DENSITY_CLASSES[number]
        yield pdk.Layer(
            "PolygonLayer",
            of_class,
            id=f"density-{name}",
            stroked=False,
            get_polygon="-",
            get_fill_color=_colour(f"DENSITY_{name}"),
        )


def live_alerts_layer(features: Mapping[str, Any]) -> pdk.Layer:
    """Outlines of other alerts: a GeoJSON FeatureCollection of polygons, each with a `title`."""
    return pdk.Layer(
        "GeoJsonLayer",
        features,
        id="live-alerts",
        filled=True,
        stroked=True,
        get_fill_color=_colour("LIVE_ALERT_FILL"),
        get_line_color=_colour("LIVE_ALERT"),
        get_line_width=2,
        line_width_units=PIXELS,
        get_dash_array=[5, 3],
        extensions=[DASHED],
    )
