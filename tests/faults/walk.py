"""A random walk of everything that can happen to dispatch, on real processes: replayable by its seed.

`python -m tests.faults.walk --seed 1 --minutes 15` prints each step and, at the end, what was counted.
"""

import argparse
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from smartalert.alerts import drafts, lifecycle, threads
from smartalert.clock import utc_now
from smartalert.database import connection
from smartalert.errors import AlertRefused
from tests.databases import Database
from tests.deployment import Deployment, deployment
from tests.factories import OFFICER, complete_draft
from tests.processes import Process
from tests.waiting import eventually
from tests.worker.test_app import settle

PEOPLE, WORKERS = 150, 2
#: Alerts under way at once: enough to meet one another, few enough to end.
MOST_ALERTS = 4
#: What may be wrong with both providers at once, as shares.
KNOBS = [
    "push_too_many", "push_internal", "push_unavailable", "push_cut_before", "push_accept_then_cut", "push_hang",
    "mail_too_many", "mail_unavailable", "mail_cut_before", "mail_accept_then_cut", "mail_hang",
]  # fmt: skip
#: Answers that take long enough to be killed over; reports that come late, twice and in the wrong order; bounces. Half
#: of the phones never report arrival: where all do, a report ends every doubt before a push is repeated.
REPORTS = {
    "phone_delivered": 0.5,
    "push_latency_ms": 30, "mail_latency_ms": 150, "event_delay_ms": 2_000, "event_repeat": 0.3, "event_disorder": 0.3,
    "mail_bounce": 0.002, "mail_drop": 0.002,
}  # fmt: skip
LIMIT_MB = 350


