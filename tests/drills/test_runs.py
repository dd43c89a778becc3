"""A run of a scenario: its clock, its injects by clock and by what happened, its log, and the same once more."""

from datetime import datetime, timedelta

import pytest

from smartalert.alerts import issuing
from smartalert.database.connection import Connection, enter_world
from smartalert.drills import files, injects, place, runs
from smartalert.drills.injects import due
from smartalert.drills.runs import Kind
from smartalert.drills.scenario import Inject, Moment, Speaker
from smartalert.errors import DrillRefused
from tests.drills.conftest import TRAINER
from tests.factories import OFFICER, make_draft, make_neighbourhoods, make_street, preview_of


def begun(conn: Connection, name: str, now: datetime) -> int:
    drill = runs.make(conn, files.load(name), [OFFICER], TRAINER, seed=7, now=now)
    runs.start(conn, drill, TRAINER, now)
    return drill


def after(start: datetime, minutes: float) -> datetime:
    return start + timedelta(minutes=minutes)


def injected(conn: Connection, drill: int) -> list[str]:
    return [event.name for event in runs.events(conn, drill) if event.kind is Kind.INJECT]


def test_the_clock_stands_still_in_a_pause_and_after_the_end(ready, began):
    drill = begun(ready, "missing-child", began)
    runs.pause(ready, drill, TRAINER, after(began, 2))
    assert runs.find(ready, drill).clock(after(began, 30)) == timedelta(minutes=2)
    runs.go_on(ready, drill, TRAINER, after(began, 32))
    assert runs.find(ready, drill).clock(after(began, 33)) == timedelta(minutes=3)
    runs.end(ready, drill, TRAINER, after(began, 40))
    assert runs.find(ready, drill).clock(after(began, 55)) == timedelta(minutes=10)
    assert [event.kind for event in runs.events(ready, drill)] == [Kind.STARTED, Kind.PAUSED, Kind.WENT_ON, Kind.ENDED]


def test_what_is_to_come_by_the_clock_comes_once_and_waits_in_a_pause(ready, began):
    drill = begun(ready, "missing-child", began)
    assert injects.fire(ready, drill, began) == ["first-call"]
    assert injects.fire(ready, drill, after(began, 1)) == []
    runs.pause(ready, drill, TRAINER, after(began, 1))
    assert injects.fire(ready, drill, after(began, 9)) == []
    runs.go_on(ready, drill, TRAINER, after(began, 9))
    assert injects.fire(ready, drill, after(began, 10.5)) == []
    assert injects.fire(ready, drill, after(began, 11)) == ["first-search"]
    runs.end(ready, drill, TRAINER, after(began, 12))
    assert injects.fire(ready, drill, after(began, 90)) == []
    assert injected(ready, drill) == ["first-call", "first-search"]


def test_words_name_the_place_and_the_time_of_the_run(ready, began):
    drill = begun(ready, "missing-child", began)
    injects.fire(ready, drill, began)
    (said,) = [event.detail["says"] for event in runs.events(ready, drill) if event.name == "first-call"]
    assert "last seen by the swings at Tannery Row" in said
    assert "{" not in said


def test_an_alert_brings_what_waits_for_it_and_a_correction_keeps_the_reproach_away(ready, began):
    drill = begun(ready, "missing-child", began)
    enter_world(ready, drill)
    shown = preview_of(ready, now=after(began, 4))
    alert = issuing.issue(ready, *make_draft(ready), OFFICER, shown=shown, now=after(began, 4), undo_s=0)
    injects.fire(ready, drill, after(began, 6.9))
    assert "other-coat" not in injected(ready, drill)
    assert "other-coat" in injects.fire(ready, drill, after(began, 7))
    run = runs.find(ready, drill)
    happened = injects.moments(ready, run, runs.events(ready, drill), after(began, 8))
    assert happened == {Moment.ALERT: pytest.approx(4)}
    assert "no-correction-yet" not in injects.fire(ready, drill, after(began, 11.9))
    assert "no-correction-yet" in injects.fire(ready, drill, after(began, 12))
    assert alert.is_new


def test_an_unless_keeps_away_what_came_in_time_and_not_what_came_late():
    waits = Inject(name="x", when=Moment.ALERT, after=8, unless=Moment.CORRECTION, by=Speaker.RADIO, says="x")
    assert due([waits], 20, {Moment.ALERT: 4, Moment.CORRECTION: 11.9}, ()) == []
    assert due([waits], 20, {Moment.ALERT: 4, Moment.CORRECTION: 12.1}, ()) == [waits]
    assert due([waits], 20, {Moment.CORRECTION: 3}, ()) == []


