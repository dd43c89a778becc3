"""A delivery moves as docs/deliveries.md says and no other way, whatever happens in whatever order, on real PostGIS.

SMARTALERT_TEST_EXAMPLES=2000 walks farther, and elsewhere each time.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import combinations
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from psycopg import Connection as Session

from smartalert.alerts import drafts, issuing, lifecycle, threads
from smartalert.dispatch import deliveries, link_tests
from smartalert.dispatch.deliveries import Claim
from smartalert.dispatch.links import Reference
from smartalert.dispatch.receipts import Receipt, record
from smartalert.dispatch.sources import CHANNEL_OFF
from smartalert.errors import AlertRefused
from smartalert.providers.provider import AddressGone, HandedOver, Outcome, PermanentFailure, TemporaryFailure
from smartalert.providers.sendgrid.events import Event
from smartalert.wording import Channel
from smartalert.worker import life
from tests import PROJECT
from tests.databases import Database
from tests.factories import (
    NOW,
    OFFICER,
    employ,
    make_draft,
    make_force_area,
    make_subscriber,
    preview_of,
)

EXAMPLES = int(os.environ.get("SMARTALERT_TEST_EXAMPLES", "0"))
PAGE = PROJECT / "docs" / "deliveries.md"
ROW = re.compile(r"^\| (nothing|`\w+`) \| `(\w+)` \| ([^|]+) \|", re.MULTILINE)
#: When → the ways that a delivery may go then.
WAYS: dict[str, set[tuple[str, str]]] = {}
for before, after, when in ROW.findall(PAGE.read_text()):
    WAYS.setdefault(when, set()).add((before.strip("`"), after))

PEOPLE, WORKERS, MOST_ALERTS = 2, 2, 3
#: One delivery: alert, person, channel.
Key = tuple[int, int, str]
#: What a provider does with one message: whether it takes it, and what it says.
SAYS: dict[str, tuple[bool, Outcome]] = {
    "takes it": (True, HandedOver("m")),
    "refuses for now": (False, TemporaryFailure("busy")),
    "takes it and is cut": (True, TemporaryFailure("cut", perhaps_accepted=True)),
    "is cut before": (False, TemporaryFailure("cut", perhaps_accepted=True)),
    "refuses": (False, PermanentFailure("too long")),
    "knows no such address": (False, AddressGone("not registered")),
}
numbers = iter(range(10_000, 2**31))


@dataclass
class Hand:
    """One claim in a worker's hands, and what was answered."""

    alert: int
    channel: Channel
    claims: Sequence[Claim]
    outcomes: list[tuple[Claim, Outcome]] = field(default_factory=list)


@dataclass
class Hired:
    """A worker: its session holds its lock. Frozen, it is not heard of and offers nothing."""

    session: Session
    number: int
    hands: list[Hand] = field(default_factory=list)
    frozen: bool = False


