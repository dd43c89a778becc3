"""From the officer's confirm to the last hand-over: our worker and ledger beside the providers' own libraries."""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import bench
import dispatch_rivals
from dispatch_rivals import Rival
from smartalert.alerts import approvals, issuing, lifecycle
from smartalert.alerts.drafts import Draft
from smartalert.audience.preview import count_audience
from smartalert.config import Mode
from smartalert.database import connection
from smartalert.database.connection import Connection
from smartalert.geography import areas, geo
from smartalert.wording import Wording
from tests.databases import Database
from tests.deployment import Deployment, deployment
from tests.factories import EAST, NORTH, OFFICER, complete_draft, make_draft, make_force_area

LATENCY_MS = 20
#: Where → people, kilometres east of the crossroads. Of ten people nine have a phone and five a mailbox.
PEOPLE = {"village": 5_000, "town": 10_000, "city": 71_430}
EAST_KM = {"village": 0, "town": 5, "city": 10}
ROUNDS = {True: 2, False: 5}
#: Messages a rival sends in each round.
SAMPLES = {
    True: {"firebase": 600, "pyfcm": 60, "sendgrid": 60},
    False: {"firebase": 2_000, "pyfcm": 200, "sendgrid": 200},
}
BOTH = ["push", "email"]

Figures = dict[str, float]


class Sent(NamedTuple):
    """One alert that was handed over: counts by channel, seconds from release, the worker's CPU."""

    handed_over: int
    issue_s: float
    p50_s: float
    p95_s: float
    last_s: float
    worker_cpu_s: float

    @property
    def per_s(self) -> float:
        return self.handed_over / self.last_s


def seed(owner: Connection) -> None:
    """Settle everyone, on a grid of three hundred metres each way."""
    make_force_area(owner)
    for where, count in PEOPLE.items():
        owner.execute("insert into subscribers (confirmed_at) select now() from generate_series(1, %s)", [count])
        owner.execute(SETTLE.format(east=EAST + EAST_KM[where] * 1_000, north=NORTH))
        owner.execute("select refresh_audience(array_agg(id)) from newcomers")
        owner.execute("drop table newcomers")
    owner.execute("analyze subscribers; analyze contacts; analyze audience_places")


SETTLE = """
    create temporary table newcomers as
      select id from subscribers s where not exists (select from places p where p.subscriber_id = s.id);
    insert into contacts (subscriber_id, channel, address)
      select id, 'push', 'training-' || id || '-' || md5(id::text) from newcomers where id % 10 < 9;
    insert into contacts (subscriber_id, channel, address)
      select id, 'email', 'resident' || id || '@training.example' from newcomers where id % 10 in (0, 1, 2, 3, 9);
    insert into places (subscriber_id, place_no, point)
      select id, 0, st_setsrid(st_makepoint({east} + id % 300, {north} + id / 300 % 300), 27700) from newcomers
"""


@contextmanager
def settled() -> Iterator[tuple[Deployment, float]]:
    """A deployment with one worker that has handed over before, and how long seeding its people took."""
    with bench.cluster() as cluster:
        database = Database(cluster, "smartalert")
        with database.connect() as owner:
            seed_s, _ = bench.seconds(lambda: seed(owner))
            # The longest way: without a policy every alert needs a second person.
            owner.execute("delete from approval_policy")
        with deployment(database, Path(cluster.root), receipts=False, forked=False) as running:
            running.simulator.faults(push_latency_ms=LATENCY_MS, mail_latency_ms=LATENCY_MS, phone_delivered=0)
            send(running, draft("village", BOTH, radius_m=50))
            yield running, seed_s


def draft(where: str, channels: list[str], radius_m: float = 500) -> Draft:
    """An urgent alert to everyone in one of the places."""
    lon, lat = geo.from_grid(EAST + EAST_KM[where] * 1_000, NORTH)
    return complete_draft(area={"lat": lat, "lon": lon, "radius_m": radius_m}, channels=channels)


def issue(running: Deployment, content: Draft, *, undo_s: int = 0) -> tuple[int, float]:
    """Issue an alert as an approver does, in one transaction; its id, and the seconds that took."""
    engine = running.database.engine("smartalert_control")
    with connection.transaction(engine) as conn:
        draft_id, version = make_draft(conn, content)
        ground = areas.survey(conn, geo.area_from(content.area))
        shown = count_audience(conn, ground, content.choice, datetime.now(UTC))
        request = approvals.ask(conn, draft_id, version, OFFICER, shown=shown, now=datetime.now(UTC))
    began = time.perf_counter()
    with connection.transaction(engine) as conn:
        now = datetime.now(UTC)
        issued = approvals.approve(conn, request, "chief.whitlock", shown=shown, now=now, undo_s=undo_s)
    took_s = time.perf_counter() - began
    engine.dispose()
    return issued.id, took_s


def send(running: Deployment, content: Draft) -> Sent:
    """Issue an alert and wait until the last of it is handed over."""
    worker = running.workers[0].pid
    before = bench.cpu_s(worker)
    alert_id, issue_s = issue(running, content)
    with running.database.connect(autocommit=True) as conn:
        while conn.execute(OPEN, [alert_id]).fetchone().open:
            time.sleep(0.05)
        used = bench.cpu_s(worker) - before
        row = conn.execute(SPEED, [alert_id]).fetchone()
    assert row.count == row.handed_over, f"{row.count - row.handed_over} deliveries were not handed over"
    return Sent(row.handed_over, issue_s, row.p50_s, row.p95_s, row.last_s, used)


