"""A whole training deployment, for tests: database, simulator, public service, workers, and a control room if asked."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from smartalert.alerts import issuing
from smartalert.alerts.drafts import Draft
from smartalert.clock import utc_now
from smartalert.database import connection
from tests.databases import Database
from tests.factories import OFFICER, make_draft, preview_of
from tests.processes import Process, end, start, wait_until_it_answers
from tests.simulator_process import SimulatorProcess, free_port, simulator_process
from tests.waiting import PATIENCE_S, eventually

SECRET = "only for tests, never for people"


@dataclass
class Deployment:
    """What is running, and what an officer does with it."""

    database: Database
    simulator: SimulatorProcess
    environment: dict[str, str]
    public_url: str = ""
    forked: bool = True
    workers: list[Process] = field(default_factory=list)
    controls: list[Process] = field(default_factory=list)
    program: str = "smartalert"

    def start(self, verb: str) -> Process:
        """Run one verb of the command line."""
        return start(self.program, verb, environment=self.environment, forked=self.forked)

    def start_worker(self) -> Process:
        """One more worker."""
        self.workers.append(self.start("worker"))
        return self.workers[-1]

    def start_control(self) -> str:
        """A control room; its address, once it answers."""
        url = f"http://127.0.0.1:{self.environment['SMARTALERT_CONTROL_PORT']}"
        self.controls.append(self.start("control"))
        wait_until_it_answers(f"{url}/_stcore/health", self.controls[-1])
        return url

    def kill_worker(self) -> None:
        """kill -9, as a crash would."""
        worker = self.workers.pop()
        worker.kill()
        worker.wait()

    def issue(self, content: Draft, *, undo_s: int = 0) -> int:
        """Compose, preview and issue, as the control room does; the alert's id."""
        with connection.transaction(self.database.engine("smartalert_control")) as conn:
            draft_id, version = make_draft(conn, content)
            shown = preview_of(conn, content, utc_now())
            return issuing.issue(conn, draft_id, version, OFFICER, shown=shown, now=utc_now(), undo_s=undo_s).id

    def states(self, alert_id: int) -> dict[tuple[str, str], int]:
        """Deliveries by channel and state."""
        with self.database.connect() as conn:
            rows = conn.execute(
                "select channel::text, state::text, count(*) from deliveries where alert_id = %s group by 1, 2",
                (alert_id,),
            )
            return {(channel, state): n for channel, state, n in rows}

    def wait_until_done(self, alert_id: int, within_s: float = PATIENCE_S) -> dict[tuple[str, str], int]:
        """Wait until nothing is pending or in hand; deliveries by channel and state then."""
        eventually(
            lambda: not {state for _, state in self.states(alert_id)} & {"pending", "sending"}, within_s=within_s
        )
        return self.states(alert_id)


@contextmanager
def deployment(
    database: Database, folder: Path, *, workers: int = 1, receipts: bool = True, forked: bool = True
) -> Iterator[Deployment]:
    """Start simulator, public service and workers on a database; all end with the block.

    Without receipts the simulator reports nothing back, and no public service runs. Not forked, each process is
    started as a user starts it.
    """
    port = free_port()
    public_url = f"http://127.0.0.1:{port}"
    hooks = {"events_url": f"{public_url}/webhooks/sendgrid", "receipts_url": f"{public_url}/webhooks/phones"}
    with ExitStack() as stack:
        simulator = stack.enter_context(
            simulator_process(folder / "simulator", forked=forked, **(hooks if receipts else {}))
        )
        environment = {
            **os.environ,
            **simulator.credentials.environment,
            "DATABASE_URL": database.url(),
            "SMARTALERT_MODE": "training",
            "SMARTALERT_DATA_DIR": str(folder),
            "SMARTALERT_SECRET_KEY": SECRET,
            # A test that wants link tests calls for one; by the clock they would only disturb counts.
            "SMARTALERT_TEST_EVERY_MINUTES": "0",
            "SMARTALERT_PUBLIC_PORT": str(port),
            "SMARTALERT_CONTROL_PORT": str(free_port()),
            "SMARTALERT_SIMULATOR_PORT": simulator.url.rpartition(":")[2],
        }
        running = Deployment(database, simulator, environment, public_url, forked)
        stack.callback(end, running.workers)
        stack.callback(end, running.controls)
        if receipts:
            public = running.start("public")
            stack.callback(end, [public])
            wait_until_it_answers(f"{public_url}/health", public)
        for _ in range(workers):
            running.start_worker()
        yield running
