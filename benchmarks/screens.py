"""What the control room takes: officers' jobs in clicks and seconds, screens to open, reruns in CPU, many at once."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass

import bench
import officer
from room import OFFICERS, Room, room
from tests.control.tabs import Tab, tab

#: People in the training county.
RESIDENTS = {True: 3_000, False: 20_000}
#: Reruns of the screen by one officer, and of each of its fragments.
REPEATS = {True: 20, False: 100}
#: How often all officers act at once, and how long they then rest.
ROUNDS, REST_S = {True: 4, False: 15}, 0.5
#: Changes of screen by three officers, and tabs that are opened and closed, after which memory is looked at.
SWITCHES, TABS = {True: 60, False: 200}, {True: 20, False: 200}
#: Officers of one process who write one after another without a rest, and how often each, against one process and two.
BUSY, WRITES = 2, {True: 15, False: 60}
FIELD = "What happened"
#: How often each job is done, and each screen opened, in a real browser.
JOBS, OPENINGS = {True: 1, False: 8}, {True: 2, False: 8}


async def act(shown: Tab, number: int) -> None:
    """Write something else into the draft: it is kept, and the whole screen is drawn anew."""
    await shown.write(FIELD, f"A burglary happened in Tannery Row at about 13:{number % 60:02}. Two people ran off.")


@dataclass(frozen=True)
class Cost:
    """What one of many alike cost."""

    cpu_ms: float
    wall_ms: float
    kb: float
    messages: float
    transactions: float


async def cost(room: Room, shown: Tab, times: int, once: Callable[[int], Awaitable[None]]) -> Cost:
    """Do it so many times; what each cost the control room."""
    transactions, (messages, came) = room.transactions(), (shown.messages, shown.bytes)
    began, cpu = time.perf_counter(), bench.cpu_s(room.pid)
    for number in range(times):
        await once(number)
    await asyncio.sleep(0.05)  # what follows a run is part of it
    cpu, wall = bench.cpu_s(room.pid) - cpu, time.perf_counter() - began
    await asyncio.sleep(1.2)  # PostgreSQL's sessions report what they did once a second
    return Cost(
        cpu / times * 1e3,
        wall / times * 1e3,
        (shown.bytes - came) / times / 1e3,
        (shown.messages - messages) / times,
        (room.transactions() - transactions) / times,
    )


async def one_officer(room: Room, times: int) -> dict[str, Cost]:
    """One officer alone at the send screen: whole screens, then the fragments that draw themselves by a timer."""
    cookies, query = room.officers[0]
    async with tab(room.url, cookies) as shown:
        await shown.open("send_alert", query)
        for number in range(5):  # what is made once is made
            await act(shown, -number)
        screen = await cost(room, shown, times, lambda number: act(shown, number + 1))
        fragments = list(shown.timers)
        return {
            "screen": screen,
            "fragment": await cost(
                room, shown, times, lambda number: shown.draw_again(fragments[number % len(fragments)])
            ),
        }


async def all_at_once(room: Room, rounds: int) -> list[float]:
    """All officers write in the same moment, again and again, while their timers go on; seconds that each waited."""
    waits: list[float] = []

    async def timed(shown: Tab, number: int) -> None:
        began = time.perf_counter()
        await act(shown, number)
        waits.append(time.perf_counter() - began)

    async with AsyncExitStack() as stack:
        shown = [await stack.enter_async_context(tab(room.url, cookies)) for cookies, _ in room.officers]
        for one, (_, query) in zip(shown, room.officers, strict=True):
            await one.open("send_alert", query)
        timers = [asyncio.create_task(one.tick()) for one in shown]
        for number in range(rounds + 1):
            await asyncio.gather(*(timed(one, number) for one in shown))
            await asyncio.sleep(REST_S)
        for timer in timers:
            timer.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*timers)
    return waits[OFFICERS:]  # the first round warms up


@dataclass(frozen=True)
class Throughput:
    """What officers who never rest get done."""

    reruns_per_s: float
    cpu_ms: float


async def busy(room: Room, processes: int, times: int) -> Throughput:
    """Some officers of each process write again and again, the processes side by side."""
    rooms = [(room.url, room.pid), room.second][:processes]
    async with AsyncExitStack() as stack:
        shown = []
        for number, (cookies, query) in enumerate(room.officers[: BUSY * processes]):
            one = await stack.enter_async_context(tab(rooms[number % processes][0], cookies, room.url))
            await one.open("send_alert", query)
            shown.append(one)

        async def write(one: Tab) -> None:
            for number in range(times):
                await act(one, number)

        await asyncio.gather(*(act(one, -1) for one in shown))
        began, cpu = time.perf_counter(), sum(bench.cpu_s(pid) for _, pid in rooms)
        await asyncio.gather(*(write(one) for one in shown))
        took, cpu = time.perf_counter() - began, sum(bench.cpu_s(pid) for _, pid in rooms) - cpu
    done = times * len(shown)
    return Throughput(done / took, cpu / done * 1e3)


async def open_and_close(room: Room, times: int) -> None:
    """Tabs come and go, as officers reload."""
    for number in range(times):
        cookies, query = room.officers[number % OFFICERS]
        async with tab(room.url, cookies) as one:
            await one.open("send_alert", query)


async def switch(room: Room, times: int) -> None:
    """Three officers go from screen to screen."""
    async with AsyncExitStack() as stack:
        shown = [await stack.enter_async_context(tab(room.url, cookies)) for cookies, _ in room.officers[:3]]
        for number in range(times):
            one, (_, query) = shown[number % 3], room.officers[number % 3]
            await (one.open("send_alert", query) if number // 3 % 2 == 0 else one.open("live_alerts"))


def in_a_browser(room: Room, *, quick: bool) -> dict[str, float]:
    """What one officer's browser shows how fast, and what jobs take there."""
    (cookie, query), times = room.officers[0], OPENINGS[quick]
    with officer.browser() as chromium:
        loads = [officer.first_load(chromium, room.url, cookie, query) for _ in range(times)]
        context = officer.profile(chromium, room.url, cookie)
        page = context.new_page()
        page.goto(f"{room.url}/send_alert?{query}")
        officer.seen_at(page, officer.SEND)
        let_go = officer.mouse_up(page, times)
        return {
            "first_load_s": bench.percentile([usable for usable, _ in loads], 50),
            "first_map_s": bench.percentile([drawn for _, drawn in loads], 50),
            "mouse_up_p50_ms": bench.percentile(let_go, 50),
            **officer.switches(page, room.alert_id, times),
            **officer.jobs(page, room.url, room.alert_id, room.street, JOBS[quick]),
        }


