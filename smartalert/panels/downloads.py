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
    """Installs over time, by country where a store says so, and the phones that are registered."""
    points = downloads.over_time(conn, scope.period, scope.step)
    countries = downloads.split(conn, scope.period, "country")
    return [
        over_time(conn, scope, points) if points else no_report(),
        *([by_country(countries)] if countries else []),
        registered(conn),
    ]


def no_report() -> Panel:
    """What to do where no store has reported yet."""
    says = "No store report has been imported yet: `python -m smartalert import downloads` takes them in."
    return Panel("downloads", "Installs of the app", says, DEFINITION, pd.DataFrame())


def registered(conn: Connection) -> Panel:
    """Our own count of devices, as of now."""
    table = pd.DataFrame(downloads.registered(conn), columns=["Platform", "Phones"], dtype=object)
    known = [count for count in table["Phones"] if count is not None]
    return Panel(
        name="registered-phones",
        title="Phones registered with us",
        says=f"{sum(known):,} phones can be reached now." if known else "No phone is registered.",
        definition="Phones that registered and are on: not switched off by their owner, and not given up by Google or "
        "Apple. As of now, whatever the period. What the stores count as active devices is not used.",
        table=table,
        chart=bars(table, "Platform", "Phones", unit="phones"),
    )


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
