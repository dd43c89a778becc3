"""A drill that nobody ends: it ends by itself, its officers are free, and until then it says so."""

from datetime import UTC, datetime, timedelta

from smartalert.alerts import issuing
from smartalert.control.drills.lines import how_ended
from smartalert.database.connection import Connection, enter_world
from smartalert.drills import ending, files, injects, runs
from smartalert.drills.ending import Ending, end_if_left
from smartalert.drills.runs import Run
from tests.drills.conftest import TRAINER
from tests.factories import OFFICER, make_draft, preview_of


def begun(conn: Connection, now: datetime) -> int:
    """Twenty minutes, of which things come by the clock until the sixth."""
    drill = runs.make(conn, files.load("missing-child"), [OFFICER], TRAINER, seed=7, now=now)
    runs.start(conn, drill, TRAINER, now)
    injects.fire(conn, drill, now + timedelta(minutes=6))
    return drill


def ends(conn: Connection, drill: int, now: datetime) -> Ending | None:
    run = runs.find(conn, drill)
    return ending.of_run(conn, run, runs.events(conn, drill), now)


def over(conn: Connection, drill: int) -> Run:
    run = runs.find(conn, drill)
    assert run.ended_at
    return run


def after(began: datetime, minutes: float) -> datetime:
    return began + timedelta(minutes=minutes)


def test_ten_minutes_after_its_story_and_the_last_act_a_drill_ends_by_itself(ready, began):
    drill = begun(ready, began)
    assert ends(ready, drill, after(began, 19)) == Ending(after(began, 126), story_over=False)
    assert ends(ready, drill, after(began, 20)) == Ending(after(began, 30), story_over=True)
    last = runs.events(ready, drill)[-1].id
    runs.note(ready, drill, OFFICER, last, after(began, 25))
    soon = ends(ready, drill, after(began, 26))
    assert soon.at == after(began, 35)
    run = runs.find(ready, drill)
    assert [ending.is_near(run, soon, after(began, minute)) for minute in (24, 25)] == [False, True]
    ready.execute("set local role smartalert_worker")
    assert not end_if_left(ready, drill, after(began, 34.9))
    assert end_if_left(ready, drill, after(began, 36))
    assert not end_if_left(ready, drill, after(began, 37))
    assert runs.under_way(ready) == []
    ready.execute("reset role")
    assert over(ready, drill).ended_at == after(began, 35)
    assert runs.busy(ready, [OFFICER]) == []
    said = how_ended(runs.events(ready, drill))
    assert said == "It ended by itself: its story was over, and for 10 minutes nobody had acted."


def test_a_story_that_goes_on_after_an_alert_is_not_over(ready):
    """By the database's own clock, by which alerts and drafts say when somebody acted."""
    now = datetime.now(UTC)
    drill = begun(ready, now - timedelta(minutes=19))
    enter_world(ready, drill)
    issuing.issue(ready, *make_draft(ready), OFFICER, shown=preview_of(ready, now=now), now=now, undo_s=0)
    assert ends(ready, drill, after(now, 5)).story_over is False
    injects.fire(ready, drill, after(now, 12))
    assert ends(ready, drill, after(now, 13)) == Ending(after(now, 22), story_over=True)


def test_left_in_a_pause_it_ends_after_two_hours_and_its_clock_has_not_moved(ready, began):
    drill = begun(ready, began)
    runs.pause(ready, drill, TRAINER, after(began, 8))
    assert ending.is_near(runs.find(ready, drill), ends(ready, drill, after(began, 9)), after(began, 9))
    assert not end_if_left(ready, drill, after(began, 127))
    assert end_if_left(ready, drill, after(began, 500))
    run = over(ready, drill)
    assert run.ended_at == after(began, 128)
    assert run.clock(after(began, 500)) == timedelta(minutes=8)
    assert "for 2 hours nobody had acted" in how_ended(runs.events(ready, drill))
