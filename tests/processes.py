"""The command line in processes of its own: started as by a user, or forked at once from one that has all loaded.

Loading costs a control room four seconds of a core, and a run of the tests starts more than a hundred processes.
"""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from runpy import run_module
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Protocol
from urllib.request import ProxyHandler, build_opener

from tests import PROJECT
from tests.waiting import PATIENCE_S, eventually

forks = multiprocessing.get_context("forkserver")
forks.set_forkserver_preload(["tests.preloaded"])
#: Asks without any proxy, and without the certificates that a client of httpx loads each time.
direct = build_opener(ProxyHandler({}))


class Process(Protocol):
    """A running process: what subprocess.Popen and Forked have in common."""

    @property
    def pid(self) -> int: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...
    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...


class Forked:
    """`python -m smartalert …` without the loading."""

    def __init__(self, words: Sequence[str], environment: Mapping[str, str], said: Path | None = None) -> None:
        self._process = forks.Process(target=_run, args=(list(words), dict(environment), said), daemon=True)
        with _no_script_as_main():
            self._process.start()
        self.terminate, self.kill = self._process.terminate, self._process.kill

    @property
    def pid(self) -> int:
        """Its number."""
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """The exit code, once it has ended."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended; the exit code. Raises subprocess.TimeoutExpired."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("forked", timeout or 0)
        return self._process.exitcode


def start(module: str, *words: str, environment: Mapping[str, str], forked: bool) -> Process:
    """Run `python -m module words…` with this environment."""
    if forked:
        return Forked((module, *words), environment)
    return subprocess.Popen([sys.executable, "-m", module, *words], cwd=PROJECT, env=environment)


def run_to_its_end(
    module: str, *words: str, environment: Mapping[str, str], within_s: float = PATIENCE_S
) -> subprocess.CompletedProcess[str]:
    """Run `python -m module words…`, forked; its exit code and what it said. Raises subprocess.TimeoutExpired."""
    with TemporaryDirectory() as folder:
        code = Forked((module, *words), environment, Path(folder)).wait(within_s)
        out, err = (Path(folder, name).read_text() for name in ("out", "err"))
    return subprocess.CompletedProcess(words, code, out, err)


def end(processes: Sequence[Process]) -> None:
    """Ask them to stop, and make sure."""
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(timeout=25)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_it_answers(url: str, process: Process) -> None:
    """Wait until something answers 200 there; fails at once when the process has ended instead."""

    def it_does() -> bool:
        assert process.poll() is None, f"It ended with {process.poll()} instead of answering {url}."
        return answers(url)

    eventually(it_does)


def answers(url: str) -> bool:
    """Does something answer 200 there?"""
    try:
        with direct.open(url) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@contextmanager
def _no_script_as_main() -> Iterator[None]:
    """Streamlit's AppTest leaves its script as __main__; a process that is forked would run that again."""
    left, sys.modules["__main__"] = sys.modules["__main__"], ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = left


def _run(words: list[str], environment: dict[str, str], said: Path | None) -> None:
    for number, name in enumerate(("out", "err"), start=1) if said else ():
        os.dup2(os.open(Path(said, name), os.O_WRONLY | os.O_CREAT), number)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(PROJECT)
    sys.argv[1:] = words[1:]
    run_module(words[0], run_name="__main__", alter_sys=True)
