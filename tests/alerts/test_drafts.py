"""Drafts: kept at every change, reworded as facts become known, never lost to another tab."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from smartalert.alerts import draft_words, drafts, incident_numbers, times
from smartalert.alerts.drafts import Draft
from smartalert.alerts.incidents import KINDS
from smartalert.database.connection import Connection
from smartalert.errors import AlertRefused
from tests.factories import NOW, OFFICER, complete_draft, make_draft


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("482", "482 of 22 November"),
        (" 0482 ", "482 of 22 November"),
        ("482 of 21", "482 of 21 November"),
        ("482 of 3 feb", "482 of 3 February"),
        ("482 22/11", "482 of 22 November"),
        ("482-22/11/2025", "482 of 22 November 2025"),
        ("482 of 22 November", "482 of 22 November"),
        ("482 of 22 Nonsense", "482 of 22 Nonsense"),
        ("see log", "see log"),
        ("", ""),
    ],
)
def test_an_incident_number_is_completed_as_people_quote_it(typed: str, said: str) -> None:
    assert incident_numbers.read_incident_number(typed, NOW) == said


def test_a_kind_fills_the_words_with_what_is_known_and_leaves_gaps_for_the_rest() -> None:
    draft = draft_words.choose_kind("burglary", Draft(where="in Tannery Row, Stafford"), NOW)
    assert draft.headline == "Burglary in Tannery Row, Stafford just now"
    assert "at about 14:02" in draft.description
    assert draft.gaps() == ["[Description and direction of those we want to find]", "[time]", "[incident number]"]
    assert (draft.urgent, draft.expires) == (True, "6h")


def test_the_place_and_the_number_are_filled_in_when_they_become_known() -> None:
    draft = draft_words.choose_kind("robbery", Draft(), NOW)
    assert "[where]" in draft.gaps()
    draft = draft_words.restate(draft_words.restate(draft, "where", "near Mill Lane"), "incident_number", "7 of 1 May")
    assert draft.headline == "Robbery near Mill Lane"
    assert draft.contact == "Call 999 and quote incident 7 of 1 May. Do not approach anyone."


def test_the_place_moves_with_the_area_inside_words_an_officer_wrote() -> None:
    draft = Draft(where="near Mill Lane", headline="Two men seen near Mill Lane with ladders", own_words=True)
    assert draft_words.restate(draft, "where", "in High Street").headline == "Two men seen in High Street with ladders"
    assert draft_words.restate(draft, "where", "").headline == "Two men seen [where] with ladders"


def missing(where: str = "near Tannery Row, Stafford") -> Draft:
    """A missing child, as the template begins it."""
    return draft_words.choose_kind("missing_person", Draft(where=where, incident_number="482 of 9 November"), NOW)


def filled(draft: Draft, **gaps: str) -> Draft:
    """The draft with these gaps filled, each by its first word."""
    for gap in draft.asked():
        word = re.split(r"\W", gap.strip("[]"))[0].lower()
        draft = draft_words.fill(draft, gap, gaps.get(word, ""))
    return draft


def test_each_gap_of_a_template_is_asked_once_and_filled_wherever_it_stands() -> None:
    draft = missing()
    assert draft.asked() == ["[first name]", "[age]", "[time]", "[Hair, build, clothing]", "[him/her]"]
    draft = filled(draft, first="  Ella ", age="9", time="14:10", hair="Brown plaits, red coat", him="her")
    assert draft.headline == "Missing: Ella, 9, last seen near Tannery Row, Stafford"
    assert draft.description == (
        "We are looking for Ella, 9, last seen near Tannery Row, Stafford at 14:10. Brown plaits, red coat."
    )
    assert "If you see her, stay in sight" in draft.instruction
    assert (draft.gaps(), draft.own_words, len(draft.asked())) == ([], False, 5)


def test_what_is_put_right_in_a_gap_changes_nothing_that_only_looks_like_it() -> None:
    draft = filled(missing("near May Road, Stafford"), first="May", age="9", time="9:09", hair="9 plaits", him="her")
    draft = draft_words.fill(draft_words.fill(draft, "[first name]", "Mae"), "[age]", "8")
    assert draft.headline == "Missing: Mae, 8, last seen near May Road, Stafford"
    assert draft.description == "We are looking for Mae, 8, last seen near May Road, Stafford at 9:09. 9 plaits."
    assert "incident 482 of 9 November" in draft.contact
    draft = draft_words.fill(draft, "[age]", "")
    assert "Mae, [age], last seen" in draft.headline


def test_words_that_an_officer_changed_keep_what_they_say_and_are_named() -> None:
    draft = draft_words.fill(missing(), "[first name]", "Ela")
    draft = draft.model_copy(update={"description": "Ela, [age], was last seen on 9 November. Ela may be cold."})
    draft = draft_words.fill(draft_words.fill(draft, "[first name]", "Ella"), "[age]", "9")
    assert draft.headline.startswith("Missing: Ella, 9, ")
    assert draft.description == "Ela, 9, was last seen on 9 November. Ela may be cold."
    assert draft_words.still_says(draft, "[first name]", "Ela") == ["description"]
    assert draft_words.still_says(draft, "[first name]", "") == draft_words.still_says(draft, "[age]", "8") == []


def test_another_place_another_number_and_another_kind_leave_the_gaps_filled() -> None:
    draft = filled(
        missing("near Mill Lane"), first="Ella", age="9", time="14:10", hair="At Mill Lane school", him="her"
    )
    draft = draft_words.numbered(draft_words.restate(draft, "where", "in High Street, Stone"), "7", NOW)
    assert draft.headline == "Missing: Ella, 9, last seen in High Street, Stone"
    assert draft.description.endswith("last seen in High Street, Stone at 14:10. At Mill Lane school.")
    assert "quote incident 7 of 22 November." in draft.contact
    draft = draft_words.choose_kind("wanted_person", draft, NOW)
    assert draft.headline == "Wanted: [name], 9, last seen in High Street, Stone"
    assert draft_words.choose_kind("missing_person", draft, NOW).headline.startswith("Missing: Ella, 9, ")


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("near Mill Lane, Stone", "near Mill Lane, Stone"),
        ("near Wolverhampton Road, Stafford", "near Wolverhampton Road"),
        (
            "near Wolverhampton Road, Stafford and Mill Lane, Stone",
            "near Wolverhampton Road, Stafford and Mill Lane, Stone",
        ),
    ],
)
def test_a_headline_is_made_to_fit_a_lock_screen_by_leaving_out_the_town(where: str, said: str) -> None:
    draft = filled(missing(where), first="Ella", age="9")
    assert draft.headline == f"Missing: Ella, 9, last seen {said}"
    assert where in draft.description
    moved = draft_words.restate(draft, "where", "near Mill Lane, Stone")
    assert moved.headline == "Missing: Ella, 9, last seen near Mill Lane, Stone"


def test_an_officers_own_words_are_not_replaced_by_another_kinds() -> None:
    mine = complete_draft(own_words=True)
    draft = draft_words.choose_kind("cycle_theft", mine, NOW)
    assert draft.headline == mine.headline
    assert (draft.incident_kind, draft.urgent, draft.expires) == ("cycle_theft", False, "24h")
    assert draft_words.from_template(draft, NOW).headline.startswith("Cycle thefts")


def test_two_tabs_that_change_different_fields_lose_nothing(conn: Connection) -> None:
    draft_id, _ = make_draft(conn, Draft())
    drafts.change(conn, draft_id, OFFICER, {"headline": "from the first tab"})
    after = drafts.change(conn, draft_id, OFFICER, {"description": "from the second tab"})
    assert (after.content.headline, after.content.description) == ("from the first tab", "from the second tab")


def test_every_change_has_a_version_of_its_own(conn: Connection) -> None:
    draft_id, version = make_draft(conn)
    assert drafts.change(conn, draft_id, OFFICER, {"contact": "Call 101."}).version == version + 1


def test_a_draft_thrown_away_takes_no_change_until_it_is_brought_back(conn: Connection) -> None:
    draft_id, _ = make_draft(conn)
    drafts.discard(conn, draft_id, OFFICER)
    assert drafts.open_drafts(conn, OFFICER) == []
    with pytest.raises(AlertRefused, match="thrown away"):
        drafts.change(conn, draft_id, OFFICER, {"headline": "too late"})
    drafts.bring_back(conn, draft_id, OFFICER)
    assert [row.id for row in drafts.open_drafts(conn, OFFICER)] == [draft_id]


def test_an_empty_draft_is_not_listed_as_unfinished(conn: Connection) -> None:
    drafts.begin(conn, OFFICER)
    assert drafts.open_drafts(conn, OFFICER) == []


def test_nobody_changes_another_officers_draft(conn: Connection) -> None:
    draft_id, _ = make_draft(conn, officer="sergeant.other")
    for mine in (draft_id, uuid4()):
        with pytest.raises(AlertRefused):
            drafts.change(conn, mine, OFFICER, {"headline": "mine"})


def test_a_draft_of_an_older_version_of_the_product_still_opens(conn: Connection) -> None:
    draft_id, _ = make_draft(conn)
    older = '{"headline": "Kept", "colour": "red"}'
    conn.execute("update drafts set version = 9, content = %s where id = %s", (older, draft_id))
    assert drafts.load(conn, draft_id, OFFICER).content == Draft(headline="Kept")


def test_an_empty_draft_says_everything_it_lacks_in_the_order_of_the_form() -> None:
    assert list(Draft().lacking().values()) == [
        "No area is drawn yet. Draw a circle or pick a street.",
        "Choose what happened.",
        "Add the incident number.",
        "Write a headline.",
        "Say what happened.",
        "Say what people should do.",
        "Say who to call.",
    ]


@pytest.mark.parametrize("field", ["headline", "description", "instruction", "contact", "photo_alt"])
def test_a_field_in_which_nothing_can_be_seen_is_empty(field: str) -> None:
    assert list(complete_draft(**{"photo": "p", "photo_alt": "A van", field: "\u200b\u3164 \u202e"}).lacking()) == [
        field
    ]


def test_nothing_is_kept_that_could_not_be_read_back(conn: Connection) -> None:
    draft_id, _ = make_draft(conn, Draft())
    typed = {"headline": "nul\x00 half\ud83d ours\ufdd0page\ufdd1 ", "where": "near Mill Lane"}
    kept = drafts.change(conn, draft_id, OFFICER, typed).content
    assert (kept.headline, kept.where) == ("nul half ourspage ", "near Mill Lane")


def test_a_complete_draft_lacks_nothing() -> None:
    assert complete_draft().lacking() == {}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"incident_number": "482"}, "482 of 22 November"),
        ({"headline": "x" * 91}, "Shorten the headline"),
        ({"channels": []}, "phones, e-mail or both"),
        ({"expires": "never"}, "Choose when the alert ends"),
        ({"incident_kind": "piracy"}, "no longer used"),
        ({"area": {"lat": 52.8, "lon": -2.1, "radius_m": 9_000}}, "3,000 m"),
    ],
)
def test_each_fault_is_named(changes: dict[str, object], words: str) -> None:
    problems = complete_draft(**changes).lacking()
    assert list(problems) == list(changes)
    assert re.search(words, *problems.values())


@pytest.mark.parametrize("key", KINDS)
def test_every_kind_of_incident_fills_its_template(key: str) -> None:
    draft = draft_words.choose_kind(key, complete_draft(own_words=False), NOW)
    assert "{" not in draft.headline + draft.description + draft.instruction + draft.contact
    assert draft.expires in times.EXPIRIES
    assert len(draft.headline) <= drafts.LONGEST_HEADLINE


def test_until_ten_in_the_evening_means_tomorrow_once_it_is_late() -> None:
    draft = complete_draft(expires="22:00")
    evening = datetime(2026, 7, 1, 20, 30, tzinfo=UTC)
    assert draft.expires_at(evening) == datetime(2026, 7, 1, 21, 0, tzinfo=UTC)
    assert draft.expires_at(evening + timedelta(minutes=20)) == datetime(2026, 7, 2, 21, 0, tzinfo=UTC)
