"""The code by which made-up officers sign in from other computers: one, for a while, and in training only."""

from datetime import timedelta

import psycopg
import pytest

from smartalert.database.connection import Connection
from smartalert.officers import exercise_code, register
from smartalert.officers.register import Officer, Role
from tests.factories import NOW

TRAINER = "trainer.marsh"


@pytest.fixture(autouse=True)
def trainer(conn: Connection) -> None:
    register.sign_in(conn, Officer(TRAINER, "T", "", (Role.TRAINER,)), NOW)
    conn.execute("set local role smartalert_control")


def shown(conn: Connection) -> str:
    exercise_code.show(conn, TRAINER, NOW)
    found = exercise_code.shown(conn, NOW)
    assert found is not None
    return found.code


def test_it_is_taken_however_it_is_typed_and_no_other_is(conn: Connection) -> None:
    assert not exercise_code.is_right(conn, "", NOW)
    code = shown(conn)
    for typed in (code, code.lower(), f" {code[:4]}-{code[4:]} ", f"{code[:4]}\u2009{code[4:]}"):
        assert exercise_code.is_right(conn, typed, NOW)
    for typed in ("", "é" * 8, code[:-1], f"{code}A", code[::-1] if code != code[::-1] else "x"):
        assert not exercise_code.is_right(conn, typed, NOW)


def test_it_ends_by_itself_by_a_newer_one_and_by_the_trainers_hand(conn: Connection) -> None:
    first = shown(conn)
    assert not exercise_code.is_right(conn, first, NOW + exercise_code.LASTS)
    second = shown(conn)
    assert not exercise_code.is_right(conn, first, NOW)
    assert exercise_code.is_right(conn, second, NOW + timedelta(hours=1))
    exercise_code.end(conn, TRAINER)
    exercise_code.end(conn, TRAINER)
    assert not exercise_code.is_right(conn, second, NOW)
    told = conn.execute("select action from audit where officer = %s order by id", (TRAINER,)).fetchall()
    assert [row.action for row in told][1:] == [
        "showed a code for other computers", "showed a code for other computers", "ended the code for other computers",
    ]  # fmt: skip


def test_a_live_database_keeps_none(conn: Connection) -> None:
    conn.execute("reset role")
    conn.execute("alter table deployment disable trigger deployment_is_for_ever")
    conn.execute("update deployment set mode = 'live'")
    conn.execute("set local role smartalert_control")
    with pytest.raises(psycopg.errors.CheckViolation, match="only_in_training"):
        exercise_code.show(conn, TRAINER, NOW)
