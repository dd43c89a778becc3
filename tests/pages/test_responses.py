"""The responses screen without a browser: the queue, one response, and what its buttons do."""

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest
import streamlit as st
from PIL import Image
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from smartalert import photos
from smartalert.audit import entries
from smartalert.control import access
from smartalert.control.responses import actions, address, files, outcome
from smartalert.control.responses import results as results_panel
from smartalert.control.responses.page import card
from smartalert.database import connection
from smartalert.responses import grades, handling, inbox, reports, results, teams
from smartalert.responses.reports import Report
from smartalert.responses.teams import Facts
from tests.databases import Database
from tests.factories import LAT, LON, OFFICER
from tests.pages.conftest import Open, text
from tests.public.served import issue, settle

OKOYE, ANALYST = "sergeant.okoye", "analyst.price"
Page = Callable[..., AppTest]


@pytest.fixture
def alert_id(database: Database, open_screen: Open) -> int:
    with database.connect(autocommit=True) as conn:
        settle(conn)
    return issue()[0]


@pytest.fixture
def page(alert_id: int, open_screen: Open) -> Page:
    """Open the page as an officer, at a response or at the list."""

    def open_page(officer: str = OKOYE, response: object = None, **address: object) -> AppTest:
        return open_screen("responses", officer, response=response, **address)

    return open_page


def tell(alert_id: int, saw: str, person: int | None = None, **facts: object) -> int:
    """One response; its id."""
    with connection.transaction(connection.engine("smartalert_public")) as conn:
        reference = reports.receive(conn, alert_id, person, Report(saw=saw, **facts), saw)
    with connection.transaction(connection.engine("smartalert_control")) as conn:
        return int(conn.execute("select id from responses where reference = %s", (reference,)).fetchone().id)


def load(number: int) -> object:
    with connection.transaction(connection.engine("smartalert_control")) as conn:
        return inbox.load(conn, number)


def press(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if button.label.startswith(label)).click()
    return at.run()


def test_a_press_costs_few_looks_into_the_database(page: Page, alert_id: int, looks: list[str]) -> None:
    """Who is there, and eight things that officers share for a second or so, here all looked up anew."""
    at = page(response=tell(alert_id, "A blue van in Mill Lane"))
    st.cache_resource.clear()
    looks.clear()
    assert not at.run().exception
    assert looks == ["reading"] * 9


def test_without_responses_it_says_what_will_appear(page: Page) -> None:
    at = page()
    assert "New ones appear here" in text(at)
    assert "Choose a response" in text(at)


def test_only_who_listens_to_the_public_may_look(page: Page, alert_id: int) -> None:
    tell(alert_id, "A red car by the mill")
    at = page(ANALYST)
    assert "cannot use this screen" in text(at)
    assert "red car" not in text(at)


def test_urgent_ones_are_on_top_and_new_ones_stand_out(page: Page, alert_id: int) -> None:
    tell(alert_id, "He has a knife")
    tell(alert_id, "A red car <b>by</b> the mill")
    at = page()
    rows = [button.label for button in at.button if button.label.startswith("Open")]
    assert ["urgent" in row for row in rows] == [True, False]
    assert all("new" in row for row in rows)
    assert "A red car &lt;b&gt;by&lt;/b&gt; the mill" in text(at)


def test_no_name_or_place_turns_round_what_stands_beside_it(page: Page, alert_id: int) -> None:
    number = tell(
        alert_id,
        "\u05e8\u05d0\u05d9\u05ea\u05d9 12 men",
        name="\u05e9\u05e8\u05d4",
        contact="07700 900123",
        may_contact=True,
        place="Pat\u202e",
    )
    said = text(page(response=number))
    assert "\u2068\u05e9\u05e8\u05d4\u2069, 07700 900123" in said
    assert "\u2068\u05e8\u05d0\u05d9\u05ea\u05d9 12 men\u2069" in said
    assert "<small>Pat · incident 482 of 22 November</small>" in said


