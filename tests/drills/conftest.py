"""Ground, people and officers for runs of scenarios."""

from datetime import UTC, datetime, timedelta

import pytest

from smartalert.database.connection import Connection
from tests.factories import OFFICER, make_force_area, make_street, make_subscriber, make_town

TRAINER = "a.trainer"


@pytest.fixture
def began() -> datetime:
    """An hour ago, so that what happens in the drill is past."""
    return datetime.now(UTC) - timedelta(hours=1)


@pytest.fixture
def ready(conn: Connection) -> Connection:
    """Ground with a street and a town, one resident and two officers."""
    make_force_area(conn)
    make_street(conn)
    make_subscriber(conn)
    make_town(conn)
    for officer in (OFFICER, TRAINER):
        conn.execute("insert into officers (id, name, roles) values (%s, %s, '{sender}')", (officer, officer))
    return conn
