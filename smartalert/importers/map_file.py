"""Reads map files of any kind that GDAL knows into EPSG:27700, or refuses them in one sentence."""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import pyogrio.raw
import shapely
from pyproj import Transformer

from smartalert import cleaning
from smartalert.errors import ImportRefused

GRID = 27700
#: Rows that are read without a force area to keep to, and bytes of one where a file does not count them: so much fits
#: into 2 GB of memory.
MOST_ROWS, A_ROW = 1_500_000, 400
#: West, south, east, north: in degrees as longitudes and latitudes, and in metres of the National Grid.
GREAT_BRITAIN = (-8.8, 49.8, 1.9, 61.0)
GRID_LIMITS = (0.0, 0.0, 700_000.0, 1_300_000.0)


def layers(path: Path) -> list[str]:
    """The names of a file's layers; raises ImportRefused if it is no map file."""
    if not path.is_file():
        raise ImportRefused(f"There is no file {path}.")
    if path.stat().st_size == 0:
        raise ImportRefused(f"{path.name} is empty.")
    try:
        return [str(name) for name, _ in pyogrio.list_layers(path)]
    except (RuntimeError, ValueError) as error:
        raise unreadable(path, error) from None


def plain(name: str) -> str:
    """A name of a layer or column as every edition spells it: WatercourseLink, watercourse_link."""
    return name.replace("_", "").lower()


def layer_called(path: Path, *names: str) -> str | None:
    """The layer with one of these names, in whatever spelling and with a tile's letters before it; None if none is."""
    return next((layer for layer in layers(path) if plain(layer).endswith(names)), None)


