"""Sign-ins and what ends them: nobody writes with one that is over, and nobody sends outside their own area."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from threading import Thread
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine

from smartalert.alerts import drafts, issuing
from smartalert.alerts.jurisdiction import outside_jurisdiction
from smartalert.database import connection
from smartalert.database.connection import Connection
from smartalert.errors import AlertRefused, NotAllowed
from smartalert.geography import areas, geo
from smartalert.officers import register
from smartalert.officers.register import LONGEST_IDLE, LONGEST_SHIFT, Officer, Role
from tests.databases import Database
from tests.factories import (
    NOW,
    complete_draft,
    make_draft,
    make_force_area,
    make_neighbourhoods,
    make_subscriber,
    preview_of,
)
from tests.waiting import eventually

BAILEY = Officer("officer.bailey", "PC Megan Bailey", "Leek", (Role.SENDER,))
FOSTER = Officer("admin.foster", "Helen Foster", "Digital services", (Role.ADMINISTRATOR,))
SENDERS = (Role.SENDER,)


@pytest.fixture
def engine(database: Database) -> Iterator[Engine]:
    """As the control room has it: what a test writes is committed."""
    made = database.engine("smartalert_control")
    yield made
    made.dispose()


def let_in(engine: Engine, officer: Officer = BAILEY, at=NOW) -> str:
    with connection.transaction(engine) as conn:
        return register.sign_in(conn, officer, at)


def write_a_draft(engine: Engine, secret: str, at=NOW) -> None:
    with register.acting(engine, secret, SENDERS, at) as (conn, officer):
        drafts.begin(conn, officer.id)


def drafts_written(database: Database) -> int:
    with database.connect() as conn:
        return int(conn.execute("select count(*) from drafts").fetchone()[0])


def test_an_officer_who_is_signed_in_may_write(database: Database, engine: Engine) -> None:
    write_a_draft(engine, let_in(engine))
    assert drafts_written(database) == 1


@pytest.mark.parametrize("later", [LONGEST_SHIFT, LONGEST_IDLE], ids=["after the shift", "after an idle hour"])
def test_an_expired_session_cannot_write(database: Database, engine: Engine, later: timedelta) -> None:
    secret = let_in(engine)
    with pytest.raises(NotAllowed, match="no longer signed in"):
        write_a_draft(engine, secret, NOW + later)
    assert drafts_written(database) == 0


def test_a_click_keeps_a_sign_in_and_looking_on_does_too_but_never_beyond_the_shift(engine: Engine) -> None:
    secret, at = let_in(engine), NOW
    while (at := at + timedelta(minutes=50)) < NOW + LONGEST_SHIFT:
        with connection.transaction(engine) as conn:
            register.seen(conn, secret, at)
            assert register.present(conn, secret, at) == BAILEY
    with connection.transaction(engine) as conn:
        assert register.present(conn, secret, NOW + LONGEST_SHIFT) is None


@pytest.mark.parametrize("by_whom", ["themselves", "an administrator", "barring"])
def test_a_session_that_was_ended_cannot_write(database: Database, engine: Engine, by_whom: str) -> None:
    secret = let_in(engine)
    with connection.transaction(engine) as conn:
        if by_whom == "themselves":
            register.sign_out(conn, secret, NOW)
        elif by_whom == "an administrator":
            (row,) = register.signed_in(conn, NOW)
            register.end_sign_in(conn, row.id, FOSTER.id, NOW)
        else:
            register.bar(conn, BAILEY.id, FOSTER.id, NOW)
    with pytest.raises(NotAllowed):
        write_a_draft(engine, secret)
    assert drafts_written(database) == 0


def test_a_role_that_was_taken_away_counts_at_once_in_every_browser(engine: Engine) -> None:
    old = let_in(engine)
    let_in(engine, Officer(BAILEY.id, BAILEY.name, BAILEY.post, (Role.RESPONDER,)))
    with pytest.raises(NotAllowed, match="role"):
        write_a_draft(engine, old)


def test_ending_a_session_waits_for_the_write_that_is_under_way(engine: Engine, database: Database) -> None:
    """Else an alert could leave after the administrator has read that the session is over."""
    secret, order = let_in(engine), []

    def end() -> None:
        with connection.transaction(engine) as conn:
            register.bar(conn, BAILEY.id, FOSTER.id, NOW)
        order.append("barred")

    with register.acting(engine, secret, SENDERS, NOW) as (conn, officer):
        ending = Thread(target=end)
        ending.start()
        eventually(lambda: somebody_waits(database))
        drafts.begin(conn, officer.id)
        order.append("written")
    ending.join(10)
    assert order == ["written", "barred"]


def somebody_waits(database: Database) -> bool:
    """Does a session of this database wait for another's lock? The control room may not look."""
    with database.connect() as owner:
        waiting = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        return owner.execute(waiting).fetchone() is not None


