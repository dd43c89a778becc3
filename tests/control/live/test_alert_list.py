"""The list of alerts: one row a thread, which says what holds now."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from smartalert.alerts.lifecycle import ListedAlert
from smartalert.control.live.alert_list import card, threads
from tests.factories import NOW, OFFICER


def listed(number: int, thread: int, **changes: Any) -> ListedAlert:
    """An alert that everybody was told of, the later the higher its number."""
    at = NOW - timedelta(hours=1) + timedelta(minutes=number)
    facts = {
        "id": number, "headline": "Missing", "urgent": True, "incident_kind": "other", "incident_number": "1",
        "area_desc": "Stafford", "people": 9, "issued_by": OFFICER, "issued_at": at, "release_at": at,
        "expires_at": NOW + timedelta(hours=6), "withdrawn_at": None, "stopped_at": None, "is_open": False,
        "follow_up": None, "thread": UUID(int=thread), "messages": 1, "replaced_how": None, "replaced_at": None,
        "outline": "",
    }  # fmt: skip
    return ListedAlert(**facts | changes)


def test_a_thread_is_one_row_its_newest_message_unless_that_was_undone_or_an_older_one_is_going_out() -> None:
    rows = [
        listed(9, 1, withdrawn_at=NOW),
        listed(8, 2),
        listed(7, 3),
        listed(6, 3, is_open=True),
        listed(5, 1, messages=2),
        listed(4, 2, replaced_how="update", replaced_at=NOW),
        listed(3, 4, withdrawn_at=NOW),
    ]
    assert [row.id for row in threads(rows, NOW)] == [6, 8, 5, 3]


def test_a_row_says_how_many_messages_its_thread_has() -> None:
    assert card(listed(1, 1, messages=2), NOW)["facts"] == "Stafford · incident 1 · 2 messages"
    assert card(listed(1, 1, area_desc="\u05d0"), NOW)["facts"] == "\u2068\u05d0\u2069 · incident 1"
