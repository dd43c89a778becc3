"""The county as every map draws it: the ground, force area, neighbourhoods, alerts in force; no homes."""

import json
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
from smartalert.control.transactions import ROLE
from smartalert.control.words import until
from smartalert.database import connection
from smartalert.database.connection import Connection, queries
from smartalert.geography import ground_map

#: An import shows within the hour.
KEPT_S = 3600
#: How old the outlines of alerts in force may be.
LOOK_EVERY_S = 1.5
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


@st.cache_resource(ttl=KEPT_S, show_spinner=False)
def county() -> County:
    """The county of this deployment's database."""
    with connection.reading(connection.engine(ROLE)) as conn:
        return read_county(conn)


def read_county(conn: Connection) -> County:
    """The county as the database has it now."""
    rows = list(queries("control/alert_map/county").outlines(conn, detail_m=DETAIL_M))
    of_kind: dict[str, list[Any]] = {}
    for row in rows:
        of_kind.setdefault(row.kind, []).append(json.loads(row.geom))
    extent = queries("control/alert_map/county").extent(conn)
    sources = {row.source for row in queries("control/alert_map/county").sources(conn)}
    ground = ground_map.newest(conn)
    deck = base_deck(
        ground_url=f"tiles/ground/{ground.id}.pmtiles" if ground else None,
        streets_url="tiles/streets/{z}/{x}/{y}.mvt",
        boundary=next(iter(of_kind.get("force", [])), None),
        neighbourhoods=_collection(of_kind.get("neighbourhood", [])),
    )
    return County(
        deck=deck,
        home=(extent.west, extent.south, extent.east, extent.north) if extent else GREAT_BRITAIN,
        caption=caption(settings().mode, sources),
        attribution=ground.attribution if ground else "",
    )


@dataclass(frozen=True, slots=True)
class Beat:
    """The neighbourhoods that an officer may send to: outlined, and what the map shows first."""

    outline: pdk.Layer
    #: West, south, east, north (EPSG:4326).
    box: tuple[float, float, float, float]


@st.cache_resource(ttl=KEPT_S, max_entries=200, show_spinner=False)
def beat(codes: tuple[str, ...] | None) -> Beat | None:
    """The beat of an officer who may send to these neighbourhoods; None where it is the whole force."""
    if codes is None:
        return None
    with connection.reading(connection.engine(ROLE)) as conn:
        row = queries("control/alert_map/county").beat(conn, codes=list(codes), detail_m=DETAIL_M)
    return Beat(beat_layer(json.loads(row.outline)), (row.west, row.south, row.east, row.north)) if row else None


def caption(mode: Mode, sources: set[str]) -> str:
    """What nobody looking at the map may miss; nothing in live."""
    if mode is Mode.LIVE:
        return ""
    return FICTIONAL if sources <= {"training"} else ON_REAL_GROUND


@st.cache_resource(ttl=LOOK_EVERY_S, show_spinner=False)
def in_force() -> list[pdk.Layer]:
    """Outlines of the alerts that still count: one look at them for all browsers."""
    with connection.reading(connection.engine(ROLE)) as conn:
        return outlines(conn, utc_now())


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
