"""A scenario on paper: what would come when, as a run of it would have it."""

import pytest

from smartalert.drills import files, injects
from smartalert.drills.rehearsal import PACES, never, rehearse
from smartalert.drills.scenario import Moment

NAMES = sorted(path.stem for path in files.FOLDER.glob("*.yaml"))


def test_a_quick_officer_and_one_who_does_nothing_meet_different_stories():
    child = files.load("missing-child")
    quick, nothing = (rehearse(child, PACES[pace]) for pace in ("quick", "does nothing"))
    assert [(line.minute, line.name) for line in quick if line.name] == [
        (0, "first-call"), (3, "first-search"), (5.5, "other-coat"), (6, "press"), (14.5, "found"),
    ]  # fmt: skip
    assert [line.minute for line in quick if not line.by] == [2.5, 7.5, 16.5]
    assert never(child, quick) == ["no-correction-yet"]
    assert never(child, nothing) == ["other-coat", "no-correction-yet", "found"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("pace", PACES)
def test_each_inject_comes_when_a_run_would_let_it_come(name, pace):
    """A run asks every few seconds what is due; asked at these very minutes it says the same."""
    scenario = files.load(name)
    lines = rehearse(scenario, PACES[pace])
    moments: dict[Moment, float] = {}
    for line in lines:
        if line.by:
            continue
        word = line.words.partition(",")[0].partition(" is ")[0]
        moment = {
            "The alert": Moment.ALERT, "Correction": Moment.CORRECTION, "All clear": Moment.ALL_CLEAR,
            "False alarm": Moment.ALL_CLEAR, "Approval": Moment.APPROVAL_ASKED,
        }.get(word)  # fmt: skip
        if moment:
            moments.setdefault(moment, line.minute)
    if scenario.residents and Moment.ALERT in moments:
        moments[Moment.ANSWER] = moments[Moment.ALERT] + min(one.within for one in scenario.residents) / 2
    due = {one.name for one in injects.due(scenario.injects, scenario.minutes, moments, ())}
    assert {line.name for line in lines if line.name} == due
