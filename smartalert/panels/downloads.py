"""What the stores report; for the whole force always: no store tells where somebody lives."""

from functools import partial

import pandas as pd

from smartalert import charts, downloads
from smartalert.db import Connection
from smartalert.panels.panel import Panel, Scope, bars
from smartalert.panels.words import readable_steps

DEFINITION = (
    "Installs: first installs by a person, as Google Play (daily user installs) and the App Store (first downloads) "
    "report them. Updates and downloads again do not count. A day no report covers is a gap, never nought; hollow "
    "points are steps that are not covered whole. Dashed lines are campaigns."
)


def of_downloads(conn: Connection, scope: Scope) -> list[Panel]:
    """Installs over time, and by country where a store says so."""
    points = downloads.over_time(conn, scope.period, scope.step)
    if not points:
        says = "No store report has been imported yet: `python -m smartalert import downloads` takes them in."
        return [Panel("downloads", "Installs of the app", says, DEFINITION, pd.DataFrame())]
    countries = downloads.split(conn, scope.period, "country")
    return [over_time(conn, scope, points), *([by_country(countries)] if countries else [])]


def over_time(conn: Connection, scope: Scope, points: list[downloads.Point]) -> Panel:
    """Each store a line, with the office's campaigns."""
    table = pd.DataFrame({"start": scope.period.steps(scope.step)})
    whole = pd.Series(True, index=table.index)
    stores = list(dict.fromkeys(point.store for point in points))
    names = [downloads.STORES[store] for store in stores]
    for store, name in zip(stores, names, strict=True):
        rows = [point for point in points if point.store == store]
        table[name] = pd.Series([point.installs for point in rows], dtype=object)
        whole &= pd.Series([point.whole for point in rows])
    installs = sum(point.installs or 0 for point in points)
    gone = sum(point.uninstalls or 0 for point in points)
    marks = [(row.starts_on, row.name) for row in downloads.campaigns(conn, scope.period)]
    missing = [
        f"{downloads.STORES[row.store]}: {row.missing} days missing" for row in downloads.reported(conn) if row.missing
    ]
    return Panel(
        name="downloads",
        title="Installs of the app",
        says=f"{installs:,} installs; {gone:,} uninstalls, as Google Play counts them.",
        definition=DEFINITION,
        table=readable_steps(table, scope.step),
        chart=partial(charts.over_time, table.assign(whole=whole), names, unit="installs", marks=marks),
        note="; ".join(missing),
    )


def by_country(countries: list[tuple[str, int]]) -> Panel:
    """Installs by the country of the store's account."""
    table = pd.DataFrame(countries, columns=["Country", "Installs"])
    return Panel(
        name="downloads-by-country",
        title="Installs by country",
        says=f"{countries[0][0]} has the most.",
        definition="By the country of the store's account.",
        table=table,
        chart=bars(table, "Country", "Installs", unit="installs"),
    )
