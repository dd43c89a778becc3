"""What the analyst's database role may read: whole months, in tens as screens show them."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from smartalert.clock import LONDON
from smartalert.database.connection import Connection, queries
from smartalert.engagement import reach, sign_ups
from smartalert.engagement.periods import Period, Step
from smartalert.engagement.sign_ups import Count, Dimension

#: Analysts look at months: an hour is soon enough.
EVERY = timedelta(hours=1)
FACTS = ("started", "confirmed", "left", "active")


def publish_if_due(conn: Connection, now: datetime) -> bool:
    """Write the analyst's tables unless that was done within the hour; whether it was done now."""
    at = queries("engagement/analyst_tables").published_at(conn)
    if at is not None and now - at < EVERY:
        return False
    publish(conn, now)
    return True


def publish(conn: Connection, now: datetime) -> None:
    """Write the analyst's tables anew: every month that is over."""
    first, this_month = (
        queries("engagement/analyst_tables").first_month(conn),
        Step.MONTH.start(now.astimezone(LONDON).date()),
    )
    period = Period(min(first or this_month, this_month), this_month)
    named = queries("engagement/analyst_tables")
    named.clear_sign_ups(conn)
    named.clear_coverage(conn)
    named.clear_alerts(conn)
    if period.start < period.before:
        copy(conn, "analysis_sign_ups", sign_up_rows(conn, period))
        copy(conn, "analysis_coverage", coverage_rows(conn, this_month))
        copy(conn, "analysis_alerts", [alert_row(alert) for alert in reach.alerts(conn, period)])
    named.published(conn, now=now)


def sign_up_rows(conn: Connection, period: Period) -> Iterable[tuple[Any, ...]]:
    """Dimension, month, label, started, confirmed, left, active."""
    for point in sign_ups.over_time(conn, period, Step.MONTH):
        yield "all", point.start, "Whole force", point.started, point.confirmed, point.left, point.active
    for dimension in Dimension:
        counts: dict[tuple[date, str], dict[str, Count]] = {}
        for fact in FACTS:
            for month, labels in sign_ups.by_month(conn, period, dimension, fact).items():
                for label, count in labels.items():
                    counts.setdefault((month, label), {})[fact] = count
        for (month, label), found in counts.items():
            yield str(dimension), month, label, *(found.get(fact) for fact in FACTS)


def coverage_rows(conn: Connection, before: date) -> Iterable[tuple[Any, ...]]:
    """Neighbourhood, district, residents, active."""
    for row in sign_ups.coverage(conn, before):
        yield f"{row.name} ({row.code})", row.district, row.residents, row.active


def alert_row(alert: reach.Alert) -> tuple[Any, ...]:
    """One alert in the order of its table."""
    found, speed = alert.reach, alert.reach.speed
    return (
        alert.id, alert.release_at, alert.kind, alert.urgent, alert.msg_type, alert.neighbourhood, alert.district,
        found.withdrawn > 0, found.stopped > 0, found.people, found.handed_over, found.delivered, found.opened,
        found.responses, found.useful, speed.in_time, speed.p50_s, speed.p95_s, found.response_s, found.look_s,
        [result for result, alerts in found.results.items() if alerts],
    )  # fmt: skip


def copy(conn: Connection, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """COPY rows that were read before."""
    read = list(rows)
    with conn.cursor().copy(f"copy {table} from stdin") as writer:
        for row in read:
            writer.write_row(row)
