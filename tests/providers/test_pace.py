"""Messages leave evenly and urgent ones first, and by a shared rate only as long as the share lasts."""

import asyncio
from collections.abc import Coroutine
from time import monotonic

import pytest

from smartalert.providers import pace as module
from smartalert.providers.pace import BURST_S, SHARE_LASTS_S, Pace


async def leave(pace: Pace, left: list[tuple[float, str]], name: str, amount: int = 1, *, urgent: bool = False) -> None:
    await pace.acquire(amount, urgent=urgent)
    left.append((monotonic(), name))


def run(*acts: Coroutine[None, None, None]) -> None:
    async def together() -> None:
        await asyncio.gather(*acts)

    asyncio.run(together())


def fresh() -> float:
    return 0.0


def test_no_window_of_time_holds_more_than_its_part_and_the_burst() -> None:
    pace, left = Pace(400), list[tuple[float, str]]()
    run(*(leave(pace, left, "one") for _ in range(120)))
    times = [at for at, _ in left]
    for first, begin in enumerate(times):
        for last, end in enumerate(times[first:], first):
            assert last - first + 1 <= 400 * (end - begin + BURST_S) + 2
    assert times[-1] - times[0] >= (120 - 400 * BURST_S - 2) / 400


def test_what_is_urgent_passes_all_that_waits_even_a_batch_that_saves_up() -> None:
    pace, left = Pace(1_000), list[tuple[float, str]]()

    async def act() -> None:
        # One leaves at once, by the burst; the next two wait three tenths of a second each.
        routine = [asyncio.create_task(leave(pace, left, f"routine {n}", 300)) for n in range(3)]
        await asyncio.sleep(0.02)
        began = monotonic()
        await leave(pace, left, "urgent", 5, urgent=True)
        assert monotonic() - began < 0.05
        await asyncio.gather(*routine)

    asyncio.run(act())
    assert left[0][1] == "urgent"
    assert [name for _, name in left[1:]] == ["routine 0", "routine 1", "routine 2"]


def test_whoever_no_longer_waits_takes_nobodys_turn() -> None:
    pace, left = Pace(100), list[tuple[float, str]]()

    async def act() -> None:
        await pace.acquire(10)
        first = asyncio.create_task(leave(pace, left, "first"))
        second = asyncio.create_task(leave(pace, left, "second"))
        await asyncio.sleep(0)
        first.cancel()
        async with asyncio.timeout(1):
            await second

    asyncio.run(act())
    assert [name for _, name in left] == ["second"]


def test_nothing_leaves_without_a_share_nor_after_it() -> None:
    pace, left = Pace(1_000), list[tuple[float, str]]()
    age = [0.0]

    async def act() -> None:
        pace.share()
        waiting = [asyncio.create_task(leave(pace, left, "one")) for _ in range(3)]
        await asyncio.sleep(0.01)
        assert left == []
        assert await pace.demand(None) == 1_000
        pace.grant(500, lambda: age[0])
        await asyncio.gather(*waiting)
        age[0] = SHARE_LASTS_S
        assert pace.holds() == 0
        late = asyncio.create_task(leave(pace, left, "late"))
        await asyncio.sleep(0.02)
        assert len(left) == 3
        pace.grant(500, fresh)
        await late

    asyncio.run(act())


def test_only_what_is_needed_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    pace = Pace(1_000)
    pace.share()

    async def act() -> None:
        now[0] += 0.5
        assert await pace.demand(0) == 0
        pace.grant(1_000, fresh)
        now[0] += 0.1
        for _ in range(10):
            await pace.acquire()
        now[0] += 0.4
        assert await pace.demand(0) == pytest.approx(40), "twice of what left"
        now[0] += 0.5
        assert await pace.demand(0) == 0

    asyncio.run(act())


def test_without_a_quota_nothing_waits() -> None:
    pace, left = Pace(None), list[tuple[float, str]]()
    run(*(leave(pace, left, "one", 1_000) for _ in range(50)))
    assert left[-1][0] - left[0][0] < 0.1
