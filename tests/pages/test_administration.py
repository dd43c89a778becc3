"""The administration screen: who is here, ended after a question, and by an administrator who is one still."""

import re
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from smartalert.control import access
from smartalert.database import connection
from smartalert.database.connection import Connection
from smartalert.officers.practice import Effect
from smartalert.responses import teams
from tests.conftest import forget_settings
from tests.factories import OFFICER, make_draft, make_force_area, make_subscriber
from tests.pages.conftest import Open, text

Page = Callable[[], AppTest]


@pytest.fixture
def page(conn: Connection, open_screen: Open) -> Page:
    """Open the screen as its administrator, while two others are signed in."""
    made_up = access.officers()
    for other in ("officer.bailey", "sergeant.okoye"):
        access.make_cookie(made_up[other])
    return lambda: open_screen("administration", "admin.foster")


def press(at: AppTest, label: str, of: str = "PC Megan Bailey") -> AppTest:
    next(button for button in at.button if button.label == label and button.help == of).click()
    return at.run()


def ended(conn: Connection) -> list[tuple[str, str]]:
    """Whose sign-ins have ended, and by whom."""
    rows = conn.execute("select officer, ended_by from officer_sessions where ended_at is not null")
    return [(row.officer, row.ended_by) for row in rows]


def test_everybody_who_is_signed_in_is_listed_and_nobody_ends_their_own(page: Page) -> None:
    at = page()
    assert "3 sign-ins" in text(at)
    people = [button for button in at.button if not button.label.startswith(("Change", "Add"))]
    assert {button.help for button in people if not button.disabled} == {"PC Megan Bailey", "Sgt Daniel Okoye"}
    assert {button.help for button in people if button.disabled} == {"Helen Foster"}
    assert "None. After 5 refusals" in text(at)


def test_ending_a_sign_in_asks_first_and_leaves_everybody_elses(page: Page, conn: Connection) -> None:
    at = press(page(), "End sign-in …")
    assert "End PC Megan Bailey’s sign-in? They are signed out at their next click." in text(at)
    at = press(at, "Cancel")
    assert ended(conn) == []
    at = press(press(at, "End sign-in …"), "End sign-in")
    assert "PC Megan Bailey’s sign-in has ended." in text(at)
    assert ended(conn) == [("officer.bailey", "admin.foster")]
    told = conn.execute("select officer, detail ->> 'of' from audit where action = 'ended a sign-in'").fetchone()
    assert tuple(told) == ("admin.foster", "officer.bailey")


def test_access_that_was_taken_away_is_listed_and_given_back(page: Page, conn: Connection) -> None:
    at = press(press(page(), "Remove access …"), "Remove access")
    assert "Access removed" in text(at)
    assert ended(conn) == [("officer.bailey", "admin.foster")]
    at = press(at, "Give access back")
    assert "PC Megan Bailey can sign in again." in text(at)
    assert "Access removed" not in text(at)


def test_an_administrator_whose_own_sign_in_is_over_ends_nobodys(page: Page, conn: Connection) -> None:
    at = press(page(), "End sign-in …")
    conn.execute("update officer_sessions set last_seen_at = now() - interval '2 hours' where officer = 'admin.foster'")
    at = press(at, "End sign-in")
    assert "Sign in to continue" in text(at)
    assert ended(conn) == []


def named(fields: Iterable[Any], key: str) -> Any:
    return next(field for field in fields if field.key == key)


def test_the_rules_of_approval_are_said_in_words_and_moved_with_a_reason(page: Page, conn: Connection) -> None:
    (rule,) = conn.execute("select id from approval_policy where people_over = 3000").fetchone()
    at = page()
    assert "Urgent alerts and neighbourhood updates, more than 3,000 people" in text(at)
    assert "Nobody has changed a rule yet." in text(at)
    at = named(at.button, f"change-rule-{rule}").click().run()
    named(at.number_input, f"policy:{rule}:people_over").set_value(1_500)
    at = named(at.button, f"save-rule-{rule}").click().run()
    assert "Give a reason for the change." in text(at)
    named(at.text_input, f"policy:{rule}:why").set_value("Trial in Leek")
    at = named(at.button, f"save-rule-{rule}").click().run()
    assert "The rule now applies to every new alert." in text(at)
    assert "Helen Foster, " in text(at)
    assert "more than 1,500 people: a second person must approve" in text(at)
    told = conn.execute(
        "select officer, detail ->> 'why' from audit where action = 'approval policy changed'"
    ).fetchone()
    assert tuple(told) == ("admin.foster", "Trial in Leek")


