"""The ration of routine updates: shown as it will be held, urgent alerts untouched, one digest a person and channel."""

from datetime import UTC, datetime, timedelta

import pytest
from psycopg.errors import InsufficientPrivilege

from smartalert.alerts import issuing
from smartalert.alerts.drafts import Draft
from smartalert.audience.preview import count_audience
from smartalert.config import settings
from smartalert.database.connection import Connection
from smartalert.dispatch import deliveries, frequency_cap
from smartalert.geography import areas, geo
from tests.factories import (
    NOW,
    OFFICER,
    complete_draft,
    employ,
    make_draft,
    make_force_area,
    make_subscriber,
    preview_of,
)

LIMIT = settings().updates_a_week


@pytest.fixture(autouse=True)
def cast(conn: Connection) -> dict[str, int]:
    """Ada inside on both channels, Abe beside her; Ben outside."""
    make_force_area(conn)
    people = {"ada": make_subscriber(conn), "abe": make_subscriber(conn, at=(50, 50))}
    make_subscriber(conn, at=(5_000, 0))
    return people


def update(**changes: object) -> Draft:
    return complete_draft(urgent=False, incident_kind="update", expires="24h", **changes)


def issue(conn: Connection, draft: Draft, now: datetime = NOW) -> int:
    draft_id, version = make_draft(conn, draft)
    return issuing.issue(conn, draft_id, version, OFFICER, shown=preview_of(conn, draft, now=now), now=now).id


def look(conn: Connection, draft: Draft, now: datetime = NOW) -> frequency_cap.RecentMessages:
    return frequency_cap.recent_messages(conn, areas.survey(conn, geo.area_from(draft.area)), draft.choice, now)


def digests(conn: Connection, alert_id: int) -> dict[int, set[str]]:
    """Person → the days whose digest carries this alert to them, or "singly"."""
    rows = conn.execute(
        "select subscriber_id, coalesce(digest_on::text, 'singly') from deliveries where alert_id = %s", (alert_id,)
    )
    told: dict[int, set[str]] = {}
    for person, day in rows:
        told.setdefault(person, set()).add(day)
    return told


def have_had(conn: Connection, updates: int, now: datetime = NOW, person: int | None = None) -> None:
    """Let everybody inside have had so many updates in the last days; or only this person."""
    for number in range(updates):
        alert_id = issue(conn, update(), now - timedelta(days=2, minutes=number))
        conn.execute("update deliveries set state = 'handed_over' where alert_id = %s", (alert_id,))
        if person:
            conn.execute("delete from deliveries where alert_id = %s and subscriber_id <> %s", (alert_id, person))


def test_nobody_who_has_had_little_is_held_back(conn: Connection) -> None:
    have_had(conn, LIMIT - 1)
    assert look(conn, update()).over_limit == 0
    assert {day for days in digests(conn, issue(conn, update())).values() for day in days} == {"singly"}


def test_whoever_has_had_enough_gets_it_in_the_digest_on_every_channel(conn: Connection, cast: dict[str, int]) -> None:
    have_had(conn, LIMIT, person=cast["ada"])
    assert look(conn, update()).over_limit == 1
    alert_id = issue(conn, update())
    assert digests(conn, alert_id) == {cast["ada"]: {"2026-11-22"}, cast["abe"]: {"singly"}}
    due = conn.execute("select distinct due_at from deliveries where digest_on is not null").fetchall()
    assert due == [(datetime(2026, 11, 22, 18, tzinfo=UTC),)]


def test_what_is_shown_is_what_is_held_back(conn: Connection) -> None:
    have_had(conn, LIMIT)
    shown = look(conn, update()).over_limit
    assert shown == len([days for days in digests(conn, issue(conn, update())).values() if days != {"singly"}]) == 2


def test_urgent_alerts_pass_and_do_not_use_up_the_ration(conn: Connection) -> None:
    have_had(conn, LIMIT)
    assert {day for days in digests(conn, issue(conn, complete_draft())).values() for day in days} == {"singly"}
    had = look(conn, update())
    assert (had.week_most, had.over_limit) == (LIMIT + 1, 2)


