"""The live page without a browser: what it says of an alert, and what its buttons do to the ledger."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from smartalert.alerts import issuing, lifecycle, times
from smartalert.alerts.drafts import Draft
from smartalert.clock import utc_now
from smartalert.control import access
from smartalert.control.live import follow_up, snapshot
from smartalert.control.live import page as live_page
from smartalert.control.words import until
from smartalert.database import connection
from smartalert.responses import reports
from tests.databases import Database
from tests.factories import OFFICER, complete_draft, make_draft, make_force_area, make_subscriber, preview_of
from tests.pages.conftest import Open, text

PEOPLE = 6
Page = Callable[..., AppTest]


@pytest.fixture
def page(database: Database, open_screen: Open) -> Page:
    """Open the page as an officer, at an alert or at the list."""
    with database.connect(autocommit=True) as conn:
        make_force_area(conn)

    def open_page(officer: str = OFFICER, alert: object = None) -> AppTest:
        return open_screen("live_alerts", officer, alert=alert)

    return open_page


def issue(content: Draft | None = None, *, undo_s: int = 60) -> int:
    """An alert to six people on phone and mail."""
    with connection.transaction(connection.engine("smartalert_control")) as conn:
        content = content or complete_draft()
        draft_id, version = make_draft(conn, content)
        shown = preview_of(conn, content, utc_now())
        return issuing.issue(conn, draft_id, version, OFFICER, shown=shown, now=utc_now(), undo_s=undo_s).id


@pytest.fixture
def people(database: Database) -> None:
    with database.connect(autocommit=True) as conn:
        for _ in range(PEOPLE):
            make_subscriber(conn)


def labels(at: AppTest) -> list[str]:
    """The banner's buttons; what may follow the alert stands below it."""
    return [button.label for button in at.button if not (button.key or "").startswith("follow-")]


def press(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if button.label == label).click()
    return at.run()


def leads_to(at: AppTest) -> list[str]:
    """Where the page leads a browser."""
    shown = [
        json.loads(one.proto.json) for one in at.get("bidi_component") if "smartalert_lead" in one.proto.component_name
    ]
    return [data["to"] for data in shown]


def test_a_press_leads_to_its_draft_until_that_is_open_however_often_the_page_is_drawn(page: Page, people, open_screen):
    """A run may be broken off, and what it drew never come to a browser."""
    at = press(page(alert=issue(undo_s=0)), "All clear")
    (first,) = leads_to(at)
    assert first.startswith("send_alert?draft=")
    assert leads_to(at.run()) == [first]
    kept = {follow_up.BEGUN: at.session_state[follow_up.BEGUN]}
    assert follow_up.BEGUN not in open_screen("send_alert", OFFICER, kept).session_state
    at.session_state[follow_up.BEGUN] = (kept[follow_up.BEGUN][0], utc_now())
    assert leads_to(at.run()) == []


def test_without_alerts_it_says_what_to_do(page: Page):
    assert "No alerts yet" in text(page())
    assert 'href="send_alert"' in text(page())
    assert 'href="send_alert"' not in text(page("desk.hussain"))


def test_the_list_and_an_alert_cost_two_looks_each_into_the_database(page: Page, people, looks: list[str]):
    for alert in (None, issue()):
        at = page(alert=alert)
        snapshot.forget()
        looks.clear()
        assert not at.run().exception
        assert looks == ["reading"] * 2  # who is there, and all that is shown


def test_the_list_leads_to_each_alert_and_finds_by_words(page: Page, people):
    first = issue()
    at = page()
    assert f'href="live_alerts?alert={first}"' in text(at)
    assert "Held: can still be undone" in text(at)
    assert f"for {PEOPLE} people" in text(at)
    snapshot.forget()
    at.text_input[0].set_value("no such words").run()
    assert "0 alerts found, 1 other hidden by the search" in text(at)
    assert dict(at.query_params) == {"find": "no such words"}
    at.query_params["find"] = "tannery"
    assert f'href="live_alerts?alert={first}"' in text(at.run())
    assert at.text_input[0].value == "tannery"


