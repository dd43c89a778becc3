"""Teams that administrators keep, what is passed on to them, and who sees it under "My team"."""

from datetime import UTC, datetime

import psycopg
import pytest

from smartalert.audit.entries import Action
from smartalert.errors import ResponseRefused, TeamRefused
from smartalert.responses import handling, inbox, teams
from smartalert.responses.teams import Facts, Team
from tests.responses.conftest import tell

OKOYE, HUSSAIN, FOSTER = "sergeant.okoye", "desk.hussain", "admin.foster"


def now() -> datetime:
    return datetime.now(UTC)


def test_what_is_passed_on_is_closed_here_and_open_to_its_team_until_they_close_it(
    conn: psycopg.Connection, alert_id: int, team: int
) -> None:
    number, other = tell(conn, alert_id), tell(conn, alert_id, "Another.")
    conn.execute("set local role smartalert_control")
    handling.judge(conn, number, "passed_on", HUSSAIN, now=now(), team=team)
    assert [row.id for row in inbox.queue(conn)] == [other]
    (row,) = inbox.queue(conn, member=OKOYE)
    assert (row.id, row.team) == (number, "CID, Stafford")
    counted = inbox.queue_counts(conn, alert_id=None, officer=None, state="open", ids=None, member=OKOYE)
    assert counted == inbox.QueueCounts(everything=1, in_state=1, listed=1, rows=1)
    assert inbox.queue(conn, member=HUSSAIN, state="all") == []

    handling.judge(conn, number, "resolved", OKOYE, now=now(), outcome="Arrest.")
    assert inbox.queue(conn, member=OKOYE) == []
    (row,) = inbox.queue(conn, member=OKOYE, state="done")
    seen = inbox.load(conn, number)
    assert (row.id, seen.team, seen.passed_by, seen.verdict_by) == (number, "CID, Stafford", HUSSAIN, OKOYE)

    handling.judge(conn, number, None, OKOYE, now=now())
    seen = inbox.load(conn, number)
    assert (seen.team, seen.passed_at, seen.closed) == (None, None, False)
    assert inbox.queue(conn, member=OKOYE, state="all") == []


def test_the_teams_mailbox_hears_of_it_and_of_nothing_that_was_said(
    conn: psycopg.Connection, alert_id: int, team: int
) -> None:
    number = tell(conn, alert_id, "Mrs Smith did it", name="Ada", contact="07700 900123", may_contact=True)
    silent = teams.add(conn, Facts("Search", "", []), FOSTER)
    conn.execute("set local role smartalert_control")
    handling.judge(conn, number, "passed_on", OKOYE, now=now(), team=team)
    handling.judge(conn, number, "passed_on", OKOYE, now=now(), team=silent)
    conn.execute("reset role")
    (mail,) = conn.execute("select * from service_mails").fetchall()
    assert mail.address == "cid@force.example"
    assert mail.subject == f"EXERCISE: Response {inbox.load(conn, number).reference} was passed to your team"
    assert f":8501/responses?response={number}&team=yes" in mail.body
    assert not any(said in mail.body + mail.html for said in ("Smith", "Ada", "07700"))


def test_nothing_is_passed_on_to_nobody_or_to_a_team_that_was_removed(
    conn: psycopg.Connection, alert_id: int, team: int
) -> None:
    number = tell(conn, alert_id)
    for verdict, to in (("passed_on", None), ("resolved", team)):
        with pytest.raises(ResponseRefused):
            handling.judge(conn, number, verdict, OKOYE, now=now(), team=to)
    handling.judge(conn, number, "passed_on", OKOYE, now=now(), team=team)
    teams.remove(conn, team, FOSTER, now())
    assert teams.in_force(conn) == []
    assert [row.team for row in inbox.queue(conn, member=OKOYE)] == ["CID, Stafford"]
    with pytest.raises(TeamRefused, match="has been removed"):
        handling.judge(conn, number, "passed_on", OKOYE, now=now(), team=team)
    with pytest.raises(TeamRefused, match="has been removed"):
        teams.change(conn, team, Facts("CID", "", []), FOSTER)


def test_a_team_has_a_name_of_its_own_and_each_change_is_in_the_audit(conn: psycopg.Connection, team: int) -> None:
    conn.execute("set local role smartalert_control")
    for name in ("", " \u200b ", "cid,  stafford", "CID, STAFFORD\x00"):
        with pytest.raises(TeamRefused):
            teams.add(conn, Facts(name, "", []), FOSTER)
    other = teams.add(conn, Facts("x" * 500, "", [OKOYE, OKOYE, HUSSAIN]), FOSTER)
    with pytest.raises(TeamRefused, match="already a team"):
        teams.change(conn, other, Facts("cid, Stafford", "", []), FOSTER)
    teams.change(conn, team, Facts("cid, Stafford", "", [HUSSAIN]), FOSTER)
    teams.change(conn, team, Facts("cid, Stafford", "", [HUSSAIN]), FOSTER)
    assert teams.in_force(conn) == [
        Team("cid, Stafford", "", [HUSSAIN], id=team), Team("x" * teams.LONGEST_NAME, "", [HUSSAIN, OKOYE], id=other),
    ]  # fmt: skip
    assert [teams.has_one(conn, officer) for officer in (HUSSAIN, OKOYE, FOSTER)] == [True, True, False]
    kept = conn.execute("select action, detail from audit order by id desc").fetchall()
    assert [row.action for row in kept] == [Action.CHANGED_A_TEAM, Action.ADDED_A_TEAM, Action.ADDED_A_TEAM]
    assert kept[0].detail["before"] == {"name": "CID, Stafford", "contact": "cid@force.example", "members": [OKOYE]}
    assert kept[0].detail["after"] == {"name": "cid, Stafford", "contact": "", "members": [HUSSAIN]}
