"""Writes the figures of a run into docs/performance.md: python benchmarks/dispatch_page.py RUN, what --json printed."""

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path

import altair

from bench import PROJECT
from smartalert.database.postgres import programs

PAGE = PROJECT / "docs" / "performance.md"
PICTURE = PAGE.with_suffix(".svg")
BEGIN, END = "<!-- figures of a run: begin -->", "<!-- figures of a run: end -->"
#: Figure → who it is, pushes first.
RIVALS = {
    "vs_firebase_admin": "firebase-admin `send_each`, its best number of threads",
    "vs_firebase_admin_async": "firebase-admin `send_each_async`",
    "vs_pyfcm_threads": "pyfcm, 64 threads",
    "vs_pyfcm_async": "pyfcm, its async call",
    "vs_pyfcm": "pyfcm, one by one",
    "vs_celery": "Celery + Redis, a task a person",
    "vs_dramatiq": "dramatiq + Redis, a task a person",
    "vs_sendgrid_batches": "sendgrid, a thousand a request",
    "vs_sendgrid_one_by_one": "sendgrid, one by one",
}
#: What was asked for: in words, figure, bound, whether it is the least (or the most).
ASKED = (
    ("pushes a second, one worker", "pushes_per_s", 6_500, True),
    ("times firebase-admin `send_each`", "vs_firebase_admin", 8, True),
    ("CPU of the worker a push, µs", "push_cpu_us", 90, False),
    ("mails a second, one worker", "mails_per_s", 20_000, True),
    ("CPU of the worker a mail, µs", "mail_cpu_us", 50, False),
    ("confirm to first hand-over, p95, s", "urgent_7000_first_p95_s", 0.3, False),
    ("4,500 pushes and 2,500 mails, confirm to last hand-over, p95, s", "urgent_7000_last_p95_s", 0.8, False),
    ("100,000 deliveries, confirm to last hand-over, s", "last_s_100k", 16, False),
    ("100,000 deliveries written in one transaction, s", "snapshot_100k_s", 0.35, False),
    ("the worker's memory at 1,000,000, MB", "worker_mb_1m", 350, False),
)
#: More is somebody else's.
OWN_LOAD = 5.0
SIZES = {"7k": "7,000", "100k": "100,000", "1m": "1,000,000"}
GROWS = {
    "issue_s": "issue s", "first_s": "first s", "last_s": "last s", "deliveries_per_s": "a second",
    "cpu_us": "worker µs", "postgres_cpu_us": "PostgreSQL µs", "simulator_cpu_us": "simulator µs",
    "wal_bytes_each": "WAL bytes each", "table_bytes_each": "table bytes each", "worker_mb": "worker MB",
}  # fmt: skip
#: What the figures of a part begin with → in words.
PARTS = {
    "loop_": "worker: its event loop",
    "http_": "worker: HTTP",
    "transactions_": "worker: transactions",
    "postgres_": "PostgreSQL",
    "simulator_": "simulator",
}
PACKAGES = (
    "pyreqwest", "uvloop", "psycopg", "procrastinate", "firebase-admin", "pyfcm", "sendgrid", "celery", "dramatiq",
)  # fmt: skip

Figures = dict[str, float]


def block(figures: Figures) -> str:
    """All that a run says, in Markdown."""
    parts = [machine(), alone(figures), asked(figures), race(figures), cores(figures), growth(figures)]
    return "\n\n".join([BEGIN, *filter(None, parts), END])


