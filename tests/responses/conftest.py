"""An alert that people answer, and their answers."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from smartalert.alerts import issuing
from smartalert.responses import reports, teams
from smartalert.responses.reports import Report
from smartalert.responses.teams import Facts
from tests.factories import OFFICER, complete_draft, make_draft, make_force_area, make_subscriber, preview_of


@pytest.fixture
def alert_id(conn: psycopg.Connection) -> int:
    make_force_area(conn)
    make_subscriber(conn)
    content = complete_draft()
    draft_id, version = make_draft(conn, content)
    shown = preview_of(conn, content, datetime.now(UTC))
    # now() of a transaction is its beginning: released a moment before it
    then = datetime.now(UTC) - timedelta(minutes=1)
    return issuing.issue(conn, draft_id, version, OFFICER, shown=shown, now=then, undo_s=0).id


@pytest.fixture
def team(conn: psycopg.Connection) -> int:
    """A team with one member and a mailbox."""
    return teams.add(conn, Facts("CID, Stafford", "cid@force.example", ["sergeant.okoye"]), "admin.foster")


def tell(conn: psycopg.Connection, alert_id: int, saw: str = "A red car.", key: str = "", **facts: object) -> int:
    """One response; its id."""
    reference = reports.receive(conn, alert_id, None, Report(saw=saw, **facts), key or saw)
    (found,) = conn.execute("select id from responses where reference = %s", (reference,)).fetchone()
    return int(found)
