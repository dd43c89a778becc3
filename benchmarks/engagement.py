"""The commissioner's pages over 1M subscribers, 5,000 alerts and 50M deliveries, beside counting the ledger."""

import argparse
import shutil
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg

import bench
from smartalert.config import settings
from smartalert.database import connection
from smartalert.database.connection import Connection
from smartalert.engagement import panels, reach, report, rollups, sign_ups
from smartalert.engagement.periods import Period, Step
from smartalert.engagement.reach import Choice
from smartalert.engagement.sign_ups import Dimension

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TODAY = NOW.date()
TWO_YEARS, YEAR = Period(date(2024, 12, 1), date(2026, 12, 1)), Period(date(2025, 12, 1), date(2026, 12, 1))
MARCH = Period.of_month(2026, 3)
#: Subscribers, alerts, deliveries.
SIZES = {True: (50_000, 500, 1_000_000), False: (1_000_000, 5_000, 50_000_000)}
REPEATS = {True: 8, False: 15}
#: What a delivery and its index take on disk, with room to count in.
BYTES_A_DELIVERY = 320
NEIGHBOURHOODS = """
insert into neighbourhoods (code, name, district, residents, geom)
select 'N' || x * 10 + y, 'Neighbourhood ' || x * 10 + y, 'District ' || x / 2, 8000 + 100 * y,
       st_multi(st_makeenvelope(380000 + x * 4000, 300000 + y * 4000, 384000 + x * 4000, 304000 + y * 4000, 27700))
from generate_series(0, 11) x, generate_series(0, 9) y"""
SUBSCRIBERS = """
insert into subscribers (topics, sector, heard_of, signed_up_at, confirmed_at, left_at, left_reason)
select n * 7919 %% 4096, case when n %% 12 = 0 then 1 + n %% 10 else 0 end,
       (array['friend', 'leaflet', 'news', 'officer', 'social'])[1 + n %% 5], at, case when n %% 30 > 0 then at end,
       case when n %% 17 = 0 and n %% 30 > 0 then least(at + n %% 300 * interval '1 day', %(now)s) end,
       case when n %% 17 = 0 then (array['too many', 'moved', 'not useful'])[1 + n %% 3] end
from (select n, %(now)s - sqrt(1 - n::float8 / %(people)s) * interval '720 days' as at
      from generate_series(1, %(people)s::bigint) n) each"""
PLACES = """
insert into places (subscriber_id, place_no, point)
select id, 0, st_setsrid(st_makepoint(380000 + id * 7919 %% 48000, 300000 + id * 104729 %% 40000), 27700)
from subscribers"""
CONTACTS = """
insert into contacts (subscriber_id, channel, address)
select id, case when id %% 3 = 0 then 'email' else 'push' end::channel, 'made-up-' || id from subscribers"""
ALERTS = """
with made as (insert into drafts (officer) select 'o' from generate_series(1, %(alerts)s) returning id)
insert into alerts (draft_id, thread, status, msg_type, urgent, incident_kind, incident_number, headline, description,
  instruction, contact, area, within_m, area_desc, topics, sectors, channels, people, issued_by, issued_at, release_at,
  expires_at)
select id, gen_random_uuid(), 'Exercise', 'Alert', n %% 4 > 0,
       (array['burglary', 'missing_person', 'bogus_caller', 'vehicle_crime', 'robbery', 'update'])[1 + n %% 6],
       '1 of 1 May',
       'Alert ' || n, 'It happened', case when n %% 3 = 0 then 'Check your footage' else 'Lock up' end, '101',
       st_setsrid(st_makepoint(380000 + n * 7919 %% 48000, 300000 + n * 104729 %% 40000), 27700), 1000, 'Somewhere',
       0, 0, 3, %(each)s, 'officer', at, at, at + interval '6 hours'
from (select id, row_number() over () as n from made) one
cross join lateral (select %(now)s - (%(alerts)s - n) * interval '720 days' / %(alerts)s as at) time"""
DELIVERIES = """
insert into deliveries (alert_id, subscriber_id, channel, state, attempts, due_at, handed_over_at, delivered_at,
                        opened_at)
select a.id, s.id, case when s.id %% 3 = 0 then 'email' else 'push' end::channel,
       case when k %% 20 = 0 then 'handed_over' else 'delivered' end::delivery_state, 1, a.release_at, at,
       case when k %% 20 > 0 then at + interval '2 s' end, case when k %% 3 = 1 then at + interval '5 min' end
from alerts a
cross join generate_series(1, %(each)s) k
cross join lateral (select 1 + (a.id * 104729 + k) %% %(people)s as id,
                           a.release_at + (0.5 + k * k %% 9001 / 300.0) * interval '1 s' as at) s
where a.id between %(first)s and %(last)s"""
RESPONSES = """
insert into responses (reference, form_key, alert_id, saw, may_contact, received_at, first_look_at, verdict, verdict_at)
select 'R' || a.id || '-' || k, sha256(convert_to(a.id || '-' || k, 'UTF8')), a.id, 'A van', true, at,
       at + interval '4 min', 'useful', at + interval '9 min'
from alerts a cross join generate_series(1, 12) k
cross join lateral (select a.release_at + k * k * interval '90 s' as at) time where k <= a.id %% 25"""
#: What one would write first: everything from the ledger, each time.
LEDGER = """
select a.incident_kind, count(distinct a.id) as alerts, count(distinct (a.id, d.subscriber_id)) as handed_over,
       count(*) filter (where d.delivered_at is not null) as delivered,
       percentile_cont(0.95) within group (order by d.handed_over_at - a.release_at) as p95
from alerts a join deliveries d on d.alert_id = a.id
where a.release_at >= %s and a.release_at < %s and d.handed_over_at is not null group by 1"""
FRAME = """
select a.incident_kind, a.id, d.subscriber_id, d.delivered_at,
       extract(epoch from d.handed_over_at - a.release_at) as took_s
from alerts a join deliveries d on d.alert_id = a.id where a.release_at >= %s and a.release_at < %s"""


