"""The send page without a browser: what it counts, fills in, warns of, keeps, refuses and issues."""

import html
from collections.abc import Callable
from dataclasses import replace
from datetime import time, timedelta
from uuid import UUID

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from smartalert.alerts import drafts, issuing, threads
from smartalert.audience.interests import Topic
from smartalert.cleaning import isolated
from smartalert.clock import LONDON, utc_now
from smartalert.control import access, status
from smartalert.control.alert_map import county
from smartalert.control.send import preview, screen, search
from smartalert.database import connection
from smartalert.database.connection import Connection
from smartalert.wording import Channel
from tests.databases import Database
from tests.factories import (
    LAT,
    LON,
    OFFICER,
    complete_draft,
    make_draft,
    make_force_area,
    make_neighbourhoods,
    make_street,
    make_subscriber,
    preview_of,
)
from tests.pages.conftest import Open

Page = Callable[..., AppTest]
PEOPLE = 30


@pytest.fixture
def page(conn: Connection, open_screen: Open) -> Page:
    """Open the page as an officer: each call is a tab of its own."""
    make_force_area(conn)
    make_neighbourhoods(conn)
    make_street(conn)
    for number in range(PEOPLE):
        make_subscriber(conn, at=(number, 5), channels=(Channel.PUSH,) if number % 3 else (Channel.PUSH, Channel.EMAIL))
    make_subscriber(conn, at=(10, 10), confirmed_at=None)

    def open_page(draft_id: UUID | None = None, officer: str = OFFICER) -> AppTest:
        return open_screen("send_alert", officer, draft=draft_id)

    return open_page


def test_a_press_that_changes_nothing_costs_three_looks_into_the_database(
    page: Page, conn: Connection, looks: list[str]
) -> None:
    """Who is there, what became of the draft, another alert of the incident; what officers share is kept a moment."""
    at = page(make_draft(conn)[0])
    looks.clear()
    assert not at.run().exception
    assert looks == ["reading"] * 3


def text(at: AppTest) -> str:
    """All that the page says in markup of ours."""
    assert not at.exception
    return html.unescape(" ".join(part.proto.body for part in at.get("html")))


def press(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if button.label == label).click()
    return at.run()


def type_into(at: AppTest, label: str, words: str) -> AppTest:
    widgets = [*at.text_input, *at.text_area]
    next(widget for widget in widgets if widget.label == label).set_value(words)
    return at.run()


def value(at: AppTest, label: str) -> str:
    return str(next(widget for widget in [*at.text_input, *at.text_area] if widget.label == label).value)


def choose(at: AppTest, label: str, option: object) -> AppTest:
    next(group for group in at.button_group if group.label == label).set_value(option)
    return at.run()


def type_area(at: AppTest, lat: float = LAT, lon: float = LON, radius_m: int = 500) -> AppTest:
    for label, typed in (("Latitude", lat), ("Longitude", lon), ("Radius in metres", radius_m)):
        next(widget for widget in at.text_input if widget.label == label).set_value(str(typed))
    return at.run()


def reviewed(page: Page, conn: Connection) -> AppTest:
    """The review of a draft with nothing missing."""
    draft_id, _ = make_draft(conn)
    return press(page(draft_id), "Review")


def issued(conn: Connection) -> list[int]:
    return [row[0] for row in conn.execute("select people from alerts order by id")]


def test_an_empty_screen_says_what_to_do(page: Page) -> None:
    said = text(page())
    assert "No area yet" in said
    assert "Draw or search for the area" in said
    assert "7 things to do before review" in said


def test_an_area_that_is_typed_is_counted_at_once(page: Page) -> None:
    said = text(type_area(page()))
    assert f"<b>{PEOPLE}</b><span>people" in said
    assert f"<b>{PEOPLE}</b><span>phones" in said
    assert f"<b>{PEOPLE // 3}</b><span>e-mails" in said
    assert "<b>1</b> have not confirmed their sign-up" in said
    assert "Within 500 m of Tannery Row, Stafford" in said
    assert "Eastside" in said


