"""Scores: played well and badly they differ for the right reasons, and whoever counts again gets the same."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from smartalert.alerts import issuing
from smartalert.database.connection import Connection, enter_world
from smartalert.drills import evidence, files, injects, runs, score
from smartalert.drills.evidence import Answer, Evidence, Sent, ToldOutcome, Turn
from smartalert.drills.scenario import Told
from smartalert.responses import reports
from smartalert.responses.reports import Report
from tests.factories import (
    OFFICER,
    complete_draft,
    make_draft,
    make_force_area,
    make_street,
    make_subscriber,
    preview_of,
)

PLACE = {"landmark": "Tannery Row", "street": "Tannery Row", "town": "Stafford", "time": "13:50"}
PEOPLE = frozenset(range(100))


def says(name: str):
    return lambda words: files.load(name).said(words, PLACE)


def message(name: str, told: object, **changes: object) -> Sent:
    words = " ".join(says(name)(getattr(told, field)) for field in Told.model_fields).lower()
    usual = Sent(1, 4.0, None, None, "", words, urgent=True, sectors=0, channels=3, told=PEOPLE)
    return replace(usual, **changes)


def played_well(name: str) -> Evidence:
    """What a very good officer leaves behind: the scenario's own words, each two minutes after it became due."""
    scenario = files.load(name)
    good = scenario.good
    asked = {"asked": 2.0, "agreed": 3.5} if scenario.needs_approval else {}
    sent = [
        message(name, good.alert, at=min(4.0, good.limits.alert), urgent=good.urgent, sectors=scenario.sectors, **asked)
    ]
    came = {inject.name: 5.0 * number for number, inject in enumerate(scenario.injects)}
    limit = {
        "correction": good.limits.correction,
        "all_clear": good.limits.all_clear,
        "false_alarm": good.limits.all_clear,
    }
    for sequel in good.sequels:
        due = came[sequel.after]
        took = min(2.0, limit.get(sequel.how, good.limits.correction) or 2.0)
        sent.append(message(name, sequel, at=due + took, follow_up=sequel.how))
    outcome = tuple(ToldOutcome(came[one.name] + 1) for one in scenario.injects if one.due == "outcome")
    noted = tuple(
        Turn(came[one.after] + 0.25, OFFICER, "noted", one.after, "line 1 of the log") for one in good.sequels
    )
    answers = (
        Answer(6.0, urgent=True, looked_at=6.5, judged=True, claimed=6.5),
        Answer(7.0, urgent=False, looked_at=8.0, judged=True),
    )
    later = PEOPLE if good.area_later else None
    return Evidence(came, tuple(sent), answers, outcome, PEOPLE, later, noted)


@pytest.mark.parametrize("name", sorted(path.stem for path in files.FOLDER.glob("*.yaml")))
def test_a_very_good_officer_gets_all_of_it_and_nobody_who_sends_nothing_anything(name):
    scenario = files.load(name)
    best = score.score(scenario, played_well(name), says(name))
    assert best.total == 100, [(part.name, reason) for part in best.parts for reason in part.reasons if not reason.good]
    nothing = replace(played_well(name), sent=(), answers=(), outcomes=(), turns=())
    assert score.score(scenario, nothing, says(name)).total == 0


def part(of: Evidence, name: str, scenario: str = "missing-child") -> score.Scored:
    found = score.score(files.load(scenario), of, says(scenario))
    return next(one for one in found.parts if one.name == name)


def first(of: Evidence, **changes: object) -> Evidence:
    return replace(of, sent=(replace(of.sent[0], **changes), *of.sent[1:]))


def test_each_fault_costs_its_own_part_and_says_so():
    well = played_well("missing-child")
    slow = part(first(well, at=10.0), "speed")
    assert slow.share == pytest.approx(0.5)  # the limit is 5, and at 15 nothing is left
    assert slow.reasons[0].words == "The alert was released after 10.0 minutes; 5 is good."
    wide = part(first(well, told=frozenset(range(50, 250))), "area")
    assert wide.share == pytest.approx(50 / 250)
    assert [reason.words for reason in wide.reasons] == [
        "Of those who should have been told, about 50 people were not.",
        "Of those whom it does not concern, about 150 people were told.",
    ]  # fmt: skip
    assert part(first(well, channels=1, urgent=False), "audience").share == pytest.approx(1 / 3)
    assert part(first(well, words="missing near tannery row. call us."), "facts").share == pytest.approx(2 / 5)
    without = replace(well, sent=well.sent[:1], turns=())
    assert part(without, "sequels").share == 0
    assert [one.words for one in part(without, "sequels").reasons[:2]] == [
        "Nobody took account of “other coat”.", "No correction followed.",
    ]  # fmt: skip
    assert part(replace(without, turns=well.turns), "sequels").share == pytest.approx(1 / 4)
    red = replace(well, sent=tuple(replace(one, words=one.words + " a red coat") for one in well.sent))
    assert part(red, "sequels").share == pytest.approx((1 / 4 + 3 / 8 + 1) / 2)
    late = replace(well, turns=(), sent=tuple(replace(one, issued=one.at) for one in well.sent))
    assert part(late, "sequels").reasons[0].words.startswith("“other coat” was noticed after 2.0 minutes;")
    shouted = part(first(well, ignored=("In capitals: RED COAT", "Exclamation marks")), "facts")
    assert shouted.share == pytest.approx(0.8)
    assert shouted.reasons[-1].words == "Advice ignored: Exclamation marks."