def main() -> None:
    """Start the room, measure, print."""
    given = bench.options(__doc__ or "")
    random.seed(1)
    with room(RESIDENTS[given.quick]) as made:
        seen = in_a_browser(made, quick=given.quick)
        alone = asyncio.run(one_officer(made, REPEATS[given.quick]))
        waits = asyncio.run(all_at_once(made, ROUNDS[given.quick]))
        apart = [asyncio.run(busy(made, processes, WRITES[given.quick])) for processes in (1, 2)]
        asyncio.run(open_and_close(made, TABS[given.quick]))
        before_mb = bench.resident_mb(made.pid)
        asyncio.run(switch(made, SWITCHES[given.quick]))
        figures = {
            **seen,
            "reruns_per_s": apart[0].reruns_per_s,
            "two_processes_reruns_per_s": apart[1].reruns_per_s,
            "two_processes_rerun_cpu_ms": apart[1].cpu_ms,
            "rerun_cpu_ms": alone["screen"].cpu_ms,
            "fragment_cpu_ms": alone["fragment"].cpu_ms,
            "rerun_transactions": alone["screen"].transactions,
            "rerun_kb": alone["screen"].kb,
            "officers_20_p50_s": bench.percentile(waits, 50),
            "officers_20_p95_s": bench.percentile(waits, 95),
            "control_mb": bench.resident_mb(made.pid),
        }
    bench.table(
        "Jobs by one officer in a browser: medians",
        ["", "clicks", "keys", "seconds"],
        [
            [name.replace("_", " "), *(seen[f"{name}_{what}"] for what in ("clicks", "keys", "s"))]
            for name in officer.JOBS
        ],
    )
    bench.table(
        "From the press until an officer can go on: medians",
        ["", "seconds"],
        [[words, seen[name]] for name, words in officer.OPENINGS.items()],
    )
    print_reruns(alone, figures, before_mb, SWITCHES[given.quick])
    print_processes(apart)
    bench.finish(figures, given.json)


def print_reruns(alone: dict[str, Cost], figures: dict[str, float], before_mb: float, switches: int) -> None:
    """What reruns cost, what many officers wait, what memory is held."""
    bench.table(
        "One officer at the send screen, an area drawn and a draft composed",
        ["", "CPU ms", "ms", "kB to the browser", "messages", "transactions"],
        [[name, one.cpu_ms, one.wall_ms, one.kb, one.messages, one.transactions] for name, one in alone.items()],
    )
    bench.table(
        f"{OFFICERS} officers write at once, one process",
        ["", "p50 s", "p95 s"],
        [["until the screen is drawn", figures["officers_20_p50_s"], figures["officers_20_p95_s"]]],
    )
    bench.table(
        "Memory of the control process",
        ["", "MB"],
        [["after that", before_mb], [f"after {switches} changes of screen", figures["control_mb"]]],
    )


def print_processes(apart: list[Throughput]) -> None:
    """What a second process adds; on two cores these clients and the database share them, so CPU tells more."""
    bench.table(
        f"{BUSY} officers of each process write without a rest",
        ["", "reruns/s", "CPU ms a rerun"],
        [
            [f"{number} process{'es' * (number > 1)}", one.reruns_per_s, one.cpu_ms]
            for number, one in enumerate(apart, 1)
        ],
    )


if __name__ == "__main__":
    main()