def test_a_half_typed_area_changes_nothing_and_says_why(page: Page) -> None:
    at = type_area(page())
    said = text(type_area(at, radius_m=5))
    assert "The radius must be between 50 m and 3,000 m" in said
    assert f"<b>{PEOPLE}</b><span>people" in said


def test_who_lies_just_outside_is_said_in_tens_and_taken_in_at_a_press(page: Page, conn: Connection) -> None:
    at = page()
    make_street(conn, name="Mill Lane", line=[(0, 620), (200, 620)])
    for number in range(14):
        make_subscriber(conn, at=(number, 610))
    make_subscriber(conn, at=(0, -530))
    at = type_area(at)
    said = text(at)
    assert "Within <b>50 m</b>: <b>fewer than 10 people</b>" in said
    assert "Within <b>250 m</b>: <b>about 10 people</b>" in said
    assert "Mill Lane, Stafford <b>(about 10)</b>, others elsewhere." in said
    at = press(at, "Widen by 250 m")
    assert f"<b>{PEOPLE + 15}</b><span>people" in text(at)
    assert "Within 750 m of Tannery Row" in text(at)
    at = press(at, "Back to the area as it was")
    assert f"<b>{PEOPLE}</b><span>people" in text(at)
    assert "Back to the area as it was" not in [button.label for button in at.button]


def type_corners(at: AppTest, *corners: tuple[float, float] | str) -> AppTest:
    lines = [corner if isinstance(corner, str) else f"{corner[0]}, {corner[1]}" for corner in corners]
    return type_into(at, "Or an outline: one corner a line", "\n".join(lines))


def test_an_outline_is_typed_corner_by_corner_also_as_grid_references(page: Page) -> None:
    at = type_corners(page(), (LAT + 0.002, LON), "SJ 91900 22800", (LAT - 0.001, LON + 0.003))
    said = text(at)
    assert f"<b>{PEOPLE}</b><span>people" in said
    assert "Part of Stafford, around Tannery Row" in said


def test_an_outline_that_crosses_itself_is_refused_and_the_area_stays(page: Page) -> None:
    at = type_area(page())
    crossed = [(LAT, LON), (LAT + 0.01, LON + 0.01), (LAT, LON + 0.01), (LAT + 0.01, LON)]
    said = text(type_corners(at, *crossed))
    assert "The outline crosses or touches itself" in said
    assert f"<b>{PEOPLE}</b><span>people" in said
    assert "Corner 2 is not a place" in text(type_corners(at, crossed[0], "over there"))


def listed(at: AppTest) -> list[str]:
    """The list of several areas."""
    return [button.label for button in at.button if button.label.startswith("**")]


def test_several_areas_are_added_changed_and_removed(page: Page, conn: Connection) -> None:
    make_subscriber(conn, at=(2_000, 0))
    at = type_area(page())
    at = press(at, "Add another area")
    assert "You keep the others." in text(at)
    at = type_area(at, lon=LON + 0.0296, radius_m=100)
    assert f"<b>{PEOPLE + 1}</b><span>people" in text(at)
    assert "<b>In parts of Stafford</b>" in text(at)
    assert listed(at) == ["**1** Within 500 m of Tannery Row, Stafford", "**2** Within 100 m of the marked point"]
    at = press(at, "**1** Within 500 m of Tannery Row, Stafford")
    assert value(at, "Radius in metres") == "500"
    at = type_area(at, radius_m=60)
    assert listed(at)[0] == "**1** Within 60 m of Tannery Row, Stafford"
    at = press(at, "Remove 1")
    assert "<b>1</b><span>person" in text(at)
    assert listed(at) == []


def test_a_neighbourhood_is_found_by_its_name_and_is_the_area(page: Page) -> None:
    at = type_into(page(), "Search for a street, postcode, place or grid reference", "eastsi")
    at = press(at, "Eastside :gray[· neighbourhood]")
    said = text(at)
    assert "<b>Eastside</b>" in said
    assert f"<b>{PEOPLE}</b><span>people" in said
    assert "an urgent alert may reach 3 km" in said
    assert "an urgent alert may reach" not in text(choose(at, "How urgent", False))


