"""Who is still unreached."""

import json
from functools import partial
from typing import Any

import pandas as pd

from smartalert.database.connection import Connection
from smartalert.engagement import charts, sign_ups
from smartalert.engagement.panels import targets
from smartalert.engagement.panels.panel import Panel, Scope
from smartalert.engagement.panels.sign_ups import not_yet
from smartalert.engagement.panels.words import tenth
from smartalert.engagement.sign_ups import Coverage
from smartalert.engagement.targets import Measure

#: A neighbourhood is named in the headline where so many live: with fewer, ten people more or less change its place.
ENOUGH_RESIDENTS = 1_000


def of_coverage(conn: Connection, scope: Scope) -> list[Panel]:
    """Who is still unreached."""
    rows = [
        one
        for one in sign_ups.coverage(conn, scope.period.before)
        if not scope.district or one.district == scope.district
    ]
    shapes = sign_ups.outlines(conn)
    table = pd.DataFrame(
        [(one.name, one.district or None, one.residents, one.active, tenth(one.per_1000)) for one in rows],
        columns=["Neighbourhood", "District", "Residents", "Signed up", "Per 1,000"], dtype=object,
    )  # fmt: skip
    is_known = any(one.active is not None for one in rows)
    return [
        Panel(
            "coverage", "People signed up per 1,000 residents", said(rows) if is_known else not_yet(scope),
            "People signed up when the period's last whole month ended, by the first place they named, for each 1,000 "
            "residents. Grey: the number of residents is not known. The table begins with the least reached.",
            table, partial(charts.regions, [feature(one, shapes) for one in rows], unit="per 1,000 residents"),
            beside=True, target=targets.said(targets.standing(conn, scope, Measure.COVERAGE)),
        )
    ]  # fmt: skip


def said(rows: list[Coverage]) -> str:
    """All of them together, and the least reached where enough people live for that to say anything."""
    together = sign_ups.of_residents(rows)
    if together is None:
        return "The number of residents is not known. Import it with `python -m smartalert import population`."
    large = [one for one in rows if one.active is not None and (one.residents or 0) >= ENOUGH_RESIDENTS]
    least = min(large, key=lambda one: (one.per_1000 or 0.0, one.name), default=None)
    words = f"{together:.1f} of 1,000 residents are signed up."
    if least is None or len(large) < 2:
        return words
    return f"{words} {least.name} has the fewest: {least.per_1000:.1f} of 1,000."


def feature(one: Coverage, shapes: dict[int, str]) -> dict[str, Any]:
    """One neighbourhood as a GeoJSON feature for the map."""
    return {
        "type": "Feature",
        "geometry": json.loads(shapes[one.neighbourhood_id]),
        "properties": {"name": one.name, "value": tenth(one.per_1000)},
    }
