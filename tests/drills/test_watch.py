"""What a trainer sees of a drill, and an approval given in the place of an approver who does not answer."""

from datetime import timedelta

import pytest

from smartalert.alerts import approvals, drafts, issuing
from smartalert.audit.entries import Action
from smartalert.database.connection import enter_world
from smartalert.drills import files, injects, runs, watch
from smartalert.errors import DrillRefused, NotAllowed
from smartalert.responses import reports
from smartalert.responses.reports import Report
from tests.drills.conftest import TRAINER
from tests.factories import OFFICER, complete_draft, make_draft, make_subscriber, preview_of


@pytest.fixture
def drill(ready, began):
    """A drill that has begun, and whose world the connection is in."""
    made = runs.make(ready, files.load("missing-child"), [OFFICER], TRAINER, seed=7, now=began)
    runs.start(ready, made, TRAINER, began)
    injects.fire(ready, made, began)
    return made


def state(conn, drill, now):
    (one,) = watch.look(conn, drill, now).officers
    return one


def test_each_officers_state_is_seen_as_it_changes(ready, drill, began):
    now = began + timedelta(minutes=2)
    assert (state(ready, drill, now).screen, state(ready, drill, now).is_here) == ("", False)
    watch.at_screen(ready, drill, OFFICER, "Send an alert", now)
    draft_id = drafts.begin(ready, OFFICER).id
    drafts.save(ready, draft_id, OFFICER, complete_draft(area=None))
    seen = state(ready, drill, now)
    assert (seen.screen, seen.screen_at, seen.draft) == ("Send an alert", now, "Burglary in Tannery Row just now")
    assert (seen.has_area, seen.sent, seen.asked_at) == (False, 0, None)
    version = drafts.save(ready, draft_id, OFFICER, complete_draft())
    assert state(ready, drill, now).has_area
    alert = issuing.issue(ready, draft_id, version, OFFICER, shown=preview_of(ready, now=now), now=now, undo_s=0).id
    seen = state(ready, drill, now)
    assert (seen.draft, seen.sent) == ("", 1)
    reports.receive(ready, alert, 1, Report("I saw her"), "form")
    look = watch.look(ready, drill, now)
    assert (look.answers, look.unread) == (1, 1)
    assert [(one.action, one.officer) for one in look.decisions] == [(Action.ISSUED, OFFICER)]
    ready.execute("set local role smartalert_control")
    assert state(ready, drill, now).sent == 1
    enter_world(ready, other := another(ready, began))
    assert (state(ready, drill, now).sent, state(ready, other, now).sent) == (0, 0), "seen from another drill"


def another(conn, began):
    """Another drill beside it; its number."""
    conn.execute("insert into officers (id, name, roles) values ('other', 'Other', '{sender}')")
    other = runs.make(conn, files.load("horse-theft").model_copy(update={"place": files.load("bogus-callers").place}),
                      ["other"], TRAINER, seed=1, now=began)  # fmt: skip
    runs.start(conn, other, TRAINER, began)
    return other


@pytest.fixture
def asked(ready, drill, began):
    """A request for approval in the drill; its number."""
    make_subscriber(ready)
    ready.execute("update approval_policy set people_over = 1 where people_over = 3000")
    now = began + timedelta(minutes=3)
    draft_id, version = make_draft(ready)
    return approvals.ask(ready, draft_id, version, OFFICER, shown=preview_of(ready, now=now), now=now)


def test_the_trainer_approves_for_an_approver_who_does_not_answer(ready, drill, asked, began):
    now = began + timedelta(minutes=6)
    look = watch.look(ready, drill, now)
    assert [one.id for one in look.waiting] == [asked]
    assert look.officers[0].asked_at == began + timedelta(minutes=3)
    with pytest.raises(NotAllowed):
        watch.approve(ready, drill, asked, OFFICER, now)
    alert = watch.approve(ready, drill, asked, TRAINER, now)
    row = ready.execute("select drill, issued_by from alerts where id = %s", (alert,)).fetchone()
    assert tuple(row) == (drill, OFFICER)
    assert watch.look(ready, drill, now).decisions[-1].officer == TRAINER


def test_the_trainer_returns_it_with_a_reason(ready, drill, asked, began):
    now = began + timedelta(minutes=6)
    watch.send_back(ready, drill, asked, TRAINER, note="Name the park.", now=now)
    assert approvals.load(ready, asked).note == "Name the park."
    runs.pause(ready, drill, TRAINER, now)
    with pytest.raises(DrillRefused):
        watch.approve(ready, drill, asked, TRAINER, now)
    with pytest.raises(DrillRefused, match="no such drill"):
        watch.look(ready, drill + 99, now)