def test_older_alerts_are_a_press_away(page: Page, people, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(live_page, "ROWS", 1)
    first, second = issue(undo_s=0), issue(complete_draft(incident_number="483 of 22 November"), undo_s=0)
    at = page()
    assert f"alert={second}" in text(at)
    assert f"alert={first}" not in text(at)
    at = press(at, "Show 1 more")
    assert f"alert={first}" in text(at)
    assert at.query_params["rows"] == "2"
    assert not labels(at)


def test_an_alert_that_is_not_there_says_so(page: Page):
    assert "There is no such alert" in text(page(alert=12345))
    assert "There is no such alert" in text(page(alert="<b>1</b>"))


def test_undo_tells_nobody(page: Page, people):
    alert_id = issue()
    at = page(alert=alert_id)
    assert "you can still undo" in text(at)
    at = press(at, "Undo: tell nobody")
    assert "Undone: nobody was told" in text(at)
    assert "undid it: nobody was told" in text(at)
    assert labels(at) == ["Edit and send again"]
    assert labels(page("chief.whitlock", alert_id)) == []
    assert snapshot.of_alert(alert_id).states == {"cancelled": 2 * PEOPLE}


def test_tell_them_now_skips_the_wait(page: Page, people):
    at = press(page(alert=issue()), "Tell them now")
    assert f"Going out now: 0 of {2 * PEOPLE} handed over" in text(at)
    assert labels(at) == ["Stop …"]


def test_stopping_asks_first_and_names_the_count(page: Page, people):
    at = page(alert=issue(undo_s=0))
    at = press(at, "Stop …")
    assert f"Stop? {2 * PEOPLE} deliveries will not be sent" in text(at)
    at = press(at, "Keep going")
    assert labels(at) == ["Stop …"]
    at = press(press(at, "Stop …"), f"Stop: do not send {2 * PEOPLE}")
    assert "Stopped by Insp. Alison Carr" in text(at)
    assert f"{2 * PEOPLE} not sent" in text(at)
    assert f"stopped it: {2 * PEOPLE} deliveries not sent" in text(at)


def test_too_late_to_undo_is_said_and_changes_nothing(page: Page, people, database: Database):
    alert_id = issue()
    at = page(alert=alert_id)
    with database.connect(autocommit=True) as conn:
        conn.execute("update alerts set release_at = issued_at")
    at = press(at, "Undo: tell nobody")
    assert "Too late to undo" in text(at)
    assert snapshot.of_alert(alert_id).alert.withdrawn_at is None


def test_who_may_not_act_sees_no_buttons(page: Page, people):
    at = page("desk.hussain", alert=issue())
    assert "you can still undo" in text(at)
    assert labels(at) == []


def test_an_analyst_sees_published_figures_and_not_this_page(page: Page, people):
    assert "You cannot use this screen" in text(page("analyst.price", alert=issue()))


def test_an_act_after_signing_out_changes_nothing(page: Page, people, monkeypatch):
    alert_id = issue()
    at = page(alert=alert_id)
    monkeypatch.setattr(access, "shown_cookie", lambda: "")
    at = press(at, "Undo: tell nobody")
    assert "Sign in to continue" in text(at)
    assert snapshot.of_alert(alert_id).alert.withdrawn_at is None


def test_all_that_is_shown_is_of_one_moment_though_the_ledger_moves_meanwhile(
    page: Page, people: None, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert_id, find = issue(undo_s=0), lifecycle.find

    def handed_over_meanwhile(conn: connection.Connection, wanted: int) -> lifecycle.Alert | None:
        found = find(conn, wanted)
        with database.connect(autocommit=True) as other:
            other.execute("update deliveries set state = 'handed_over', handed_over_at = now()")
        return found

    monkeypatch.setattr(lifecycle, "find", handed_over_meanwhile)
    seen = snapshot.of_alert(alert_id)
    assert (seen.alert.is_open, seen.still_open, seen.handed_over) == (True, 2 * PEOPLE, 0)
    assert seen.speed.curve == []
    snapshot.forget()
    assert f"0 of {2 * PEOPLE} deliveries have arrived so far" in text(page(alert=alert_id))


def test_failures_are_explained_and_only_what_may_still_arrive_is_tried_again(page: Page, people, database: Database):
    alert_id = issue(undo_s=0)
    with database.connect(autocommit=True) as conn:
        conn.execute(
            "update deliveries set state = 'failed', failed_at = now(), failure_reason = case channel when 'email'"
            " then 'the mail server refused it' else 'The app was removed from this phone.' end"
        )
        conn.execute("select switch_off(array_agg(id), 'push', array_agg('gone'::text)) from subscribers")
    at = page(alert=alert_id)
    assert f"Finished: {2 * PEOPLE} deliveries failed" in text(at)
    assert "The app was removed from this phone." in text(at)
    assert f"{PEOPLE} cannot be tried again" in text(at)
    at = press(at, f"Try {PEOPLE} failed e-mails again")
    assert f"Trying {PEOPLE} e-mails again." in text(at)
    assert f"tried {PEOPLE} failed e-mails again" in text(at)
    assert snapshot.of_alert(alert_id).states == {"pending": PEOPLE, "failed": PEOPLE}


def test_answers_are_counted_beside_what_was_delivered(page: Page, people, database: Database):
    alert_id = issue(undo_s=0)
    assert "none yet" in text(page(alert=alert_id))
    with connection.transaction(connection.engine("smartalert_public")) as conn:
        reports.receive(conn, alert_id, None, reports.Report(saw="A van with a broken lamp"), "k")
    snapshot.forget()
    assert "1 not read yet" in text(page(alert=alert_id))


def test_a_database_that_is_away_is_said_calmly_and_nothing_old_stays(page: Page, people, database: Database):
    issue()
    at = page()
    database.cluster.drop_database(database.name)
    snapshot.forget()
    assert "Something went wrong" in (shown := text(at.run()))
    assert "Tannery Row" not in shown


def test_the_words_are_those_that_were_frozen(page: Page, people):
    at = page(alert=issue())
    assert "EXERCISE: Burglary in Tannery Row just now" in text(at)
    assert "On phones" in [tab.label for tab in at.tabs]


def lose(database: Database, alert_id: int, seconds: int) -> None:
    """The line breaks while the mails are under way, so long ago."""
    with database.connect(autocommit=True) as conn:
        conn.execute("update deliveries set state = 'sending' where alert_id = %s", (alert_id,))
        conn.execute(
            "update deliveries set state = 'unknown', claimed_at = now() - %s * interval '1 second'"
            " where alert_id = %s and channel = 'email'",
            (seconds, alert_id),
        )


def test_mails_in_doubt_are_explained_and_an_officer_decides(page: Page, people, database: Database):
    alert_id = issue(undo_s=0)
    lose(database, alert_id, 90)
    at = page(alert=alert_id)
    assert f"In doubt: {PEOPLE} e-mails may or may not have been sent" in text(at)
    assert "SendGrid has reported on nothing handed over since" in text(at)
    assert "some people may get the e-mail twice" in text(at)
    with database.connect(autocommit=True) as conn:
        conn.execute("insert into receipt_clock values ('email', now())")
    snapshot.forget()
    at.run()
    assert "they were most likely never sent" in text(at)
    at = press(at, "Do not send again")
    assert "chose not to send them again" in text(at)
    assert snapshot.of_alert(alert_id).states["unknown"] == PEOPLE
    at = press(at, f"Send {PEOPLE} again")
    assert "sent 6 e-mails again that may have been sent before" in text(at)
    assert snapshot.of_alert(alert_id).states["pending"] == PEOPLE


def test_nobody_has_to_decide_before_reports_had_time_to_come_or_after_the_alert_is_over(
    page: Page, people, database: Database
):
    alert_id = issue(undo_s=0)
    lose(database, alert_id, 5)
    at = page(alert=alert_id)
    assert "If it does not, you can decide here" in text(at)
    assert f"Send {PEOPLE} again" not in labels(at)
    with database.connect(autocommit=True) as conn:
        conn.execute("update alerts set expires_at = now() where id = %s", (alert_id,))
    snapshot.forget()
    assert "you can decide here" not in text(at.run())


def test_what_a_forgotten_alert_said_is_shown_after_a_press_that_the_audit_keeps(
    page: Page, people: None, database: Database
) -> None:
    content = complete_draft(
        incident_kind="missing_person",
        headline="Missing: Lina, 16, last seen in Tannery Row",
        description="We are looking for Lina, 16, last seen in Tannery Row at 13:50. Slim, plaits.",
    )
    number = issue(content, undo_s=0)
    assert "Lina" in text(page(alert=number))
    with connection.transaction(connection.engine("smartalert_control")) as conn:
        lifecycle.stop(conn, number, OFFICER, utc_now())
    snapshot.forget()

    assert "Lina" not in text(page("analyst.price"))
    seen = page(OFFICER, number)
    assert "Lina" not in text(seen)
    assert "Missing person (details no longer shown)" in text(seen)
    assert looks(database) == []
    assert "plaits" in text(press(seen, "Show what it said"))
    assert looks(database) == [(OFFICER, "its page")]
    assert "plaits" not in text(page(alert=number)), "the next look is another one"


def looks(database: Database) -> list[tuple[str, str]]:
    with database.connect() as conn:
        rows = conn.execute("select officer, detail ->> 'at' from audit where action = 'looked at a forgotten alert'")
        return [(row[0], row[1]) for row in rows]


def test_an_update_that_leaves_later_says_when_and_is_undone(page: Page, people: None):
    leaves = (utc_now() + timedelta(hours=3)).replace(second=0, microsecond=0)
    words = {"incident_kind": "update", "headline": "Bikes are marked", "contact": "Call 101."}
    update = complete_draft(urgent=False, leaves=times.written_end(leaves), **words)
    number = issue(update)
    assert "To be sent at" in text(page())
    at = page(alert=number)
    assert f"To be sent at {until(leaves, utc_now())}" in text(at)
    assert f"{PEOPLE} people are told then" in text(at)
    assert "sa-seconds" not in text(at)
    at = press(at, "Undo: tell nobody")
    assert "Undone: nobody was told" in text(at)


def test_all_alerts_that_count_are_on_one_map_that_is_asked_for(page: Page, people: None):
    issue()
    at = page()
    assert not at.exception
    at.toggle[0].set_value(True)
    assert not at.run().exception
