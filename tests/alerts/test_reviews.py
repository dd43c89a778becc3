"""Looked at afterwards: by an approver who did not send it, once, in words where something was not right."""

from datetime import timedelta

import psycopg
import pytest

from smartalert.alerts import issuing, lifecycle, reviews
from smartalert.alerts.drafts import Draft
from smartalert.audit import entries
from smartalert.database.connection import Connection
from smartalert.errors import AlertRefused, NotAllowed
from tests.factories import (
    NOW,
    OFFICER,
    complete_draft,
    make_draft,
    make_force_area,
    make_subscriber,
    preview_of,
)  # fmt: skip

CHIEF, TRAINER = "chief.whitlock", "trainer.marsh"
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def people(conn: Connection) -> None:
    make_force_area(conn)
    make_subscriber(conn)


def issue(conn: Connection, draft: Draft | None = None) -> int:
    draft_id, version = make_draft(conn, draft)
    return issuing.issue(conn, draft_id, version, OFFICER, shown=preview_of(conn, draft), now=NOW).id


def due(conn: Connection, now: object = LATER) -> list[int]:
    return [row.id for row in reviews.due(conn, now)]


def test_an_urgent_alert_waits_for_a_look_from_when_it_has_left(conn: Connection) -> None:
    alert_id = issue(conn)
    assert due(conn, NOW) == []
    assert due(conn) == [alert_id]


def test_what_was_undone_or_went_on_the_senders_word_needs_no_look(conn: Connection) -> None:
    lifecycle.withdraw(conn, issue(conn), OFFICER, NOW)
    issue(conn, complete_draft(urgent=False))
    assert due(conn) == []


def test_seen_and_right_ends_the_wait_and_is_in_the_alerts_history(conn: Connection) -> None:
    alert_id = issue(conn)
    reviews.seen_and_right(conn, alert_id, CHIEF, LATER)
    assert due(conn) == []
    assert [(entry.officer, entry.action) for entry in entries.timeline(conn, alert_id)][-1] == (
        CHIEF,
        "seen and right",
    )


def test_a_concern_is_kept_in_words(conn: Connection) -> None:
    alert_id = issue(conn)
    with pytest.raises(AlertRefused, match="Say what your concern is"):
        reviews.raise_concern(conn, alert_id, CHIEF, LATER, words=" ")
    reviews.raise_concern(conn, alert_id, CHIEF, LATER, words="It named the house. ")
    (row,) = reviews.recent(conn)
    assert (row.alert_id, row.reviewed_by, row.concern) == (alert_id, CHIEF, "It named the house.")
    assert entries.timeline(conn, alert_id)[-1].detail == {"concern": "It named the house."}


def test_the_second_of_two_approvers_hears_of_the_first(conn: Connection) -> None:
    alert_id = issue(conn)
    reviews.seen_and_right(conn, alert_id, CHIEF, LATER)
    with pytest.raises(AlertRefused, match="Another approver"):
        reviews.raise_concern(conn, alert_id, TRAINER, LATER, words="Too wide")
    assert [row.concern for row in reviews.recent(conn)] == [None]


def test_nobody_looks_afterwards_at_their_own(conn: Connection) -> None:
    alert_id = issue(conn)
    with pytest.raises(NotAllowed, match="Another approver needs to"):
        reviews.seen_and_right(conn, alert_id, OFFICER, LATER)
    with pytest.raises(psycopg.errors.CheckViolation, match="reviewer_is_somebody_else"):
        conn.execute("insert into alert_reviews values (%s, %s, %s, now())", (alert_id, OFFICER, OFFICER))


def test_an_alert_that_does_not_exist_refuses(conn: Connection) -> None:
    with pytest.raises(AlertRefused, match="no such alert"):
        reviews.seen_and_right(conn, 12345, CHIEF, LATER)
