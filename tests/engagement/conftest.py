"""Counties of few people, each settled once for a module's tests."""

from collections.abc import Iterator

import pytest

from smartalert.database.cluster import Cluster
from smartalert.database.connection import Connection
from tests.databases import Database, fresh_database
from tests.engagement.counties import COUNTIES, County, settle

Settled = tuple[County, Database]


@pytest.fixture(scope="module", params=COUNTIES, ids=lambda county: county.name)
def settled(request: pytest.FixtureRequest, cluster: Cluster) -> Iterator[Settled]:
    with fresh_database(cluster) as made:
        settle(made, request.param)
        yield request.param, made


@pytest.fixture
def county(settled: Settled) -> County:
    return settled[0]


@pytest.fixture
def county_database(settled: Settled) -> Database:
    return settled[1]


@pytest.fixture
def analyst(county_database: Database) -> Iterator[Connection]:
    """As the role that screens, exports and reports read as."""
    with county_database.connect("smartalert_engagement") as conn:
        yield conn
        conn.rollback()


@pytest.fixture
def owner(county_database: Database) -> Iterator[Connection]:
    """Who alone reads the counts."""
    with county_database.connect() as conn:
        yield conn
        conn.rollback()
