"""A short random walk: kills, stops, faults, new alerts, corrections, reports and restarts in one another's way."""

import random
from pathlib import Path

from tests.databases import Database
from tests.faults.walk import take

SECONDS = 12


def test_a_short_walk_loses_nobody_and_doubles_no_mail(database: Database, tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"Again: python -m tests.faults.walk --seed {seed} --minutes {SECONDS / 60}")
    take(database, tmp_path, seed, SECONDS, print)
