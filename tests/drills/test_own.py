"""Scenarios of the trainers' own: changed part by part, bounded, deleted and brought back, and started like any."""

from datetime import UTC, datetime

import pytest

from smartalert.drills import catalogue, editing, files, own
from smartalert.drills.editing import Location
from smartalert.drills.scenario import Scenario
from smartalert.errors import DrillRefused, ScenarioRefused

NOW = datetime(2026, 11, 27, 14, 2, tzinfo=UTC)
TRAINER = "trainer.marsh"
CHILD = (files.FOLDER / "missing-child.yaml").read_text()
NAMES = sorted(path.stem for path in files.FOLDER.glob("*.yaml"))


def lines_changed(before: str, after: str) -> list[str]:
    return [line for line in after.splitlines() if line not in before.splitlines()]


@pytest.mark.parametrize("name", NAMES)
def test_a_copy_differs_in_its_name_alone_to_the_last_comment(name):
    text = (files.FOLDER / f"{name}.yaml").read_text()
    copy = editing.copied(text)
    assert lines_changed(text, copy) == [f"name: Copy of {files.load(name).name}"]
    assert editing.copied(copy) == copy


@pytest.mark.parametrize(
    ("location", "value", "line"),
    [
        (("minutes",), 25, "minutes: 25"),
        (("injects", 1, "at"), 4, "    at: 4"),
        (("good", "limits", "alert"), 6, "  limits: {alert: 6, correction: 4, all_clear: 4, answers: 6}"),
        (("weights", "speed"), 15, "  speed: 15"),
        (("good", "area_later", "within_m"), 1200, "    within_m: 1200"),
        (("name",), "A\u202e child\u200b is missing\n", "name: A child is missing"),
        (("name",), "yes: #1", 'name: "yes: #1"'),
    ],
)  # fmt: skip
def test_a_part_is_changed_and_all_else_stays(location: Location, value, line):
    changed = editing.change(CHILD, location, value)
    assert line.replace('"', "'") in [one.replace('"', "'") for one in lines_changed(CHILD, changed)]
    assert changed.startswith(CHILD[:200])
    cleaned = editing.value_at(files.check(changed).values, location)
    assert cleaned == (value if not isinstance(value, str) else line.partition(": ")[2].strip("\"'"))


def test_items_are_added_and_taken_out_and_what_is_not_there_is_refused():
    more = editing.add(CHILD, ("residents",), {"tone": "useful", "says": "There she goes", "of_1000": 2})
    assert len(files.read(more).residents) == len(files.read(CHILD).residents) + 1
    fewer = editing.change(more, ("residents", 0), None)
    assert files.read(fewer).residents == files.read(more).residents[1:]
    assert files.read(editing.change(CHILD, ("good", "channels"), None)).good.channels
    for gone in ("injects", 99, "says"), ("injects", 99), ("name", "deeper", 3), ("minutes", 0):
        with pytest.raises(ScenarioRefused):
            editing.change(CHILD, gone, "x")
    with pytest.raises(ScenarioRefused, match="this is not YAML"):
        editing.change("a: [", ("a",), "x")


def test_every_problem_says_the_place_that_it_is_at():
    broken = editing.change(editing.change(CHILD, ("injects", 2, "by"), "postman"), ("minutes",), 500)
    found = {one.location: str(one) for one in files.check(broken).problems}
    line = CHILD.splitlines().index("    by: press") + 1
    assert found[("injects", 2, "by")].startswith(f"Line {line}: `by` cannot be “postman”")
    assert found[("minutes",)] == "Line 6: `minutes` must be at most 120, not 500."


@pytest.mark.parametrize("value", [float("inf"), float("nan"), -1, 10**40])
def test_a_number_that_no_drill_could_use_is_refused_in_words(value):
    with pytest.raises(ScenarioRefused, match="Line 5"):
        files.read(editing.change(CHILD, ("residents", 0, "of_1000"), value))


def test_escaped_signs_that_nobody_sees_are_in_no_word_of_a_drill():
    hidden = files.read(
        CHILD.replace("name: Child", 'name: "Child\\u202e\\u200b', 1).replace("a park\n", 'a park"\n', 1)
    )
    assert hidden.name == "Child missing from a park"


def test_one_is_kept_changed_by_one_at_a_time_deleted_and_brought_back(conn):
    number = own.copy(conn, CHILD, TRAINER, NOW)
    first = own.find(conn, number)
    assert first
    own.change(conn, first, editing.change(first.text, ("minutes",), 25), TRAINER, NOW)
    with pytest.raises(ScenarioRefused, match="Somebody else"):
        own.change(conn, first, first.text, "other", NOW)
    assert catalogue.find(conn, f"own-{number}").minutes == 25
    own.delete(conn, number, TRAINER, NOW)
    assert own.find(conn, number) is None
    with pytest.raises(DrillRefused):
        catalogue.find(conn, f"own-{number}")
    own.restore(conn, number, TRAINER)
    assert [one.id for one in own.everything(conn)] == [number]
    actions = [row[0] for row in conn.execute("select action from audit where officer = %s order by id", (TRAINER,))]
    assert actions == ["added a scenario", "deleted a scenario", "brought a scenario back"]


def test_what_is_not_whole_is_not_imported_and_starts_no_drill(conn):
    for text in "x" * 70_000, "a: [", CHILD.replace("minutes: 20\n", ""):
        with pytest.raises(ScenarioRefused):
            own.add(conn, text, TRAINER, NOW)
    number = own.add(conn, CHILD, TRAINER, NOW)
    kept = own.find(conn, number)
    assert kept
    own.change(conn, kept, editing.change(CHILD, ("minutes",), 500), TRAINER, NOW)
    everything = catalogue.everything(conn)
    assert f"own-{number}" not in everything
    assert set(NAMES) <= set(everything)
    assert all(isinstance(one.scenario, Scenario) for one in everything.values())


def test_there_are_not_more_than_somebody_reads(conn, monkeypatch):
    monkeypatch.setattr(own, "MOST", 1)
    own.add(conn, CHILD, TRAINER, NOW)
    with pytest.raises(ScenarioRefused, match="Delete one first"):
        own.add(conn, CHILD, TRAINER, NOW)
