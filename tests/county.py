"""The made-up county, drawn once in a run for the tests that go through it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from smartalert.database.cluster import Cluster
from smartalert.training import county
from tests.databases import Database, filled_database

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
RESIDENTS = 10_000


def fill(database: Database, seed: int = 1) -> list[str]:
    """Draw and settle it; what was said meanwhile."""
    said: list[str] = []
    county.fill(database.url(), RESIDENTS, seed, said.append, now=NOW)
    return said


@contextmanager
def whole_county(cluster: Cluster) -> Iterator[Database]:
    """A copy of it."""
    with filled_database(cluster, "county", fill) as made:
        yield made
