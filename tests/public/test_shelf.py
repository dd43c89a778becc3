"""What many ask for at once is made once, and what many report at once is written together."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from smartalert.dispatch import links
from smartalert.dispatch.links import Reference
from smartalert.public import receipts
from smartalert.public.shelf import FRESH_S, Shelf, for_a_moment
from tests.databases import Database
from tests.factories import make_subscriber
from tests.public.people import Visitor
from tests.public.served import issue


def test_a_thousand_readers_at_once_ask_the_database_once_until_it_is_time_to_look_again() -> None:
    made: list[bytes] = []

    def make() -> bytes:
        made.append(b"page %d" % len(made))
        return made[-1]

    async def ask() -> None:
        now = 0.0
        ours = Shelf(timer=lambda: now)
        for look in (1, 2):
            now = look * FRESH_S
            answers = await asyncio.gather(*(ours.take("page", make) for _ in range(1_000)))
            assert {answer.body for answer in answers} == {b"page %d" % (look - 1)}

    asyncio.run(ask())
    assert len(made) == 2


def test_what_many_threads_ask_for_at_once_is_read_once() -> None:
    reads: list[int] = []
    go = threading.Event()

    @for_a_moment(10)
    def read(number: int) -> int:
        reads.append(number)
        go.wait(10)
        return number

    with ThreadPoolExecutor(8) as readers:
        asked = [readers.submit(read, 1) for _ in range(8)]
        go.set()
        assert [one.result() for one in asked] == [1] * 8
    assert reads == [1]


def test_what_is_not_there_is_not_remembered() -> None:
    async def ask() -> None:
        ours = Shelf()
        assert await ours.take("page", lambda: None) is None
        assert (await ours.take("page", lambda: b"now")).body == b"now"

    asyncio.run(ask())


def test_a_failure_is_told_and_the_next_reader_tries_again() -> None:
    def fail() -> bytes:
        raise ConnectionError

    async def ask() -> None:
        ours = Shelf()
        told = await asyncio.gather(*(ours.take("page", fail) for _ in range(3)), return_exceptions=True)
        assert [type(one) for one in told] == [ConnectionError] * 3
        assert (await ours.take("page", lambda: b"now")).body == b"now"

    asyncio.run(ask())


def test_who_hangs_up_leaves_the_others_their_answer() -> None:
    go = threading.Event()

    def make() -> bytes:
        go.wait(10)
        return b"page"

    async def ask() -> None:
        ours = Shelf()
        first, second = (asyncio.create_task(ours.take("page", make)) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.sleep(0)
        go.set()
        assert (await second).body == b"page"

    asyncio.run(ask())


def test_the_shelf_is_bounded() -> None:
    async def ask() -> int:
        ours = Shelf(at_most=3)
        for number in range(10):
            await ours.take(str(number), lambda: b"page")
        return len(ours._made)

    assert asyncio.run(ask()) == 3


def test_phones_that_report_at_once_share_transactions_and_each_is_written(
    visitor: Visitor, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.connect(autocommit=True) as conn:
        people = [make_subscriber(conn) for _ in range(40)]
    alert_id, _ = issue()
    with database.connect(autocommit=True) as conn:
        conn.execute("update deliveries set state = 'handed_over', handed_over_at = now()")
    together: list[int] = []
    record_all = receipts.record_all
    monkeypatch.setattr(receipts, "record_all", lambda given: (together.append(len(given)), record_all(given)))

    def report(person: int) -> int:
        receipt = links.sign("receipt", Reference(alert_id, person, "push").to(f"token-{person}"))
        given = {"receipt": receipt, "event": "opened"}
        return httpx.post(
            str(visitor.client.base_url).rstrip("/") + "/webhooks/phones", json=given, trust_env=False
        ).status_code

    with ThreadPoolExecutor(20) as phones:
        assert set(phones.map(report, people)) == {204}
    assert sum(together) == 40
    with database.connect() as conn:
        assert conn.execute("select count(opened_at) from deliveries").fetchone()[0] == 40
