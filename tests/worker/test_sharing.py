"""Workers together keep to a provider's quota, and an urgent alert is not kept waiting by what fills every place."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest

from smartalert.config import Mode
from smartalert.dispatch.jobs import defer_app
from smartalert.providers.pace import BURST_S, Pace
from smartalert.wording import Channel
from smartalert.worker import sharing
from smartalert.worker.hand_over import Worker
from tests.databases import Database
from tests.deployment import deployment
from tests.factories import complete_draft
from tests.waiting import PATIENCE_S, eventually
from tests.worker.test_app import settle

QUOTA = 300.0


class Busy:
    """A worker that always has something to hand over, and when each left."""

    def __init__(self, database: Database) -> None:
        self.pace = Pace(QUOTA)
        engine = database.engine("smartalert_worker")
        self.worker = Worker(engine, Mode.TRAINING, {}, paces={Channel.PUSH: self.pace})
        self.left: list[float] = []

    async def work(self, end: asyncio.Event) -> None:
        async def drain() -> None:
            while True:
                await self.pace.acquire()
                self.left.append(monotonic())

        async with sharing.shared(self.worker):
            tasks = [asyncio.create_task(drain()) for _ in range(8)]
            await end.wait()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():
            await asyncio.sleep(0.02)


def test_workers_that_come_and_go_share_the_quota_and_never_pass_it(database: Database) -> None:
    workers = [Busy(database) for _ in range(3)]

    def each_has(share: float, *who: Busy) -> Callable[[], bool]:
        return lambda: all(one.pace.holds() == pytest.approx(share) for one in who)

    async def together() -> None:
        ends = [asyncio.Event() for _ in workers]
        working = [asyncio.create_task(workers[0].work(ends[0]))]
        await until(each_has(QUOTA, workers[0]))
        working += [asyncio.create_task(one.work(end)) for one, end in zip(workers[1:], ends[1:], strict=True)]
        await until(each_has(QUOTA / 3, *workers))
        ends[0].set()
        await until(each_has(QUOTA / 2, *workers[1:]))
        for end in ends:
            end.set()
        await asyncio.gather(*working)

    asyncio.run(together())
    left = sorted(at for one in workers for at in one.left)
    assert len(left) > 100
    for begin, since in enumerate(left):
        for n in range(begin, len(left), 7):
            assert n - begin + 1 <= QUOTA * (left[n] - since + BURST_S) + 3


def test_an_urgent_alert_overtakes_digests_and_updates_that_fill_every_place(
    database: Database, tmp_path: Path
) -> None:
    slow_s, people, updates = 12.0, 60, 9  # more updates than a worker has places for
    with (
        deployment(database, tmp_path, workers=0, receipts=False) as running,
        database.connect(autocommit=True) as conn,
    ):
        settle(database, people)
        running.simulator.faults(push_latency_ms=slow_s * 1_000, mail_latency_ms=slow_s * 1_000)
        conn.execute("delete from approval_policy where rule = 'second person'")
        update = complete_draft(urgent=False, incident_kind="update", expires="24h")
        digest, *_ = [running.issue(update) for _ in range(1 + updates)]
        conn.execute("update deliveries set digest_on = null, due_at = now()")
        conn.execute(
            "update deliveries set digest_on = current_date where alert_id = %s and channel = 'push'", (digest,)
        )
        defer_app.configure_task("hand_over_digests", connection=conn, queue="periodic").defer(timestamp=0)
        running.start_worker()

        def count(state: str) -> int:
            row = conn.execute("select count(*) from deliveries where state = %s", (state,)).fetchone()
            return int(row[0]) if row else 0

        eventually(lambda: count("sending") >= (8 + 8 + 1) * people)
        running.simulator.faults(push_latency_ms=0, mail_latency_ms=0)  # whoever comes from now on is answered at once
        urgent = running.issue(complete_draft())
        running.wait_until_done(urgent)
        row = conn.execute(
            "select count(*), max(extract(epoch from d.handed_over_at - a.release_at))::float8"
            " from deliveries d join alerts a on a.id = d.alert_id where a.id = %s and d.state = 'handed_over'",
            (urgent,),
        ).fetchone()
        assert row is not None
        print(f"the last of the urgent alert was handed over after {row[1]:.2f} s")
        assert row[0] == 2 * people
        assert count("sending") > 0, "what was there before waits still"
        assert row[1] < 5.0, "a second where the machine has nothing else to do; whoever waits for a place waits longer"