OPEN = "select exists (select from deliveries where alert_id = %s and state in ('pending', 'sending')) as open"
SPEED = """
    select count(*), count(seconds) as handed_over, max(seconds) as last_s,
           percentile_cont(0.5) within group (order by seconds) as p50_s,
           percentile_cont(0.95) within group (order by seconds) as p95_s
    from (select extract(epoch from d.handed_over_at - a.release_at)::float8 as seconds
          from deliveries d join alerts a on a.id = d.alert_id where a.id = %s) handed_over
"""


def race(running: Deployment, given: Any, figures: Figures) -> None:
    """Ours and theirs in turn, so that whatever else the machine does meets all alike."""
    keys = running.simulator.credentials
    rivals: dict[str, Rival] = {
        "firebase": dispatch_rivals.FirebaseAdmin(keys),
        "pyfcm": dispatch_rivals.PyfcmLoop(keys),
        "sendgrid": dispatch_rivals.SendGridOneByOne(keys),
    }
    words = wording(running)
    own: dict[str, list[Sent]] = {"push": [], "email": []}
    theirs: dict[str, list[tuple[float, float]]] = {name: [] for name in rivals}
    for _ in range(ROUNDS[given.quick]):
        for channel, sent in own.items():
            sent.append(send(running, draft("town", [channel])))
        for name, rival in rivals.items():
            channel = "email" if name == "sendgrid" else "push"
            addresses = [f"rival-{number}@training.example" for number in range(SAMPLES[given.quick][name])]
            theirs[name].append(dispatch_rivals.sample(rival, addresses, words[channel]))
    rate = {channel: statistics.median(one.per_s for one in sent) for channel, sent in own.items()}
    figures |= {"pushes_per_s": rate["push"], "mails_per_s": rate["email"]}
    rows = []
    for channel, label in (("push", "Smart Alert, one worker: pushes"), ("email", "Smart Alert, one worker: mails")):
        cpu = statistics.median(one.worker_cpu_s / one.handed_over for one in own[channel]) * 1e6
        rows.append([label, "1", f"{rate[channel]:,.0f}", f"{cpu:,.0f}"])
    for name, figure in FIGURES.items():
        slower = rate["email" if name == "sendgrid" else "push"] / statistics.median(r for r, _ in theirs[name])
        figures[figure] = slower
        cpu = statistics.median(cpu for _, cpu in theirs[name])
        rows.append(
            [
                rivals[name].name,
                f"{slower:,.1f}",
                f"{statistics.median(r for r, _ in theirs[name]):,.0f}",
                f"{cpu:,.0f}",
            ]
        )
    bench.table("Handing over", ["", "ours, times", "a second", "CPU µs each"], rows)


FIGURES = {"firebase": "vs_firebase_admin", "pyfcm": "vs_pyfcm", "sendgrid": "vs_sendgrid_one_by_one"}


def wording(running: Deployment) -> dict[str, Wording]:
    """The words everybody sends."""
    content = draft("town", BOTH)
    with connection.transaction(running.database.engine("smartalert_control")) as conn:
        ground = areas.survey(conn, geo.area_from(content.area))
    return issuing.wording(content, ground, Mode.TRAINING, datetime.now(UTC))


def urgent(running: Deployment, given: Any, figures: Figures) -> None:
    """7,000 deliveries at once, several times."""
    runs = [send(running, draft("village", BOTH)) for _ in range(ROUNDS[given.quick] + 1)]
    rows = [[f"run {n}", *(f"{v:.2f}" for v in (run.p50_s, run.p95_s, run.last_s))] for n, run in enumerate(runs, 1)]
    for name in ("p50_s", "p95_s", "last_s"):
        figures[f"urgent_7000_{name}"] = statistics.median(getattr(run, name) for run in runs)
    bench.table("4,500 pushes and 2,500 mails: seconds from confirm", ["", "p50", "p95", "last"], rows)


def city(running: Deployment, given: Any, figures: Figures) -> None:
    """100,000 deliveries: written in one transaction, and with time enough handed over."""
    content = draft("city", BOTH)
    alert_id, figures["snapshot_100k_s"] = issue(running, content, undo_s=600)
    engine = running.database.engine("smartalert_control")
    with connection.transaction(engine) as conn:
        lifecycle.withdraw(conn, alert_id, OFFICER, datetime.now(UTC))
    engine.dispose()
    rows = [
        ["settle 86,430 people", f"{figures['seed_audience_s']:.2f}"],
        ["issue, in one transaction", f"{figures['snapshot_100k_s']:.2f}"],
    ]
    if not given.quick:
        sent = send(running, content)
        figures |= {"city_100k_p95_s": sent.p95_s, "city_100k_last_s": sent.last_s, "deliveries_per_s": sent.per_s}
        rows += [["p95 handed over", f"{sent.p95_s:.2f}"], ["last handed over", f"{sent.last_s:.2f}"]]
    bench.table("100,000 deliveries: seconds", ["", ""], rows)


def main() -> None:
    """Run the real path, then the rivals in turn, and print."""
    given = bench.options(__doc__ or "")
    figures: Figures = {}
    with settled() as (running, figures["seed_audience_s"]):
        print(
            f"One worker, a simulator answering after {LATENCY_MS} ms and the database, all on this machine. Ours\n"
            "writes its ledger, rivals keep none. Receipts and events are off: they are not what is measured."
        )
        race(running, given, figures)
        urgent(running, given, figures)
        city(running, given, figures)
        figures["worker_mb"] = bench.resident_mb(running.workers[0].pid)
        print(f"\nThe worker's memory at the end: {figures['worker_mb']:,.0f} MB.")
    bench.finish(figures, given.json)


if __name__ == "__main__":
    main()