def test_run_again_it_is_the_same_story_at_the_same_place_in_another_world(ready, began):
    make_street(ready, name="Mill Lane", line=[(900, 0), (1_100, 0)])
    drill = begun(ready, "missing-child", began)
    injects.fire(ready, drill, after(began, 6))
    first = runs.find(ready, drill)
    told = [event.detail["says"] for event in runs.events(ready, drill) if event.kind is Kind.INJECT]
    other = runs.again(ready, first, TRAINER, after(began, 10))
    assert runs.find(ready, drill).ended_at is not None
    runs.start(ready, other, TRAINER, began)
    injects.fire(ready, other, after(began, 6))
    second = runs.find(ready, other)
    assert (second.place, second.seed, second.scenario) == (first.place, first.seed, first.scenario)
    assert [event.detail["says"] for event in runs.events(ready, other) if event.kind is Kind.INJECT] == told
    assert second.repeats == drill


def test_what_cannot_be_done_is_said(ready, began):
    drill = begun(ready, "missing-child", began)
    with pytest.raises(DrillRefused, match="In another drill: inspector"):
        begun(ready, "horse-theft", began)
    with pytest.raises(DrillRefused, match="begun already"):
        runs.start(ready, drill, TRAINER, began)
    with pytest.raises(DrillRefused, match="not paused"):
        runs.go_on(ready, drill, TRAINER, began)
    runs.end(ready, drill, TRAINER, after(began, 1))
    for refused in (runs.end, runs.pause):
        with pytest.raises(DrillRefused):
            refused(ready, drill, TRAINER, after(began, 2))
    with pytest.raises(DrillRefused, match="at least one officer"):
        runs.make(ready, files.load("horse-theft"), [], TRAINER, seed=1, now=began)
    ready.execute("delete from streets")
    with pytest.raises(DrillRefused, match="This ground has no park and no school"):
        runs.make(ready, files.load("missing-child"), [OFFICER], TRAINER, seed=1, now=began)


def test_workers_fire_and_the_trainer_speaks(ready, began):
    drill = begun(ready, "missing-child", began)
    ready.execute("set local role smartalert_worker")
    assert [run.id for run in runs.under_way(ready)] == [drill]
    assert injects.fire(ready, drill, began) == ["first-call"]
    ready.execute("set local role smartalert_control")
    for words in ("Who is there?", "Any news?"):
        runs.say(ready, drill, TRAINER, after(began, 1), by="control room", words=words)
    assert injected(ready, drill) == ["first-call", "", ""]
    assert runs.events(ready, drill)[-1].detail == {"by": "control room", "says": "Any news?"}
    ready.execute("select set_config('smartalert.drill', '', true)")
    assert runs.events(ready, drill) == []


def test_the_trainer_brings_an_event_forward_and_it_comes_once(ready, began):
    drill = begun(ready, "missing-child", began)
    injects.fire(ready, drill, began)
    injects.bring_forward(ready, drill, "found", TRAINER, after(began, 1))
    found = runs.events(ready, drill)[-1]
    assert (found.name, found.officer) == ("found", TRAINER)
    assert "is found, safe and well" in found.detail["says"]
    for come in ("found", "first-call"):
        with pytest.raises(DrillRefused, match="come already"):
            injects.bring_forward(ready, drill, come, TRAINER, after(began, 2))
    assert injects.fire(ready, drill, after(began, 4)) == ["first-search"]
    runs.pause(ready, drill, TRAINER, after(began, 5))
    with pytest.raises(DrillRefused, match="not running"):
        injects.bring_forward(ready, drill, "press", TRAINER, after(began, 5))


def test_an_officer_of_the_drill_notes_what_came_and_nobody_else(ready, began):
    drill = begun(ready, "missing-child", began)
    injects.fire(ready, drill, began)
    last = runs.events(ready, drill)[-1].id
    runs.note(ready, drill, OFFICER, last, after(began, 1))
    line = runs.events(ready, drill)[-1]
    assert (line.kind, line.officer, line.detail) == (Kind.NOTED, OFFICER, {"last": last})
    with pytest.raises(DrillRefused):
        runs.note(ready, drill, TRAINER, last, after(began, 1))
    runs.end(ready, drill, TRAINER, after(began, 2))
    with pytest.raises(DrillRefused):
        runs.note(ready, drill, OFFICER, last, after(began, 3))


def test_it_happens_where_all_of_its_officers_may_send(ready, began):
    make_neighbourhoods(ready)
    for number in range(6):
        make_street(ready, name=f"East {number}", line=[(1_000 + number, 500), (1_200 + number, 500)])
    ready.execute("delete from streets where name = 'Tannery Row'")
    make_street(ready, name="West", line=[(-500, 0), (-400, 0)])
    ready.execute("update officers set jurisdiction = '{W}' where id = %s", (OFFICER,))
    places = {place.find(ready, files.load("bogus-callers").place.near, seed, [OFFICER]).street for seed in range(9)}
    assert places == {"West"}
    ready.execute("update officers set jurisdiction = '{}' where id = %s", (TRAINER,))
    with pytest.raises(DrillRefused, match="where all of these officers may send"):
        runs.make(ready, files.load("bogus-callers"), [OFFICER, TRAINER], TRAINER, seed=1, now=began)