def test_opening_one_is_the_first_look_and_shows_everything(page: Page, alert_id: int) -> None:
    number = tell(
        alert_id,
        "He has a knife & ran",
        place="by the lock",
        point=(LON, LAT),
        point_from="street",
        may_contact=True,
        name="Ada",
        contact="07700 900123",
    )
    at = page(response=number)
    for words in (
        "a <mark>knife</mark> &amp; ran",
        "Ada, 07700 900123",
        "in the area",
        "by the lock",
        "Burglary in Tannery",
    ):
        assert words in text(at)
    assert load(number).first_look_by == OKOYE


def test_whoever_gave_no_name_is_left_alone(page: Page, alert_id: int) -> None:
    number = tell(alert_id, "A red car", name="Ada", contact="07700 900123")
    at = page(response=number)
    assert "They do not want to be contacted" in text(at)
    assert "07700" not in text(at)


def test_claim_note_and_resolve(page: Page, alert_id: int) -> None:
    number = tell(alert_id, "A red car")
    at = press(page(), "Open")
    at = press(at, "Claim")
    assert load(number).claimed_by == OKOYE
    at.text_area(key=actions.note_key(number)).set_value("Rang back.")
    at = press(at, "Add note")
    assert "Rang back." in text(at)
    at.text_area(key=actions.outcome_key(number)).set_value("Arrest at the lock.")
    at = press(at, "Resolved")
    row = load(number)
    assert (row.verdict, row.outcome) == ("resolved", "Arrest at the lock.")
    assert "Arrest at the lock." in text(at)
    at = press(at, "Reopen")
    assert load(number).verdict is None


def test_what_another_officer_just_claimed_is_not_taken_by_accident(page: Page, alert_id: int) -> None:
    number = tell(alert_id, "A red car")
    at = page(response=number)
    with connection.transaction(connection.engine("smartalert_control")) as conn:
        handling.claim(conn, number, OFFICER, datetime.now(UTC))
    at = press(at, "Claim")
    assert "Another officer has just claimed this" in text(at)
    assert load(number).claimed_by == OFFICER


def test_those_who_answered_are_told_what_came_of_it_by_who_may_send(page: Page, alert_id: int) -> None:
    with connection.transaction(connection.engine("smartalert_control")) as conn:
        (ada,) = conn.execute("select subscriber_id from deliveries limit 1").fetchone()
    number = tell(alert_id, "A red car", may_contact=True, person=ada)
    assert not [button for button in page("desk.hussain", response=number).button if button.label.startswith("Tell")]
    at = page(OKOYE, response=number)
    at.text_area(key=outcome.words_key(alert_id)).set_value("Two arrests.")
    at = press(at, "Tell 1 person who answered")
    assert "Told 1 person" in text(at)
    at.text_area(key=outcome.words_key(alert_id)).set_value("Two arrests.")
    assert "You have already told them exactly this" in text(press(at, "Tell 1 person who answered"))


def test_what_an_alert_led_to_is_pressed_on_and_off(page: Page, alert_id: int) -> None:
    number = tell(alert_id, "A red car")
    at = page("desk.hussain", response=number)
    at.button_group(key=results_panel.pressed_key(alert_id, [])).set_value(["arrested", "recovered"]).run()
    assert "An arrest was made" in text(at)
    with connection.transaction(connection.engine("smartalert_control")) as conn:
        assert [(row.result, row.recorded_by) for row in results.of_alert(conn, alert_id)] == [
            ("arrested", "desk.hussain"), ("recovered", "desk.hussain"),
        ]  # fmt: skip
    at = page(OKOYE, response=number)
    key = results_panel.pressed_key(alert_id, ["arrested", "recovered"])
    at.button_group(key=key).set_value(["arrested"]).run()
    with connection.transaction(connection.engine("smartalert_control")) as conn:
        assert [row.result for row in results.of_alert(conn, alert_id)] == ["arrested"]
        assert "took back what an alert led to" in [row.action for row in entries.timeline(conn, alert_id)]


