"""A provider's trouble in one drill: begun by an inject, over by itself, or when the drill ends or is run again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from smartalert.database.connection import Connection
from smartalert.drills import runs
from smartalert.drills.runs import Event, Kind, Run
from smartalert.drills.scenario import Speaker

#: Minutes that a trainer's own lasts.
LASTS = 3


@dataclass(frozen=True, slots=True)
class Trouble:
    """One kind of it, as an officer hears of it, and the simulator's knobs that make it."""

    says: str
    faults: Mapping[str, float]


#: What a trainer may bring about by hand.
TROUBLES = {
    "Pushes are slow": Trouble(
        "The push provider answers slowly.", {"push_latency_ms": 6_000, "push_jitter_ms": 4_000}
    ),
    "Pushes are refused": Trouble("The push provider refuses what we send.", {"push_unavailable": 1}),
    "E-mails are refused": Trouble("The mail provider answers with errors.", {"mail_unavailable": 1}),
}


def begin(conn: Connection, drill: int, trainer: str, now: datetime, *, kind: str, lasts: float = LASTS) -> None:
    """The trainer's own trouble, for so many minutes of the drill's clock. Raises DrillRefused."""
    trouble = TROUBLES[kind]
    knobs = {"faults": trouble.faults, "lasts": lasts}
    runs.say(conn, drill, trainer, now, by=Speaker.PROVIDER, words=trouble.says, trouble=knobs)


def knobs(run: Run, history: Iterable[Event], now: datetime) -> dict[str, float]:
    """The simulator's knobs as its injects have them now: a later one turns what an earlier one turned."""
    turned: dict[str, float] = {}
    for event in history:
        if event.kind is Kind.INJECT and event.detail.get("faults"):
            lasts = event.detail.get("lasts")
            if lasts is None or run.clock(now) < event.clock + timedelta(minutes=lasts):
                turned |= event.detail["faults"]
    return turned


def everywhere(conn: Connection, now: datetime) -> dict[int, tuple[str, dict[str, float]]]:
    """Each drill that is under way: its name, and its trouble now."""
    return {run.id: (run.scenario.name, knobs(run, runs.events(conn, run.id), now)) for run in runs.under_way(conn)}