@dataclass
class Walk:
    """One walk: what is drawn is decided by the seed alone, and in this order."""

    running: Deployment
    dice: random.Random
    say: Callable[[str], object]
    alerts: list[int] = field(default_factory=list)
    pressed: set[int] = field(default_factory=set)
    frozen: list[Process] = field(default_factory=list)
    steps: Counter[str] = field(default_factory=Counter)
    peak_mb: float = 0.0

    def go(self, seconds: float) -> None:
        """Walk for so long, then let everything end."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.step()
        self.rest()

    def step(self) -> None:
        """One thing happens, and a moment passes."""
        acts = {
            self.issue: 5, self.follow: 2, self.stop: 1, self.undo: 1, self.kill: 2, self.restart: 1, self.freeze: 1,
            self.turn_wrong: 3, self.turn_right: 3, self.spoil_tokens: 1, self.bring_nearer: 3, self.press: 1,
        }  # fmt: skip
        act = self.dice.choices(list(acts), list(acts.values()))[0]
        which, pause = self.dice.random(), self.dice.uniform(0.05, 0.6)
        self.steps[act.__name__] += 1
        self.say(f"{act.__name__} {which:.3f}")
        try:
            act(which)
        except AlertRefused as refusal:  # what an officer is refused is no fault
            self.say(f"  refused: {refusal}")
        time.sleep(pause)
        for frozen in self.frozen:
            os.kill(frozen.pid, signal.SIGCONT)
        self.frozen.clear()
        self.peak_mb = max([self.peak_mb, *map(memory_mb, self.running.workers)])

    # --- officers

    def issue(self, which: float) -> None:
        self.alerts.append(self.running.issue(complete_draft(), undo_s=2 if which < 0.3 else 0))

    def follow(self, which: float) -> None:
        if alert := self.pick(which):
            kind = "false_alarm" if which < 0.5 else "correction"
            with self.officer() as conn:
                draft_id = threads.begin(conn, alert, kind, OFFICER, utc_now())
                content = drafts.load(conn, draft_id, OFFICER).content
                words = content.description.replace("[", "").replace("]", "")
            self.alerts.append(self.running.issue(content.model_copy(update={"description": words})))

    def stop(self, which: float) -> None:
        if alert := self.pick(which):
            with self.officer() as conn:
                lifecycle.stop(conn, alert, OFFICER, utc_now())

    def undo(self, which: float) -> None:
        alert = self.running.issue(complete_draft(), undo_s=2)
        with self.officer() as conn:
            lifecycle.withdraw(conn, alert, OFFICER, utc_now())
        self.alerts.append(alert)

    def press(self, which: float) -> None:
        """Mails in doubt are sent again, whoever may get them twice."""
        if alert := self.pick(which):
            self.pressed.add(alert)
            with self.officer() as conn:
                lifecycle.send_in_doubt(conn, alert, OFFICER, utc_now())

    def pick(self, which: float) -> int:
        recent = self.alerts[-MOST_ALERTS:]
        return recent[int(which * len(recent))] if recent else 0

    @contextmanager
    def officer(self) -> Iterator[connection.Connection]:
        """One transaction of the control room's."""
        with connection.transaction(self.running.database.engine("smartalert_control")) as conn:
            yield conn

    # --- machines

    def kill(self, which: float) -> None:
        self.running.kill_worker()
        self.running.start_worker()

    def restart(self, which: float) -> None:
        worker = self.running.workers.pop(0)
        worker.terminate()
        self.running.start_worker()

    def freeze(self, which: float) -> None:
        worker = self.running.workers[int(which * len(self.running.workers))]
        if worker.poll() is None:
            os.kill(worker.pid, signal.SIGSTOP)
            self.frozen.append(worker)

    # --- providers

    def turn_wrong(self, which: float) -> None:
        knob = KNOBS[int(which * len(KNOBS))]
        self.running.simulator.faults(**dict.fromkeys(KNOBS, 0.0))
        self.running.simulator.faults(**{knob: 1.0 if which % 0.1 < 0.05 else 0.3}, retry_after_s=1, hang_s=2)

    def turn_right(self, which: float) -> None:
        self.running.simulator.faults(**dict.fromkeys(KNOBS, 0.0))

    def spoil_tokens(self, which: float) -> None:
        self.running.simulator.expire_tokens()

    def bring_nearer(self, which: float) -> None:
        """Waits end sooner than they would: a walk is short."""
        with self.running.database.connect(autocommit=True) as conn:
            conn.execute(
                "update deliveries set due_at = now() where state = 'pending' and due_at > now() and attempts > 0"
            )

    # --- the end

    def rest(self) -> None:
        """Nothing fails any more, and everything ends."""
        self.turn_right(0)
        while len([worker for worker in self.running.workers if worker.poll() is None]) < WORKERS:
            self.running.start_worker()
        eventually(self.nothing_is_open)
        eventually(self.simulator_is_idle)
        eventually(lambda: self.doubts() == [])

    def nothing_is_open(self) -> bool:
        self.bring_nearer(0)
        with self.running.database.connect() as conn:
            return conn.execute("select from deliveries where state in ('pending', 'sending')").fetchone() is None

    def simulator_is_idle(self) -> bool:
        return not any(self.running.simulator.stats()["waiting"].values())

    def doubts(self) -> list[str]:
        """Mails that were taken, and of which the ledger does not know."""
        taken = self.running.simulator.ledger()["mails"]
        with self.running.database.connect() as conn:
            rows = conn.execute(
                "select alert_id || '-' || subscriber_id || '-email' from deliveries"
                " where channel = 'email' and state not in ('handed_over', 'delivered', 'failed')"
            ).fetchall()
        return [name for (name,) in rows if name in taken]

    def check(self) -> str:
        """What must hold; what was counted, in a line."""
        with self.running.database.connect() as conn:
            rows = conn.execute(
                "select d.alert_id, a.identifier::text, d.subscriber_id, d.channel::text, d.state::text,"
                " d.maybe_repeated"
                " from deliveries d join alerts a on a.id = d.alert_id"
            ).fetchall()
        ledger = self.running.simulator.ledger()
        ended = {"handed_over", "delivered", "failed", "cancelled", "expired", "unknown"}
        assert {row[4] for row in rows} <= ended
        assert not [row for row in rows if row[3] == "push" and row[4] == "unknown"]
        twice = {name for name, times in ledger["mails"].items() if times > 1}
        assert not {name for name in twice if int(name.partition("-")[0]) not in self.pressed}, "a mail left twice"
        repeated, may_repeat = 0, [row for row in rows if row[3] == "push" and row[5]]
        for identifier in {row[1] for row in rows}:
            pushes = self.running.simulator.ledger(identifier)["pushes"]
            again = {token: times - 1 for token, times in pushes.items() if times > 1}
            repeated += sum(again.values())
            assert again.keys() <= {f"training-{row[2]}" for row in may_repeat if row[1] == identifier}
            lost = {
                row[2] for row in rows
                if row[1] == identifier and row[3] == "push" and row[4] in ("handed_over", "delivered")
                and f"training-{row[2]}" not in pushes
            }  # fmt: skip
            assert not lost, "a push that counts as handed over was never taken"
        assert repeated == ledger["push_doubles"]
        threads_of = Counter(row[2] for row in {(row[1], 0, row[2]) for row in rows if row[3] == "push"})
        cards = {phone["token"]: len(phone["cards"]) for phone in self.running.simulator.phones(limit=PEOPLE)}
        assert all(cards[token] <= threads_of[int(token.removeprefix("training-"))] for token in cards)
        stats = self.running.simulator.stats()
        assert stats["push_requests"] + stats["mail_requests"] <= 6 * len(rows) + 2_000
        assert self.peak_mb < LIMIT_MB
        states = Counter((row[3], row[4]) for row in rows)
        return (
            f"{sum(self.steps.values())} steps {dict(self.steps)}; {len(rows)} deliveries of"
            f" {len({row[0] for row in rows})} alerts: {dict(states)}; {repeated} pushes repeated, {len(may_repeat)}"
            f" that may have been,"
            f" {len(twice)} mails twice (after a press); requests: {stats['push_requests']} for pushes,"
            f" {stats['mail_requests']} for mails; a worker's memory at most {self.peak_mb:.0f} MB"
        )


def memory_mb(process: Process) -> float:
    """What a process holds in memory; nothing once it has ended."""
    try:
        pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def take(database: Database, folder: Path, seed: int, seconds: float, say: Callable[[str], object]) -> str:
    """One walk on an empty database; what was counted. Raises AssertionError where something did not hold."""
    with deployment(database, folder, workers=WORKERS) as running:
        settle(database, PEOPLE)
        with database.connect(autocommit=True) as owner:
            owner.execute("delete from approval_policy where rule = 'second person'")
        running.simulator.faults(**REPORTS)
        walk = Walk(running, random.Random(seed), say)
        walk.go(seconds)
        return walk.check()


def main() -> None:
    """Walk on a cluster of its own."""
    from tests import conftest, databases

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--minutes", type=float, default=15)
    asked = parser.parse_args()
    print(f"seed {asked.seed}, {asked.minutes:g} minutes", flush=True)
    cluster = conftest.make_cluster()
    try:
        with databases.fresh_database(cluster) as made, TemporaryDirectory() as folder:
            os.environ["DATABASE_URL"] = made.url()
            os.environ["SMARTALERT_DATA_DIR"] = folder
            conftest.forget_settings()
            print(take(made, Path(folder), asked.seed, asked.minutes * 60, lambda words: print(words, flush=True)))
    finally:
        conftest.pytest_unconfigure()


if __name__ == "__main__":
    main()
