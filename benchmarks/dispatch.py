"""From the officer's confirm to the last hand-over: our worker and ledger beside what one would pick instead."""

import os
import statistics
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import repeat
from operator import attrgetter, methodcaller
from pathlib import Path

import bench
import dispatch_queues
import dispatch_rivals
import http_load
from dispatch_ours import BOTH, LATENCY_MS, PEOPLE, Bench, Figures, Sent, draft, issue, send, settled
from dispatch_rivals import PyfcmLoop, Rival, Sample, parameters
from smartalert.alerts import issuing, lifecycle
from smartalert.config import Mode
from smartalert.database import connection
from smartalert.geography import areas, geo
from smartalert.wording import Wording
from tests.deployment import Deployment
from tests.factories import OFFICER

#: What each size is called, and what is asked of it.
SIZES = {"7k": "village", "100k": "city", "1m": "county"}
DELIVERIES = {"7k": 7_000, "100k": 100_000, "1m": 1_000_000}
ROUNDS = {True: 2, False: 5}


def race(ready: Bench) -> None:
    """Ours and theirs in turn, so that whatever else the machine does meets all alike."""
    keys, words = ready.running.simulator.credentials, wording(ready.running)
    folder = Path(ready.running.environment["SMARTALERT_DATA_DIR"])
    own: dict[str, list[Sent]] = {"push": [], "email": []}
    rivals: list[Rival] = [rival(keys) for rival in dispatch_rivals.LIBRARIES]
    with dispatch_queues.queues(ready.running.simulator, words["push"], folder) as queues:
        rivals += queues
        theirs: dict[str, list[Sample]] = {rival.figure: [] for rival in rivals}
        for _ in range(ROUNDS[ready.quick]):
            for channel, sent in own.items():
                sent.append(send(ready, draft("town", [channel])))
            for rival in rivals:
                count = rival.quick if ready.quick else rival.full
                addresses = [f"rival-{number}@training.example" for number in range(count)]
                theirs[rival.figure].append(rival.sample(addresses, words[rival.channel]))
    figures = ready.figures
    for channel, name in (("push", "pushes_per_s"), ("email", "mails_per_s")):
        figures[name] = statistics.median(one.per_s for one in own[channel])
        for process, of in (PROCESSES | PARTS).items():
            used = statistics.median(one.cpu_us(process) for one in own[channel])
            figures[f"{of}{'push' if channel == 'push' else 'mail'}_cpu_us"] = used
    figures["ceiling_per_s"] = ceiling(ready, words["push"])
    tell(figures, rivals, theirs)
    cores(figures)


#: Process → what its figures begin with.
PROCESSES = {"worker": "", "PostgreSQL": "postgres_", "simulator": "simulator_"}
#: The same for the parts of the worker.
PARTS = {"its event loop": "loop_", "HTTP": "http_", "transactions": "transactions_"}


def cores(figures: Figures) -> None:
    """Who holds the cores while ours hands over: CPU of each process for each message."""
    rows = [
        [label, *(f"{figures[f'{of}{what}_cpu_us']:,.0f}" for of in (PROCESSES | PARTS).values())]
        for label, what in (("a push", "push"), ("a mail", "mail"))
    ]
    header = ["", *PROCESSES, *(f"worker: {part}" for part in PARTS)]
    bench.table("Ours: CPU µs of each process, and of the worker's parts", header, rows)


def tell(figures: Figures, rivals: list[Rival], theirs: dict[str, list[Sample]]) -> None:
    """The table of the race: how many times slower each is, and how long each would take at the rate it had."""
    rows = [
        line("Smart Alert, one worker: pushes", 1, figures["pushes_per_s"], figures["push_cpu_us"]),
        line("Smart Alert, one worker: mails", 1, figures["mails_per_s"], figures["mail_cpu_us"]),
    ]
    for rival in rivals:
        per_s = statistics.median(one.per_s for one in theirs[rival.figure])
        cpu_us = statistics.median(one.cpu_us for one in theirs[rival.figure])
        figures[rival.figure] = figures["mails_per_s" if rival.channel == "email" else "pushes_per_s"] / per_s
        figures[f"{rival.figure}_cpu_us"] = cpu_us
        rows.append(line(rival.name, figures[rival.figure], per_s, cpu_us))
        if rival.figure == "vs_firebase_admin":
            figures["rival_push_cpu_us"] = cpu_us
    ahead = figures["pushes_per_s"] / figures["ceiling_per_s"]
    rows.append(line("the simulator, asked by a loop that does nothing else", ahead, figures["ceiling_per_s"], None))
    header = ["", "ours, times", "a second", "CPU µs each", *(f"{count:,}, s" for count in DELIVERIES.values())]
    bench.table("Handing over, and how long so many would take at that rate", header, rows)


def line(name: str, times: float, per_s: float, cpu_us: float | None) -> list[str]:
    """One row of the race."""
    took = (f"{count / per_s:,.1f}" for count in DELIVERIES.values())
    return [name, f"{times:,.2f}", f"{per_s:,.0f}", "" if cpu_us is None else f"{cpu_us:,.0f}", *took]


