"""A small town and its made-up past, lived once in a run and copied for a module's tests."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from smartalert.database.cluster import Cluster
from tests.databases import Database, filled_database
from tests.training.past import live


@pytest.fixture(scope="session")
def folder(cluster: Cluster) -> Path:
    """Where the app stores' reports of it are."""
    return cluster.root / "store-reports"


@pytest.fixture(scope="module")
def lived(cluster: Cluster, folder: Path) -> Iterator[Database]:
    """The town, 14 weeks later."""
    with filled_database(cluster, "town", partial(live, reports=folder)) as made:
        yield made
