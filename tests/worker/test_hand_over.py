"""Whatever leaves is claimed, offered and recorded in one way: nothing stays in a worker's hands, whatever breaks."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from smartalert.alerts import approvals, issuing
from smartalert.clock import utc_now
from smartalert.config import Mode
from smartalert.database.connection import Connection
from smartalert.officers import duties, register
from smartalert.officers.register import Officer, Role
from smartalert.providers.provider import Addressee, HandedOver, Message, PermanentFailure, Provider, Report
from smartalert.wording import Channel
from smartalert.worker import hand_over, periodic, tasks
from smartalert.worker.hand_over import Worker
from smartalert.worker.life import live
from tests import factories
from tests.conftest import forget_settings
from tests.databases import Database
from tests.factories import OFFICER, complete_draft, make_draft, make_force_area, make_subscriber, preview_of
from tests.providers.services import SERVICES
from tests.simulator_process import SimulatorProcess, simulator_process

PEOPLE = 3


@dataclass(frozen=True)
class Kind:
    """One source: how something of it falls due, the task that hands it over, and how its rows stand then."""

    name: str
    due: Callable[[Connection], dict[str, object]]
    task: Callable[..., Coroutine[Any, Any, None]]
    table: str
    states: str
    #: What is written of a claim that was with its provider when the worker had to stop.
    left_open: str
    claimed: int = PEOPLE

    def run(self, worker: Worker, facts: dict[str, object]) -> Coroutine[Any, Any, None]:
        """The task, as procrastinate calls it."""
        return self.task(context_of(worker), **facts)


def alert(conn: Connection, channel: str, **changes: object) -> dict[str, object]:
    """An alert to three people, released; the facts of its job."""
    content = complete_draft(channels=[channel], **changes)
    draft_id, version = make_draft(conn, content)
    shown = preview_of(conn, content, now=utc_now())
    issued = issuing.issue(conn, draft_id, version, OFFICER, shown=shown, now=utc_now(), undo_s=0)
    return {"alert_id": issued.id, "channel": channel}


def digest(conn: Connection) -> dict[str, object]:
    """An update that waits for everybody's digest, which is due."""
    alert(conn, "email", urgent=False, incident_kind="update", expires="24h")
    conn.execute("update deliveries set digest_on = current_date, due_at = now()")
    return {"timestamp": 0}


def service_mail(conn: Connection) -> dict[str, object]:
    """A mail about the service; the facts of its job."""
    words = "jsonb_build_object('subject', 's', 'body', 'b', 'html', 'h')"
    conn.execute(f"select write_service_mail('ada@training.example', {words})")
    return dict(conn.execute("select args from procrastinate_jobs where queue_name = 'service_mails'").fetchone().args)


def call(conn: Connection) -> dict[str, object]:
    """A call of the approver on duty, whose mailbox is known and no phone; the facts of its job."""
    conn.execute("update approval_policy set people_over = 1 where people_over = 3000")
    register.sign_in(conn, Officer("chief", "C", "", (Role.APPROVER,), address="c@training.example"), utc_now())
    duties.set_until(conn, "chief", utc_now() + timedelta(hours=1), "chief", utc_now())
    draft_id, version = make_draft(conn)
    approvals.ask(conn, draft_id, version, OFFICER, shown=preview_of(conn, now=utc_now()), now=utc_now())
    return dict(conn.execute("select args from procrastinate_jobs where queue_name = 'calls'").fetchone().args)


DELIVERIES = "select state::text from deliveries"
ENDED = "select case when handed_over_at is not null then 'handed_over' else failure_reason end from"
COULD_NOT = "the worker could not finish"
KINDS = [
    Kind("pushes", lambda conn: alert(conn, "push"), tasks.dispatch, "deliveries", DELIVERIES, "pending"),
    Kind("mails", lambda conn: alert(conn, "email"), tasks.dispatch, "deliveries", DELIVERIES, "unknown"),
    Kind("digests", digest, periodic.hand_over_digests, "deliveries", DELIVERIES, "unknown"),
    Kind(
        "service mail", service_mail, tasks.send_service_mail,
        "service_mails", f"{ENDED} service_mails", COULD_NOT, 1,
    ),
    Kind(
        "link tests", lambda _: {"timestamp": 0}, periodic.test_links_when_due,
        "link_tests", f"{ENDED} link_tests where channel = 'push'", COULD_NOT, 1,
    ),
    # Made again, rather twice than never.
    Kind("calls of approvers", call, tasks.call_approver, "approval_calls", f"{ENDED} approval_calls", "open", 1),
]  # fmt: skip


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> Kind:
    return request.param