def test_who_is_on_duty_and_how_they_are_called_is_the_administrators_to_say(page: Page, conn: Connection) -> None:
    access.make_cookie(access.officers()["chief.whitlock"])
    at = page()
    assert "Called on their phone and by e-mail" in text(at)
    at = at.selectbox[0].select_index(3).run()
    told = conn.execute("select officer, set_by from duties").fetchall()
    assert told == [("chief.whitlock", "admin.foster")]
    assert "The next approver is called 3 min after the last" in text(at)
    at = named(at.button, "calls-change").click().run()
    named(at.number_input, "calls:minutes").set_value(5)
    named(at.checkbox, "calls:override").check()
    at = named(at.button, "calls-save").click().run()
    assert "Give a reason for the change." in text(at)
    named(at.text_input, "calls:why").set_value("One approver at night")
    at = named(at.button, "calls-save").click().run()
    assert "The next approver is called 5 min after the last" in text(at)
    assert "In an emergency, senders who are also approvers may send without approval" in text(at)


def test_teams_are_added_changed_and_removed_after_a_question(page: Page, conn: Connection) -> None:
    at = page()
    assert "No team yet. Until you add one, nobody can pass a response on." in text(at)
    at = at.button(key="team-add").click().run()
    at = at.button(key="team-save-0").click().run()
    assert "Enter the team’s name." in text(at)
    at.text_input(key="teams:0:name").set_value("CID <Stafford>")
    at.text_input(key="teams:0:contact").set_value("cid@")
    assert "Enter an e-mail address in the right format" in text(at.button(key="team-save-0").click().run())
    at.text_input(key="teams:0:contact").set_value(" CID@Force.example\u200b")
    at.multiselect(key="teams:0:members").set_value(["sergeant.okoye", "desk.hussain"])
    at = at.button(key="team-save-0").click().run()
    assert "<b>CID &lt;Stafford&gt;</b> cid@force.example<small>Imran Hussain, Sgt Daniel Okoye</small>" in text(at)
    (team,) = teams.in_force(conn)
    at = at.button(key=f"team-change-{team.id}").click().run()
    at.multiselect(key=f"teams:{team.id}:members").set_value(["desk.hussain"])
    at = at.button(key=f"team-save-{team.id}").click().run()
    assert "<small>Imran Hussain</small>" in text(at)
    at = at.button(key=f"team-ask-{team.id}").click().run()
    assert "What was passed to it stays with its members." in text(at)
    at = at.button(key="safe-choice").click().run()
    assert len(teams.in_force(conn)) == 1
    at = at.button(key=f"team-ask-{team.id}").click().run()
    at = at.button(key=f"team-bar-{team.id}").click().run()
    assert "CID &lt;Stafford&gt; is removed." in text(at)
    assert teams.in_force(conn) == []
    told = conn.execute("select officer, action from audit where action like '%a team' order by id").fetchall()
    assert [tuple(row) for row in told] == [
        ("admin.foster", "added a team"), ("admin.foster", "changed a team"), ("admin.foster", "removed a team"),
    ]  # fmt: skip


def test_live_the_rule_of_practice_is_off_then_warns_then_refuses_until_an_administrator_lets_them_send(
    page: Page, open_screen: Open, conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_force_area(conn)
    make_subscriber(conn)
    draft, _ = make_draft(conn)
    made_up = access.officers()
    monkeypatch.setattr(access, "officers", lambda: made_up)  # who has signed in by the force's own accounts
    monkeypatch.setattr(connection, "check_mode", lambda _engine, _mode: None)  # the tests' database is of training
    monkeypatch.setenv("SMARTALERT_MODE", "live")
    forget_settings()

    def asked() -> tuple[str, str]:
        """What stands against the sender's alert for lack of practice: its weight and its words."""
        said = text(open_screen("send_alert", OFFICER, draft=draft))
        chips = re.findall(r'"sd-chip sd-(\w+)"[^>]*>(.*?)</(?:span|button)>', said)
        return next(((weight, words) for weight, words in chips if "drill" in words), ("", ""))

    def set_rule(effect: Effect) -> AppTest:
        at = named(page().button, "practice-change").click().run()
        named(at.selectbox, "practice:effect").set_value(effect)
        assert "Give a reason for the change." in text(named(at.button, "practice-save").click().run())
        named(at.text_input, "practice:why").set_value("Orders")
        return named(at.button, "practice-save").click().run()

    assert "No drill is needed before sending live." in text(page())
    assert asked() == ("", "")
    at = set_rule(Effect.WARNING)
    assert "Whoever has done no drill within 90 days is warned when sending live." in text(at)
    assert "no drill yet" in text(at)
    weight, words = asked()
    assert (weight, "You have not done a drill yet" in words) == ("care", True)
    at = set_rule(Effect.REFUSAL)
    assert "cannot begin an alert when sending live." in text(at)
    weight, words = asked()
    assert (weight, "or an administrator to let you send meanwhile" in words) == ("stop", True)
    at = page()
    named(at.selectbox, "practice:who").set_value(OFFICER)
    at = named(at.button, "practice-let").click().run()
    assert "Say why this officer may send without a drill." in text(at)
    named(at.text_input, "practice:permit-why").set_value("Nobody else on nights")
    at = named(at.button, "practice-let").click().run()
    assert "They may send without a drill for 7 days." in text(at)
    assert asked() == ("", "")