def renamed(path: Path, layer: str, columns: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Column of a file → what we call it; each is found by any of its names, however spelt. Raises ImportRefused."""
    found = {plain(field): field for field in fields(path, layer)}
    names = {
        ours: next((found[plain(name)] for name in theirs if plain(name) in found), None)
        for ours, theirs in columns.items()
    }
    if missing := [theirs[0] for ours, theirs in columns.items() if names[ours] is None]:
        raise ImportRefused(f"{path.name} has no column {', '.join(missing)}: it is not the file it should be.")
    return {str(theirs): ours for ours, theirs in names.items()}


def has_shapes(path: Path, layer: int) -> bool:
    """Whether a layer has geometries, and is no mere table."""
    return pyogrio.read_info(path, layer=layer)["geometry_type"] is not None


def fields(path: Path, layer: str) -> list[str]:
    """The columns of a layer."""
    return [str(field) for field in pyogrio.read_info(path, layer=layer)["fields"]]


def bounds_in(path: Path, layer: str, within: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Bounds in EPSG:27700 in the coordinates of a layer."""
    crs = pyogrio.read_info(path, layer=layer)["crs"] or GRID
    west, south, east, north = Transformer.from_crs(GRID, crs, always_xy=True).transform_bounds(*within)
    return (west, south, east, north)


def extent(path: Path, layer: str) -> shapely.Polygon | None:
    """The area a file says it covers, in degrees; None if it says nothing."""
    west, south, east, north = pyogrio.read_info(path, layer=layer)["total_bounds"] or (np.inf,) * 4
    return shapely.box(west, south, east, north) if np.isfinite([west, south, east, north]).all() else None


def read(path: Path, layer: str | int, columns: list[str] | None = None, **options: Any) -> geopandas.GeoDataFrame:
    """Rows of a layer, by its name or number, as they stand; `columns` must be there. Raises ImportRefused."""
    try:
        info = pyogrio.read_info(path, layer=layer)
        found = [str(name) for name in info["fields"]]
        if missing := [name for name in columns or [] if name not in found]:
            raise ImportRefused(f"{path.name} has no column {', '.join(missing)}: it is not the file it should be.")
        rows_in_all = info["features"] if info["features"] >= 0 else path.stat().st_size // A_ROW
        if options.get("bbox") is None and rows_in_all > MOST_ROWS:
            raise ImportRefused(
                f"{path.name} is larger than any county: import the force area first (import area), and only that part "
                "of the file is read. Nothing was changed."
            )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # of what is refused right after
            rows = pyogrio.read_dataframe(path, layer=layer, columns=columns, **options)
    except shapely.errors.GEOSException:
        raise broken(path, layer) from None
    except (RuntimeError, ValueError) as error:
        raise unreadable(path, error) from None
    if not isinstance(rows, geopandas.GeoDataFrame) or rows.crs is None:
        raise ImportRefused(f"{path.name} does not say where on earth its coordinates are.")
    return cleaned(rows)


def cleaned(rows: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """The rows with every text in one line, and nothing in it that cannot be seen."""
    texts = [name for name in rows.columns if name != rows.geometry.name and pd.api.types.is_string_dtype(rows[name])]
    return rows.assign(**{name: rows[name].map(one_line, na_action="ignore") for name in texts})


def one_line(value: object) -> object:
    """A text in one line; what is none as it is."""
    return cleaning.one_line(value) if isinstance(value, str) else value


def broken(path: Path, layer: str | int) -> ImportRefused:
    """The refusal of a file with a geometry that is none, naming the first feature of that kind."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        meta, _, geometries, columns = pyogrio.raw.read(path, layer=layer)
    for number, shape in enumerate(geometries):
        try:
            shapely.from_wkb(shape)
        except shapely.errors.GEOSException:
            facts = zip(meta["fields"], (column[number] for column in columns), strict=True)
            called = next((f" (“{value}”)" for name, value in facts if "name" in str(name).lower() and value), "")
            return ImportRefused(
                f"{path.name}: the border of feature {number + 1}{called} is not closed, or has too few corners. "
                "Nothing was changed."
            )
    return ImportRefused(f"{path.name} holds a geometry that is none. Nothing was changed.")


def inside(
    path: Path, layer: str, columns: Mapping[str, tuple[str, ...]], within: shapely.Geometry | None, **options: Any
) -> geopandas.GeoDataFrame:
    """Rows of a layer by our names for its columns, in EPSG:27700, cut at the edge of an area."""
    names = renamed(path, layer, columns)
    near = {"bbox": bounds_in(path, layer, within.bounds)} if within is not None else {}
    rows = to_grid(read(path, layer, list(names), **near, **options).rename(columns=names), path)
    if within is None or rows.empty:
        return rows
    shapes = rows.geometry.values
    areas = shapely.get_dimensions(shapes) == 2
    shapes[areas] = shapely.make_valid(shapes[areas])
    rows = rows.set_geometry(shapely.clip_by_rect(shapes, *within.bounds))
    return rows[~rows.geometry.is_empty]


def to_grid(rows: geopandas.GeoDataFrame, path: Path) -> geopandas.GeoDataFrame:
    """The same rows in EPSG:27700, flat, without those that have no shape; refuses what lies outside Great Britain."""
    rows = rows[~(rows.geometry.isna() | rows.geometry.is_empty)]
    if rows.empty:
        return rows.set_crs(GRID, allow_override=True)
    rows = rows.set_geometry(shapely.force_2d(rows.geometry.values))
    if rows.crs.is_geographic:
        require_inside(rows, GREAT_BRITAIN, path)
    rows = rows.to_crs(GRID)
    require_inside(rows, GRID_LIMITS, path)
    return rows


def require_inside(rows: geopandas.GeoDataFrame, limits: tuple[float, float, float, float], path: Path) -> None:
    """Refuse the file if anything lies outside these limits."""
    west, south, east, north = rows.total_bounds
    if not (limits[0] <= west and limits[1] <= south and east <= limits[2] and north <= limits[3]):
        raise ImportRefused(
            f"{path.name} reaches outside Great Britain: its coordinates are not what it says they are."
        )


def unreadable(path: Path, error: Exception) -> ImportRefused:
    """The refusal of a damaged file; GDAL's reason, when it gives one of its own."""
    reason = str(error).split("; It might help")[0].replace(str(path), path.name).strip().rstrip(".")
    return ImportRefused(f"{path.name} cannot be read, so nothing was changed: {reason}.")


def wkb(geom: shapely.Geometry) -> str:
    """EWKB in hex, EPSG:27700."""
    return str(shapely.to_wkb(shapely.set_srid(geom, GRID), hex=True, include_srid=True))