def test_what_is_looked_for_is_found_and_marked_and_the_filter_says_what_it_hides(page: Page, alert_id: int) -> None:
    long = "It was dark. " * 40
    number = tell(alert_id, f"{long}<i>O’Brien’s</i> café, a knife, ab12 cde", place="Mill Rd")
    closed = tell(alert_id, "Mrs O'Brien rang")
    tell(alert_id, "Nothing")
    with connection.transaction(connection.engine("smartalert_control")) as conn:
        handling.judge(conn, closed, "resolved", OFFICER, now=datetime.now(UTC))
    at = page(response=number)
    assert "2 of 3 shown: 1 closed" in text(at)
    at.text_input(key=address.FIND).set_value("o'brien CAFE ab12cde road").run()
    assert "1 response" in text(at)
    said = '&lt;i&gt;<mark class="found">O’Brien</mark>’s&lt;/i&gt; <mark class="found">café</mark>'
    assert text(at).count(said) == 2
    assert '<mark class="found">ab12 cde</mark>' in text(at)
    assert 'Mill <mark class="found">Rd</mark>' in text(at)
    assert "a <mark>knife</mark>" in text(at)
    at.text_input(key=address.FIND).set_value(load(closed).reference.replace("-", "")).run()
    assert "0 of 1 shown: 1 closed" in text(at)
    assert "Show all" in text(at)
    at = press(at, "Show all")
    assert at.button_group(key=address.STATE).value == "all"
    assert f'<mark class="found">{load(closed).reference}</mark>' in text(at)
    at.text_input(key=address.FIND).set_value("zeppelin").run()
    assert "Try fewer words" in text(at)


def test_more_than_a_page_of_responses_and_all_that_is_shown_are_in_the_address(page: Page, alert_id: int) -> None:
    numbers = [tell(alert_id, f"A red car, {number}.") for number in range(85)]
    with connection.transaction(connection.engine("smartalert_control")) as conn:
        handling.claim(conn, numbers[0], OKOYE, datetime.now(UTC))
    at = page()
    assert not at.query_params
    assert "40 of 85 shown: 45 on other pages" in text(at)
    at = press(press(at, "Next"), "Next")
    assert "5 of 85 shown: 80 on other pages" in text(at)
    assert [button.disabled for button in at.button if button.label in {"Previous", "Next"}] == [False, True]
    at = press(at, "Open")
    chosen = int(at.query_params["response"])
    assert (chosen in numbers[:5], at.query_params["page"]) == (True, "3")
    at.toggle[0].set_value(True).run()
    assert "1 of 85 shown: 84 not yours" in text(at)
    at.text_input(key=address.FIND).set_value("red").run()
    at.button_group(key=address.STATE).set_value("all").run()
    asked = {"response": str(chosen), "mine": "yes", "find": "red", "show": "all"}
    assert dict(at.query_params) == asked
    again = page(**asked, alert=alert_id)
    assert (again.toggle[0].value, again.text_input(key=address.FIND).value) == (True, "red")
    assert again.selectbox[0].value == alert_id
    assert load(chosen).reference in text(again)
    # Back: the browser asks for the address before
    at.query_params.clear()
    at.query_params["page"] = "2"
    at = at.run()
    assert "40 of 85 shown" in text(at)
    assert "Choose a response" in text(at)


@pytest.mark.parametrize(
    "wrong",
    [
        {"page": "-1"}, {"page": "99999999999999999"}, {"page": "x"}, {"show": "x"}, {"alert": "99"}, {"alert": "\x00"},
        {"find": "\x00\u202e"}, {"find": "x" * 5_000}, {"mine": "no"},
    ],
)  # fmt: skip
def test_an_address_that_is_none_of_ours_shows_the_list(page: Page, alert_id: int, wrong: dict[str, str]) -> None:
    tell(alert_id, "A red car")
    said = text(page(**wrong))
    assert "A red car" in said or "Try fewer words" in said


