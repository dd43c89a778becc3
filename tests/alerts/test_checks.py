"""What stands against an alert: what blocks it, and what its officer is only told to mind."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from smartalert.alerts.approval_policy import Rule, Ruling
from smartalert.alerts.checks import Check, Counted, Nowhere, Weight, checks, require_none
from smartalert.alerts.drafts import Draft
from smartalert.audience.preview import Preview
from smartalert.config import Mode
from smartalert.errors import AlertRefused, AreaRefused, PreviewOutOfDate
from smartalert.geography.areas import Ground
from smartalert.geography.geo import Circle
from tests.factories import LAT, LON, NOW, complete_draft

GROUND = Ground(
    Circle(lat=LAT, lon=LON, radius_m=500), "", 500, "Within 500 m of Tannery Row", "near Tannery Row", outside_share=0
)
OVER = ("ground", 500)
PREVIEW = Preview(people=30, push=20, email=15, counted_at=NOW, counted_over=OVER)


def counted(**changes: Any) -> Counted:
    """Thirty people inside the force's area, whom the sender may tell alone."""
    return replace(Counted(NOW, GROUND, PREVIEW, Ruling(Rule.ALONE)), **changes)


def against(draft: Draft | None = None, found: Counted | Nowhere | None = None, **more: Any) -> list[Check]:
    return checks(draft or complete_draft(), found or counted(), Mode.TRAINING, **more)


def said(found: list[Check]) -> list[tuple[str, str]]:
    return [(one.weight.value, one.words) for one in found]


def test_nothing_stands_against_a_complete_draft() -> None:
    assert against() == []


@pytest.mark.parametrize(
    ("draft", "found", "weight", "words", "field"),
    [
        (complete_draft(area=None), Nowhere(NOW, "None."), "todo", "Draw or search for the area", "area"),
        (complete_draft(), Nowhere(NOW, "Outside."), "stop", "Outside.", "area"),
        (complete_draft(), counted(not_theirs="Ask Westside."), "stop", "Ask Westside.", "area"),
        (complete_draft(), counted(cannot_follow="Too late."), "stop", "Too late.", "follows"),
        (
            complete_draft(),
            counted(preview=Preview(0, 0, 0)),
            "stop",
            "Nobody in this area has signed up. Make it larger.",
            "area",
        ),
        (
            complete_draft(),
            counted(preview=Preview(0, 0, 0, not_told={"paused": 7})),
            "stop",
            "Nobody would be told: 7 people in the area are left out.",
            "area",
        ),
        (complete_draft(channels=[]), counted(), "todo", "Choose phones, e-mail or both.", "channels"),
        (complete_draft(headline="Burglary [where] just now"), counted(), "todo", "Fill the gap [where]", "headline"),
        (
            complete_draft(),
            counted(ground=replace(GROUND, outside_share=0.12)),
            "care",
            "12 % of the area is outside the force: nobody there is told.",
            "area",
        ),
        (
            complete_draft(),
            counted(ruling=Ruling(Rule.SECOND_PERSON, ("more than 20 people",))),
            "care",
            "More than 20 people: a second person must approve",
            "",
        ),
        (
            complete_draft(),
            counted(preview=Preview(3, 3, 0)),
            "care",
            "Only 3 people would be told: this could point to one home. Make the area larger.",
            "area",
        ),
        (
            complete_draft(expires="1h"),
            counted(),
            "care",
            "It ends within the hour: some people may not see it in time.",
            "expires",
        ),
    ],
)
def test_each_thing_is_said_with_its_weight_and_its_field(
    draft: Draft, found: Counted | Nowhere, weight: str, words: str, field: str
) -> None:
    assert [(one.weight, one.words, one.field) for one in against(draft, found)] == [(weight, words, field)]


def test_what_stops_comes_first_then_what_is_to_do_then_what_to_mind() -> None:
    draft = complete_draft(expires="1h", contact="", description="Mrs Jones was robbed in Tannery Row at 13:50!")
    found = against(draft, counted(preview=Preview(0, 0, 0)))
    assert [one.weight for one in found] == sorted((one.weight for one in found), key=list(Weight).index)
    assert {one.weight for one in found} == set(Weight)


def test_a_gap_that_stands_in_two_fields_is_one_thing_to_do() -> None:
    draft = complete_draft(headline="Burglary [where] just now", description="In [where] at 13:50 a house was entered.")
    assert said(against(draft)) == [("todo", "Fill the gap [where]")]


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (PREVIEW, ""),
        (replace(PREVIEW, people=50), ""),
        (replace(PREVIEW, people=51), "It was 51 people when you looked; it is 30 now."),
        (replace(PREVIEW, counted_at=NOW - timedelta(minutes=5)), ""),
        (replace(PREVIEW, counted_at=NOW - timedelta(minutes=5, seconds=1)), "more than five minutes ago"),
        (replace(PREVIEW, counted_at=None), "more than five minutes ago"),
        (replace(PREVIEW, counted_over=("elsewhere", 500)), "has changed since you looked"),
    ],
)
def test_what_was_shown_must_be_what_would_happen(shown: Preview, words: str) -> None:
    found = against(shown=shown)
    assert [one.refusal for one in found] == [PreviewOutOfDate] * bool(words)
    assert all(words in one.words for one in found)


def test_people_who_were_told_before_may_be_any_number_more() -> None:
    now = counted(preview=replace(PREVIEW, people=300, told_before=280))
    assert against(found=now, shown=replace(PREVIEW, people=20, told_before=0)) == []


def test_whoever_has_more_to_mend_is_not_sent_to_look_again() -> None:
    found = against(complete_draft(channels=[]), shown=replace(PREVIEW, people=500))
    assert said(found) == [("todo", "Choose phones, e-mail or both.")]


def test_a_refusal_says_everything_that_blocks_and_no_advice() -> None:
    draft = complete_draft(channels=[], expires="1h", headline="Burglary [where] just now")
    with pytest.raises(AlertRefused, match=r"^Choose phones, e-mail or both\. Fill the gap \[where\]\.$"):
        require_none(against(draft))
    with pytest.raises(AreaRefused, match=r"^Outside\.$"):
        require_none(against(found=Nowhere(NOW, "Outside.")))
    require_none(against(complete_draft(expires="1h")))
