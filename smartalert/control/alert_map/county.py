"""The county as every map draws it: the ground, force area, neighbourhoods, alerts in force; no homes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pydeck as pdk
import streamlit as st

from smartalert.alerts import lifecycle
from smartalert.cleaning import isolated
from smartalert.clock import utc_now
from smartalert.config import Mode, settings
from smartalert.control.alert_map import base_deck, beat_layer, live_alerts_layer
from smartalert.control.transactions import ROLE, kept_by_world, reading
from smartalert.control.words import until
from smartalert.database import connection
from smartalert.database.connection import Connection, queries
from smartalert.geography import ground_map
from smartalert.geography.ground_map import GroundMap

#: How long the county of one state of the ground is kept, for whoever still draws it.
KEPT_S = 3600
#: How old the outlines of alerts in force may be, and how long an import of ground takes to show.
LOOK_EVERY_S = 1.5
#: Session key of the state of the ground that the screen shows.
DRAWN = "ground-drawn"
#: Metres of detail that no screen shows.
DETAIL_M = 20
GREAT_BRITAIN = (-6.4, 49.9, 1.8, 58.7)
#: What every map of a training deployment says: of the made-up county, and once real streets were imported.
FICTIONAL, ON_REAL_GROUND = "Fictional county", "Made-up people"


@dataclass(frozen=True, slots=True)
class County:
    """What every map here begins with."""

    deck: pdk.Deck
    #: West, south, east, north (EPSG:4326).
    home: tuple[float, float, float, float]
    caption: str
    attribution: str


def county() -> County:
    """The county of this deployment's database, with its ground as it is now."""
    version = st.session_state[DRAWN] = look().version
    return county_of(version)


def show_new_ground(version: str) -> None:
    """Draw this browser's screen anew where its map is of another state of the ground."""
    if version and st.session_state.get(DRAWN, version) != version:
        st.session_state[DRAWN] = version
        st.rerun()


@st.cache_resource(ttl=KEPT_S, max_entries=2, show_spinner=False)
def county_of(version: str) -> County:
    """The county with this state of the ground."""
    with connection.reading(connection.engine(ROLE)) as conn:
        return read_county(conn, version)


def read_county(conn: Connection, version: str) -> County:
    """The county as the database has it now."""
    rows = list(queries("control/alert_map/county").outlines(conn, detail_m=DETAIL_M))
    of_kind: dict[str, list[Any]] = {}
    for row in rows:
        of_kind.setdefault(row.kind, []).append(json.loads(row.geom))
    extent = queries("control/alert_map/county").extent(conn)
    sources = {row.source for row in queries("control/alert_map/county").sources(conn)}
    ground = ground_map.drawn(conn)
    deck = base_deck(
        ground=ground_urls(ground, version),
        streets_url=f"tiles/streets/{{z}}/{{x}}/{{y}}.mvt?of={version}",
        boundary=next(iter(of_kind.get("force", [])), None),
        neighbourhoods=_collection(of_kind.get("neighbourhood", [])),
    )
    return County(
        deck=deck,
        home=(extent.west, extent.south, extent.east, extent.north) if extent else GREAT_BRITAIN,
        caption=caption(settings().mode, sources),
        attribution=" · ".join(dict.fromkeys(one.attribution for one in ground)),
    )


def ground_urls(ground: Sequence[GroundMap], version: str) -> list[str]:
    """Where the browser finds what is drawn. What the database knows is part of it, unless one file shows all."""
    files = [f"tiles/ground/{one.id}.pmtiles" for one in ground]
    whole = any(one.shows == "everything" for one in ground)
    return files if whole else [*files, f"tiles/known/{{z}}/{{x}}/{{y}}.mvt?of={version}"]


@dataclass(frozen=True, slots=True)
class Beat:
    """The neighbourhoods that an officer may send to: outlined, and what the map shows first."""

    outline: pdk.Layer
    #: West, south, east, north (EPSG:4326).
    box: tuple[float, float, float, float]


def beat(codes: tuple[str, ...] | None) -> Beat | None:
    """The beat of an officer who may send to these neighbourhoods; None where it is the whole force."""
    return None if codes is None else beat_of(codes, look().version)


@st.cache_resource(ttl=KEPT_S, max_entries=200, show_spinner=False)
def beat_of(codes: tuple[str, ...], version: str) -> Beat | None:
    """The beat with one state of the ground."""
    with connection.reading(connection.engine(ROLE)) as conn:
        row = queries("control/alert_map/county").beat(conn, codes=list(codes), detail_m=DETAIL_M)
    return Beat(beat_layer(json.loads(row.outline)), (row.west, row.south, row.east, row.north)) if row else None


def caption(mode: Mode, sources: set[str]) -> str:
    """What nobody looking at the map may miss; nothing in live."""
    if mode is Mode.LIVE:
        return ""
    return FICTIONAL if sources == {"training"} else ON_REAL_GROUND


@dataclass(frozen=True, slots=True)
class Look:
    """What changes while a map is open."""

    #: Which state the ground is in.
    version: str
    #: Outlines of the alerts that still count.
    in_force: list[pdk.Layer]


@kept_by_world(ttl=LOOK_EVERY_S, max_entries=50)
def look() -> Look:
    """One look at the database for all browsers of a world."""
    with reading() as conn:
        return Look(ground_map.version(conn), outlines(conn, utc_now()))


def in_force() -> list[pdk.Layer]:
    """Outlines of the alerts that still count."""
    return look().in_force


def outlines(conn: Connection, now: datetime) -> list[pdk.Layer]:
    """The same as the database has them now."""
    features = [
        {
            "type": "Feature",
            "geometry": json.loads(row.outline),
            "properties": {"title": f"{isolated(row.headline)} · until {until(row.expires_at, now)}"},
        }
        for row in lifecycle.in_force(conn, now)
    ]
    return [live_alerts_layer({"type": "FeatureCollection", "features": features})] if features else []


def _collection(geometries: list[Any]) -> dict[str, Any] | None:
    if not geometries:
        return None
    return {"type": "GeometryCollection", "geometries": geometries}
