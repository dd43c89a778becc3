"""“Ready to review” on the screen and the refusals of issuing and of approval always agree, word for word."""

import html
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartalert.alerts import approvals, checks, issuing, threads
from smartalert.alerts.drafts import REQUIRED, WORDS, Draft
from smartalert.alerts.incidents import KINDS
from smartalert.alerts.proofreading.findings import policy
from smartalert.audience.preview import Preview
from smartalert.config import Mode
from smartalert.control.send import preview
from smartalert.database.connection import Connection
from smartalert.errors import ApprovalNeeded, SmartAlertError
from smartalert.geography import search
from smartalert.officers import register
from smartalert.officers.register import Officer, Role
from tests.conftest import forget_settings
from tests.factories import (
    LAT,
    LON,
    NOW,
    OFFICER,
    complete_draft,
    make_draft,
    make_force_area,
    make_neighbourhoods,
    make_street,
    make_subscriber,
    preview_of,
)

PEOPLE = 12
#: In degrees: a kilometre east, and almost to the northern border of the force's area.
A_KM_EAST, TO_THE_BORDER = 0.0149, 0.1663
AREAS = {
    "around the crossroads": {"lat": LAT, "lon": LON, "radius_m": 500},
    "with two people": {"lat": LAT, "lon": LON + 3 * A_KM_EAST, "radius_m": 300},
    "with nobody": {"lat": LAT + 0.05, "lon": LON, "radius_m": 50},
    "over the force's border": {"lat": LAT + TO_THE_BORDER, "lon": LON + 3 * A_KM_EAST, "radius_m": 2_000},
    "outside the force's": {"lat": 51.5, "lon": -0.12, "radius_m": 500},
    "not the officer's": {"lat": LAT, "lon": LON - 2 * A_KM_EAST, "radius_m": 300},
    "too large": {"lat": LAT, "lon": LON, "radius_m": 9_000},
    "a street that is gone": {"street_id": 999_999_999, "buffer_m": 60},
    "none": None,
}
#: What proofreading keeps from leaving, one passage a rule.
PASSAGES = {
    "tag": "See {{ link }}.", "invisible": "It is\u200b over.", "exercise": "This is not a drill.",
    "victim": "Mrs Jones was hurt.", "home": "It was at her home, 14 Mill Lane.",
    "race": "We look for an Asian man.", "phone": "Ring 07700 900123.", "link": "See www.example.net now.",
}  # fmt: skip
ADVICE = ["It is over!", "Incident 7 of 3 May.", "THEY RAN AWAY.", "They recieve help."]
FAULTS: list[dict[str, Any]] = [
    *({field: ""} for field in REQUIRED),
    *({field: f"{getattr(complete_draft(), field)} [what]"} for field in WORDS),
    *({"description": f"{complete_draft().description} {words}"} for words in [*PASSAGES.values(), *ADVICE]),
    *({"incident_kind": kind} for kind in KINDS),
    {"incident_kind": "piracy"}, {"incident_number": "482"}, {"headline": "Burglary " * 12},
    {"description": "x" * 901}, {"instruction": "x" * 901}, {"photo_alt": "x" * 201}, {"channels": []},
    {"channels": ["email"]}, {"expires": "yesterday"}, {"expires": "1h"}, {"expires": "22:00"}, {"urgent": False},
    {"topics": 1}, {"sectors": 1}, {"follows": 999_999_999, "follow_up": "update"}, {"follow_up": "update"},
    {"follows": 999_999_999},
]  # fmt: skip
#: What became of the counts since they were shown.
SINCE: dict[str, Callable[[Preview], Preview]] = {
    "nothing": lambda shown: shown,
    "many more": lambda shown: replace(shown, people=shown.people + 60),
    "six minutes": lambda shown: replace(shown, counted_at=NOW - timedelta(minutes=6)),
    "another area": lambda shown: replace(shown, counted_over=("elsewhere",)),
}


@dataclass
class Said:
    """What the screen, issuing and asking for approval say of one draft."""

    ready: bool
    chips: str
    blocking: str
    refusal: str
    not_asked: str


@pytest.fixture
def place(conn: Connection) -> Connection:
    """People by the crossroads and to the east of it; the officer may send there, not to the west."""
    make_force_area(conn)
    make_neighbourhoods(conn)
    for number in range(PEOPLE):
        make_subscriber(conn, at=(number, 5))
    for metres in (3_000, 3_010, -2_000):
        make_subscriber(conn, at=(metres, 0))
    make_subscriber(conn, at=(3_000, 19_500))
    register.sign_in(conn, Officer(OFFICER, "Insp. Alison Carr", "", frozenset({Role.SENDER}), ("E",)), NOW)
    conn.execute("update neighbourhoods set geom = st_multi(st_translate(geom, -1000, 0))")
    return conn