def test_what_failed_was_withdrawn_or_came_in_a_digest_is_not_counted(conn: Connection) -> None:
    have_had(conn, LIMIT)
    conn.execute("update deliveries set state = 'failed' where alert_id = (select min(id) from alerts)")
    assert look(conn, update()).over_limit == 0
    conn.execute("update deliveries set state = 'delivered', digest_on = '2026-11-20' where state = 'failed'")
    assert look(conn, update()).over_limit == 0
    conn.execute("update deliveries set digest_on = null")
    conn.execute("update alerts set withdrawn_at = issued_at where id = (select min(id) from alerts)")
    assert look(conn, update()).over_limit == 0


def test_a_week_later_there_is_room_again_and_the_month_still_shows_it(conn: Connection) -> None:
    have_had(conn, LIMIT)
    had = look(conn, update(), NOW + timedelta(days=6))
    assert (had.week_most, had.month_most, had.month_mean, had.over_limit) == (0, LIMIT, float(LIMIT), 0)


def test_a_digest_waits_for_quiet_hours_like_any_routine_message(conn: Connection, cast: dict[str, int]) -> None:
    conn.execute("update subscribers set quiet_from = '17:00', quiet_to = '07:30' where id = %s", (cast["ada"],))
    have_had(conn, LIMIT)
    issue(conn, update())
    due = conn.execute(
        "select min(due_at) from deliveries where digest_on is not null and subscriber_id = %s", (cast["ada"],)
    ).fetchone()
    assert due == (datetime(2026, 11, 23, 7, 30, tzinfo=UTC),)


def test_dispatch_leaves_the_digests_rows_alone(conn: Connection) -> None:
    have_had(conn, LIMIT)
    alert_id = issue(conn, update())
    late = NOW + timedelta(hours=10)
    employ(conn, 99)
    assert deliveries.claim_batch(conn, alert_id, "push", worker=99, limit=10, now=late) == []
    assert deliveries.next_due(conn, alert_id, "push") is None
    assert [row.alert_id for row in deliveries.queries("dispatch/deliveries").waiting(conn, now=late)].count(
        alert_id
    ) == 0


@pytest.mark.parametrize(
    ("after", "due"),
    [
        ("2026-11-22T14:02+00:00", "2026-11-22T18:00+00:00"),
        ("2026-11-22T18:00+00:00", "2026-11-22T18:00+00:00"),
        ("2026-11-22T18:00:10+00:00", "2026-11-23T18:00+00:00"),
        ("2026-07-01T16:59+00:00", "2026-07-01T17:00+00:00"),
        ("2026-10-24T20:00+00:00", "2026-10-25T18:00+00:00"),
    ],
)
def test_the_digest_is_due_at_its_hour_by_londons_clock(after: str, due: str) -> None:
    assert frequency_cap.next_digest(datetime.fromisoformat(after)) == datetime.fromisoformat(due)


def test_the_public_learns_nothing_of_what_anybody_has_had(conn: Connection) -> None:
    conn.execute("set local role smartalert_public")
    with pytest.raises(InsufficientPrivilege):
        conn.execute("select * from messages_since(now())")


def test_counting_is_the_audiences_own(conn: Connection) -> None:
    draft = update()
    ground = areas.survey(conn, geo.area_from(draft.area))
    assert count_audience(conn, ground, draft.choice, NOW).people == 2
    assert look(conn, draft) == frequency_cap.RecentMessages(0.0, 0, 0.0, 0, 0)


def test_which_messages_count_is_said_once_and_joined_to_those_asked_about(conn: Connection) -> None:
    """As a function of its own it would count everybody's messages first."""
    plan = conn.execute(
        "explain select * from deliveries d join messages_since(now()) using (subscriber_id) where d.alert_id = 1"
    ).fetchall()
    assert "Function Scan" not in str(plan)