def test_the_barred_cannot_come_back_until_they_are_let_in(engine: Engine) -> None:
    let_in(engine)
    with connection.transaction(engine) as conn:
        register.bar(conn, BAILEY.id, FOSTER.id, NOW)
        assert [row.id for row in register.barred(conn)] == [BAILEY.id]
    with pytest.raises(NotAllowed, match="has been removed"):
        let_in(engine)
    with connection.transaction(engine) as conn:
        register.let_back(conn, BAILEY.id, FOSTER.id)
    write_a_draft(engine, let_in(engine))


def test_nobody_bars_themselves_or_comes_in_without_a_role(engine: Engine) -> None:
    with connection.transaction(engine) as conn, pytest.raises(NotAllowed, match="own access"):
        register.bar(conn, FOSTER.id, FOSTER.id, NOW)
    with pytest.raises(NotAllowed, match="no role"):
        let_in(engine, Officer("guest", "A Guest", "", ()))


def test_every_sign_in_and_its_end_are_in_the_audit(database: Database, engine: Engine) -> None:
    secret = let_in(engine)
    with connection.transaction(engine) as conn:
        register.sign_out(conn, secret, NOW)
        register.sign_out(conn, secret, NOW)
        register.bar(conn, BAILEY.id, FOSTER.id, NOW)
    with database.connect() as conn:
        told = [(row.officer, row.action) for row in conn.execute("select officer, action from audit order by id")]
    assert told == [(BAILEY.id, "signed in"), (BAILEY.id, "signed out"), (FOSTER.id, "barred an officer")]


@pytest.mark.parametrize(
    "forgery",
    [
        "update officer_sessions set officer = 'admin.foster'",
        "update officer_sessions set ends_at = ends_at + interval '1 day'",
        "update officer_sessions set hash = sha256('mine')",
        "delete from officer_sessions",
        "delete from officers",
        "delete from refused_sign_ins",
        "update refused_sign_ins set reason = ''",
    ],
)
def test_not_even_the_control_rooms_own_role_rewrites_a_session(conn: Connection, forgery: str) -> None:
    conn.execute("set local role smartalert_control")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(forgery)


def test_an_ended_session_stays_ended_and_none_is_longer_than_a_shift(conn: Connection) -> None:
    secret = register.sign_in(conn, BAILEY, NOW)
    register.sign_out(conn, secret, NOW)
    with pytest.raises(psycopg.errors.RaiseException, match="has ended"), conn.transaction():
        conn.execute("update officer_sessions set ended_at = null, ended_by = null")
    too_late = NOW + LONGEST_SHIFT + timedelta(seconds=1)
    with pytest.raises(psycopg.errors.CheckViolation):
        connection.queries("officers/register").open_session(
            conn, secret="x", officer=BAILEY.id, now=NOW, ends_at=too_late
        )


@pytest.mark.parametrize("role", ["smartalert_public", "smartalert_worker"])
@pytest.mark.parametrize("table", ["officers", "officer_sessions", "refused_sign_ins"])
def test_no_other_process_knows_the_officers(conn: Connection, role: str, table: str) -> None:
    conn.execute(f"set local role {role}")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(f"select * from {table}")


HERE, ELSEWHERE = "10.0.0.7", "10.0.0.8"


def turn_away(conn: Connection, account: str, place: str = HERE, at: datetime = NOW) -> float:
    """One more refusal; how many seconds that account has to wait there now."""
    register.refuse(conn, place, account, who="PC Visitor", reason="No role", now=at)
    return register.wait(conn, account, place, at).total_seconds()


def test_each_refusal_beyond_five_doubles_the_wait_of_that_account_there(conn: Connection) -> None:
    assert [turn_away(conn, "visitor") for _ in range(8)] == [0, 0, 0, 0, 5, 10, 20, 40]
    assert register.wait(conn, "visitor", HERE, NOW + timedelta(seconds=41)) == timedelta()
    assert [row.place for row in register.refused_lately(conn, NOW)] == [HERE] * 8


def test_nobody_is_kept_out_by_the_refusals_of_another_account_or_another_place(conn: Connection) -> None:
    for _ in range(50):
        turn_away(conn, "visitor")
        turn_away(conn, BAILEY.id, ELSEWHERE)
    assert register.wait(conn, BAILEY.id, HERE, NOW) == timedelta()
    assert register.wait(conn, "visitor", ELSEWHERE, NOW) == timedelta()


def test_no_wait_is_longer_than_a_quarter_of_an_hour_and_then_all_is_forgiven(conn: Connection) -> None:
    waits = [turn_away(conn, "visitor") for _ in range(60)]
    assert max(waits) == waits[-1] == register.LONGEST_WAIT.total_seconds()
    assert register.wait(conn, "visitor", HERE, NOW + register.LONGEST_WAIT) == timedelta()