def say(conn: Connection, draft: Draft, since: Callable[[Preview], Preview] = lambda shown: shown) -> Said:
    """Look at a draft, agree to it, then press each button."""
    counted = issuing.count(conn, draft, OFFICER, NOW)
    shown = since(counted.preview if isinstance(counted, checks.Counted) else Preview(0, 0, 0))
    found = checks.checks(draft, counted, Mode.TRAINING, search.local_words(conn), shown=shown)
    chips = html.unescape(preview.checks_html(found, asked_too_early=False))
    draft_id, version = make_draft(conn, draft)

    def press(act: Callable[..., Any]) -> str:
        try:
            with conn.transaction(force_rollback=True):
                act(conn, draft_id, version, OFFICER, shown=shown, now=NOW)
        except ApprovalNeeded:
            return ""
        except SmartAlertError as refusal:
            return "" if "This no longer needs a second person" in str(refusal) else str(refusal)
        return ""

    blocking = " ".join(f"{one.words.removesuffix('.')}." for one in found if one.blocks)
    return Said("Ready to review" in chips, chips, blocking, press(issuing.issue), press(approvals.ask))


def agree(said: Said) -> None:
    assert said.ready == (not said.refusal), said
    assert said.refusal == said.not_asked == said.blocking
    # A chip leaves out the full stop and the brackets of a gap.
    for words in said.refusal.replace("Fill the gap ", "").replace("[", "").replace("]", "").split(". "):
        assert words.removesuffix(".") in said.chips


@pytest.mark.parametrize("area", AREAS)
def test_they_agree_about_every_area(place: Connection, area: str) -> None:
    said = say(place, complete_draft(area=AREAS[area]))
    agree(said)
    assert said.ready == (area in {"around the crossroads", "with two people", "over the force's border"})
    assert ("outside the force: nobody there is told" in said.chips) == (area == "over the force's border")


@pytest.mark.parametrize("rule", PASSAGES)
def test_they_agree_about_every_passage_that_blocks(place: Connection, rule: str) -> None:
    said = say(place, complete_draft(description=f"{complete_draft().description} {PASSAGES[rule]}"))
    agree(said)
    assert not said.ready


@pytest.mark.parametrize("since", SINCE)
def test_they_agree_about_counts_that_are_no_longer_what_was_shown(place: Connection, since: str) -> None:
    said = say(place, complete_draft(), SINCE[since])
    agree(said)
    assert said.ready == (since == "nothing")


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    area=st.sampled_from(list(AREAS)),
    faults=st.lists(st.sampled_from(FAULTS), max_size=4),
    since=st.sampled_from(list(SINCE)),
)
def test_they_agree_about_any_draft(place: Connection, area: str, faults: list[dict[str, Any]], since: str) -> None:
    changes = {name: value for fault in faults for name, value in fault.items()}
    with place.transaction(force_rollback=True):
        agree(say(place, complete_draft(**changes, area=AREAS[area]), SINCE[since]))


def test_they_agree_that_somebody_else_was_quicker_to_follow_an_alert(place: Connection) -> None:
    draft_id, version = make_draft(place)
    first = issuing.issue(place, draft_id, version, OFFICER, shown=preview_of(place), now=NOW, undo_s=0).id
    place.execute("update deliveries set state = 'handed_over'")
    mine = threads.prefilled(threads.followed(place, first), "all_clear", NOW)
    agree(said := say(place, mine))
    assert said.ready
    draft_id, version = make_draft(place, mine)
    shown = preview_of(place, mine)
    issuing.issue(place, draft_id, version, OFFICER, shown=shown, now=NOW, undo_s=0)
    agree(said := say(place, mine))
    assert "Somebody has already sent a follow-up" in said.refusal


def test_they_agree_about_a_street_named_like_a_mistake_where_mistakes_block(
    place: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMARTALERT_PROOFREADING", '{"spelling": "blocking"}')
    forget_settings()
    policy.cache_clear()
    try:
        draft = complete_draft(description=f"{complete_draft().description} They recieve help.")
        agree(said := say(place, draft))
        assert not said.ready
        make_street(place, name="Recieve Row")
        agree(said := say(place, draft))
        assert said.ready
    finally:
        monkeypatch.undo()
        forget_settings()
        policy.cache_clear()