def test_an_area_is_saved_used_renamed_and_deleted_and_the_last_one_is_offered(page: Page, conn: Connection) -> None:
    conn.execute(
        "insert into officers (id, name, roles) values (%s, 'A', '{sender}') on conflict do nothing", (OFFICER,)
    )
    at = type_into(type_area(page()), "Save this area as", "Crossroads")
    assert f"Saved as “{isolated('Crossroads')}”" in text(at)
    at = type_area(at, radius_m=60)
    at = press(at, f"Use {isolated('Crossroads')}")
    assert "Within 500 m of Tannery Row" in text(at)
    at = type_into(at, f"New name for {isolated('Crossroads')}", "The crossroads")
    assert "Renamed" in text(at)
    at = press(at, "Delete")
    assert not [button for button in at.button if button.label.startswith("Use ")]
    draft_id, version = make_draft(conn, complete_draft(area={"lat": LAT, "lon": LON, "radius_m": 900}))
    issuing.issue(conn, draft_id, version, OFFICER, shown=preview_of(conn, drafts.load(conn, draft_id, OFFICER).content,
                  utc_now()), now=utc_now())  # fmt: skip
    at = press(page(make_draft(conn, drafts.Draft())[0]), "Same as last time")
    assert "Within 900 m of Tannery Row" in text(at)


def test_an_update_is_sent_later_and_ends_when_its_officer_says(page: Page, conn: Connection) -> None:
    words = {"incident_kind": "update", "headline": "Bikes are marked", "contact": "Call 101.", "incident_number": ""}
    at = page(make_draft(conn, complete_draft(urgent=False, **words))[0])
    at = choose(at, "When to send it", "Send later")
    day = (utc_now() + timedelta(days=1)).date()
    next(one for one in at.date_input if one.label == "Day").set_value(day)
    next(one for one in at.time_input if one.label == "Time").set_value(time(9, 30))
    at = choose(at.run(), next(one.label for one in at.button_group if one.label.startswith("Ends ")), "other")
    next(one for one in at.date_input if one.label == "Last day").set_value(day)
    next(one for one in at.time_input if one.label == "Until").set_value(time(9, 40))
    at = at.run()
    assert "Choose a later end" in text(at)
    next(one for one in at.time_input if one.label == "Until").set_value(time(20, 15))
    at = press(at.run(), "Review")
    assert f"It is sent at {day:%-d %b} 09:30: you can undo it until then." in text(at)
    press(at, next(one.label for one in at.button if "tell" in one.label))
    row = conn.execute("select release_at, expires_at from alerts").fetchone()
    assert [f"{at.astimezone(LONDON):%H:%M}" for at in row] == ["09:30", "20:15"]
    assert "When to send it" not in [
        one.label for one in choose(page(make_draft(conn)[0]), "How urgent", True).button_group
    ]


def test_an_officers_own_neighbourhoods_are_outlined_and_shown_first(page: Page) -> None:
    page()
    assert county.beat(None) is None
    assert county.beat(("nowhere",)) is None
    mine = county.beat(("E",))
    assert mine is not None
    assert mine.outline.id == "beat"
    west, south, east, north = mine.box
    assert west == pytest.approx(LON, abs=0.005)
    assert south < LAT < north
    assert east > LON + 0.25
    both = county.beat(("E", "W"))
    assert both is not None
    assert both.box[0] < west


def test_a_typed_area_is_shown_whole_on_the_map(page: Page) -> None:
    at = type_area(page(), radius_m=3_000)
    shown = at.session_state[screen.SESSION_KEY].focus
    assert shown is not None
    west, south, east, north = shown
    assert (east - west) * 67_000 > 6_000
    assert (north - south) * 111_000 > 6_000


