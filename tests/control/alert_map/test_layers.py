"""The alert map without a browser: its bundle, its events, its layers."""

import hashlib
import json
from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import Polygon, box

from smartalert.control.alert_map import DrawnCircle, PickedStreet, assets, base_deck, density_layers, live_alerts_layer
from smartalert.control.alert_map.component import in_json
from smartalert.control.alert_map.events import read_chosen, read_drawn, read_outlined, read_picked
from smartalert.errors import AreaRefused

FRONTEND = Path(assets.__file__).parent / "frontend"
STAFFORD = {"lat": 52.8067, "lon": -2.1171, "radius_m": 800}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_the_committed_bundle_was_built_from_the_committed_source() -> None:
    """After a change run `npm ci && npm run build` in frontend/."""
    built = ("build.mjs", "package.json", "package-lock.json")
    names = sorted([f"src/{path.name}" for path in (FRONTEND / "src").iterdir()] + list(built))
    lines = "".join(f"{name} {sha256((FRONTEND / name).read_bytes())}\n" for name in names)
    manifest = json.loads((assets.DIST / "manifest.json").read_text())
    assert manifest["source_sha256"] == sha256(lines.encode())
    assert manifest["bundle_sha256"] == sha256((assets.DIST / manifest["bundle"]).read_bytes())


def test_a_drawn_circle_is_read() -> None:
    assert read_drawn({"circle": STAFFORD}) == DrawnCircle(lat=52.8067, lon=-2.1171, radius_m=800)


@pytest.mark.parametrize(
    "corners", [None, "abc", [[52.8]], [[52.8, "x"]], [[52.8, float("nan")]], [[91, 0]], [[52.8, -2.1]] * 1_001]
)
def test_an_outline_no_hand_can_draw_is_refused(corners: object) -> None:
    with pytest.raises(AreaRefused):
        read_outlined({"corners": corners})


def test_a_cleared_map_is_no_circle() -> None:
    assert read_drawn({"circle": None}) is None


@pytest.mark.parametrize(
    "circle",
    [
        "everywhere",
        {},
        {**STAFFORD, "radius_m": 3_001},
        {**STAFFORD, "radius_m": 49},
        {**STAFFORD, "radius_m": "800"},
        {**STAFFORD, "radius_m": True},
        {**STAFFORD, "lat": float("nan")},
        {**STAFFORD, "lon": 181},
    ],
)
def test_a_circle_no_hand_can_draw_is_refused(circle: object) -> None:
    with pytest.raises(AreaRefused):
        read_drawn({"circle": circle})


def test_a_picked_street_is_read() -> None:
    assert read_picked({"id": 7, "lat": 52.8, "lon": -2.1}) == PickedStreet(7, 52.8, -2.1)


@pytest.mark.parametrize(
    "said", [None, {"id": None, "lat": 1, "lon": 1}, {"id": "x" * 65, "lat": 1, "lon": 1}, {"id": 7}]
)
def test_a_street_that_says_nonsense_is_refused(said: object) -> None:
    with pytest.raises(AreaRefused):
        read_picked(said)


def test_the_area_that_was_clicked_is_read_by_its_number() -> None:
    assert read_chosen({"number": 2, "serial": "1"}) == 2
    for said in (None, {}, {"number": "2"}, {"number": 0}, {"number": 1e9}, {"number": True}):
        with pytest.raises(AreaRefused):
            read_chosen(said)


def test_layers_lie_in_the_order_of_a_map_and_name_no_tile_server() -> None:
    county = base_deck(
        streets_url="tiles/{z}/{x}/{y}.mvt",
        boundary=box(-2.4, 52.6, -1.6, 53.1),
        ground=["tiles/ground/1.pmtiles"],
        neighbourhoods=gpd.GeoDataFrame(geometry=[box(-2.2, 52.7, -2, 52.9)], crs=4326),
    )
    cell = {"polygon": list(box(-2.2, 52.7, -2, 52.9).exterior.coords), "class": 3}
    alert = {"type": "Feature", "geometry": None, "properties": {"title": "Missing person"}}
    others = live_alerts_layer({"type": "FeatureCollection", "features": [alert]})
    spec = json.loads(in_json([*county.layers, others, *density_layers([cell])]))
    order = ["ground", "density-HIGH", "streets", "outside", "neighbourhoods", "boundary", "live-alerts"]
    assert [layer["id"] for layer in spec["layers"]] == order
    assert "http" not in json.dumps(spec)
    assert len(county.layers) == 5


def test_a_layer_that_is_kept_is_written_once(monkeypatch: pytest.MonkeyPatch) -> None:
    county = base_deck(boundary=box(-2.4, 52.6, -1.6, 53.1))
    written = in_json(county.layers)
    monkeypatch.setattr(json, "dumps", None)
    assert in_json(county.layers) == written


def test_everywhere_outside_the_force_is_shaded_and_the_force_is_not() -> None:
    deck = base_deck(boundary=box(-2.4, 52.6, -1.6, 53.1))
    rings = deck.layers[0].data["coordinates"]
    shaded = Polygon(rings[0], rings[1:])
    assert shaded.contains(box(-3, 52, -2.9, 52.1))
    assert not shaded.intersects(box(-2.3, 52.7, -2.2, 52.8))
