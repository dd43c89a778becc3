"""A control room that runs on a training county, with its officers, their drafts and an alert that is going out."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import bench
from smartalert.config import settings
from smartalert.control import access
from smartalert.control.access import Officer, Role
from smartalert.database import connection
from smartalert.training import county
from tests.databases import Database
from tests.deployment import Deployment, deployment
from tests.factories import complete_draft, make_draft
from tests.simulator_process import free_port

OFFICERS = 20
#: Each officer's area is a circle round the middle of Stafford.
RADIUS_M = 1_000


@dataclass(frozen=True)
class Room:
    """A control room that runs, and its officers' drafts: what each tab opens."""

    url: str
    pid: int
    #: Cookies and the draft's address, one for each officer.
    officers: list[tuple[str, str]]
    database: Database
    #: One that is going out, and of which some have been told.
    alert_id: int
    #: One in which many live, as an officer would type it.
    street: str
    #: A second process of the same control room, which a proxy would give half of the officers to.
    second: tuple[str, int]

    def transactions(self) -> int:
        """Transactions that the database has ended, whoever began them."""
        with self.database.connect(autocommit=True) as conn:
            conn.execute("select pg_stat_clear_snapshot()")
            row = conn.execute(
                "select xact_commit + xact_rollback from pg_stat_database where datname = current_database()"
            ).fetchone()
        return int(row[0])


@contextmanager
def room(residents: int) -> Iterator[Room]:
    """A training deployment with its county and one control room, started as a user starts it."""
    with bench.cluster() as cluster, ExitStack() as stack:
        database = Database(cluster, "smartalert")
        county.fill(database.url(), residents, seed=1, say=lambda _: None)
        running = stack.enter_context(deployment(database, Path(cluster.root), workers=0, receipts=False, forked=False))
        url = running.start_control()
        os.environ.update(running.environment)
        settings.cache_clear()
        running.environment["SMARTALERT_CONTROL_URL"] = url
        running.environment["SMARTALERT_CONTROL_PORT"] = str(free_port())
        second = running.start_control()
        pids = [one.pid for one in running.controls]  # type: ignore[attr-defined]
        yield Room(
            url, pids[0], seats(running), database, going_out(running), busiest_street(database), (second, pids[1])
        )


def seats(running: Deployment) -> list[tuple[str, str]]:
    """Cookies and query of so many made-up officers, each with a draft whose area is drawn and whose words stand."""
    content = complete_draft()
    content.area = {**(content.area or {}), "radius_m": RADIUS_M}
    found = []
    for number in range(OFFICERS):
        officer = Officer(f"officer.{number}", f"PC Number {number}", "", (Role.SENDER,))
        cookie = f"{access.cookie_name()}={access.make_cookie(officer)}"
        with connection.transaction(running.database.engine("smartalert_control")) as conn:
            draft_id, _ = make_draft(conn, content, officer.id)
        found.append((cookie, f"draft={draft_id}"))
    return found


def going_out(running: Deployment) -> int:
    """An alert of which half was told and half waits; its id."""
    content = complete_draft()
    content.area = {**(content.area or {}), "radius_m": RADIUS_M}
    alert_id = running.issue(content)
    with running.database.connect(autocommit=True) as conn:
        for before, after in (("pending", "sending"), ("sending", "handed_over")):
            conn.execute(
                "update deliveries set state = %s, handed_over_at = case when %s = 'handed_over' then now() end"
                " where alert_id = %s and state = %s and subscriber_id %% 2 = 0",
                (after, after, alert_id, before),
            )
    return alert_id


def busiest_street(database: Database) -> str:
    """The street next to which most people have a place."""
    with database.connect() as conn:
        row = conn.execute("""
            select s.name, s.locality from places p cross join lateral (
              select id, name, locality from streets where st_dwithin(geom, p.point, 50)
              order by geom <-> p.point limit 1
            ) s group by s.id, s.name, s.locality order by count(*) desc limit 1""").fetchone()
    return f"{row[0]}, {row[1]}".lower()