class Deliveries(RuleBasedStateMachine):
    """Everything that moves deliveries, in any order; `taken` is what providers really accepted."""

    owner: ClassVar[Session]
    sessions: ClassVar[list[Session]]
    people: ClassVar[list[int]]
    seen: ClassVar[set[tuple[str, str, str]]]

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.alerts: list[int] = []
        self.ended: set[int] = set()
        self.taken: Counter[Key] = Counter()
        self.bounced: set[Key] = set()
        self.pressed: Counter[Key] = Counter()
        self.reports: list[Receipt] = []
        self.answered: list[tuple[Hired, Hand]] = []
        self.owner.rollback()
        self.owner.execute("delete from deliveries")
        self.owner.execute("delete from receipt_clock")
        self.owner.execute("delete from workers")
        self.owner.execute("update contacts set off_at = null, off_reason = null where off_at is not null")
        self.owner.execute("select refresh_audience(%s)", (self.people,))
        self.owner.commit()
        self.workers = [self.hire(session) for session in self.sessions]

    def hire(self, session: Session) -> Hired:
        session.execute("select pg_advisory_unlock_all()")
        number = next(numbers)
        employ(session, number)
        return Hired(session, number)

    def ledger(self) -> dict[Key, str]:
        rows = self.owner.execute("select alert_id, subscriber_id, channel::text, state::text from deliveries")
        return {(row[0], row[1], row[2]): row[3] for row in rows}

    @contextmanager
    def step(self, *whens: str, crash: bool = False) -> Iterator[None]:
        """One transaction; whatever moved by it moved as the page says, and nothing did where it crashed."""
        before = self.ledger()
        try:
            yield
        except AlertRefused:
            crash = True
        self.owner.rollback() if crash else self.owner.commit()
        after = self.ledger()
        moved = {(before.get(key, "nothing"), state) for key, state in after.items() if before.get(key) != state}
        assert not (crash and moved)
        for way in moved:
            ours = [when for when in whens if way in WAYS[when]]
            assert ours or self.in_two(way, whens), f"{way} is no way when a delivery {' or '.join(whens)}"
            self.seen.update((when, *way) for when in ours)

    @staticmethod
    def in_two(way: tuple[str, str], whens: tuple[str, ...]) -> bool:
        """Whether one transaction went two ways, one after the other: taken back, and then over."""
        return any(
            (way[0], between) in WAYS[first] and (between, way[1]) in WAYS[second]
            for first, second in combinations(whens, 2)
            for _, between in WAYS[first]
        )

    # --- officers

    @initialize()
    def begin(self) -> None:
        self.issue(held=False)

    @precondition(lambda self: len(self.alerts) < MOST_ALERTS)
    @rule(held=st.booleans())
    def issue(self, held: bool) -> None:
        with self.step("is issued"):
            shown = preview_of(self.owner, now=self.now)
            if shown.people:
                draft_id, version = make_draft(self.owner)
                self.publish(draft_id, version, shown, held=held)

    @precondition(lambda self: len(self.alerts) < MOST_ALERTS)
    @rule(which=st.integers(0, 2), kind=st.sampled_from(["false_alarm", "update"]), held=st.booleans())
    def follow(self, which: int, kind: str, held: bool) -> None:
        """A correction goes to everybody whom what it corrects may have reached."""
        with self.step("is issued", "is stopped"):
            draft_id = threads.begin(self.owner, self.alerts[which % len(self.alerts)], kind, OFFICER, self.now)
            content = drafts.load(self.owner, draft_id, OFFICER).content
            content = content.model_copy(update={"description": content.description.replace("[", "").replace("]", "")})
            version = drafts.save(self.owner, draft_id, OFFICER, content)
            shown = preview_of(self.owner, content, self.now)
            alert = self.publish(draft_id, version, shown, held=held)
            thread = {self.alerts[which % len(self.alerts)], *self.thread_of(alert)} - {alert}
            reached = {key[1:] for key in self.taken if key[0] in thread and key not in self.bounced}
            told = {key[1:] for key in self.ledger() if key[0] == alert}
            assert reached & self.on() <= told, "a correction passed over whom the alert had reached"

    def on(self) -> set[tuple[int, str]]:
        rows = self.owner.execute("select subscriber_id, channel::text from contacts where off_at is null")
        return {(row[0], row[1]) for row in rows}

    def publish(self, draft_id: Any, version: int, shown: Any, *, held: bool) -> int:
        made = issuing.issue(
            self.owner, draft_id, version, OFFICER, shown=shown, now=self.now, undo_s=10 if held else 0
        )
        self.alerts.append(made.id)
        return made.id

    def thread_of(self, alert: int) -> set[int]:
        rows = self.owner.execute(
            "select t.id from alerts a join alerts t on t.thread = a.thread where a.id = %s", (alert,)
        )
        return {row[0] for row in rows}

    @rule(which=st.integers(0, 2), crash=st.booleans())
    def stop(self, which: int, crash: bool) -> None:
        alert = self.alerts[which % len(self.alerts)]
        with self.step("is stopped", crash=crash):
            lifecycle.stop(self.owner, alert, OFFICER, self.now)

    @rule(which=st.integers(0, 2))
    def undo(self, which: int) -> None:
        with self.step("is stopped", "is taken up again"):
            lifecycle.withdraw(self.owner, self.alerts[which % len(self.alerts)], OFFICER, self.now)

    @rule(which=st.integers(0, 2), in_doubt=st.booleans(), channel=st.sampled_from(Channel))
    def try_again(self, which: int, in_doubt: bool, channel: Channel) -> None:
        alert = self.alerts[which % len(self.alerts)]
        wanted = {key for key, state in self.ledger().items() if key[0] == alert and state in ("unknown", "failed")}
        with self.step("is tried again"):
            if in_doubt:
                lifecycle.send_in_doubt(self.owner, alert, OFFICER, self.now)
            else:
                lifecycle.try_again(self.owner, alert, channel, OFFICER, self.now)
        self.pressed.update(key for key, state in self.ledger().items() if key in wanted and state == "pending")

    @rule(seconds=st.sampled_from([1, 11, 11, 40, 700, 200_000]))
    def wait(self, seconds: int) -> None:
        """Reports come within a day."""
        self.now += timedelta(seconds=seconds)
        if seconds > deliveries.WORST_LAG_S:
            self.hear_all()

    # --- workers

    def hired(self, which: int) -> Hired:
        return self.workers[which % WORKERS]

    @rule(which=st.integers(0, 1), alert=st.integers(0, 2), channel=st.sampled_from(Channel), limit=st.integers(1, 2),
          crash=st.sampled_from([False, False, False, True]))  # fmt: skip
    def claim(self, which: int, alert: int, channel: Channel, limit: int, crash: bool) -> None:
        worker, wanted = self.hired(which), self.alerts[alert % len(self.alerts)]
        with self.step("is claimed", "is over", crash=crash):
            claims = deliveries.claim_batch(
                self.owner, wanted, channel, worker=worker.number, limit=limit, now=self.now
            )
        if claims and not crash:
            worker.hands.append(Hand(wanted, channel, claims))
        self.now += timedelta(microseconds=1)

    @precondition(lambda self: any(not w.frozen and any(not h.outcomes for h in w.hands) for w in self.workers))
    @rule(says=st.permutations(list(SAYS)), bounces=st.booleans())
    def offer(self, says: list[str], bounces: bool = False) -> None:
        hand = next(h for w in self.workers if not w.frozen for h in w.hands if not h.outcomes)
        for claim, said in zip(hand.claims, says, strict=False):
            takes, answer = SAYS[said]
            if claim.address is None:
                takes, answer = False, CHANNEL_OFF
            if takes:
                self.take((hand.alert, claim.subscriber_id, hand.channel), claim.address or "", bounces=bounces)
            hand.outcomes.append((claim, answer))

    def take(self, key: Key, address: str, *, bounces: bool) -> None:
        """A provider accepts a message, and will report it; a mail that it has accepted is accepted once."""
        self.taken[key] += 1
        if key[2] == Channel.EMAIL:
            assert self.taken[key] <= 1 + self.pressed[key], "a mail left twice"
        happened = (
            ["handed_over", "address_gone" if bounces else "delivered"] if key[2] == Channel.EMAIL else ["delivered"]
        )
        if "address_gone" in happened:
            self.bounced.add(key)
        self.reports += [Receipt(Reference(*key), event, self.now, "reason", address) for event in happened]

    @precondition(lambda self: any(h.outcomes for w in self.workers for h in w.hands))
    @rule(crash=st.sampled_from([False, False, True]))
    def note(self, crash: bool) -> None:
        """Write answers down; a worker whose transaction failed writes them again."""
        worker, hand = next((w, h) for w in self.workers for h in w.hands if h.outcomes)
        self.write(worker, hand, crash=crash)
        if not crash:
            worker.hands.remove(hand)
            self.answered.append((worker, hand))

    def write(self, worker: Hired, hand: Hand, *, crash: bool = False) -> None:
        with self.step("is answered", crash=crash):
            deliveries.record(
                self.owner, hand.alert, hand.channel, hand.outcomes, worker=worker.number, now=self.now,
                repeat_is_harmless=hand.channel is Channel.PUSH,
            )  # fmt: skip

    @precondition(lambda self: self.answered)
    @rule()
    def note_again(self) -> None:
        """The commit was there, and the line was cut before the worker heard of it."""
        before = self.ledger()
        self.write(*self.answered.pop())
        assert self.ledger() == before

    @rule(which=st.integers(0, 1))
    def die(self, which: int) -> None:
        """kill -9, whatever it is at; another is started."""
        self.workers[which % WORKERS] = self.hire(self.hired(which).session)

    @rule(which=st.integers(0, 1))
    def freeze(self, which: int) -> None:
        worker = self.hired(which)
        worker.frozen = True
        worker.session.execute("update workers set heard_at = '2000-01-01' where number = %s", (worker.number,))

    @rule(which=st.integers(0, 1))
    def thaw(self, which: int) -> None:
        """It may go on only where nobody has given it up."""
        worker = self.hired(which)
        if worker.session.execute(life.BE_HEARD, (worker.number,)).fetchone():
            worker.frozen = False

    @rule(crash=st.booleans())
    def recover(self, crash: bool) -> None:
        self.owner.execute(life.GIVE_UP)
        self.owner.commit()
        with self.step("is taken back", "is passed over", "is over", crash=crash):
            deliveries.recover(self.owner, self.now)

    # --- reports

    @precondition(lambda self: self.reports)
    @rule(which=st.integers(0, 100), again=st.booleans(), crash=st.booleans())
    def report(self, which: int, again: bool, crash: bool) -> None:
        receipt = self.reports[which % len(self.reports)]
        with self.step("is reported", crash=crash):
            record(self.owner, [receipt])
        if not again and not crash:
            self.reports.remove(receipt)

    def hear_all(self) -> None:
        with self.step("is reported"):
            record(self.owner, self.reports)
        self.reports.clear()

    def a_day_of_reports(self) -> None:
        """SendGrid reports of what left long after all that is in doubt."""
        self.now += timedelta(seconds=deliveries.WORST_LAG_S + 1)
        test = link_tests.begin(self.owner, "email", self.now)
        link_tests.record_events(self.owner, [Event("delivered", self.now, f"link-test-{test}", "", "", None)])

    # --- always

    @invariant()
    def what_was_taken_is_not_lost_sight_of(self) -> None:
        told = self.told()
        for key in self.taken:
            assert key in self.bounced or key in told, key

    def told(self) -> set[Key]:
        rows = self.owner.execute(
            "select a.id, t.subscriber_id, t.channels from unnest(%s::bigint[]) a (id), told_of(a.id, false) t",
            (self.alerts,),
        )
        return {(row[0], row[1], channel) for row in rows for channel in Channel if row[2] & channel.bit}

    @invariant()
    def a_delivery_is_in_hand_exactly_while_it_is_sending(self) -> None:
        wrong = self.owner.execute("select from deliveries where (state = 'sending') <> (claimed_by is not null)")
        assert wrong.fetchone() is None

    def teardown(self) -> None:
        """Nothing fails any more: everything ends, and nobody was lost."""
        try:
            if self.alerts:
                self.settle()
        finally:
            self.owner.rollback()
            for session in self.sessions:
                session.execute("select pg_advisory_unlock_all()")

    def settle(self) -> None:
        for which in range(WORKERS):
            self.die(which)
        self.now += timedelta(seconds=30)
        self.recover(crash=False)
        for _ in range(2):
            self.now += timedelta(seconds=700)
            self.hand_over_the_rest()
        self.hear_all()
        for key, state in self.ledger().items():
            self.ends_well(key, state)
        self.a_day_of_reports()
        self.now += timedelta(days=9)
        self.recover(crash=False)
        assert set(self.ledger().values()) <= {"handed_over", "delivered", "failed", "cancelled", "expired"}

    def hand_over_the_rest(self) -> None:
        for alert in range(len(self.alerts)):
            for channel in Channel:
                self.claim(0, alert, channel, PEOPLE, crash=False)
                if self.workers[0].hands:
                    self.offer(["takes it"] * PEOPLE)
                    self.note(crash=False)

    def ends_well(self, key: Key, state: str) -> None:
        assert state not in ("pending", "sending"), (key, state)
        if key in self.taken and key not in self.bounced:
            assert state == "delivered", (key, state)
        if state in ("handed_over", "delivered"):
            assert key in self.taken, (key, state)