def ceiling(ready: Bench, words: Wording) -> float:
    """Pushes a second that the simulator takes from whoever does nothing but ask it, over as many connections."""
    pyfcm = PyfcmLoop(ready.running.simulator.credentials).fcm
    body, headers = pyfcm.parse_payload(**parameters("ceiling", words)), pyfcm.request_headers()
    path = pyfcm.fcm_end_point.removeprefix(ready.running.simulator.url)
    asked = http_load.request(
        "POST", path, body, content_type=headers["Content-Type"], authorization=headers["Authorization"]
    )
    port = int(ready.running.simulator.url.rpartition(":")[2])
    return http_load.fire([port], repeat(asked), status=200, at_once=192, seconds=2 if ready.quick else 5).per_s


def wording(running: Deployment) -> dict[str, Wording]:
    """The words everybody sends."""
    content = draft("town", BOTH)
    with connection.transaction(running.database.engine("smartalert_control")) as conn:
        ground = areas.survey(conn, geo.area_from(content.area))
    return issuing.wording(content, ground, Mode.TRAINING, datetime.now(UTC))


def urgent(ready: Bench) -> None:
    """7,000 deliveries at once, several times."""
    runs = [send(ready, draft("village", BOTH)) for _ in range(ROUNDS[ready.quick] + 1)]
    names = ("first_s", "p50_s", "p95_s", "last_s")
    rows = [[f"run {n}", *(f"{getattr(run, name):.2f}" for name in names)] for n, run in enumerate(runs, 1)]
    for name in names:
        ready.figures[f"urgent_7000_{name}"] = statistics.median(getattr(run, name) for run in runs)
    ready.figures["urgent_7000_first_p95_s"] = bench.percentile((run.first_s for run in runs), 95)
    ready.figures["urgent_7000_last_p95_s"] = bench.percentile((run.last_s for run in runs), 95)
    bench.table("4,500 pushes and 2,500 mails: seconds from confirm", ["", "first", "p50", "p95", "last"], rows)


def snapshot(ready: Bench) -> None:
    """100,000 deliveries written in one transaction, and taken back."""
    took = []
    for _ in range(ROUNDS[ready.quick]):
        alert_id, seconds = issue(ready.running, draft("city", BOTH), undo_s=600)
        took.append(seconds)
        with connection.transaction(ready.running.database.engine("smartalert_control")) as conn:
            lifecycle.withdraw(conn, alert_id, OFFICER, datetime.now(UTC))
    ready.figures["snapshot_100k_s"] = statistics.median(took)
    bench.table(
        "100,000 deliveries, issued in one transaction: seconds",
        ["", "median", "least", "most"],
        [["", *(f"{of(took):.2f}" for of in (statistics.median, min, max))]],
    )


def growth(ready: Bench, most: int) -> None:
    """How time, CPU, memory and what is written grow with the size of one alert; and the next one after the largest."""
    rows = []
    for size, where in SIZES.items():
        if DELIVERIES[size] > most:
            continue
        sent = send(ready, draft(where, BOTH))
        per = {name: of(sent) for name, of in GROWS.items()} | {"worker_mb": bench.most_resident_mb(ready.worker)}
        ready.figures.update({f"{name}_{size}": value for name, value in per.items()})
        shown = (f"{value:,.2f}" if name in SECONDS else f"{value:,.0f}" for name, value in per.items())
        rows.append([f"{sent.handed_over:,}", *shown])
    after = send(ready, draft("village", BOTH))
    ready.figures["urgent_7000_after_largest_s"] = after.last_s
    header = [
        "deliveries", "issue s", "first s", "p95 s", "last s", "a second", "worker µs", "PostgreSQL µs", "simulator µs",
        "WAL B each", "table B each", "worker MB",
    ]  # fmt: skip
    bench.table("One alert to more and more people: seconds from confirm, CPU a message", header, rows)
    print(f"The next 7,000 after the largest: {after.last_s:.2f} s.")


#: Figure → what it is of one alert, in the order of the table.
SECONDS = ("issue_s", "first_s", "p95_s", "last_s")
GROWS: dict[str, Callable[[Sent], float]] = {
    **{name: attrgetter(name) for name in SECONDS},
    "deliveries_per_s": attrgetter("per_s"),
    **{f"{of}cpu_us": methodcaller("cpu_us", process) for process, of in PROCESSES.items()},
    "wal_bytes_each": lambda sent: sent.wal_bytes / sent.handed_over,
    "table_bytes_each": lambda sent: sent.table_bytes / sent.handed_over,
}


def main() -> None:
    """Run the real path, then the rivals in turn, and print."""
    most = max(DELIVERIES.values())
    given = bench.options(__doc__ or "", most=(most, "deliveries of the largest alert, where it is not --quick"))
    places = [where for where in PEOPLE if where != "county" or (given.most >= most and not given.quick)]
    with settled(places, quick=given.quick) as ready:
        print(
            f"One worker, a simulator answering after {LATENCY_MS} ms and the database, all on this machine. Ours\n"
            "writes its ledger, rivals keep none. Receipts and events are off: they are not what is measured."
        )
        race(ready)
        urgent(ready)
        snapshot(ready)
        if not given.quick:
            growth(ready, given.most)
        ready.figures["worker_mb"] = bench.most_resident_mb(ready.worker)
        print(f"\nThe most memory that the worker had: {ready.figures['worker_mb']:,.0f} MB.")
    ready.figures["load"] = os.getloadavg()[0]
    bench.finish(ready.figures, given.json)


if __name__ == "__main__":
    main()