def test_useful_is_a_grade_and_the_response_stays_open(page: Page, alert_id: int) -> None:
    number = tell(alert_id, "A red car")
    at = press(page(response=number), "Useful")
    assert "Useful but still open" in text(at)
    assert "Useful, still open" in text(at)
    assert "A red car" in text(at)
    assert {"Not useful", "Resolved"} <= {button.label for button in at.button}
    at = press(at, "Resolved")
    assert load(number).closed
    assert "There are no open responses" in text(at)


@pytest.fixture
def team(database: Database) -> int:
    """Okoye's and nobody else's."""
    with database.connect("smartalert_control", autocommit=True) as conn:
        return teams.add(conn, Facts("CID & co", "", [OKOYE]), "admin.foster")


def test_a_response_is_passed_on_to_a_team_whose_members_find_it_under_my_team(
    page: Page, alert_id: int, team: int
) -> None:
    number = tell(alert_id, "A red car")
    at = page("desk.hussain", response=number)
    assert "My team" not in [toggle.label for toggle in at.toggle]
    at.selectbox(key=actions.team_key(number)).set_value(team).run()
    assert "passed to CID &amp; co, Imran Hussain" in text(at)
    assert "There are no open responses" in text(at)
    assert {"Not useful", "Resolved", "Reopen"} <= {button.label for button in at.button}

    at = page(OKOYE, team="yes")
    assert "Passed to CID &amp; co" in text(at)
    assert "A red car" in text(at)
    at = press(press(at, "Open"), "Resolved")
    assert "Nothing that was passed to your team is in this list" in text(at)
    assert (load(number).verdict, load(number).team) == ("resolved", "CID & co")
    at.toggle(key=address.TEAM).set_value(False).run()
    assert "There are no open responses" in text(at)
    assert "team" not in at.query_params


def test_without_a_team_the_screen_says_who_adds_one(page: Page, alert_id: int) -> None:
    at = page(response=tell(alert_id, "A red car"))
    choice = at.selectbox(key=actions.team_key(int(at.query_params["response"])))
    assert (choice.disabled, choice.placeholder) == (True, "No team to pass to yet")


def test_a_grade_is_set_and_taken_back_and_stands_on_the_card(page: Page, alert_id: int) -> None:
    number = tell(alert_id, "A red car")
    at = page(response=number)
    at.button_group(key=actions.grade_key(number)).set_value("B").run()
    assert "graded B, known indirectly, but corroborated, Sgt Daniel Okoye" in text(at)
    assert '<span class="sa-grade" title="Known indirectly, but corroborated">B</span>' in text(at)
    row = load(number)
    assert (row.grade, row.closed) == ("B", False)
    at.button_group(key=actions.grade_key(number)).set_value("C").run()
    with connection.transaction(connection.engine("smartalert_control")) as conn:
        grades.grade(conn, number, "D", OFFICER, datetime.now(UTC))
    at.button_group(key=actions.grade_key(number)).set_value(None).run()  # of C, which another officer has changed
    assert load(number).grade == "D"
    assert at.button_group(key=actions.grade_key(number)).value == "D"
    at.button_group(key=actions.grade_key(number)).set_value(None).run()
    assert load(number).grade is None


def test_what_was_seen_near_one_place_is_one_row_and_is_dealt_with_together(page: Page, alert_id: int) -> None:
    facts = {"point": (LON, LAT), "point_from": "phone"}
    *others, last = (tell(alert_id, f"A red car, {number}", **facts) for number in range(5))
    far = tell(alert_id, "A blue van", point=(LON + 0.01, LAT), point_from="phone")
    with connection.transaction(connection.engine("smartalert_control")) as conn:
        handling.claim(conn, others[0], OFFICER, datetime.now(UTC))
    at = page(response=last)
    assert "and 4 more near here" in text(at)
    assert "6 responses" in text(at)
    assert "and 4 more near here, 4 new" in text(at)
    assert sum(button.label.endswith(", near here") for button in at.button) == 4
    at = press(at, "Useful")
    assert [load(number).verdict for number in [*others, last]] == [None] * 4 + ["useful"]
    at.toggle(key=actions.all_key(last)).set_value(True).run()
    at = press(at, "Resolved")
    assert [load(number).verdict for number in [*others, last, far]] == [None, *["resolved"] * 4, None]
    assert load(others[0]).claimed_by == OFFICER
    near = next(button for button in at.button if button.label == f"Open {load(others[1]).reference}, near here")
    at = near.click().run()
    assert at.query_params["response"] == [str(others[1])] or at.query_params["response"] == str(others[1])
    assert not at.toggle(key=actions.all_key(others[1])).value, "what is done with all is said for each anew"


