"""What every benchmark shares: its options, a private cluster of its own, tables for people, figures for programs."""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

PROJECT = Path(__file__).parents[1]
# A benchmark is a script in a folder of its own: the product lies beside that folder.
sys.path.insert(0, str(PROJECT))

T = TypeVar("T")


def options(words: str, **numbers: tuple[int, str]) -> argparse.Namespace:
    """--quick ends within 45 s on two cores; --json prints one object of figures, last; others are numbers."""
    parser = argparse.ArgumentParser(description=words)
    for name, (usual, about) in numbers.items():
        parser.add_argument(f"--{name}", type=int, default=usual, help=about)
    parser.add_argument("--quick", action="store_true", help="fewer repeats and rivals: within 45 s")
    parser.add_argument("--json", action="store_true", help="print one JSON object of figures, last")
    return parser.parse_args()


@contextmanager
def cluster(keep: Path | None = None) -> Iterator[Any]:
    """A migrated private cluster, set up as in training, in a folder that goes with it unless it is to be kept."""
    from smartalert.config import Mode
    from smartalert.database.cluster import Cluster
    from smartalert.database.migrations import migrate

    folder = keep or Path(tempfile.mkdtemp(prefix="smartalert-benchmark-"))
    folder.mkdir(exist_ok=True)
    folder.chmod(0o711)  # run by root, the server's own account has to pass through
    # Nobody's own deployment is what is measured.
    os.environ.pop("DATABASE_URL", None)
    os.environ["SMARTALERT_DATA_DIR"] = str(folder)
    made = Cluster(folder)
    try:
        made.start()
        migrate(made.url(), Mode.TRAINING)
        yield made
    finally:
        made.stop()
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)


def milliseconds(call: Callable[[], object]) -> float:
    """How long one call takes."""
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1_000


def seconds(call: Callable[[], T]) -> tuple[float, T]:
    """How long one call takes, and what it returns."""
    began = time.perf_counter()
    result = call()
    return time.perf_counter() - began, result


def percentile(values: Iterable[float], share: float) -> float:
    """The value below which so many percent lie."""
    return float(np.percentile(list(values), share))


def resident_mb(pid: int | str = "self") -> float:
    """Memory of one process that lies in RAM, in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4_096 / 1e6


def most_resident_mb(pid: int) -> float:
    """The most memory of one process that ever lay in RAM, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1_024 / 1e6


def cpu_s(pid: int) -> float:
    """CPU seconds that one process has used, its threads together."""
    return ticks_s(pid, 2)


def cpu_of_threads_s(pid: int) -> dict[str, float]:
    """Thread → CPU seconds that it has used, of one process."""
    return {path.name: ticks_s(f"{pid}/task/{path.name}", 2) for path in Path(f"/proc/{pid}/task").iterdir()}


def cpu_of_all_s(pid: int) -> float:
    """The same with all that it has started: those that live, and those that have ended."""
    try:
        children = " ".join(path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children"))
        return ticks_s(pid, 4) + sum(cpu_of_all_s(int(child)) for child in children.split())
    except FileNotFoundError:  # it has just ended
        return 0.0


def ticks_s(pid: int | str, fields: int) -> float:
    """The first so many of a process's times: its own, user and system, then those of its children that have ended."""
    times = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11 : 11 + fields]
    return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")


def table(title: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print one table: first column to the left, the others to the right."""
    cells = [list(header), *([cell if isinstance(cell, str) else f"{cell:,.4g}" for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    print(f"\n{title}")
    for number, row in enumerate(cells):
        words = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        print("  " + "  ".join(words).rstrip())
        if number == 0:
            print("  " + "  ".join("-" * width for width in widths))
    sys.stdout.flush()


def finish(figures: dict[str, float], as_json: bool) -> None:
    """Print the figures as one JSON object if a program asked for them."""
    if as_json:
        print(json.dumps({name: round(value, 3) for name, value in figures.items()}))
