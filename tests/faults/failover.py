"""What becomes of an alert when PostgreSQL is restarted, full, lost for its replica, or out of a worker's reach.

`python -m tests.faults.failover` plays each fault in the middle of a dispatch, on servers of its own, and prints what
was counted; `--only synchronous` plays one. It takes some minutes, and needs root for the disk and the networks.
"""

import argparse
import os
import shutil
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import mkdtemp

from tests import conftest
from tests.databases import Database
from tests.deployment import Deployment, deployment
from tests.factories import complete_draft
from tests.faults import machines, servers
from tests.processes import Process, end
from tests.waiting import eventually
from tests.worker.test_app import settle

PEOPLE, WORKERS = 1_500, 2
#: Answers slow enough that the fault meets many that are under way.
SLOW = {"push_latency_ms": 100, "mail_latency_ms": 300}
#: So many are handed over when it strikes.
STRIKES_AT = 400
#: How long WAL waits for its replica before the primary is lost; and how long before an alert leaves that is held.
LAG_S, HELD_S = 1.0, 2
#: Room that is left on a disk that is to be full, and the size of that disk.
LEFT, DISK = 64 * 1024, "600m"


def settled(running: Deployment) -> int:
    """People who live there, and an alert to all of them, half begun."""
    settle(running.database, PEOPLE)
    with running.database.connect(autocommit=True) as conn:
        conn.execute("delete from approval_policy where rule = 'second person'")
    running.simulator.faults(**SLOW)
    alert = running.issue(complete_draft())
    with running.database.connect(autocommit=True) as conn:
        eventually(lambda: handed_over(conn, alert) >= STRIKES_AT)
    return alert


def handed_over(conn: conftest.psycopg.Connection, alert: int) -> int:
    row = conn.execute(
        "select count(*) from deliveries where alert_id = %s and state = 'handed_over'", (alert,)
    ).fetchone()
    return int(row[0]) if row else 0


def rest(running: Deployment, alert: int, start: Callable[[], Process]) -> float:
    """Start again whatever ended, as a service manager does, until nothing is open; seconds that took."""
    began = time.monotonic()

    def nothing_is_open() -> bool:
        for worker in [one for one in running.workers if one.poll() is not None]:
            running.workers.remove(worker)
            running.workers.append(start())
        try:
            return not {state for _, state in running.states(alert)} & {"pending", "sending"}
        except conftest.psycopg.OperationalError:
            return False

    eventually(nothing_is_open, within_s=180)
    return time.monotonic() - began


def count(running: Deployment, alert: int) -> str:
    """What the ledger says, beside what the providers took. Raises AssertionError where somebody was lost."""
    with running.database.connect() as conn:
        rows = conn.execute(
            "select subscriber_id, channel::text, state::text, maybe_repeated from deliveries where alert_id = %s",
            (alert,),
        ).fetchall()
        identifier = identifier_of(conn, alert)
    pushes = running.simulator.ledger(identifier)["pushes"]
    mails = {name: n for name, n in running.simulator.ledger()["mails"].items() if name.startswith(f"{alert}-")}
    taken = {"push": lambda who: pushes.get(f"training-{who}", 0), "email": lambda who: mails.get(mail(alert, who), 0)}
    lost = [row for row in rows if row[2] in ("handed_over", "delivered") and not taken[row[1]](row[0])]
    assert len(rows) == 2 * PEOPLE
    assert not lost, f"{len(lost)} count as handed over, and no provider took them"
    states = Counter((row[1], row[2]) for row in rows)
    never = {channel: sum(not taken[channel](who) for who, c, *_ in rows if c == channel) for channel in taken}
    twice = {name: sum(times > 1 for times in found.values()) for name, found in (("push", pushes), ("email", mails))}
    unmarked = sum(taken["push"](row[0]) > 1 and not row[3] for row in rows if row[1] == "push")
    said = ", ".join(f"{n} {channel} {state}" for (channel, state), n in sorted(states.items()))
    return (
        f"{said}; taken by nobody: {never['push']} pushes, {never['email']} mails;"
        f" taken twice: {twice['push']} pushes ({unmarked} of them not marked so), {twice['email']} mails"
    )


def identifier_of(conn: conftest.psycopg.Connection, alert: int) -> str:
    row = conn.execute("select identifier::text from alerts where id = %s", (alert,)).fetchone()
    assert row is not None
    return str(row[0])


def mail(alert: int, who: int) -> str:
    return f"{alert}-{who}-email"


# --- the faults


def restarted(folder: Path) -> str:
    """PostgreSQL is stopped and started again."""
    with servers.primary(folder) as database, employed(database, folder) as running:
        alert = settled(running)
        database.cluster.stop()
        database.cluster.start()
        took_s = rest(running, alert, lambda: running.start("worker"))
        return f"{count(running, alert)}; all ended {took_s:.0f} s after it"


def full(folder: Path) -> str:
    """The disk with everything of the database on it is full for ten seconds."""
    disk = folder / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=755", "none", disk], check=True)
    try:
        with servers.primary(disk / "data") as database, employed(database, folder) as running:
            alert, ballast = settled(running), disk / "ballast"
            free = shutil.disk_usage(disk).free
            with ballast.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, free - LEFT)
            time.sleep(10)
            ballast.unlink()
            ended = sum(worker.poll() is not None for worker in running.workers)
            crashed = database.cluster.server.ended()
            database.cluster.start()
            took_s = rest(running, alert, lambda: running.start("worker"))
            words = database.cluster.log.last_words(200_000).count("No space left on device")
            said = (
                f"PostgreSQL said so {words} times and {'ended itself' if crashed else 'lived'}; {ended} workers ended"
            )
            return f"{count(running, alert)}; {said}; all ended {took_s:.0f} s after there was room"
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def synchronous(folder: Path) -> str:
    """The primary is lost some seconds after its replica heard the last of it; commits wait for the replica."""
    return lost_primary(folder, synchronous=True)