def test_a_search_hit_that_is_a_street_becomes_the_area(page: Page) -> None:
    at = type_into(page(), "Search for a street, postcode, place or grid reference", "tann")
    at = press(at, "Tannery Row, Stafford :gray[· street]")
    assert "<b>Tannery Row, Stafford</b>" in text(at)
    assert at.slider[0].value == 60


def test_a_street_is_narrowed_to_a_stretch_by_a_button_and_by_crossings(page: Page, conn: Connection) -> None:
    for name, x in (("Weeping Cross", -120), ("Baswich Lane", 3)):
        make_street(conn, name=name, line=[(x, -90), (x, 90)])
    at = type_into(page(), "Search for a street, postcode, place or grid reference", "tann")
    at = press(press(at, "Tannery Row, Stafford :gray[· street]"), "Only a stretch")
    assert "<b>Tannery Row, Stafford, between its west end and its east end</b>" in text(at)
    ends = {box.label: box for box in at.selectbox}
    names = ["its west end", "Weeping Cross", "Baswich Lane", "its east end"]
    assert ends["From"].options[1:] == list(map(isolated, names))
    assert [box.value for box in ends.values()] == [0, 3]
    at = choose_end(choose_end(at, "From", 1), "To", 2)
    assert "<b>Tannery Row, Stafford, between Weeping Cross and Baswich Lane</b>" in text(at)
    at = choose_end(at, "To", 1)
    assert "two different ends" in text(at)
    assert [box.value for box in at.selectbox if box.label in ends] == [1, 2]
    at = press(at, "All of it")
    assert "<b>Tannery Row, Stafford</b>" in text(at)


def choose_end(at: AppTest, label: str, number: int) -> AppTest:
    next(box for box in at.selectbox if box.label == label).set_value(number)
    return at.run()


