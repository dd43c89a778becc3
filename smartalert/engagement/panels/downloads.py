"""What the stores report; for the whole force always: no store tells where somebody lives."""

from functools import partial

import pandas as pd

from smartalert.clock import LONDON
from smartalert.database.connection import Connection
from smartalert.engagement import campaigns, charts, downloads, reach
from smartalert.engagement.panels import targets
from smartalert.engagement.panels.panel import Panel, Scope, bars
from smartalert.engagement.panels.words import readable_steps, some
from smartalert.engagement.targets import Measure

#: All stores, where there are several.
TOGETHER = "Together"
DEFINITION = (
    "Installs: first installs by a person, as Google Play (daily user installs) and the App Store (first downloads) "
    "report them. Updates and repeat downloads do not count. A gap is a day that no report covers. Hollow "
    "points are days, weeks or months that are not complete. Dashed lines are campaigns. Ticks on the axis are alerts."
)

ONLY_THE_FORCE = "Stores do not say where people live. Choose the whole force to see downloads."


def of_downloads(conn: Connection, scope: Scope) -> list[Panel]:
    """Installs over time, by country where a store says so, and the phones that are registered."""
    if scope.district:
        return [Panel("downloads", "Installs of the app", ONLY_THE_FORCE, DEFINITION, pd.DataFrame())]
    points = downloads.over_time(conn, scope.period, scope.step)
    countries = downloads.split(conn, scope.period, "country")
    return [
        over_time(conn, scope, points) if points else no_report(),
        *([by_country(countries)] if countries else []),
        registered(conn, scope),
    ]


def no_report() -> Panel:
    """What to do where no store has reported yet."""
    says = "No store report has been imported yet. Import one with `python -m smartalert import downloads`."
    return Panel("downloads", "Installs of the app", says, DEFINITION, pd.DataFrame())


def registered(conn: Connection, scope: Scope) -> Panel:
    """Our own count of phones that can be reached, by platform."""
    found = downloads.registered(conn, scope.period, scope.step)
    names = [name for name in downloads.PLATFORMS.values() if any(name in row for row in found.values())]
    table = pd.DataFrame({"start": scope.period.steps(scope.step)})
    for name in names:
        table[name] = pd.Series([found.get(start, {}).get(name) for start in table["start"]], dtype=object)
    whole = [scope.whole(start, scope.step) for start in table["start"]]
    last = list(found[max(found)].values()) if found else []
    return Panel(
        name="registered-phones",
        title="Phones registered with us",
        says=f"{some(sum(last), 'phones').capitalize()} could be reached at the end." if last else "No phones yet.",
        definition="Phones that have registered and can be reached: neither their owner nor Google or Apple has "
        "switched them off. Counted at the end of each day, week or month. A gap means that nothing was counted then. "
        "The stores’ own counts of active devices are not used.",
        table=readable_steps(table, scope.step),
        chart=partial(charts.over_time, table.assign(whole=whole), names, unit="phones") if last else None,
    )


def over_time(conn: Connection, scope: Scope, points: list[downloads.Point]) -> Panel:
    """Each store a line, with the office's campaigns."""
    table, names = by_store(scope, points)
    wanted = targets.standing(conn, scope, Measure.DOWNLOADS)
    installs = sum(point.installs or 0 for point in points)
    gone = sum(point.uninstalls or 0 for point in points)
    marks = [(row.starts_on, row.name) for row in campaigns.campaigns(conn, scope.period)]
    # A kind, not a headline: the chart is published, and a headline may name somebody.
    released = [
        (one.release_at.astimezone(LONDON).date(), reach.kind_label(one.incident_kind))
        for one in reach.read(conn, scope.period)
    ]
    missing = [
        f"{downloads.STORES[row.store]}: {row.missing} days missing" for row in downloads.reported(conn) if row.missing
    ]
    return Panel(
        name="downloads",
        title="Installs of the app",
        says=f"{installs:,} installs; {gone:,} uninstalls, as Google Play counts them.",
        definition=DEFINITION,
        table=readable_steps(table.drop(columns="whole"), scope.step),
        chart=partial(
            charts.over_time,
            table,
            names,
            unit="installs",
            marks=marks,
            alerts=released,
            limit=targets.line(wanted, scope, scope.step),
        ),
        note="; ".join(missing),
        target=targets.said(wanted),
    )


def by_store(scope: Scope, points: list[downloads.Point]) -> tuple[pd.DataFrame, list[str]]:
    """Installs in each step, a column a store and one of all, and whether each step is covered whole; the names."""
    table = pd.DataFrame({"start": scope.period.steps(scope.step)})
    whole = pd.Series(True, index=table.index)
    stores = list(dict.fromkeys(point.store for point in points))
    names = [downloads.STORES[store] for store in stores]
    for store, name in zip(stores, names, strict=True):
        rows = [point for point in points if point.store == store]
        table[name] = pd.Series([point.installs for point in rows], dtype=object)
        whole &= pd.Series([point.whole for point in rows])
    if len(names) > 1:
        table[TOGETHER] = together(table[names])
        names.append(TOGETHER)
    return table.assign(whole=whole), names


def together(stores: pd.DataFrame) -> pd.Series:
    """All stores in each step, as far as they reported."""
    known = [[count for count in row if count is not None] for row in stores.to_numpy().tolist()]
    return pd.Series([sum(counts) if counts else None for counts in known], dtype=object)


def by_country(countries: list[tuple[str, int]]) -> Panel:
    """Installs by the country of the store's account."""
    table = pd.DataFrame(countries, columns=["Country", "Installs"])
    return Panel(
        name="downloads-by-country",
        title="Installs by country",
        says=f"{100 * countries[0][1] / sum(installs for _, installs in countries):.0f} % in {countries[0][0]}.",
        definition="By the country of the store's account.",
        table=table,
        chart=bars(table, "Country", "Installs", unit="installs"),
    )
