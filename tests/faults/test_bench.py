"""Whatever a provider does wrong, every delivery ends in a named state; nothing is lost, doubled or without bound."""

import asyncio
import json
import resource
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest

from smartalert.alerts import issuing
from smartalert.clock import utc_now
from smartalert.config import Mode
from smartalert.dispatch.links import Reference
from smartalert.dispatch.receipts import Receipt, record
from smartalert.providers.fcm.client import Fcm
from smartalert.providers.sendgrid.client import SendGrid
from smartalert.wording import Channel
from smartalert.worker.alerts import AlertSource
from smartalert.worker.hand_over import Worker
from tests import factories
from tests.conftest import forget_settings
from tests.databases import Database
from tests.factories import OFFICER, complete_draft, make_draft, make_force_area, make_subscriber, preview_of
from tests.faults import simulators
from tests.faults.faults import PUSH_TAKEN, of_wire
from tests.faults.simulators import Simulator
from tests.faults.wire import Fault, Wire, wire
from tests.providers.rogue import Rogue, rogue, says
from tests.providers.services import SENDER
from tests.simulator_process import free_port

PEOPLE = 3
#: How long a client waits here; as long as the longest of its requests, and what a busy machine adds, takes a round.
DEADLINE_S, LATEST_S = 0.5, 30.0
#: Per kind: one each, as many again where a token was refused, and the one that is asked in between.
MOST_REQUESTS = 2 * PEOPLE + 1
#: What a megabyte of each answer may cost, and what was on its way.
MOST_TAKEN, MOST_MEMORY_KB = 20_000_000, 150_000
ENDED = {"handed_over", "delivered", "failed", "unknown"}

running_wire: list[Wire] = []
running_elsewhere: list[Rogue] = []
FAULTS = of_wire(lambda: running_wire[0], lambda: running_elsewhere[0].url)


@dataclass
class Bench:
    """One worker with one alert, which every case begins anew."""

    owner: psycopg.Connection
    worker: Worker
    alert: int
    identifier: str
    wire: Wire
    simulator: Simulator

    def begin(self) -> None:
        """Nothing has left."""
        self.simulator.reset()
        self.wire.reset()
        self.wire.upstream = self.simulator.url
        self.owner.execute("delete from deliveries")
        self.owner.execute("delete from outages")
        self.owner.execute("update workers set heard_at = now()")
        self.owner.execute(
            "insert into deliveries (alert_id, subscriber_id, channel, due_at)"
            " select %s, subscriber_id, channel, now() from contacts where off_at is null",
            (self.alert,),
        )

    def round(self, url: str) -> None:
        """Hand over whatever is due on both channels, by clients that know nothing yet."""

        async def hand_over() -> None:
            self.worker.providers = self.clients(url)
            async with asyncio.timeout(LATEST_S), asyncio.TaskGroup() as tasks:
                for channel in Channel:
                    tasks.create_task(self.drain(channel))
            for provider in self.worker.providers.values():
                await provider.aclose()

        asyncio.run(hand_over())

    async def drain(self, channel: Channel) -> None:
        while await self.worker.hand_over(AlertSource(self.worker, self.alert, channel)):
            pass

    def clients(self, url: str) -> dict[Channel, Fcm | SendGrid]:
        """The product's own, at this address."""
        account = json.loads(self.simulator.account.read_text()) | {"token_uri": f"{self.wire.url}/token"}
        file = self.simulator.account.with_name("through-the-wire.json")
        file.write_text(json.dumps(account))
        return {
            Channel.PUSH: Fcm(file, endpoint=url, timeout_s=DEADLINE_S),
            Channel.EMAIL: SendGrid(self.simulator.api_key, endpoint=url, sender=SENDER, timeout_s=DEADLINE_S),
        }

    def states(self) -> dict[tuple[str, int], str]:
        """Of each delivery."""
        rows = self.owner.execute("select channel::text, subscriber_id, state::text from deliveries")
        return {(channel, person): state for channel, person, state in rows}

    def taken(self) -> tuple[Counter[str], Counter[str]]:
        """What the simulator has taken: by phone, and by mail."""
        return self.simulator.taken(self.identifier)

    def hear(self) -> None:
        """SendGrid reports what it has."""
        now = utc_now()
        record(self.owner, [Receipt(Reference.parse(mail), "delivered", now) for mail in self.taken()[1]])

    def time_passes(self) -> None:
        """Whatever waits for another try is due, its channel too."""
        self.owner.execute("update outages set try_at = now()")
        self.owner.execute("update deliveries set due_at = now() where state = 'pending'")


@pytest.fixture(scope="module")
def owner(module_database: Database) -> Iterator[psycopg.Connection]:
    with module_database.connect(autocommit=True) as conn:
        make_force_area(conn)
        for _ in range(PEOPLE):
            make_subscriber(conn)
        yield conn


@pytest.fixture(scope="module")
def line() -> Iterator[Wire]:
    with wire() as made, rogue(says(PUSH_TAKEN)) as elsewhere:
        running_wire[:], running_elsewhere[:] = [made], [elsewhere]
        yield made