def test_three_words_are_answered_in_a_sentence_and_a_long_list_goes_on(
    page: Page, conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_street(conn, name="Station Road")
    box = "Search for a street, postcode, place or grid reference"
    at = type_into(page(), box, "filled.count.soap")
    assert "You cannot search for what3words here" in text(at)
    monkeypatch.setattr(search, "HITS", 1)
    at = type_into(at, box, "sta")
    shown = [button.label for button in at.button if ":gray[·" in button.label]
    assert len(shown) == 1
    at = press(at, "Show more")
    assert [button.label for button in at.button if ":gray[·" in button.label][:1] == shown
    assert len([button for button in at.button if ":gray[·" in button.label]) > 1


def test_a_kind_fills_the_words_and_the_number_and_place_follow(page: Page) -> None:
    at = choose(page(), "What happened", "burglary")
    assert "Burglary [where] just now" in value(at, "Headline")
    at = type_area(at)
    assert value(at, "Headline") == "Burglary near Tannery Row, Stafford just now"
    at = type_into(at, "Incident number", "482")
    assert value(at, "Incident number").startswith("482 of ")
    assert value(at, "Incident number") in value(at, "Who to call")
    assert 'data-gap="[time]"' in text(at)


def test_a_templates_gaps_are_asked_once_above_the_words(page: Page) -> None:
    at = choose(type_area(page()), "What happened", "missing_person")
    for label, words in (("First name", "Ela"), ("Age", "9"), ("Time", "14:10"), ("Hair, build, clothing", "Red coat")):
        at = type_into(at, label, words)
    at = choose(at, "Him/her", "her")
    assert value(at, "Headline") == "Missing: Ela, 9, last seen near Tannery Row, Stafford"
    assert value(at, "What happened").endswith("Ela, 9, last seen near Tannery Row, Stafford at 14:10. Red coat.")
    assert "If you see her" in value(at, "What to do")
    at = type_into(at, "What happened", "Ela, 9, was last seen at 14:10. Red coat.")
    at = type_into(at, "First name", "Ella")
    assert "“What happened” still says “Ela”, in words you changed." in text(at)
    assert value(at, "Headline").startswith("Missing: Ella, 9, ")


def test_another_kind_keeps_an_officers_words_and_offers_its_own(page: Page) -> None:
    at = choose(page(), "What happened", "burglary")
    at = type_into(at, "Headline", "My own words")
    at = choose(at, "What happened", "cycle_theft")
    assert value(at, "Headline") == "My own words"
    at = press(at, "Use the wording of “Cycle theft” instead")
    assert value(at, "Headline").startswith("Cycle thefts")
    at = press(at, "Undo")
    assert value(at, "Headline") == "My own words"


def test_a_new_visit_begins_empty_and_offers_what_is_unfinished_and_a_reload_leads_back(
    page: Page, conn: Connection
) -> None:
    first = type_into(page(), "What to do", "Lock your sheds.")
    at = page()
    assert value(at, "What to do") == ""
    assert "You have an unfinished draft: <b>No headline yet</b>" in text(at)
    assert dict(at.query_params) == {}
    assert value(page(first.query_params["draft"]), "What to do") == "Lock your sheds."
    at = press(at, "Continue it")
    assert value(at, "What to do") == "Lock your sheds."
    assert at.query_params["draft"] == first.query_params["draft"]
    at = press(at, "New")
    assert dict(at.query_params) == {}
    assert conn.execute("select count(*) from drafts").fetchone() == (1,)
    at = type_into(at, "Headline", "Another one")
    assert "unfinished draft" not in text(at)
    assert conn.execute("select count(*) from drafts").fetchone() == (2,)


def test_from_the_rail_an_officer_comes_back_to_what_they_were_writing(page: Page) -> None:
    at = type_into(page(), "What to do", "Lock your sheds.")
    named = at.query_params["draft"]
    del at.query_params["draft"]
    assert value(at.run(), "What to do") == "Lock your sheds."
    assert at.query_params["draft"] == named


def test_another_officers_draft_is_not_opened(page: Page, conn: Connection) -> None:
    theirs, _ = make_draft(conn, officer="officer.bailey")
    at = page(theirs)
    assert "another officer" in text(at)
    assert value(at, "Headline") == ""


def test_two_tabs_on_one_draft_show_each_others_changes_and_say_so(page: Page, conn: Connection) -> None:
    first = choose(page(), "What happened", "robbery")
    second = page(first.query_params["draft"])
    type_into(second, "What to do", "Stay indoors.")
    first = type_into(first, "Headline", "Robbery in the High Street")
    assert value(first, "What to do") == "Stay indoors."
    assert "Changed in another tab" in text(first)
    assert "what to do" in text(first)
    assert value(second.run(), "Headline") == "Robbery in the High Street"


def test_a_draft_thrown_away_can_be_brought_back(page: Page) -> None:
    at = type_into(page(), "Headline", "Kept after all")
    at = press(at, "Throw away")
    assert "Draft thrown away" in text(at)
    assert value(press(at, "Bring it back"), "Headline") == "Kept after all"


def test_unfinished_drafts_are_listed_and_opened(page: Page) -> None:
    at = type_into(page(), "Headline", "The first one")
    at = press(at, "New")
    assert value(at, "Headline") == ""
    at = press(at, next(button.label for button in at.button if button.label.startswith("The first one")))
    assert value(at, "Headline") == "The first one"


def test_review_with_something_missing_stays_and_points_at_it(page: Page) -> None:
    said = text(press(page(), "Review"))
    assert "sd-asked" in said
    assert "cannot be called back" not in said


def test_an_audience_of_nobody_is_refused_in_words(page: Page, conn: Connection) -> None:
    nowhere, _ = make_draft(conn, complete_draft(area={"lat": LAT + 0.05, "lon": LON, "radius_m": 50}))
    at = press(page(nowhere), "Review")
    assert "Nobody in this area has signed up" in text(at)
    assert "cannot be called back" not in text(at)


def test_an_area_that_points_at_a_home_is_advised_against(page: Page, conn: Connection) -> None:
    for number in range(3):
        make_subscriber(conn, at=(5_000, number))
    home, _ = make_draft(conn, complete_draft(area={"lat": LAT, "lon": LON + 0.074, "radius_m": 100}))
    assert "Only 3 people would be told: this could point to one home" in text(page(home))


def test_part_of_the_area_outside_the_forces_is_pointed_out(page: Page, conn: Connection) -> None:
    edge, _ = make_draft(conn, complete_draft(area={"lat": LAT + 0.175, "lon": LON, "radius_m": 2000}))
    assert "% of the area is outside the force" in text(page(edge))


def test_an_area_that_is_not_the_officers_own_is_said_at_once_and_stops_the_review(page, conn, monkeypatch) -> None:
    bound = replace(access.officers()[OFFICER], jurisdiction=("W",))
    monkeypatch.setattr(access, "officers", lambda: {OFFICER: bound})
    at = page(make_draft(conn)[0])
    assert "50% of this area is outside where you can send alerts (Westside)" in text(at)
    at = press(at, "Review")
    assert "cannot be called back" not in text(at)


def test_narrowing_to_a_topic_counts_those_who_chose_it(page: Page, conn: Connection) -> None:
    make_subscriber(conn, at=(1, 1), topics=Topic.HORSE)
    draft_id, _ = make_draft(conn)
    at = choose(page(draft_id), "Who it is for", "Only some")
    at = choose(at, "People who chose one of these topics", [Topic.HORSE])
    assert "<b>1</b><span>person" in text(at)
    assert f"<b>{PEOPLE}</b> did not choose this topic" in text(at)
    assert f"<b>{PEOPLE + 1}</b><span>people" in text(choose(at, "Who it is for", "Everyone in the area"))


def test_the_review_says_everything_that_will_happen(page: Page, conn: Connection) -> None:
    said = text(reviewed(page, conn))
    assert f"EXERCISE: {PEOPLE} simulated people will get this on {PEOPLE} phones and 10 e-mails." in said
    assert "You have ten seconds to undo" in said
    assert "Burglary in Tannery Row just now" in said
    assert "Have not confirmed their sign-up" in said
    assert "Eastside" in said


def test_the_review_promises_seconds_only_while_something_can_leave(page: Page, conn: Connection, monkeypatch) -> None:
    said = text(reviewed(page, conn))
    assert "If you send now, it will wait." in said
    assert "Slower than usual: see the top of the page" in said
    monkeypatch.setattr(status, "look", lambda: status.Look([], running=0))
    assert "About 1 second, after the ten seconds" in text(reviewed(page, conn))


def test_the_review_says_what_people_have_had_and_whom_the_limit_holds_back(page: Page, conn: Connection) -> None:
    update = complete_draft(urgent=False, incident_kind="update", expires="1h")
    assert "no message from us in the last 30 days" in text(reviewed(page, conn))
    for _ in range(4):
        draft_id, version = make_draft(conn, update)
        shown = preview_of(conn, update, utc_now())
        issuing.issue(conn, draft_id, version, OFFICER, shown=shown, now=utc_now())
    st.cache_resource.clear()
    draft_id, _ = make_draft(conn, update)
    said = text(press(page(draft_id), "Review"))
    assert (
        "In the last 7 days about 4 messages each, 4 at most. In the last 30 days about 4 messages each, 4 at most."
        in said
    )
    assert f"{PEOPLE} people have had 4 updates this week, so they get this in the digest at" in said
    assert f"{PEOPLE} people have had 4 updates this week. They still get an urgent alert" in text(reviewed(page, conn))


def test_a_reload_and_the_browsers_back_lead_where_the_officer_was(
    page: Page, conn: Connection, open_screen: Open
) -> None:
    at = reviewed(page, conn)
    assert at.query_params["step"] == "review"
    draft_id = at.query_params["draft"]
    assert "You have ten seconds to undo" in text(open_screen("send_alert", OFFICER, draft=draft_id, step="review"))
    at = press(at, "Back")
    assert value(at, "Headline") == complete_draft().headline
    assert "step" not in at.query_params
    at.query_params["step"] = "review"
    assert "You have ten seconds to undo" in text(at.run())
    del at.query_params["step"]
    assert value(at.run(), "Headline") == complete_draft().headline
    drafts.change(conn, UUID(draft_id), OFFICER, {"headline": ""})
    at = open_screen("send_alert", OFFICER, draft=draft_id, step="review")
    assert "sd-asked" in text(at)
    assert "step" not in at.query_params


def test_the_review_repeats_what_the_form_warned_of(page: Page, conn: Connection) -> None:
    edge = complete_draft(area={"lat": LAT + 0.175, "lon": LON, "radius_m": 2000}, expires="1h")
    make_subscriber(conn, at=(0, 18_400))
    at = page(make_draft(conn, edge)[0])
    warnings = ("% of the area is outside the force", "could point to one home", "ends within the hour")
    assert all(words in text(at) for words in warnings)
    said = text(press(at, "Review"))
    assert "You have ten seconds to undo" in said
    assert all(words in said for words in warnings)


def test_two_tabs_that_both_press_the_button_issue_once(page: Page, conn: Connection) -> None:
    draft_id, _ = make_draft(conn)
    tabs = [press(page(draft_id), "Review"), press(page(draft_id), "Review")]
    for at in tabs:
        button = next(button for button in at.button if button.label == f"EXERCISE: tell {PEOPLE} simulated people")
        button.click()
        at.run()
    assert issued(conn) == [PEOPLE]
    deliveries = conn.execute("select count(*) from deliveries").fetchone()
    assert deliveries == (PEOPLE + PEOPLE // 3,)


def test_after_an_alert_the_screen_begins_a_new_one(page: Page, conn: Connection) -> None:
    draft_id, _ = make_draft(conn)
    at = press(page(draft_id), "Review")
    next(button for button in at.button if button.label.startswith("EXERCISE: tell")).click()
    at.run()
    at.query_params["draft"] = str(draft_id)
    said = text(at.run())
    assert "This alert has been sent" in said
    assert 'href="live_alerts?alert=' in said
    del at.query_params["draft"]
    assert "No area yet" in text(at.run())


def test_an_audience_that_moved_is_shown_again_and_nothing_issued(page: Page, conn: Connection) -> None:
    at = reviewed(page, conn)
    for number in range(PEOPLE):
        make_subscriber(conn, at=(number, 9))
    at = press(at, f"EXERCISE: tell {PEOPLE} simulated people")
    assert f"Not sent. It was {PEOPLE} people when you looked; it is {2 * PEOPLE} now." in text(at)
    assert issued(conn) == []
    press(at, f"EXERCISE: tell {2 * PEOPLE} simulated people")
    assert issued(conn) == [2 * PEOPLE]


def test_counts_left_standing_for_more_than_five_minutes_are_shown_again(page: Page, conn: Connection) -> None:
    at = reviewed(page, conn)
    shown = at.session_state[screen.SESSION_KEY]
    version, counted = shown.reviewed
    shown.reviewed = version, replace(counted, counted_at=counted.counted_at - timedelta(minutes=6))
    at = press(at, f"EXERCISE: tell {PEOPLE} simulated people")
    assert "Not sent. You looked more than five minutes ago." in text(at)
    assert issued(conn) == []
    press(at, f"EXERCISE: tell {PEOPLE} simulated people")
    assert issued(conn) == [PEOPLE]


def test_words_changed_in_another_tab_are_shown_before_they_can_be_issued(page: Page, conn: Connection) -> None:
    draft_id, _ = make_draft(conn)
    at = press(page(draft_id), "Review")
    drafts.change(conn, draft_id, OFFICER, {"headline": "Changed behind your back"})
    at = press(at, f"EXERCISE: tell {PEOPLE} simulated people")
    assert issued(conn) == []
    assert "Not sent" in text(at)
    assert "Changed behind your back" in text(at)


def test_an_officer_who_may_not_send_sees_no_form(page: Page) -> None:
    at = page(officer="analyst.price")
    assert "cannot use this screen" in text(at)
    assert at.text_input == []


def test_cells_grow_until_most_hold_enough_people_to_be_drawn() -> None:
    assert preview.cell_size((0, 0, 1_000, 1_000), 10_000) == 50
    assert preview.cell_size((0, 0, 1_000, 1_000), 100) == 200
    assert preview.cell_size((0, 0, 6_000, 6_000), 60_000) == 500


def live(conn: Connection, database: Database) -> int:
    """An alert about incident 482 that its thirty people were told of."""
    content = complete_draft()
    draft_id, version = make_draft(conn, content)
    with connection.transaction(database.engine("smartalert_control")) as control:
        shown = preview_of(control, content, utc_now())
        alert_id = issuing.issue(control, draft_id, version, OFFICER, shown=shown, now=utc_now(), undo_s=0).id
    conn.execute("update deliveries set state = 'handed_over'")
    return alert_id


def test_an_incident_that_is_live_nearby_is_updated_rather_than_told_twice(
    page: Page, conn: Connection, database: Database
) -> None:
    alert_id = live(conn, database)
    draft_id, _ = make_draft(conn, complete_draft(headline="Break-in in Tannery Row"))
    at = page(draft_id)
    assert "There is already a live alert about incident 482 of 22 November here" in text(at)
    at = press(at, "Update it instead")
    said = text(at)
    assert f"the {PEOPLE} people who were told" in said
    assert "There is already a live alert" not in said
    assert value(at, "What happened").startswith("[What is new]")
    content = drafts.load(conn, draft_id, OFFICER).content
    assert (content.follows, content.follow_up) == (alert_id, "update")
    at = press(at, "Undo")
    assert value(at, "Headline") == "Break-in in Tannery Row"
    assert drafts.load(conn, draft_id, OFFICER).content.follows is None


def test_another_way_to_follow_is_worded_anew_and_names_whom_it_goes_to(
    page: Page, conn: Connection, database: Database
) -> None:
    alert_id = live(conn, database)
    at = page(threads.begin(conn, alert_id, "update", OFFICER, utc_now()))
    assert "Follows" in text(at)
    at = choose(at, "What kind of message", "false_alarm")
    assert "That was a false alarm" in value(at, "What happened")
    assert value(at, "Headline, after “Cancelled: ”") == "Burglary in Tannery Row just now"
    at = press(at, "Review")
    assert f"The {PEOPLE} simulated people who were told will get this" in text(at)
    at = press(at, f"EXERCISE: tell {PEOPLE} simulated people")
    assert conn.execute("select msg_type, follows from alerts order by id desc limit 1").fetchone() == (
        "Cancel",
        alert_id,
    )


def test_whoever_comes_second_is_told_who_was_quicker_and_follows_them(
    page: Page, conn: Connection, database: Database
) -> None:
    alert_id = live(conn, database)
    mine = threads.begin(conn, alert_id, "all_clear", OFFICER, utc_now())
    theirs = drafts.load(conn, threads.begin(conn, alert_id, "update", "sergeant.okoye", utc_now()), "sergeant.okoye")
    content = theirs.content.model_copy(update={"description": "Two are held."})
    version = drafts.save(conn, theirs.id, "sergeant.okoye", content)
    with connection.transaction(database.engine("smartalert_control")) as control:
        shown = preview_of(control, content, utc_now())
        newer = issuing.issue(control, theirs.id, version, "sergeant.okoye", shown=shown, now=utc_now(), undo_s=0).id
    at = page(mine)
    assert "already sent a follow-up at" in text(at)
    assert "Ready to review" not in text(at)
    assert "Somebody has already sent a follow-up" in text(press(at, "Review"))
    at = press(at, "Follow the newer message instead")
    assert "already sent a follow-up at" not in text(at)
    assert drafts.load(conn, mine, OFFICER).content.follows == newer