def machine() -> str:
    """What it ran on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine()
    )
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = [f"Python {platform.python_version()}", said(programs() / "postgres")]
    if redis := shutil.which("redis-server"):
        versions.append(said(Path(redis)))
    versions += [f"{name} {metadata.version(name)}" for name in PACKAGES]
    return f"{os.cpu_count()} cores ({model}), {gigabytes:,.0f} GB, Linux {platform.release()}. {', '.join(versions)}."


def alone(figures: Figures) -> str:
    """How busy it was; this benchmark alone keeps about three processes running."""
    busy = f"Load average at the end of the run: {figures['load']:,.1f}."
    if figures["load"] < OWN_LOAD:
        return busy
    return f"{busy} **Much else ran on the same cores: rates are lower and CPU is higher than on a quiet machine.**"


def said(program: Path) -> str:
    """Its name and version, as it says them."""
    words = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.split()
    return " ".join(words[:3]).replace("(PostgreSQL) ", "").replace("server v=", "").replace("postgres", "PostgreSQL")


def asked(figures: Figures) -> str:
    """What was asked for beside what was measured."""
    rows = []
    for words, name, bound, is_least in ASKED:
        if name in figures:
            met = figures[name] >= bound if is_least else figures[name] <= bound
            rows.append([words, f"{'≥' if is_least else '≤'} {bound:,}", short(figures[name]), "yes" if met else "no"])
    return table(["", "asked", "measured", "met"], rows)


def race(figures: Figures) -> str:
    """Theirs beside ours, and how long each would take at the rate it had."""
    pushes, mails = figures["pushes_per_s"], figures["mails_per_s"]
    rows = [
        line("**Smart Alert, one worker: pushes**", 1, pushes, figures["push_cpu_us"]),
        line("**Smart Alert, one worker: mails**", 1, mails, figures["mail_cpu_us"]),
    ]
    for figure, name in RIVALS.items():
        if figure in figures:
            ours = mails if "sendgrid" in figure else pushes
            rows.append(line(name, figures[figure], ours / figures[figure], figures[f"{figure}_cpu_us"]))
    rows.append(line("the simulator's ceiling", pushes / figures["ceiling_per_s"], figures["ceiling_per_s"], None))
    return table(
        ["", "ours, times", "a second", "CPU µs each", *(f"{size} at that rate, s" for size in SIZES.values())], rows
    )


def line(name: str, times: float, per_s: float, cpu_us: float | None) -> list[str]:
    """One row of the race."""
    took = (f"{int(size.replace(',', '')) / per_s:,.1f}" for size in SIZES.values())
    return [name, f"{times:,.2f}", f"{per_s:,.0f}", "" if cpu_us is None else f"{cpu_us:,.0f}", *took]


def cores(figures: Figures) -> str:
    """Who holds the cores while ours hands over."""
    rows = [
        [words, *(f"{figures[f'{of}{what}_cpu_us']:,.0f}" for of in PARTS)]
        for words, what in (("a push", "push"), ("a mail", "mail"))
    ]
    return table(["CPU µs", *PARTS.values()], rows) + f"\n\n![The same as bars]({PICTURE.name})"


def draw(figures: Figures) -> None:
    """Where the CPU of a push and of a mail goes, as two bars."""
    rows = [
        {"of": f"a {what}", "part": words, "us": figures[f"{of}{what}_cpu_us"], "place": place}
        for what in ("push", "mail")
        for place, (of, words) in enumerate(PARTS.items())
    ]
    bars = altair.Chart(altair.Data(values=rows), width=560, height=altair.Step(36)).mark_bar()
    bars.encode(
        altair.X("us:Q", title="CPU µs"),
        altair.Y("of:N", title=None, sort=["a push", "a mail"]),
        altair.Color("part:N", title=None, sort=list(PARTS.values()), legend=altair.Legend(orient="bottom")),
        altair.Order("place:Q"),
    ).save(PICTURE)


def growth(figures: Figures) -> str:
    """How one alert's costs grow with its size."""
    sizes = [size for size in SIZES if f"last_s_{size}" in figures]
    rows = [[SIZES[size], *(short(figures[f"{name}_{size}"]) for name in GROWS)] for size in sizes]
    return table(["deliveries", *GROWS.values()], rows) if rows else ""


def short(value: float) -> str:
    """Three digits of it, or all before the point."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of Markdown: words to the left, figures to the right."""
    return "\n".join("| " + " | ".join(row) + " |" for row in [header, ["---", *["---:"] * (len(header) - 1)], *rows])


def main() -> None:
    """Put a run's figures where the last run's are."""
    figures: Figures = json.loads(Path(sys.argv[1]).read_text().strip().splitlines()[-1])
    before, _, rest = PAGE.read_text().partition(BEGIN)
    draw(figures)
    PAGE.write_text(before + block(figures) + rest.partition(END)[2])


if __name__ == "__main__":
    main()
