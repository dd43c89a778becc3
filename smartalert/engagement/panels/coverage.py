"""Who is still unreached."""

import json
from functools import partial
from typing import Any

import pandas as pd

from smartalert.database.connection import Connection
from smartalert.engagement import charts, sign_ups
from smartalert.engagement.panels.panel import Panel, Scope
from smartalert.engagement.panels.words import UNKNOWN, tenth
from smartalert.engagement.sign_ups import Coverage


def of_coverage(conn: Connection, scope: Scope) -> list[Panel]:
    """Who is still unreached."""
    rows = [
        one
        for one in sign_ups.coverage(conn, scope.period.before)
        if not scope.district or one.district == scope.district
    ]
    shapes = sign_ups.outlines(conn)
    table = pd.DataFrame(
        [(one.name, one.district or UNKNOWN, one.residents, one.active, tenth(one.per_1000)) for one in rows],
        columns=["Neighbourhood", "District", "Residents", "Signed up", "Per 1,000"], dtype=object,
    )  # fmt: skip
    least = [one for one in rows if one.per_1000 is not None]
    says = f"{least[0].name} is reached least: {least[0].per_1000:.1f} of 1,000 residents." if least else "Nobody yet."
    return [
        Panel(
            "coverage", "People signed up per 1,000 residents", says,
            "People signed up at the end of the period, by the first place they named, to the nearest ten, for each "
            "1,000 residents. Grey: hidden, or not known how many live there. The table begins with the least reached.",
            table, partial(charts.regions, [feature(one, shapes) for one in rows], unit="per 1,000 residents"),
            beside=True,
        )
    ]  # fmt: skip


def feature(one: Coverage, shapes: dict[int, str]) -> dict[str, Any]:
    """One neighbourhood as a GeoJSON feature for the map."""
    return {
        "type": "Feature",
        "geometry": json.loads(shapes[one.neighbourhood_id]),
        "properties": {"name": one.name, "value": tenth(one.per_1000)},
    }