def test_refusals_of_nobody_in_particular_make_nobody_wait_and_fill_no_table(conn: Connection) -> None:
    assert {turn_away(conn, "") for _ in range(3 * register.MOST_NOTED)} == {0}
    assert len(register.refused_lately(conn, NOW)) == register.MOST_NOTED


def test_what_a_month_has_passed_over_is_forgotten(conn: Connection) -> None:
    let_in_at = NOW - timedelta(days=4_000)
    register.sign_in(conn, BAILEY, let_in_at)
    turn_away(conn, "visitor", at=let_in_at)
    conn.execute("set local role smartalert_worker")
    register.forget_old_sign_ins(conn)
    conn.execute("reset role")
    assert conn.execute("select count(*) from officer_sessions").fetchone()[0] == 0
    assert register.refused_lately(conn, let_in_at) == []
    assert register.name_of(conn, BAILEY.id) == BAILEY.name


@pytest.fixture
def ground(conn: Connection) -> Connection:
    """Westside and Eastside meet at the crossroads; a person lives on each side."""
    make_force_area(conn)
    make_neighbourhoods(conn)
    make_subscriber(conn, at=(-1_000, 0))
    make_subscriber(conn, at=(1_000, 0))
    return conn


def issue(conn: Connection, metres_east: float, jurisdiction: tuple[str, ...] | None) -> int:
    """An alert 500 m around a point so far east of the crossroads, by an officer of these neighbourhoods."""
    register.sign_in(conn, Officer("sergeant.east", "Sgt East", "", SENDERS, jurisdiction), NOW)
    lon, lat = geo.from_grid(392_000 + metres_east, 323_000)
    content = complete_draft(area={"lat": lat, "lon": lon, "radius_m": 800})
    draft_id, version = make_draft(conn, content, officer="sergeant.east")
    shown = preview_of(conn, content, NOW)
    return issuing.issue(conn, draft_id, version, "sergeant.east", shown=shown, now=NOW).id


def test_an_officer_sends_within_their_own_neighbourhoods(ground: Connection) -> None:
    assert issue(ground, 1_000, ("E",))


def test_sending_outside_them_is_refused_in_words(ground: Connection) -> None:
    with pytest.raises(AlertRefused, match=r"100% of this area is outside where you can send alerts \(Eastside\)"):
        issue(ground, -1_000, ("E",))


def test_a_little_over_the_border_is_a_matter_of_drawing_and_more_is_not(ground: Connection) -> None:
    assert issue(ground, 700, ("E",))
    with pytest.raises(AlertRefused, match="outside where you can send"):
        issue(ground, 300, ("E",))
    assert issue(ground, 300, ("E", "W"))


def test_an_end_to_an_alert_is_never_refused(ground: Connection) -> None:
    """A false alarm is taken back by whoever is there to do it, to those who were told."""
    register.sign_in(ground, Officer("sergeant.east", "Sgt East", "", SENDERS, ("E",)), NOW)
    surveyed = areas.survey(ground, geo.area_from(complete_draft().area))
    assert "outside" in outside_jurisdiction(ground, "sergeant.east", complete_draft(), surveyed, NOW)
    ending = complete_draft(follows=1, follow_up="all_clear")
    assert outside_jurisdiction(ground, "sergeant.east", ending, surveyed, NOW) == ""


def test_the_refusal_says_who_may_and_what_one_may_do_oneself(ground: Connection) -> None:
    def refusal(**changes: Any) -> str:
        lon, lat = geo.from_grid(391_000, 323_000)
        content = complete_draft(area={"lat": lat, "lon": lon, "radius_m": 300}, **changes)
        surveyed = areas.survey(ground, geo.area_from(content.area))
        return outside_jurisdiction(ground, "sergeant.east", content, surveyed, NOW)

    register.sign_in(ground, Officer("sergeant.east", "Sgt East", "", SENDERS, ("E",)), NOW)
    assert refusal().endswith("Move the area, or ask an officer who covers it.")
    for name, roles, beat in (
        ("Sgt West", SENDERS, ("W",)), ("Insp. Force", SENDERS, None), ("Sgt Nowhere", SENDERS, ()),
        ("Imran", (Role.RESPONDER,), None),
    ):  # fmt: skip
        register.sign_in(ground, Officer(name, name, "", roles, beat), NOW)
    assert refusal().endswith("Move the area, or ask Sgt West or Insp. Force, signed in now.")
    assert refusal(follows=1, follow_up="correction").endswith(
        "Ask Sgt West or Insp. Force, signed in now. "
        "You can end the alert yourself with All clear or False alarm, or stop it."
    )


def test_who_has_no_area_of_their_own_sends_to_the_whole_force_and_who_has_an_empty_one_nowhere(ground) -> None:
    assert issue(ground, -1_000, None)
    with pytest.raises(AlertRefused, match="none on this map"):
        issue(ground, 1_000, ())
    with pytest.raises(AlertRefused, match="none on this map"):
        issue(ground, 1_000, ("abolished",))