@pytest.fixture(scope="module")
def machine(module_database: Database) -> Iterator[type[Deliveries]]:
    with module_database.connect() as owner:
        make_force_area(owner)
        people = [make_subscriber(owner) for _ in range(PEOPLE)]
        owner.execute("delete from approval_policy where rule = 'second person'")
        owner.commit()
        sessions = [module_database.connect(autocommit=True) for _ in range(WORKERS)]
        Deliveries.owner, Deliveries.sessions = owner, sessions
        Deliveries.people, Deliveries.seen = people, set()
        yield Deliveries
        owner.rollback()
        for session in sessions:
            session.close()


def test_whatever_happens_a_delivery_moves_as_the_page_says(machine: type[Deliveries]) -> None:
    far = {"max_examples": EXAMPLES} if EXAMPLES else {"max_examples": 20, "derandomize": True, "database": None}
    run_state_machine_as_test(
        machine, settings=settings(stateful_step_count=40, suppress_health_check=list(HealthCheck), **far)
    )


#: How a mail comes to stand so, and then something is reported of it.
STANDS = {
    "sending": "claim",
    "handed_over": "claim take note",
    "unknown": "claim cut note",
    "pending": "claim cut note press",
    "cancelled": "claim cut note press stop",
    "expired": "claim cut note press over",
}
#: The other ways; each walk begins with an alert that was just released.
WALKS = [
    *(f"{walk} {event}" for walk in STANDS.values() for event in ("handed_over", "delivered", "address_gone")),
    "claim take note address_gone delivered",
    "claim busy note",
    "claim refuse note retry",
    "claim die recover",
    "push claim die recover",
    "claim cut note a_day recover",
    "claim stop busy note recover",
    "one take note end undo",
    "push claim taken note",
    "push claim taken note stop delivered",
    "claim busy note wait claim again",
]