@pytest.fixture(scope="module", params=["ours", "another"])
def simulator(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with getattr(simulators, request.param)(tmp_path_factory.mktemp("simulator")) as running:
        yield running


@pytest.fixture(scope="module")
def bench(owner: psycopg.Connection, module_database: Database, line: Wire, simulator: Simulator) -> Iterator[Bench]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMARTALERT_SECRET_KEY", "only for tests")
        forget_settings()
        draft_id, version = make_draft(owner, complete_draft())
        shown = preview_of(owner, now=utc_now())
        alert = issuing.issue(owner, draft_id, version, OFFICER, shown=shown, now=utc_now(), undo_s=0).id
        (identifier,) = owner.execute("select identifier from alerts where id = %s", (alert,)).fetchone()
        engine = module_database.engine("smartalert_worker")
        worker = Worker(engine, Mode.TRAINING, {})
        with module_database.connect(autocommit=True) as life:
            factories.employ(life, worker.number)
            yield Bench(owner, worker, alert, str(identifier), line, simulator)
    forget_settings()


def holds(bench: Bench, url: str = "") -> None:
    """One round with the fault, one without; then everything that must hold, whatever the fault was."""
    began, memory = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    bench.round(url or bench.wire.url)
    assert time.monotonic() - began < LATEST_S
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < MOST_MEMORY_KB
    assert bench.wire.sent < MOST_TAKEN * MOST_REQUESTS
    assert max(bench.wire.kinds().values(), default=0) <= MOST_REQUESTS
    assert "sending" not in bench.states().values()
    bench.hear()
    bench.wire.fault = None
    if bench.simulator.rules:
        bench.simulator.rules([])
    bench.time_passes()
    bench.round(bench.wire.url)
    bench.hear()
    ends_well(bench)


def ends_well(bench: Bench) -> None:
    """Each delivery ended, none was lost without a word, no mail was taken twice, and repeats collapse on the phone."""
    states, (pushes, mails) = bench.states(), bench.taken()
    assert set(states.values()) <= ENDED, states
    assert set(mails.values()) <= {1}, "a mail left twice"
    for (channel, person), state in states.items():
        if channel == Channel.PUSH:
            assert (state == "handed_over") == (pushes[f"token-{person}"] > 0), (state, pushes)
        else:
            mail = str(Reference(bench.alert, person, channel))
            assert (state == "delivered") == (mails[mail] > 0), (state, mails)
            assert state in ("delivered", "failed", "unknown")
    bodies = [
        json.loads(request.body)["message"] for request in bench.wire.asked if request.kind == "push" and request.body
    ]
    assert len({body["apns"]["headers"]["apns-collapse-id"] for body in bodies}) <= 1
    assert len({body["android"]["data"]["tag"] for body in bodies}) <= 1
    assert running_elsewhere[0].asked == [], "we were led elsewhere"
    assert bench.worker.trouble is None
    assert bench.owner.execute("select from contacts where off_at is not null").fetchone() is None


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_costs_nobody_more_than_one_request(bench: Bench, fault: Fault) -> None:
    bench.begin()
    bench.wire.fault = fault
    holds(bench)


OWN_RULES: list[dict[str, object]] = [
    {"do": "cut", "bytes": 0}, {"do": "cut", "bytes": 30}, {"do": "cut", "accept": False},
    {"do": "drip", "every": 0.2}, {"do": "hang", "s": 5}, {"do": "hang", "s": 5, "accept": True}, {"do": "early"},
    {"do": "flood", "mb": 300}, {"do": "slow", "s": 0.1}, {"do": "slow", "s": 5},
    {"do": "answer", "status": 503, "accept": True},
    {"do": "answer", "status": 429, "headers": {"Retry-After": "1e99"}},
    {"do": "answer", "status": 400, "body": '{"errors": [{"message": "\\u0000", "field": "personalizations.0"}]}'},
]  # fmt: skip


@pytest.mark.parametrize("rule", OWN_RULES, ids=str)
@pytest.mark.parametrize("on", ["fcm", "mail", "token"])
def test_the_other_simulators_own_faults_cost_no_more(bench: Bench, rule: dict[str, object], on: str) -> None:
    if bench.simulator.rules is None:
        pytest.skip("Ours has knobs, and the wire does with it whatever can be done.")
    bench.begin()
    bench.simulator.rules([{"on": on, **rule}])
    holds(bench)


@pytest.mark.parametrize("road", ["no name", "nobody listens", "nobody's certificate"])
def test_where_no_road_leads_to_the_provider_nothing_left(bench: Bench, road: str) -> None:
    bench.begin()
    roads = {
        "no name": "https://nobody.invalid",
        "nobody listens": f"http://127.0.0.1:{free_port()}",
        "nobody's certificate": bench.wire.tls_url,
    }
    bench.round(roads[road])
    assert set(bench.states().values()) == {"pending"}
    assert bench.taken() == ({}, {})
    bench.time_passes()
    bench.round(bench.wire.url)
    bench.hear()
    ends_well(bench)
    assert set(bench.states().values()) == {"handed_over", "delivered"}
