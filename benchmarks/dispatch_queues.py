"""Celery and dramatiq over Redis, a task a person: from the first task queued to the last message taken."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import bench
from dispatch_rivals import Rival, Sample
from smartalert.wording import Wording
from tests.simulator_process import SimulatorProcess, free_port

#: Two processes for two cores, so many threads in each: a thread waits for its provider most of the time.
PROCESSES, THREADS = 2, 32
#: A task that failed might be waited for without end.
PATIENCE_S = 120
HERE = Path(__file__).parent


class Queue(Rival):
    """One of them, running."""

    quick, full = 600, 3_000

    def __init__(
        self, name: str, figure: str, simulator: SimulatorProcess, pids: list[int], queue: Callable[..., Any]
    ) -> None:
        self.name, self.figure = name, figure
        self._simulator, self._pids, self._queue = simulator, pids, queue

    def sample(self, addresses: list[str], words: Wording) -> Sample:
        wanted = self._simulator.stats()["push_accepted"] + len(addresses)
        began, used = time.perf_counter(), self._cpu_s()
        for address in addresses:
            self._queue(address, words.title, words.body)
        while self._simulator.stats()["push_accepted"] < wanted:
            assert time.perf_counter() - began < PATIENCE_S, f"{self.name} has lost tasks"
            time.sleep(0.02)
        took, cpu = time.perf_counter() - began, self._cpu_s() - used
        return Sample(len(addresses) / took, cpu / len(addresses) * 1e6)

    def _cpu_s(self) -> float:
        return time.process_time() + sum(bench.cpu_of_all_s(pid) for pid in self._pids)


@contextmanager
def queues(simulator: SimulatorProcess, words: Wording, folder: Path) -> Iterator[list[Queue]]:
    """Both of them with their workers; none where this machine has no Redis."""
    server = shutil.which("redis-server")
    if server is None:
        print("Celery and dramatiq are left out: redis-server is not installed (Debian: redis-server).")
        yield []
        return
    port = free_port()
    keys = simulator.credentials
    os.environ |= {
        "BENCHMARK_REDIS": f"redis://127.0.0.1:{port}/0",
        "BENCHMARK_SIMULATOR": keys.simulator_url,
        "BENCHMARK_ACCOUNT": str(keys.service_account),
    }
    with ExitStack() as stack:
        redis = started(
            stack, [server, "--port", str(port), "--save", "", "--dir", str(folder), "--loglevel", "warning"]
        )
        import dispatch_tasks

        celery = [started(stack, celery_worker(number)) for number in range(PROCESSES)]
        dramatiq = started(stack, dramatiq_workers())
        how = f"{PROCESSES} × {THREADS} threads"
        both = [
            Queue(f"Celery + Redis, {how}", "vs_celery", simulator, [redis, *celery], dispatch_tasks.by_celery.delay),
            Queue(
                f"dramatiq + Redis, {how}", "vs_dramatiq", simulator, [redis, dramatiq], dispatch_tasks.by_dramatiq.send
            ),
        ]
        for queue in both:  # until they take tasks, on all connections
            queue.sample([f"first-{number}@training.example" for number in range(2 * PROCESSES * THREADS)], words)
        yield both


def started(stack: ExitStack, words: Sequence[str]) -> int:
    """A program beside us that ends with the block; its process."""
    paths = {"PYTHONPATH": f"{HERE}{os.pathsep}{HERE.parent}"}
    process = subprocess.Popen(words, cwd=HERE, env=os.environ | paths, stdout=subprocess.DEVNULL)
    stack.callback(process.wait)
    stack.callback(process.terminate)
    return process.pid


def celery_worker(number: int) -> list[str]:
    """One of Celery's workers, without what it tells other workers."""
    return [
        sys.executable, "-m", "celery", "-A", "dispatch_tasks:celery", "worker", "--pool", "threads",
        "--concurrency", str(THREADS), "--hostname", f"worker{number}@localhost", "--loglevel", "ERROR",
        "--without-gossip", "--without-mingle", "--without-heartbeat",
    ]  # fmt: skip


def dramatiq_workers() -> list[str]:
    """All of dramatiq's, under one parent."""
    return [
        sys.executable,
        "-m",
        "dramatiq",
        "dispatch_tasks",
        "--processes",
        str(PROCESSES),
        "--threads",
        str(THREADS),
    ]
