"""Scenarios: those that come with Smart Alert are good, and an author learns in words what is wrong with theirs."""

import re

import pytest

from smartalert.alerts.drafts import Draft
from smartalert.alerts.incidents import KINDS
from smartalert.alerts.proofreading.findings import Level, findings
from smartalert.config import Mode
from smartalert.drills import files
from smartalert.drills.knobs import KNOBS
from smartalert.drills.scenario import Elements, Scenario, Told
from smartalert.errors import ScenarioRefused
from smartalert.simulator.faults import Faults
from tests.factories import complete_draft

NAMES = sorted(path.stem for path in files.FOLDER.glob("*.yaml"))
GROUND = {"landmark": "Tannery Row", "street": "Tannery Row", "town": "Stafford", "time": "13:50"}
PRESS, HUM = "    by: press\n", "- {tone: useless, says: Hm., of_1000: 500,"
CHILD = (files.FOLDER / "missing-child.yaml").read_text()


def words(scenario: Scenario, told: Told) -> dict[str, str]:
    return {field: scenario.said(getattr(told, field), GROUND) for field in Told.model_fields}


def tells(scenario: Scenario, any_of: list[str], text: str) -> bool:
    return any(scenario.said(words, GROUND).lower() in text.lower() for words in any_of)


def test_there_are_ten_and_they_practise_what_is_hard():
    scenarios = files.builtin().values()
    assert len(scenarios) >= 10
    assert sum(one.needs_approval for one in scenarios) >= 2
    assert sum(any(inject.due == "correction" for inject in one.injects) for one in scenarios) >= 4
    assert sum(any(inject.faults for inject in one.injects) for one in scenarios) >= 1


@pytest.mark.parametrize("name", NAMES)
def test_each_is_explained_in_its_head(name):
    head = (files.FOLDER / f"{name}.yaml").read_text().split("\nname:")[0]
    assert all(line.startswith("# ") for line in head.splitlines())
    assert "Practises:" in head


@pytest.mark.parametrize("name", NAMES)
def test_what_a_very_good_officer_wrote_has_all_five_elements_and_could_be_sent(name):
    scenario = files.load(name)
    good, told = scenario.good, words(scenario, scenario.good.alert)
    whole = " ".join(told.values())
    for element in Elements.model_fields:
        assert tells(scenario, getattr(good.elements, element), whole), element
    draft = complete_draft(
        incident_kind=scenario.kind, urgent=good.urgent, incident_number="482 of 22 November", **told
    )
    assert KINDS[scenario.kind].urgent == good.urgent
    blocking = [one for one in against(draft) if one.level is Level.BLOCKING]
    assert blocking == []


def against(draft: Draft):
    return findings(draft, Mode.TRAINING, frozenset({"tannery", "row", "stafford"}))


@pytest.mark.parametrize("name", NAMES)
def test_what_follows_says_what_is_new_and_no_longer_what_was_wrong(name):
    scenario = files.load(name)
    for sequel in scenario.good.sequels:
        whole = " ".join(words(scenario, sequel).values())
        assert tells(scenario, sequel.says, whole), sequel.after
        assert not any(tells(scenario, [gone], whole) for gone in sequel.no_longer), sequel.after


@pytest.mark.parametrize("name", NAMES)
def test_people_speak_as_people_do_and_all_of_it_is_filled_in(name):
    scenario = files.load(name)
    for spoken in [*(inject.says for inject in scenario.injects), *(one.says for one in scenario.residents)]:
        said = scenario.said(spoken, GROUND)
        assert not re.search(r"[{}\[\]]", said)
    assert {one.tone for one in scenario.residents} >= {"useful"}
    assert len({one.tone for one in scenario.residents}) >= 4


def test_troubles_are_knobs_of_the_simulator():
    for scenario in files.builtin().values():
        for inject in scenario.injects:
            Faults().turned(inject.faults)
    for name, knob in KNOBS.items():
        for value in (knob.begin, knob.at_most):
            Faults().turned({name: value})


@pytest.mark.parametrize("name", NAMES)
def test_what_is_exported_is_read_as_the_same(name):
    assert files.read(files.write(files.load(name))) == files.load(name)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("kind: missing_person", "kind: mising_person", "`kind` cannot be “mising_person”: write one of"),
        ("minutes: 20", "minutes: soon", "Line 6: `minutes` must be a whole number, not “soon”."),
        ("minutes: 20", "minutes: 200", "Line 6: `minutes` must be at most 120, not 200."),
        ("minutes: 20\n", "", "`minutes` is missing: write `minutes: …`"),
        ("minutes: 20", "minuts: 20", "Line 6: nothing is called `minuts` here: did you mean `minutes`."),
        ("near: [park", "near: [moor", "Line 9: `near` cannot be “moor”: write one of 'park', "),
        ("    at: 3\n", "", "“first-search” needs either `at: minutes` or `when: something that happens`"),
        ("    at: 3\n", "    at: 30\n", "“first-search” comes at minute 30, after the drill’s 20"),
        ("by: press", "by: postman", "`by` cannot be “postman”: write one of 'control room', 'radio'"),
        ("name: press", "name: first-search", "two injects are called “first-search”: call one otherwise"),
        ("{child}, seven, last", "{girl}, seven, last", "{girl} is neither in `facts` nor one of landmark"),
        ("      after: other-coat\n", "      after: other-hat\n", "a sequel comes after “other-hat”"),
        ("correction: 4, ", "", "`good: limits:` lacks `correction: minutes`"),
        (PRESS, f"{PRESS}    faults: {{push_off: 1}}\n", "no provider is in trouble by “push_off”"),
        (PRESS, f"{PRESS}    faults: {{mail_hang: 2}}\n", "“press”: `mail_hang` goes from 0 to 1"),
        (PRESS, f"{PRESS}    faults: {{mail_hang: 0.6, mail_too_many: 0.6}}\n", "together cannot be more than 1"),
        (PRESS, f"{PRESS}    lasts: 3\n", "“press”: `lasts` is how long `faults` last"),
        ("of_1000: 12,", f"of_1000: 500}}\n  {HUM}", "more than 1,000 of a thousand would answer"),
        ("channels: [push, email]", "channels: [push, sms]", "`channels` cannot be “sms”: write one of"),
        ("  limits:", "  weights: {speed: 20}\n  limits:", "nothing is called `weights` here"),
        ("minutes: 20", "minutes: 20\nweights: {speed: 50}", "the weights add up to 130: make them 100"),
        ("minutes: 20", "minutes: [20", "Line 7: this is not YAML"),
        ("minutes: 20", "minutes: &m 20\nseed: *m", "refers to no other part of itself"),
        ("minutes: 20", "minutes: 20\nminutes: 21", "this is not YAML"),
        ("name: Child missing from a park", "name: Boo", "Line 4: `name` is too short: write at least 4 characters."),
    ],
)  # fmt: skip
def test_an_author_reads_which_line_what_is_wrong_and_what_to_write(old, new, said):
    assert old in CHILD
    with pytest.raises(ScenarioRefused) as refusal:
        files.read(CHILD.replace(old, new, 1))
    assert said in str(refusal.value)


@pytest.mark.parametrize(
    "text",
    ["", "a", "- a", "name: [", "\t", "a: !!python/object:os.system x", "x" * 70_000, "a: " + "[" * 50_000,
     "? [a]\n: b", "\x00", "name: \ud800", "a: &a [*a]", "2020-01-01: x", "name: !x y"],
)  # fmt: skip
def test_whatever_is_no_scenario_is_refused_in_words(text):
    with pytest.raises(ScenarioRefused) as refusal:
        files.read(text)
    assert refusal.value.problems
