"""The database is restarted, read-only, full or out of connections: nothing is lost by it, and no mail sent twice."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import psycopg
import pytest

from smartalert.alerts import issuing
from smartalert.clock import utc_now
from smartalert.config import Mode
from smartalert.dispatch import deliveries
from smartalert.providers.provider import Addressee, HandedOver, Message, Report
from smartalert.wording import Channel
from smartalert.worker import hand_over, life
from smartalert.worker.alerts import AlertSource
from smartalert.worker.hand_over import Worker
from tests import factories
from tests.conftest import forget_settings
from tests.databases import Database
from tests.factories import OFFICER, make_draft, make_force_area, make_subscriber, preview_of

PEOPLE = 3
#: Fault → what brings it about and what ends it; {} is the database's name.
FAULTS = {
    "restarted": ("select 1", "select 1"),
    "read-only": (
        "alter database {} set default_transaction_read_only = on",
        "alter database {} reset default_transaction_read_only",
    ),
    "out of connections": ("alter database {} connection limit 0", "alter database {} connection limit -1"),
    "full": (
        "create function full_disk() returns trigger language plpgsql as $$ begin"
        " raise disk_full using message = 'No space left on device'; end $$;"
        " create trigger full_disk before update on deliveries for each statement execute function full_disk()",
        "drop function full_disk() cascade",
    ),
}
#: Ends a worker's sessions and waits until they are gone, as a restart does; settings count for the next.
END_SESSIONS = (
    "select pg_terminate_backend(pid, 60000) from pg_stat_activity"
    " where datname = current_database() and usename = 'smartalert_worker'"
)


@dataclass
class Trouble:
    """One fault of one database."""

    owner: psycopg.Connection
    words: tuple[str, str]

    def begin(self) -> None:
        for statement in self.words[0].split(";;"):
            self.owner.execute(statement)
        self.owner.execute(END_SESSIONS)

    def end(self) -> None:
        self.owner.execute(self.words[1])
        self.owner.execute(END_SESSIONS)


@dataclass
class Taker:
    """A provider that takes everything, and after which something may go wrong."""

    trouble: Trouble | None
    batch_size = 1_000
    repeat_is_harmless = False
    taken: Counter[str] = field(default_factory=Counter)

    async def hand_over(self, message: Message, addressees: Sequence[Addressee], report: Report) -> None:
        if self.trouble:
            self.trouble.begin()
        for addressee in addressees:
            self.taken[addressee.reference] += 1
            report(addressee.reference, HandedOver("taken"))

    async def aclose(self) -> None:
        """Nothing was opened."""


@pytest.fixture
def owner(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection]:
    monkeypatch.setenv("SMARTALERT_SECRET_KEY", "only for tests")
    monkeypatch.setattr(hand_over, "PATIENCE_S", (0.05, 0.05, 0.05))
    forget_settings()
    with database.connect(autocommit=True) as conn:
        make_force_area(conn)
        for _ in range(PEOPLE):
            make_subscriber(conn)
        yield conn


def test_whatever_the_database_refuses_nothing_is_lost_and_no_mail_sent_twice(
    owner: psycopg.Connection, database: Database
) -> None:
    for name, (begin, end) in FAULTS.items():
        trouble = Trouble(owner, (begin.format(database.name), end.format(database.name)))
        refused_to_claim(owner, database, trouble, name)
        refused_to_record(owner, database, trouble, name)


def refused_to_claim(owner: psycopg.Connection, database: Database, trouble: Trouble, name: str) -> None:
    """Nothing is offered; once it is over, the same worker goes on."""
    alert, provider = issue(owner), Taker(None)
    worker = employ(owner, database, provider)
    trouble.begin()
    if name == "restarted":
        hand_over_all(worker, alert)
    else:
        with pytest.raises(Exception, match=r"read-only|too many connections|No space|QueuePool|connection"):
            hand_over_all(worker, alert)
        assert provider.taken == {}
        assert states(owner, alert) == {"pending": 2 * PEOPLE}
        trouble.end()
        hand_over_all(worker, alert)
    assert states(owner, alert) == {"handed_over": 2 * PEOPLE}
    assert set(provider.taken.values()) == {1}


def refused_to_record(owner: psycopg.Connection, database: Database, trouble: Trouble, name: str) -> None:
    """What was offered and cannot be written down is in doubt: the worker ends, and nobody offers it again."""
    alert, provider = issue(owner), Taker(trouble)
    worker = employ(owner, database, provider)
    if name == "restarted":  # it is asked again, over a new session
        hand_over_all(worker, alert)
        assert states(owner, alert) == {"handed_over": 2 * PEOPLE}
        return
    with pytest.raises(Exception, match=r"read-only|too many connections|No space|QueuePool|connection"):
        asyncio.run(worker.hand_over(AlertSource(worker, alert, Channel.EMAIL)))
    assert worker.trouble is not None
    trouble.end()
    owner.execute("select pg_advisory_unlock_all()")
    owner.execute(life.GIVE_UP)
    deliveries.recover(owner, utc_now())
    again = Taker(None)
    hand_over_all(employ(owner, database, again), alert)
    assert states(owner, alert) == {"unknown": PEOPLE, "handed_over": PEOPLE}
    assert not set(provider.taken) & set(again.taken)


def issue(owner: psycopg.Connection) -> int:
    draft_id, version = make_draft(owner)
    shown = preview_of(owner, now=utc_now())
    return issuing.issue(owner, draft_id, version, OFFICER, shown=shown, now=utc_now(), undo_s=0).id


def employ(owner: psycopg.Connection, database: Database, provider: Taker) -> Worker:
    owner.execute("select pg_advisory_unlock_all()")
    engine = database.engine("smartalert_worker")
    worker = Worker(engine, Mode.TRAINING, {Channel.PUSH: provider, Channel.EMAIL: provider})
    factories.employ(owner, worker.number)
    return worker


def hand_over_all(worker: Worker, alert: int) -> None:
    async def run() -> None:
        for channel in Channel:
            while await worker.hand_over(AlertSource(worker, alert, channel)):
                pass

    asyncio.run(run())


def states(owner: psycopg.Connection, alert: int) -> dict[str, int]:
    rows = owner.execute("select state::text, count(*) from deliveries where alert_id = %s group by 1", (alert,))
    return dict(rows.fetchall())
