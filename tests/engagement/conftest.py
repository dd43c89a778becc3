"""Counties of few people, each settled once in a run and copied for a module's tests."""

from collections.abc import Iterator
from functools import partial

import pytest

from smartalert.database.cluster import Cluster
from smartalert.database.connection import Connection
from tests.databases import Database, filled_database
from tests.engagement.counties import COUNTIES, County, settle

Settled = tuple[County, Database]


@pytest.fixture(scope="module", params=COUNTIES, ids=lambda county: county.name)
def settled(request: pytest.FixtureRequest, cluster: Cluster) -> Iterator[Settled]:
    county: County = request.param
    with filled_database(cluster, county.name, partial(settle, county=county)) as made:
        yield county, made


@pytest.fixture
def county(settled: Settled) -> County:
    return settled[0]


@pytest.fixture
def county_database(settled: Settled) -> Database:
    return settled[1]


@pytest.fixture
def analyst(county_database: Database) -> Iterator[Connection]:
    """As the role that screens, exports and reports read as."""
    with county_database.rolled_back("smartalert_engagement") as conn:
        yield conn


@pytest.fixture
def owner(county_database: Database) -> Iterator[Connection]:
    """Who alone reads the counts."""
    with county_database.rolled_back() as conn:
        yield conn