def asynchronous(folder: Path) -> str:
    """The same, where commits do not wait."""
    return lost_primary(folder, synchronous=False)


def lost_primary(folder: Path, *, synchronous: bool) -> str:
    """The replica takes over; meanwhile one alert was under way, one was released, and one was being issued."""
    with (
        servers.replicated(folder, synchronous=synchronous) as database,
        employed(database, folder) as running,
    ):
        alert, issued = settled(running), list[tuple[int, str]]()
        held = running.issue(complete_draft(), undo_s=HELD_S)
        servers.hold_back(database.cluster)

        def issue() -> None:
            try:
                second = running.issue(complete_draft())
                with running.database.connect() as conn:
                    issued.append((second, identifier_of(conn, second)))
            except Exception as error:
                print(f"  the second alert is not confirmed: {type(error).__name__}", flush=True)

        officer = threading.Thread(target=issue)
        officer.start()
        time.sleep(HELD_S + LAG_S)
        taken = running.simulator.stats()["push_accepted"] + running.simulator.stats()["mail_accepted"]
        time.sleep(LAG_S)
        still = running.simulator.stats()["push_accepted"] + running.simulator.stats()["mail_accepted"] - taken
        confirmed = list(issued)
        servers.kill(database.cluster)
        officer.join()
        servers.promote(database.other)
        took_s = max(rest(running, one, lambda: running.start("worker")) for one in (alert, held))
        with database.connect() as conn:
            gone = [
                told_of for second, told_of in confirmed
                if not conn.execute("select from alerts where id = %s", (second,)).fetchone()
            ]  # fmt: skip
        told = sum(len(running.simulator.ledger(told_of)["pushes"]) for told_of in gone)
        return (
            f"under way: {count(running, alert)}.\n  Released while the line was cut: {count(running, held)}.\n"
            f"  In the second before the loss providers took {still}."
            f" Confirmed while the line was cut: {len(confirmed)} alerts; {len(gone)} of them are gone, of which {told}"
            " phones were told;"
            f" all ended {took_s:.0f} s after the replica took over"
        )


def cut_off(folder: Path) -> str:
    """One of two workers, each on a machine of its own, loses its line to the database for 45 seconds."""
    if not machines.are_allowed():
        return "not played: this machine allows no network namespaces"
    with ExitStack() as stack:
        database = stack.enter_context(servers.primary(folder, listen_addresses="*"))
        with (database.cluster.data / "pg_hba.conf").open("a") as file:
            file.write("host all all 10.78.0.0/16 trust\n")
        with database.cluster.connect() as conn:
            conn.execute("select pg_reload_conf()")
        running = stack.enter_context(employed(database, folder, workers=0))
        both = [stack.enter_context(machines.machine(number)) for number in (1, 2)]
        helpers: list[Process] = []
        stack.callback(end, helpers)
        for one in both:
            helpers.append(connect_providers(running, one))

        def start(one: machines.Machine) -> Process:
            url = f"postgresql+psycopg://smartalert_owner@{one.database_host}/smartalert"
            return one.start("-m", "smartalert", "worker", environment={**running.environment, "DATABASE_URL": url})

        running.workers.extend(start(one) for one in both)
        stack.callback(lambda: end(running.workers))
        alert = settled(running)
        both[0].cut()
        began = time.monotonic()
        cut = running.workers[0]
        eventually(lambda: cut.poll() is not None, within_s=40)
        ended_s = time.monotonic() - began
        while time.monotonic() - began < 45:
            time.sleep(0.1)
        both[0].mend()
        took_s = rest(running, alert, lambda: start(both[0]))
        return f"{count(running, alert)}; the worker ended itself after {ended_s:.0f} s; all ended {took_s:.0f} s later"


def connect_providers(running: Deployment, one: machines.Machine) -> Process:
    """Let a machine find the simulator on its own loopback, where a training worker looks for it."""
    port = int(running.simulator.url.rpartition(":")[2])
    machines.forward_here(one.provider_host, port)
    words = ("-m", "tests.faults.machines", "127.0.0.1", str(port), one.provider_host, str(port))
    return one.start(*words, environment=dict(os.environ))


FAULTS: dict[str, Callable[[Path], str]] = {
    "restarted": restarted, "full": full, "synchronous": synchronous, "asynchronous": asynchronous, "cut off": cut_off,
}  # fmt: skip


@contextmanager
def employed(database: Database, folder: Path, *, workers: int = WORKERS) -> Iterator[Deployment]:
    """Workers and a simulator that reports nothing back: reports would settle what is to be counted."""
    with deployment(database, folder, workers=workers, receipts=False, forked=False) as running:
        yield running


def main() -> None:
    """Play them all, or one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=list(FAULTS))
    asked = parser.parse_args()
    for name in [asked.only] if asked.only else list(FAULTS):
        folder = Path(mkdtemp(prefix="smartalert-failover-"))
        folder.chmod(0o711)
        os.environ["SMARTALERT_DATA_DIR"] = str(folder)
        os.environ["SMARTALERT_SECRET_KEY"] = "only for tests"
        conftest.forget_settings()
        print(f"{name}: {FAULTS[name].__doc__}", flush=True)
        try:
            print(f"  {FAULTS[name](folder)}", flush=True)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