def test_every_reason_says_whose_doing_it_was_and_which_row_shows_it():
    seen = replace(played_well("missing-child").sent[0], alert_id=12, by=OFFICER)
    for name in ("speed", "area", "audience", "facts"):
        for reason in part(first(played_well("missing-child"), alert_id=12, by=OFFICER), name).reasons:
            assert (reason.by, reason.source, reason.minute) == (OFFICER, "alert 12", seen.at)


def test_what_did_not_come_up_counts_for_nothing():
    well = played_well("missing-child")
    early = replace(well, injects={"first-call": 0.0}, answers=())
    found = score.score(files.load("missing-child"), early, says("missing-child"))
    assert {one.name for one in found.parts} == {"speed", "area", "audience", "facts"}
    assert found.total == 100


def test_an_alert_that_left_without_its_approval_was_not_quick():
    well = played_well("unexploded-bomb")
    alone = first(well, asked=None, agreed=None)
    assert part(first(alone, needs_second=True), "speed", "unexploded-bomb").share == pytest.approx(0.5)
    assert part(alone, "speed", "unexploded-bomb").share == 1  # nobody could be asked: the force's rules need nobody


def test_answers_that_nobody_read_cost_the_urgent_ones_twice():
    well = replace(played_well("missing-child"), answers=(
        Answer(1.0, urgent=True, looked_at=None, judged=False, reference="K7F-3QM"),
        Answer(1.0, urgent=False, looked_at=2.0, judged=True),
    ))  # fmt: skip
    assert part(well, "answers").share == pytest.approx((1 / 2 + 1 / 2 + 0 + 0) / 4)
    assert part(well, "answers").reasons[0].source == "answers K7F-3QM"


@pytest.fixture
def ground(conn: Connection) -> Connection:
    """People every 100 metres along a street, and two officers."""
    make_force_area(conn)
    make_street(conn)
    conn.execute("insert into towns (name, population, point) values ('Stafford', 1, 'SRID=27700;POINT(0 0)')")
    for officer in (OFFICER, "a.trainer"):
        conn.execute("insert into officers (id, name, roles) values (%s, %s, '{sender}')", (officer, officer))
    for step in range(15):
        make_subscriber(conn, at=(0.0, 50.0 + 100 * step))
    return conn


def test_a_score_counted_again_from_the_ledger_by_other_means_is_the_same(ground):
    began = datetime.now(UTC) - timedelta(hours=1)
    at = [began + timedelta(minutes=minute) for minute in range(60)]
    drill = runs.make(ground, files.load("burglary-in-progress"), [OFFICER], "a.trainer", seed=3, now=began)
    runs.start(ground, drill, "a.trainer", began)
    enter_world(ground, drill)
    content = complete_draft(
        area={"lat": runs.find(ground, drill).place.lat, "lon": runs.find(ground, drill).place.lon, "radius_m": 900}
    )
    shown = preview_of(ground, content, at[5])
    alert = issuing.issue(ground, *make_draft(ground, content), OFFICER, shown=shown, now=at[5], undo_s=0).id
    for minute in (0, 5, 7, 8):
        injects.fire(ground, drill, at[minute])
    reports.receive(ground, alert, None, Report(saw="Somebody ran."), "a form")
    ground.execute("update responses set received_at = %s, first_look_at = %s", (at[6], at[8]))
    run = runs.find(ground, drill)
    found = score.score(run.scenario, evidence.gather(ground, run, at[20]), run.said)
    shares = {one.name: one.share for one in found.parts}

    # By hand: people live at 50, 150 … 1,450 m; the circle had 900 m, 500 are good. The alert came after 5 minutes, 3
    # are good; at 9 nothing is left. No correction followed at minute 7. One answer was read in 2 minutes, none judged.
    told, wanted = {m for m in range(50, 1_500, 100) if m <= 900}, {m for m in range(50, 1_500, 100) if m <= 500}
    assert shares["speed"] == pytest.approx(1 - (5 - 3) / (2 * 3))
    assert shares["area"] == pytest.approx(len(told & wanted) / len(told | wanted))
    assert shares["audience"] == 1
    assert shares["sequels"] == 0
    assert shares["answers"] == pytest.approx((1 + 0) / 2)
    words = " ".join((content.headline, content.description, content.instruction, content.contact)).lower()
    elements = run.scenario.good.elements
    told_elements = [
        any(run.said(one).lower() in words for one in getattr(elements, name)) for name in type(elements).model_fields
    ]
    assert shares["facts"] == pytest.approx(sum(told_elements) / 5)
    weights = {"speed": 20, "area": 20, "audience": 10, "facts": 20, "sequels": 15, "answers": 10}
    assert found.total == round(100 * sum(weights[name] * shares[name] for name in weights) / sum(weights.values()))
    assert ground.execute(
        "select count(*) from deliveries where alert_id = %s and channel = 'push'", (alert,)
    ).fetchone() == (len(told),)
