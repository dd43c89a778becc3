"""The wording screen: read by approvers, changed by administrators, refused with a reason; kinds hidden and shown."""

import re
from typing import Any
from uuid import UUID

import pytest
from streamlit.testing.v1 import AppTest

from smartalert.alerts import word_proposals
from smartalert.alerts.incidents import KINDS
from smartalert.alerts.kind_words import Template, as_delivered, in_force
from smartalert.database.connection import Connection
from tests.factories import OFFICER, complete_draft, make_draft, make_force_area
from tests.pages.conftest import Open, text

ADMIN, CHIEF = "admin.foster", "chief.whitlock"
CANAL = Template("canal")
LINE = "Keep off the towpath between the two bridges."


@pytest.fixture(autouse=True)
def county(conn: Connection) -> None:
    make_force_area(conn)


def field(at: AppTest, label: str) -> Any:
    return next(one for one in [*at.text_input, *at.text_area] if one.label == label)


def press(at: AppTest, label: str) -> AppTest:
    return next(one for one in at.button if one.label == label).click().run()


def proposed(open_screen: Open) -> AppTest:
    at = open_screen("alert_words", ADMIN, kind="canal")
    field(at, "What to do").set_value(LINE).run()
    at = press(at, "Propose this change")
    assert "Give a reason for the change." in text(at)
    field(at, "Reason for the change").set_value("People asked which stretch.")
    return press(at, "Propose this change")


def test_an_approver_reads_and_cannot_change(open_screen: Open) -> None:
    at = open_screen("alert_words", CHIEF, kind="canal", message="all_clear")
    assert as_delivered(Template("canal", "all_clear"))["instruction"] in text(at)
    assert [*at.text_area, *at.text_input, *at.button] == []
    assert "There is no such message" in text(open_screen("alert_words", CHIEF, kind="arson"))
    assert "Canal-side incident" in text(open_screen("alert_words", CHIEF))


def test_a_proposal_is_refused_with_a_reason_and_its_words_can_be_taken_up_again(
    open_screen: Open, conn: Connection
) -> None:
    at = proposed(open_screen)
    assert "has to approve it" in text(at)
    assert [one.label for one in at.button if one.label in ("Approve these words", "Take it back")] == ["Take it back"]
    chief = open_screen("alert_words", CHIEF, kind="canal")
    chief = press(press(chief, "Refuse …"), "Refuse it")
    assert "Say why you are refusing it." in text(chief)
    field(chief, "Why are you refusing it?").set_value("There are three bridges.")
    assert "The words in use stay as they are." in text(press(chief, "Refuse it"))
    assert in_force(conn, CANAL) == as_delivered(CANAL)
    at = open_screen("alert_words", ADMIN, kind="canal")
    assert "Refused by Ch. Insp. Ruth Whitlock" in text(at)
    assert "There are three bridges." in text(at)
    at = press(at, "Go back to these words")
    assert field(at, "What to do").value == LINE
    assert field(press(at, "Cancel my changes"), "What to do").value == as_delivered(CANAL)["instruction"]


def test_a_proposal_is_taken_back_by_whoever_made_it(open_screen: Open, conn: Connection) -> None:
    assert "Taken back." in text(press(proposed(open_screen), "Take it back"))
    assert word_proposals.waiting(conn) == []


def test_a_finding_is_mended_at_a_press(open_screen: Open) -> None:
    at = open_screen("alert_words", ADMIN, kind="canal")
    field(at, "What to do").set_value("Keep off {where}! Ring 07700 900123.").run()
    at = press(press(at, "Use 101"), "Use full stops")
    assert field(at, "What to do").value == "Keep off {where}. Ring 101."


def test_a_hidden_kind_is_not_offered_to_senders_and_a_draft_keeps_its_own(open_screen: Open, conn: Connection) -> None:
    at = press(open_screen("alert_words", ADMIN, kind="canal"), "Hide this kind from the send screen …")
    at = press(at, "Hide it")
    assert "Say why you are hiding it." in text(at)
    field(at, "Why are you hiding this kind?").set_value("There is no canal here.")
    at = press(at, "Hide it")
    assert "Not on the send screen." in text(at)

    def is_offered(draft: UUID | None = None) -> bool:
        groups = open_screen("send_alert", OFFICER, draft=draft).button_group
        kinds = next(one for one in groups if one.label == "What happened")
        return any("Canal-side incident" in option for option in kinds.options)

    assert not is_offered()
    draft_id, _ = make_draft(conn, complete_draft(incident_kind="canal"))
    assert is_offered(draft_id)
    press(open_screen("alert_words", ADMIN, kind="canal"), "Show this kind on the send screen")
    assert is_offered()


def test_a_kind_is_moved_among_its_group_and_stands_so_on_the_send_screen(open_screen: Open, conn: Connection) -> None:
    assert "Sent 0 times in a year" in text(open_screen("alert_words", ADMIN))
    at = open_screen("alert_words", ADMIN, kind="flood")
    place = int(re.findall(r"Number (\d+) of", text(at))[0])
    at = press(at, "Move earlier")
    assert f"Number {place - 1} of" in text(at)
    kinds = next(one for one in open_screen("send_alert", OFFICER).button_group if one.label == "What happened")
    names = [option.rpartition(": ")[2] for option in kinds.options]
    group = [kind for kind in KINDS.values() if kind.group is KINDS["flood"].group]
    assert names.index("Flood") == names.index(group[0].label) + place - 2
    assert "Move earlier" not in [one.label for one in open_screen("alert_words", CHIEF, kind="flood").button]
