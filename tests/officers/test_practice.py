"""A drill before sending live: whom the rule stands against, what it never keeps back, reminders, and the aggregate."""

from datetime import UTC, datetime, timedelta

import pytest

from smartalert.alerts import drafts, issuing, threads
from smartalert.clock import LONDON
from smartalert.database.connection import Connection
from smartalert.drills import reminders
from smartalert.engagement.practised import practised_said
from smartalert.errors import NotAllowed, PolicyRefused
from smartalert.officers import practice
from smartalert.officers.practice import Effect, Rule
from tests.conftest import forget_settings
from tests.factories import (
    OFFICER,
    complete_draft,
    make_draft,
    make_force_area,
    make_subscriber,
    preview_of,
)

NOW = datetime.now(UTC)


def employ(conn: Connection, officer: str, *, days_ago: float | None = None, total: int | None = 80) -> None:
    """Somebody who sends, with a drill so many days ago."""
    conn.execute(
        "insert into officers (id, name, roles, address) values (%s, %s, '{sender}', %s)",
        (officer, officer, f"{officer}@force.example"),
    )
    if days_ago is not None:
        conn.execute(
            "insert into drill_results (officer, scenario, ended_at, total, brought_by, brought_at)"
            " values (%s, 'A story', %s, %s, 'x', now())",
            (officer, NOW - timedelta(days=days_ago), total),
        )


def set_rule(conn: Connection, effect: Effect) -> None:
    practice.change(conn, Rule(effect, 90), "admin.foster", why="Orders")


def test_the_rule_stands_against_whoever_did_no_scored_drill_in_time(conn):
    employ(conn, "new")
    employ(conn, "old", days_ago=91)
    employ(conn, "broken.off", days_ago=1, total=None)
    employ(conn, "fresh", days_ago=89)
    assert practice.against(conn, "new", NOW) is None
    set_rule(conn, Effect.WARNING)
    against = {who: practice.against(conn, who, NOW) for who in ("new", "old", "broken.off", "fresh")}
    assert against["fresh"] is None
    assert against["new"].words == (
        "You have not done a drill yet, and your force asks for one within 90 days before sending. Ask a trainer for "
        "one."
    )
    day = (NOW - timedelta(days=91)).astimezone(LONDON)
    assert against["old"].words.startswith(f"Your last drill was on {day:%-d %B %Y}, and")
    assert against["broken.off"] == against["new"]
    assert not against["old"].blocks
    set_rule(conn, Effect.REFUSAL)
    assert practice.against(conn, "old", NOW).blocks
    practice.permit(conn, "old", 7, "admin.foster", NOW, why="Nobody else on nights")
    assert practice.against(conn, "old", NOW + timedelta(days=6)) is None
    assert practice.against(conn, "old", NOW + timedelta(days=8)).blocks
    audited = conn.execute("select action, detail->>'why' as why from audit order by id").fetchall()
    assert [tuple(row) for row in audited][-1] == ("let an officer send without a drill", "Nobody else on nights")


def test_what_administrators_cannot_do_is_said(conn):
    employ(conn, "old")
    for days, by, why in ((7, "old", "I am late"), (0, "a", "x"), (32, "a", "x"), (7, "a", " ")):
        with pytest.raises(PolicyRefused):
            practice.permit(conn, "old", days, by, NOW, why=why)
    for rule, why in ((Rule(Effect.OFF, 6), "x"), (Rule(Effect.OFF, 731), "x"), (Rule(Effect.OFF, 90), "")):
        with pytest.raises(PolicyRefused):
            practice.change(conn, rule, "admin.foster", why=why)


def test_live_a_refusal_keeps_an_alert_back_and_never_its_correction_and_training_keeps_nothing(conn, monkeypatch):
    make_force_area(conn)
    make_subscriber(conn)
    employ(conn, OFFICER)

    def send() -> int:
        shown = preview_of(conn, complete_draft(), NOW)
        return issuing.issue(conn, *make_draft(conn), OFFICER, shown=shown, now=NOW, undo_s=0).id

    set_rule(conn, Effect.REFUSAL)
    send()
    monkeypatch.setenv("SMARTALERT_MODE", "live")
    forget_settings()
    with pytest.raises(NotAllowed, match="an administrator to let you send meanwhile"):
        send()
    set_rule(conn, Effect.WARNING)
    first = send()
    conn.execute("update deliveries set state = 'handed_over', handed_over_at = now() where alert_id = %s", (first,))
    set_rule(conn, Effect.REFUSAL)
    later = NOW + timedelta(minutes=1)
    draft_id = threads.begin(conn, first, "all_clear", OFFICER, later)
    kept = drafts.load(conn, draft_id, OFFICER)
    shown = preview_of(conn, kept.content, later)
    assert issuing.issue(conn, draft_id, kept.version, OFFICER, shown=shown, now=later, undo_s=0).is_new


def test_whoever_is_due_is_written_to_once_a_fortnight_and_nobody_where_the_rule_is_off(conn):
    for officer, days_ago in (("new", None), ("soon", 80), ("fresh", 10)):
        employ(conn, officer, days_ago=days_ago)
    conn.execute("update officers set address = '' where id = 'x'")

    def written(at: datetime) -> list[str]:
        conn.execute("delete from service_mails")
        conn.execute("set local role smartalert_worker")
        reminders.remind(conn, at)
        conn.execute("reset role")
        return [row.address for row in conn.execute("select address from service_mails order by address")]

    assert written(NOW) == []
    set_rule(conn, Effect.WARNING)
    assert written(NOW) == ["new@force.example", "soon@force.example"]
    assert written(NOW + timedelta(days=13)) == []
    assert written(NOW + timedelta(days=15)) == ["new@force.example", "soon@force.example"]


def test_the_commissioner_reads_how_many_and_never_who(conn):
    def said() -> str:
        conn.execute("set local role smartalert_engagement")
        words = practised_said(conn, NOW)
        conn.execute("reset role")
        return words

    for number in range(9):
        employ(conn, f"in.time.{number}", days_ago=1)
    assert said() == ""
    for number in range(4):
        employ(conn, f"overdue.{number}")
    assert said() == "All but fewer than 5 of 13 officers who send alerts have done a drill within 90 days."
    employ(conn, "overdue.4", days_ago=91)
    assert said() == "9 of 14 officers who send alerts have done a drill within 90 days."
    conn.execute("update officers set barred_at = now() where id like 'in.time%' and id > 'in.time.3'")
    assert said() == ""
    for number in range(5, 9):
        employ(conn, f"overdue.{number}")
    assert said() == "Fewer than 5 of 13 officers who send alerts have done a drill within 90 days."
