"""Jobs that died with their worker are done by others, whatever waits beside them."""

import asyncio

from smartalert.worker.app import Connector, app, psycopg_url
from smartalert.worker.periodic import take_back_jobs
from tests.databases import Database

JOB = (
    "insert into procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, status, worker_id)"
    " values ('events', 'read_events', 'read_events', 'read_events', '{\"timestamp\": 1}', %s, %s)"
)


def test_a_dead_job_that_stands_in_the_way_of_its_successor_makes_room(module_database: Database) -> None:
    """Of two that may not run at once one had died, and the other waited for it: no event was ever read again."""

    async def look() -> int | None:
        connector = Connector(conninfo=psycopg_url(module_database.url("smartalert_worker")))
        with app.replace_connector(connector):
            async with app.open_async():
                living = await app.job_manager.register_worker()
                await take_back_jobs(app.job_manager)
                job = await app.job_manager.fetch_job(queues=["events"], worker_id=living)
                return job.id if job else None

    with module_database.connect(autocommit=True) as conn:
        (dead,) = conn.execute(
            "insert into procrastinate_workers (last_heartbeat) values (now() - interval '1 minute') returning id"
        ).fetchone()
        conn.execute(JOB, ("doing", dead))
        conn.execute(JOB, ("todo", None))
        (waits,) = conn.execute("select id from procrastinate_jobs where status = 'todo'").fetchone()
        assert asyncio.run(look()) == waits
        assert conn.execute("select count(*) from procrastinate_jobs where status = 'doing'").fetchone() == (1,)
