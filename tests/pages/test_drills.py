"""The Drills screen: what a trainer chooses and does there."""

import pytest
from streamlit.testing.v1 import AppTest

from smartalert.alerts import approvals, issuing
from smartalert.clock import utc_now
from smartalert.control import access
from smartalert.control.drills import acts, phones
from smartalert.database import connection
from smartalert.database.connection import Connection, enter_world
from smartalert.drills import runs
from smartalert.drills.runs import Kind
from smartalert.wording import Channel
from tests.factories import OFFICER, make_draft, make_force_area, make_street, make_subscriber, make_town, preview_of
from tests.pages.conftest import Open, text

TRAINER = "trainer.marsh"


@pytest.fixture
def ground(conn: Connection) -> None:
    """A town with a street."""
    make_force_area(conn)
    make_street(conn)
    make_town(conn)


def press(at: AppTest, key: str) -> AppTest:
    at.button(key=key).click().run()
    return at


def test_a_drill_is_chosen_started_steered_and_run_again(open_screen: Open, conn: Connection, ground: None) -> None:
    at = open_screen("drills", TRAINER)
    assert "Practises" in text(at)
    assert at.button(key="drill-start").disabled
    press(at, "drill-choose-missing-child")
    assert "on the made-up county" in text(at)
    assert "Nobody who has signed up lives where people should be told." in text(at)
    assert "for 10 minutes nobody has acted" in text(at)
    at.session_state[acts.OFFICERS] = [OFFICER]
    at.run()
    assert at.button(key="drill-start").label == "Start for Insp. Alison Carr"
    press(at, "drill-start")
    (drill,) = conn.execute("select max(id) from drills").fetchone()
    assert at.query_params["run"] == str(drill)
    assert "came at 00:00" in text(at)
    press(at, "drill-now-2")
    at.text_area(key=acts.WORDS).input("Any news?")
    press(at, "drill-say")
    assert "Any news?" in text(at)
    press(at, "drill-trouble-1")
    assert "The push provider refuses what we send." in text(at)
    press(at, "drill-pause")
    assert "Paused" in text(at)
    assert "unless it goes on." in text(at)
    press(at, "drill-say")
    assert "Write what to say first." in text(at)
    press(at, "drill-go-on")
    press(at, "drill-ask-again")
    press(at, "drill-again")
    (second,) = conn.execute("select max(id) from drills").fetchone()
    assert at.query_params["run"] == str(second)
    found = {run.id: run for run in (runs.find(conn, drill), runs.find(conn, second)) if run}
    assert (found[drill].ended_at is not None, found[second].repeats) == (True, drill)
    assert (found[drill].seed, found[drill].place) == (found[second].seed, found[second].place)
    press(at, "drill-ask-end")
    press(at, "drill-end")
    assert f"debrief?run={second}" in text(at)
    actions = [row.action for row in conn.execute("select action from audit where action like '%a drill' order by id")]
    assert actions == ["started a drill", "ended a drill", "started a drill", "ended a drill"]
    enter_world(conn, drill)
    assert [event.kind for event in runs.events(conn, drill)].count(Kind.INJECT) == 4


def phones_tab() -> None:
    """The panel beside an officer's screens, its second tab open."""
    import streamlit as st

    from smartalert.control.drills import panel

    st.session_state.update({panel.OPEN: True, panel.TAB: "Phones"})
    panel.contents()


def test_an_officer_in_a_drill_sees_what_residents_see_in_it(open_screen, conn, ground, monkeypatch) -> None:
    make_subscriber(conn, at=(60, 0))
    make_subscriber(conn, at=(120, 0), channels=(Channel.EMAIL,))
    at = open_screen("drills", TRAINER, {acts.SCENARIO: "bogus-callers", acts.OFFICERS: [OFFICER]})
    press(at, "drill-start")
    cookie = access.make_cookie(access.officers()[OFFICER])
    monkeypatch.setattr(access, "shown_cookie", lambda: cookie)
    shown = text(AppTest.from_function(phones_tab).run())
    assert "Phone<span>Tannery Row, 60 metres away" in shown
    assert "Inbox<span>Tannery Row, 120 metres away" in shown
    assert shown.count("Nothing has arrived.") == 2
    (drill,) = conn.execute("select max(id) from drills").fetchone()
    with conn.transaction():
        enter_world(conn, drill)
        now = utc_now()
        alert = issuing.issue(conn, *make_draft(conn), OFFICER, shown=preview_of(conn, now=now), now=now, undo_s=0).id
    conn.execute("update deliveries set state = 'handed_over', handed_over_at = now() where alert_id = %s", (alert,))
    phones.got.clear()
    shown = text(AppTest.from_function(phones_tab).run())
    assert "<strong>EXERCISE: Burglary in Tannery Row just now</strong>" in shown
    assert "Nothing has arrived." not in shown


def test_the_trainer_approves_in_the_place_of_an_approver(open_screen: Open, conn: Connection, ground: None) -> None:
    for _ in range(2):
        make_subscriber(conn)
    conn.execute("update approval_policy set people_over = 1 where people_over = 3000")
    session = {acts.SCENARIO: "bogus-callers", acts.OFFICERS: [OFFICER]}
    at = press(open_screen("drills", TRAINER, session), "drill-start")
    with connection.transaction(connection.engine("smartalert_control")) as officer:
        enter_world(officer, int(at.query_params["run"]))
        draft_id, version = make_draft(officer)
        shown = preview_of(officer, now=utc_now())
        asked = approvals.ask(officer, draft_id, version, OFFICER, shown=shown, now=utc_now())
    acts.look.clear()
    assert "Insp. Alison Carr asks to tell 2 people" in text(at.run())
    press(at, f"drill-return-{asked}")
    assert "Say what needs to change." in text(at)
    press(at, f"drill-approve-{asked}")
    assert "approved an alert: “Burglary in Tannery Row just now”, 2 people" in text(at)
    issued = conn.execute("select issued_by, drill from alerts").fetchone()
    assert tuple(issued) == (OFFICER, int(at.query_params["run"]))


def test_two_officers_have_a_drill_each_and_the_busy_are_not_offered(open_screen, conn, ground) -> None:
    session = {acts.SCENARIO: "bogus-callers", acts.OFFICERS: [OFFICER, "chief.whitlock"], acts.APART: True}
    at = open_screen("drills", TRAINER, session)
    press(at, "drill-start")
    assert [run.officers for run in runs.under_way(conn)] == [[OFFICER], ["chief.whitlock"]]
    assert "In a drill already: Ch. Insp. Ruth Whitlock, Insp. Alison Carr." in text(at)
    assert "No such drill" in text(open_screen("drills", TRAINER, run=999))
