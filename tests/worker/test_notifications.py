"""Any role of the database may notify, in any words: to a worker each is a call to look for jobs, and nothing else."""

import asyncio
from typing import Any

import pytest

from smartalert.dispatch.jobs import lane
from smartalert.worker.app import Connector, app, psycopg_url
from tests.databases import Database

QUEUE = lane("push", urgent=True)
WORDS = [
    "", "x", "null", "7", "[]", "{}", '{"type": 7}', '{"type": "job_inserted"}', "[" * 5_000,
    '{"type": "abort_job_requested", "job_id": 1}', '{"type": "abort_job_requested"}', '"\\ud800"',
]  # fmt: skip


@pytest.mark.parametrize("role", ["smartalert_analyst", "smartalert_public"])
def test_no_role_ends_a_worker_or_breaks_off_a_job_by_what_it_notifies(module_database: Database, role: str) -> None:
    heard: list[Any] = []

    async def hear(*, channel: str, notification: Any) -> None:
        heard.append(notification)

    async def both() -> None:
        connector = Connector(conninfo=psycopg_url(module_database.url("smartalert_worker")))
        with app.replace_connector(connector):
            async with app.open_async():
                listening = asyncio.create_task(app.job_manager.listen_for_jobs(on_notification=hear, queues=[QUEUE]))
                with module_database.connect(role, autocommit=True) as conn:
                    while not heard:  # until it listens
                        conn.execute("select pg_notify(%s, 'x')", (f"procrastinate_queue_v1#{QUEUE}",))
                        await asyncio.sleep(0.02)
                        assert not listening.done()
                    before = len(heard)
                    for words in WORDS:
                        conn.execute("select pg_notify(%s, %s)", (f"procrastinate_queue_v1#{QUEUE}", words))
                    async with asyncio.timeout(60):
                        while len(heard) < before + len(WORDS):
                            await asyncio.sleep(0.02)
                assert not listening.done()
                listening.cancel()

    asyncio.run(both())
    assert all(one == {"type": "job_inserted"} for one in heard)
