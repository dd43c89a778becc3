"""The list of alerts: one row a thread, which says what holds now."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from smartalert.alerts.listing import ListedAlert
from smartalert.control.drawing import draw
from smartalert.control.live.alert_list import card
from smartalert.geography import text_search
from tests.factories import NOW, OFFICER


def listed(number: int, thread: int, **changes: Any) -> ListedAlert:
    """An alert that everybody was told of, the later the higher its number."""
    at = NOW - timedelta(hours=1) + timedelta(minutes=number)
    facts = {
        "id": number, "headline": "Missing", "urgent": True, "incident_kind": "other", "incident_number": "1",
        "area_desc": "Stafford", "people": 9, "issued_by": OFFICER, "issued_at": at, "release_at": at,
        "expires_at": NOW + timedelta(hours=6), "withdrawn_at": None, "stopped_at": None, "is_open": False,
        "follow_up": None, "thread": UUID(int=thread), "messages": 1, "replaced_how": None, "replaced_at": None,
    }  # fmt: skip
    return ListedAlert(**facts | changes)


def test_a_row_says_how_many_messages_its_thread_has() -> None:
    assert card(listed(1, 1, messages=2), NOW)["facts"] == ["Stafford", "incident 1", "2 messages"]
    assert card(listed(1, 1, area_desc="\u05d0"), NOW)["facts"] == ["\u2068\u05d0\u2069", "incident 1"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"release_at": NOW + timedelta(seconds=5)}, "Held: can still be undone"),
        ({"is_open": True}, "Going out now"),
        ({}, "Live until 20:02"),
        ({"stopped_at": NOW}, "Stopped at 14:02"),
        ({"withdrawn_at": NOW}, "Undone: nobody was told"),
        ({"expires_at": NOW}, "Ended at 14:02"),
        ({"replaced_how": "false_alarm", "replaced_at": NOW}, "Cancelled as a false alarm at 14:02"),
    ],
)
def test_a_row_says_in_a_word_how_its_alert_stands(changes: dict[str, Any], words: str) -> None:
    assert card(listed(1, 1, **changes), NOW)["words"] == words


def test_what_was_found_is_marked_and_where_the_row_does_not_show_it_the_passage_is() -> None:
    row = listed(1, 1, headline="<b>Café</b> raided", area_desc="Mill Rd")
    found = card(row, NOW, text_search.wanted("cafe road o'brien"), ["", "Seen by Mrs O\u2019Brien &co"])
    assert found["headline"] == '&lt;b&gt;<mark class="found">Café</mark>&lt;/b&gt; raided'
    assert 'Mill <mark class="found">Rd</mark>' in " · ".join(found["facts"])
    assert 'Seen by Mrs <mark class="found">O\u2019Brien</mark> &amp;co' in " · ".join(found["facts"])
    assert "Seen by" not in card(row, NOW, text_search.wanted("cafe"), ["Seen by a café"])["facts"][-1]
    assert (
        '<mark class="found">Carr</mark>'
        in card(listed(1, 1, issued_by="inspector.carr"), NOW, text_search.wanted("carr"))["by"]
    )


def test_what_ends_an_alert_is_called_that_and_never_urgent() -> None:
    def tag(how: str | None) -> str:
        drawn = draw(
            "control/live/list.html", sections=[("Today", [card(listed(1, 1, follow_up=how), NOW)])], now=NOW, kinds={}
        )
        return re.findall(r'<span class="sa-tag ([^<]*)</span>', drawn)[0]

    assert [tag(how) for how in ("all_clear", "false_alarm")] == ['">All clear', '">False alarm']
    assert [tag(how) for how in (None, "update", "correction")] == ['urgent">Urgent'] * 3