def test_filters_narrow_to_mine_and_to_done(page: Page, alert_id: int) -> None:
    mine, _ = tell(alert_id, "A red car"), tell(alert_id, "A blue van")
    with connection.transaction(connection.engine("smartalert_control")) as conn:
        handling.claim(conn, mine, OKOYE, datetime.now(UTC))
    at = page()
    at.toggle[0].set_value(True).run()
    assert "A red car" in text(at)
    assert "A blue van" not in text(at)


def test_an_act_after_signing_out_changes_nothing(page: Page, alert_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    number = tell(alert_id, "A red car")
    at = page(response=number)
    monkeypatch.setattr(access, "shown_cookie", lambda: "")
    at = press(at, "Useful")
    assert "Sign in to continue" in text(at)
    assert load(number).verdict is None


def fetch(path: str, officer: str | None) -> httpx.Response:
    app = Starlette(
        routes=[
            Route("/responses/photo/{id:int}", files.photo),
            Route("/responses/case-file", files.case),
        ]
    )
    cookies = {access.cookie_name(): access.make_cookie(access.officers()[officer])} if officer else {}
    return TestClient(app, cookies=cookies).get(path)


def test_photos_and_case_files_are_for_those_who_may_look(alert_id: int) -> None:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "PNG")
    number = tell(alert_id, "A red car", photo=photos.read(out.getvalue(), keep_place=False))
    for path in (f"/responses/photo/{number}", f"/responses/case-file?alert={alert_id}"):
        assert fetch(path, None).status_code == 403
        assert fetch(path, ANALYST).status_code == 403
        assert fetch(path, OKOYE).headers["cache-control"] == "private, no-store"
    assert fetch(f"/responses/photo/{number}", OKOYE).content[:3] == b"\xff\xd8\xff"
    answer = fetch(f"/responses/case-file?alert={alert_id}", OKOYE)
    assert 'filename="incident-482-of-22-november.zip"' in answer.headers["content-disposition"]
    assert "responses.csv" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert fetch("/responses/photo/999999", OKOYE).status_code == 404
    assert fetch("/responses/case-file?alert=x", OKOYE).status_code == 404


def test_a_card_is_safe_html(alert_id: int) -> None:
    tell(alert_id, "<script>x</script>", place="<i>")
    with connection.transaction(connection.engine("smartalert_control")) as conn:
        (row,) = inbox.queue(conn)
    assert "<script>" not in card(row, datetime.now(UTC), chosen=False)


def test_everyone_who_got_the_alert_is_told_the_outcome_by_a_draft_of_these_words(page: Page, alert_id: int) -> None:
    number = tell(alert_id, "A red car")
    assert "Tell everyone who got the alert …" not in [
        button.label for button in page("desk.hussain", response=number).button
    ]
    at = page(OKOYE, response=number)
    at.text_area(key=outcome.words_key(alert_id)).set_value("Two arrests.")
    press(at, "Tell everyone who got the alert …")
    with connection.transaction(connection.engine("smartalert_control")) as conn:
        (content,) = conn.execute("select content from drafts order by created_at desc limit 1").fetchone()
    assert (content["follows"], content["follow_up"]) == (alert_id, "outcome")
    assert (content["description"], content["urgent"]) == ("Two arrests.", False)