def build(conn: psycopg.Connection, people: int, alerts: int, deliveries: int) -> None:
    """Everything as rows, without triggers; then marked to be counted."""
    facts = {"people": people, "alerts": alerts, "each": deliveries // alerts, "now": NOW}
    conn.execute("set session_replication_role = replica")
    conn.execute("set synchronous_commit = off")
    conn.execute("set maintenance_work_mem = '1GB'")
    for statement in (NEIGHBOURHOODS, SUBSCRIBERS, PLACES, CONTACTS, ALERTS, RESPONSES):
        conn.execute(statement, facts)
    conn.execute("alter table deliveries drop constraint deliveries_pkey")
    step = max(1, alerts // 50)
    for first in range(1, alerts + 1, step):
        conn.execute(DELIVERIES, facts | {"first": first, "last": first + step - 1})
    conn.execute("alter table deliveries add primary key (alert_id, subscriber_id, channel)")
    conn.execute("set session_replication_role = default")
    conn.execute("analyze")
    conn.execute("select mark_everything()")


def screen(title: str) -> Callable[[Connection], None]:
    """All that one section of the screen reads, and its charts as the browser gets them."""

    def draw(conn: Connection) -> None:
        scope = panels.scope_of(conn, YEAR, TODAY)
        panels.summary(conn, scope)
        for panel in panels.sections(conn, scope)[title]():
            if panel.chart is not None:
                panel.chart("light").to_dict()

    return draw


def list_of_alerts(conn: Connection) -> None:
    panels.summary(conn, panels.scope_of(conn, YEAR, TODAY))
    reach.alerts(conn, YEAR)


def one_alert_page(conn: Connection) -> None:
    reach.alert(conn, 77)
    reach.channels_of(conn, [77])
    reach.moments(conn, 77)


def month_report(conn: Connection) -> None:
    """The PDF."""
    report.monthly(conn, 2026, 3, TODAY, settings())


SECTIONS = ("Downloads", "Sign-ups", "Reach", "Responses", "Coverage map")
PAGES: dict[str, Callable[[Connection], None]] = {
    **{title: screen(title) for title in SECTIONS},
    "Alerts one by one": list_of_alerts,
    "One alert's story": one_alert_page,
}
#: One thing drawn again after a filter was touched.
FILTERS: dict[str, Callable[[Connection], object]] = {
    "Sign-ups by month": lambda conn: sign_ups.over_time(conn, TWO_YEARS, Step.MONTH),
    "Sign-ups by neighbourhood": lambda conn: sign_ups.by(conn, TWO_YEARS, Dimension.NEIGHBOURHOOD),
    "Coverage": lambda conn: sign_ups.coverage(conn, TODAY),
    "Reach of urgent alerts, two years": lambda conn: reach.totals(conn, TWO_YEARS, Choice(urgent=True)),
    "Reach by month, two kinds": lambda conn: reach.grouped(
        reach.read(conn, YEAR, Choice(kinds=("burglary", "robbery"))), "month"
    ),
    "Reach by kind, ten neighbourhoods": lambda conn: reach.grouped(
        reach.read(conn, YEAR, Choice(neighbourhoods=tuple(range(1, 11)))), "kind"
    ),
}


Taken = dict[str, list[tuple[float, float]]]


def measure(engine: Any, what: dict[str, Callable[[Connection], object]], repeats: int) -> Taken:
    """Milliseconds and CPU seconds (ours and the server's) of each, in turn, through the connection a page has."""
    took: Taken = {name: [] for name in what}
    for _ in range(repeats):
        for name, call in what.items():
            with connection.transaction(engine) as conn:
                server = int(conn.execute("select pg_backend_pid()").fetchone()[0])  # type: ignore[index]
                before = time.process_time() + bench.cpu_s(server)
                ms = bench.milliseconds(partial(call, conn))
                took[name].append((ms, time.process_time() + bench.cpu_s(server) - before))
    return took


def rivals(conn: psycopg.Connection, url: str, quick: bool) -> list[list[object]]:
    """Rows: what one would pick instead for one breakdown by kind, seconds."""
    month, rows = (MARCH.start, MARCH.before), []
    rows.append(["SQL over the ledger, one month", bench.seconds(lambda: conn.execute(LEDGER, month).fetchall())[0]])

    def frame() -> None:
        read = pd.DataFrame(
            conn.execute(FRAME, month).fetchall(), columns=["kind", "id", "person", "delivered", "took"]
        )
        read.groupby("kind").agg(
            {"id": "nunique", "delivered": "count", "took": lambda t: t.astype(float).quantile(0.95)}
        )

    rows.append(["pandas over the ledger, one month", bench.seconds(frame)[0]])
    if not quick:
        year = (YEAR.start, YEAR.before)
        rows.append(["SQL over the ledger, one year", bench.seconds(lambda: conn.execute(LEDGER, year).fetchall())[0]])
    return rows


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="50,000 subscribers, 500 alerts, a million deliveries")
    parser.add_argument("--deliveries", type=int, help="so many instead")
    parser.add_argument("--keep", type=Path, help="make the rows in this folder and leave them, or measure those in it")
    parser.add_argument("--fill", action="store_true", help="make the rows and measure nothing yet")
    parser.add_argument("--json", action="store_true", help="print one JSON object of figures, last")
    return parser.parse_args()


def main() -> None:
    """Make the rows and count them once, unless they are kept from before; measure; print."""
    given = options()
    people, alerts, deliveries = SIZES[given.quick]
    deliveries = given.deliveries or deliveries
    figures: dict[str, float] = {}
    with bench.cluster(given.keep) as cluster, cluster.connect() as conn:
        conn.row_factory = psycopg.rows.namedtuple_row
        if not conn.execute("select exists (select from alerts) as filled").fetchone().filled:
            fill(conn, cluster.root, (people, alerts, deliveries), figures)
        print(f"{people:,} subscribers, {alerts:,} alerts, {deliveries:,} deliveries{' (quick)' * given.quick}.")
        if not given.fill:
            engine = connection.make_engine(cluster.url("smartalert_engagement"))
            show(engine, REPEATS[given.quick], figures)
            one_more(conn, figures)
            bench.table("One breakdown by kind, instead", ["", "seconds"], rivals(conn, cluster.url(), given.quick))
            engine.dispose()
    bench.finish(figures, given.json)


def fill(conn: psycopg.Connection, folder: Path, size: tuple[int, int, int], figures: dict[str, float]) -> None:
    """Make the rows and count them once, if the disk has room."""
    needed, free = size[2] * BYTES_A_DELIVERY, shutil.disk_usage(folder).free
    if free < needed:
        raise SystemExit(f"{size[2]:,} deliveries need {needed / 1e9:.0f} GB of disk.")
    figures["build_s"], _ = bench.seconds(partial(build, conn, *size))
    figures["count_everything_s"], _ = bench.seconds(partial(rollups.count_all_due, conn, NOW))
    conn.execute("vacuum analyze")


def show(engine: Any, repeats: int, figures: dict[str, float]) -> None:
    """Measure pages and filters, and print them."""
    pages, filters = measure(engine, PAGES, repeats), measure(engine, FILTERS, repeats * 2)
    with connection.transaction(engine) as conn:
        figures["report_s"] = min(bench.milliseconds(partial(month_report, conn)) for _ in range(2)) / 1_000
    figures["slowest_page_s"] = max(bench.percentile(walls(took), 95) for took in pages.values()) / 1_000
    figures["filter_p95_ms"] = max(bench.percentile(walls(took), 95) for took in filters.values())
    figures["slowest_page_cpu_s"] = max(mean_cpu(took) for took in pages.values())
    figures["slowest_filter_cpu_s"] = max(mean_cpu(took) for took in filters.values())
    for title, found in (("One section of the screen: read, counted, charts made", pages), ("One filter", filters)):
        rows = [
            [name, bench.percentile(walls(took), 50), bench.percentile(walls(took), 95), mean_cpu(took)]
            for name, took in found.items()
        ]
        bench.table(title, ["", "p50 ms", "p95 ms", "CPU s"], rows)
    bench.table("The report of a month, as PDF", ["", "seconds"], [["all of it", figures["report_s"]]])


def walls(took: list[tuple[float, float]]) -> list[float]:
    return [ms for ms, _ in took]


def mean_cpu(took: list[tuple[float, float]]) -> float:
    """What it takes whoever else uses the machine."""
    return sum(cpu for _, cpu in took) / len(took)


def one_more(conn: psycopg.Connection, figures: dict[str, float]) -> None:
    """What keeping up costs: one alert whose receipts came late."""
    conn.execute("update deliveries set opened_at = now() where alert_id = 9 and opened_at is null")
    figures["one_alert_again_ms"] = bench.milliseconds(lambda: conn.execute("select count_alert(9)"))
    bench.table("Counting again", ["", "ms"], [["one alert after late receipts", figures["one_alert_again_ms"]]])


if __name__ == "__main__":
    main()