def walk(machine: Deliveries, steps: str) -> None:
    """What the words say, one after the other."""
    channel, alert = Channel.EMAIL, machine.alerts[0]
    for step in steps.split():
        match step:
            case "push":
                channel = Channel.PUSH
            case "claim" | "one":
                machine.claim(0, 0, channel, PEOPLE if step == "claim" else 1, crash=False)
            case "take" | "cut" | "taken" | "busy" | "refuse":
                machine.offer([WORDS[step]] * PEOPLE)
            case "note" | "recover":
                getattr(machine, step)(crash=False)
            case "press" | "retry":
                machine.try_again(0, in_doubt=step == "press", channel=channel)
            case "wait" | "again":
                machine.wait(40) if step == "wait" else machine.note_again()
            case "end":
                machine.follow(0, "false_alarm", held=True)
            case "undo":
                machine.undo(1)
            case "die" | "stop":
                machine.die(0) if step == "die" else machine.stop(0, crash=False)
            case "over" | "a_day":
                machine.wait(200_000) if step == "over" else machine.a_day_of_reports()
                machine.recover(crash=False)
            case event:
                with machine.step("is reported"):
                    people = [key for key in machine.ledger() if key[0] == alert and key[2] == channel]
                    record(machine.owner, [Receipt(Reference(*key), event, machine.now, "r") for key in people])
                machine.bounced.update(people if event == "address_gone" else ())
        machine.what_was_taken_is_not_lost_sight_of()


WORDS = {
    "take": "takes it",
    "taken": "takes it and is cut",
    "cut": "is cut before",
    "busy": "refuses for now",
    "refuse": "refuses",
}


def test_every_way_on_the_page_is_walked(machine: type[Deliveries]) -> None:
    machine.seen.clear()
    for steps in WALKS:
        running = machine()
        running.begin()
        walk(running, steps)
    assert machine.seen == {(when, *way) for when, ways in WAYS.items() for way in ways}
