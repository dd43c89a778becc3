"""What many officers cost: the CPU of one rerun of the send screen, and how long each waits when all act at once."""

import asyncio
import os
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import bench
from smartalert.config import settings
from smartalert.control import access
from smartalert.control.access import Officer, Role
from smartalert.database import connection
from smartalert.training import county
from tabs import Tab, tab
from tests.databases import Database
from tests.deployment import Deployment, deployment
from tests.factories import complete_draft, make_draft

OFFICERS = 20
#: People in the training county; the area is a circle round the middle of Stafford.
RESIDENTS, RADIUS_M = {True: 3_000, False: 20_000}, 1_000
#: Reruns of the screen by one officer, and of each of its fragments.
REPEATS = {True: 20, False: 100}
#: How often all officers act at once, and how long they then rest.
ROUNDS, REST_S = {True: 4, False: 15}, 0.5
#: Changes of screen by three officers.
SWITCHES = {True: 30, False: 200}
FIELD = "What happened"


@dataclass(frozen=True)
class Room:
    """A control room that runs, and its officers' drafts: what each tab opens."""

    url: str
    pid: int
    #: Cookies and the draft's address, one for each officer.
    officers: list[tuple[str, str]]
    database: Database

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
        yield Room(url, running.controls[0].pid, seats(running), database)  # type: ignore[attr-defined]


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


async def act(shown: Tab, number: int) -> None:
    """Write something else into the draft: it is kept, and the whole screen is drawn anew."""
    await shown.write(FIELD, f"A burglary happened in Tannery Row at about 13:{number % 60:02}. Two people ran off.")


@dataclass(frozen=True)
class Cost:
    """What one of many alike cost."""

    cpu_ms: float
    wall_ms: float
    kb: float
    messages: float
    transactions: float


async def cost(room: Room, shown: Tab, times: int, once: Callable[[int], Awaitable[None]]) -> Cost:
    """Do it so many times; what each cost the control room."""
    transactions, (messages, came) = room.transactions(), (shown.messages, shown.bytes)
    began, cpu = time.perf_counter(), bench.cpu_s(room.pid)
    for number in range(times):
        await once(number)
    await asyncio.sleep(0.05)  # what follows a run is part of it
    cpu, wall = bench.cpu_s(room.pid) - cpu, time.perf_counter() - began
    await asyncio.sleep(1.2)  # PostgreSQL's sessions report what they did once a second
    return Cost(
        cpu / times * 1e3,
        wall / times * 1e3,
        (shown.bytes - came) / times / 1e3,
        (shown.messages - messages) / times,
        (room.transactions() - transactions) / times,
    )


async def one_officer(room: Room, times: int) -> dict[str, Cost]:
    """One officer alone at the send screen: whole screens, then the fragments that draw themselves by a timer."""
    cookies, query = room.officers[0]
    async with tab(room.url, cookies) as shown:
        await shown.open("send_alert", query)
        for number in range(5):  # what is made once is made
            await act(shown, -number)
        screen = await cost(room, shown, times, lambda number: act(shown, number + 1))
        fragments = list(shown.timers)
        return {
            "screen": screen,
            "fragment": await cost(
                room, shown, times, lambda number: shown.draw_again(fragments[number % len(fragments)])
            ),
        }


async def all_at_once(room: Room, rounds: int) -> list[float]:
    """All officers write in the same moment, again and again, while their timers go on; seconds that each waited."""
    waits: list[float] = []

    async def timed(shown: Tab, number: int) -> None:
        began = time.perf_counter()
        await act(shown, number)
        waits.append(time.perf_counter() - began)

    async with AsyncExitStack() as stack:
        shown = [await stack.enter_async_context(tab(room.url, cookies)) for cookies, _ in room.officers]
        for one, (_, query) in zip(shown, room.officers, strict=True):
            await one.open("send_alert", query)
        timers = [asyncio.create_task(one.tick()) for one in shown]
        for number in range(rounds + 1):
            await asyncio.gather(*(timed(one, number) for one in shown))
            await asyncio.sleep(REST_S)
        for timer in timers:
            timer.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*timers)
    return waits[OFFICERS:]  # the first round warms up


async def switch(room: Room, times: int) -> None:
    """Three officers go from screen to screen."""
    async with AsyncExitStack() as stack:
        shown = [await stack.enter_async_context(tab(room.url, cookies)) for cookies, _ in room.officers[:3]]
        for number in range(times):
            one, (_, query) = shown[number % 3], room.officers[number % 3]
            await (one.open("send_alert", query) if number // 3 % 2 == 0 else one.open("live_alerts"))


def main() -> None:
    """Start the room, measure, print."""
    given = bench.options(__doc__ or "")
    random.seed(1)
    with room(RESIDENTS[given.quick]) as made:
        alone = asyncio.run(one_officer(made, REPEATS[given.quick]))
        waits = asyncio.run(all_at_once(made, ROUNDS[given.quick]))
        before_mb = bench.resident_mb(made.pid)
        asyncio.run(switch(made, SWITCHES[given.quick]))
        figures = {
            "rerun_cpu_ms": alone["screen"].cpu_ms,
            "fragment_cpu_ms": alone["fragment"].cpu_ms,
            "rerun_transactions": alone["screen"].transactions,
            "rerun_kb": alone["screen"].kb,
            "officers_20_p50_s": bench.percentile(waits, 50),
            "officers_20_p95_s": bench.percentile(waits, 95),
            "control_mb": bench.resident_mb(made.pid),
        }
    bench.table(
        "One officer at the send screen, an area drawn and a draft composed",
        ["", "CPU ms", "ms", "kB to the browser", "messages", "transactions"],
        [[name, one.cpu_ms, one.wall_ms, one.kb, one.messages, one.transactions] for name, one in alone.items()],
    )
    bench.table(
        f"{OFFICERS} officers write at once, one process",
        ["", "p50 s", "p95 s"],
        [["until the screen is drawn", figures["officers_20_p50_s"], figures["officers_20_p95_s"]]],
    )
    bench.table(
        "Memory of the control process",
        ["", "MB"],
        [["after that", before_mb], [f"after {SWITCHES[given.quick]} changes of screen", figures["control_mb"]]],
    )
    bench.finish(figures, given.json)


if __name__ == "__main__":
    main()