@pytest.fixture(autouse=True)
def secrets(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMARTALERT_SECRET_KEY", "only for tests")
    monkeypatch.setattr(hand_over, "PATIENCE_S", (0.01, 0.01, 0.01))
    forget_settings()


@pytest.fixture
def owner(database: Database) -> Iterator[psycopg.Connection]:
    """Sees everything, in a place with three people."""
    with database.connect(autocommit=True) as conn:
        make_force_area(conn)
        for _ in range(PEOPLE):
            make_subscriber(conn)
        yield conn


@pytest.fixture
def employ(database: Database, owner: psycopg.Connection) -> Iterator[Callable[..., Worker]]:
    """Makes a worker that holds its lock and has these providers."""
    engine = database.engine("smartalert_worker")

    def employ(push: Provider, email: Provider | None = None) -> Worker:
        worker = Worker(engine, Mode.TRAINING, {Channel.PUSH: push, Channel.EMAIL: email or push})
        factories.employ(owner, worker.number)
        return worker

    yield employ
    engine.dispose()


class Taker:
    """A provider that takes everything."""

    batch_size = 1_000
    repeat_is_harmless = False
    asked = 0

    async def hand_over(self, message: Message, addressees: Sequence[Addressee], report: Report) -> None:
        self.asked += 1
        for addressee in addressees:
            report(addressee.reference, HandedOver("taken"))

    async def aclose(self) -> None:
        """Nothing was opened."""


class BreaksOff(Taker):
    """A provider that takes all but the last and then breaks or hangs, as no provider of ours should."""

    def __init__(self, *, hangs: bool = False, repeat_is_harmless: bool = False) -> None:
        self.hangs, self.repeat_is_harmless = hangs, repeat_is_harmless
        self.hanging = asyncio.Event()

    async def hand_over(self, message: Message, addressees: Sequence[Addressee], report: Report) -> None:
        await super().hand_over(message, addressees[:-1], report)
        self.hanging.set()
        if self.hangs:
            await asyncio.Event().wait()
        raise RuntimeError("broken")


class Stutters(Taker):
    """A provider that says of everybody at first that they were taken, and then that they were not."""

    async def hand_over(self, message: Message, addressees: Sequence[Addressee], report: Report) -> None:
        await super().hand_over(message, addressees, report)
        for addressee in addressees:
            report(addressee.reference, PermanentFailure("refused"))


def states(owner: psycopg.Connection, kind: Kind) -> list[str]:
    return sorted(row[0] or "open" for row in owner.execute(kind.states))


def left_of(kind: Kind) -> list[str]:
    """How the rows stand when the last was left open."""
    return sorted([kind.left_open] + ["handed_over"] * (kind.claimed - 1))


def test_what_its_provider_had_in_hand_when_it_broke_is_left_open(owner, employ, kind):
    facts = kind.due(owner)
    worker = employ(BreaksOff(repeat_is_harmless=True), BreaksOff())
    with pytest.raises(RuntimeError, match="broken"):
        asyncio.run(kind.run(worker, facts))
    assert states(owner, kind) == left_of(kind)
    assert worker.trouble is None


def test_what_its_provider_had_in_hand_when_the_worker_had_to_stop_is_left_open(owner, employ, kind):
    facts = kind.due(owner)

    async def stop_half_way() -> None:
        push, email = BreaksOff(hangs=True, repeat_is_harmless=True), BreaksOff(hangs=True)
        running = asyncio.create_task(kind.run(employ(push, email), facts))
        seen = [asyncio.create_task(provider.hanging.wait()) for provider in (push, email)]
        await asyncio.wait([running, *seen], return_when=asyncio.FIRST_COMPLETED)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(stop_half_way())
    assert states(owner, kind) == left_of(kind)


def refuse(owner: psycopg.Connection, kind: Kind, times: int) -> None:
    """Let the database refuse so often to write down what became of claims; a sequence counts what is rolled back."""
    claimed = {
        "deliveries": "old.state = 'sending'",
        "service_mails": "old.claimed_at is not null",
        "link_tests": "true",
        "approval_calls": "old.claimed_by is not null",
    }
    owner.execute(f"""
        create sequence refusals;
        create function refuse() returns trigger language plpgsql security definer set search_path = public as $$ begin
          if nextval('refusals') <= {times} then raise exception 'not now'; end if;
          return new;
        end $$;
        create trigger refuse before update on {kind.table}
          for each row when ({claimed[kind.table]}) execute function refuse();
    """)


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    with simulator_process(tmp_path_factory.mktemp("simulator")) as running:
        yield running


def test_a_database_that_refuses_twice_is_asked_again_and_nobody_is_told_twice(owner, employ, kind, simulator):
    simulator.reset()
    facts = kind.due(owner)
    refuse(owner, kind, times=2)
    worker = employ(*(service.provider(simulator) for service in SERVICES))

    async def run() -> None:
        await kind.run(worker, facts)
        for provider in worker.providers.values():
            await provider.aclose()

    asyncio.run(run())
    ledger = simulator.ledger()
    assert states(owner, kind) == ["handed_over"] * kind.claimed
    assert len(ledger["pushes"]) + len(ledger["mails"]) == (kind.claimed if kind.name != "link tests" else 0)
    assert (ledger["push_doubles"], ledger["mail_doubles"]) == (0, 0)
    assert worker.trouble is None


def test_a_worker_whose_outcomes_are_never_written_down_ends(owner, employ, kind, database):
    facts = kind.due(owner)
    refuse(owner, kind, times=1_000_000)
    worker = employ(Taker())

    async def run() -> None:
        with pytest.raises(psycopg.errors.RaiseException, match="not now"):
            await kind.run(worker, facts)
        address = database.url("smartalert_worker").replace("postgresql+psycopg", "postgresql")
        async with await psycopg.AsyncConnection.connect(address) as session:
            with pytest.raises(psycopg.errors.RaiseException, match="not now"):
                await asyncio.wait_for(live(session, worker), 10)

    asyncio.run(run())
    assert set(states(owner, kind)) == {"sending" if kind.table == "deliveries" else "open"}


def test_a_worker_that_stumbles_over_an_outcome_ends_as_well(owner, employ, kind, monkeypatch):
    """What it holds would stay in its hands for ever: it lives, and nobody takes it back."""
    facts = kind.due(owner)
    worker = employ(Taker())

    async def stumble(work: Callable[..., object], *args: object) -> object:
        if work.__name__ == "write_down":
            raise OverflowError
        return await Worker.by_the_clock(worker, work, *args)

    monkeypatch.setattr(worker, "by_the_clock", stumble)
    with pytest.raises(OverflowError):
        asyncio.run(kind.run(worker, facts))
    assert isinstance(worker.trouble, OverflowError)


def test_nothing_is_offered_where_nothing_is_due(owner, employ, kind):
    facts = kind.due(owner)
    provider = Taker()
    worker = employ(provider)
    asyncio.run(kind.run(worker, facts))
    asked = provider.asked
    asyncio.run(kind.run(worker, facts))
    assert provider.asked == asked > 0
    assert states(owner, kind) == ["handed_over"] * kind.claimed


def test_the_first_outcome_of_a_claim_counts(owner, employ, kind):
    facts = kind.due(owner)
    asyncio.run(kind.run(employ(Stutters()), facts))
    assert states(owner, kind) == ["handed_over"] * kind.claimed


def test_digests_that_were_not_begun_when_another_broke_are_tried_again(owner, employ):
    """A mail that was not offered is not in doubt."""
    facts = digest(owner)
    others = alert(owner, "email", urgent=False, incident_kind="update", expires="24h")
    first = owner.execute("select min(subscriber_id) from deliveries").fetchone()[0]
    owner.execute("delete from deliveries where alert_id = %s and subscriber_id = %s", (others["alert_id"], first))
    owner.execute("update deliveries set digest_on = current_date, due_at = now()")
    with pytest.raises(RuntimeError, match="broken"):
        asyncio.run(periodic.hand_over_digests(context_of(employ(BreaksOff())), **facts))
    found = owner.execute("select subscriber_id = %s, state::text, count(*) from deliveries group by 1, 2", (first,))
    assert set(found.fetchall()) == {(True, "unknown", 1), (False, "pending", 2 * (PEOPLE - 1))}


def context_of(worker: Worker) -> SimpleNamespace:
    return SimpleNamespace(additional_context={"worker": worker})
