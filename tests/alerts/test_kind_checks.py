"""What stands against the words of a kind: ours pass, and each fault of a template is named before anybody sends it."""

from dataclasses import replace

import pytest

from smartalert.alerts import kind_checks
from smartalert.alerts.drafts import WORDS
from smartalert.alerts.incidents import KINDS, put_in, without_number
from smartalert.alerts.kind_checks import Known, findings, stops
from smartalert.alerts.kind_words import FIRST, MESSAGES, Template, as_delivered, facts
from smartalert.config import Mode
from tests.factories import NOW

#: A force with long names.
KNOWN = Known(Mode.LIVE, frozenset({"wolverhampton", "newcastle", "lyme"}), "near Liverpool Road, Newcastle-under-Lyme")
ALL = [Template(kind, message) for kind in KINDS for message in MESSAGES]


def named(template: Template, **words: str) -> list[str]:
    """What blocks a message with these words in the place of ours."""
    return [one.what for one in stops(findings(template, {**as_delivered(template), **words}, KNOWN))]


@pytest.mark.parametrize("template", ALL, ids="-".join)
def test_ours_have_nothing_against_them(template: Template) -> None:
    assert findings(template, as_delivered(template), KNOWN) == []


@pytest.mark.parametrize("template", ALL, ids="-".join)
def test_an_example_has_nothing_left_to_put_in_and_fits_what_was_counted(template: Template) -> None:
    first = as_delivered(Template(template.kind))
    words = as_delivered(template)
    example = kind_checks.example(template, words, first, KNOWN.long_place, NOW)
    for field in WORDS:
        said = getattr(example, field)
        assert said
        assert not set("{}") & set(said)
        assert kind_checks.longest(template, field, words, KNOWN) <= kind_checks.LONGEST[field]
    assert (example.sequel is None) == (template.message == FIRST)


@pytest.mark.parametrize(
    ("field", "text", "what"),
    [
        ("headline", "", "Write a headline."),
        ("headline", "Burglary {place}", "We cannot fill in {place}"),
        ("headline", "Burglary {where.__class__}", "We cannot fill in {where.__class__}"),
        ("description", "A burglary happened {where at {when}.", "We cannot fill in {"),
        ("description", "A burglary {} happened {where}.", "We cannot fill in {}"),
        ("description", "Somebody [who and what broke in {where} at {when}.", "A square bracket is missing"),
        ("contact", "Call 999 and quote incident [incident number], {incident}.",
         "Do not leave [incident number] to the sender"),
        ("headline", "Burglary {where}, more than one home, please lock doors now and check them again soon",
         "Too long once its gaps are filled"),
        ("headline", "Burglary {where}: [what was taken], [how they came in], [when]",
         "Too long once its gaps are filled"),
        ("description", "At {when}. " + "Very long. " * 90, "Too long once its gaps are filled"),
        ("contact", "Call 999. Do not approach anyone.", "It does not ask people to quote the incident number"),
        ("contact", "Ring 07700 900123 and quote incident {incident}.", "Not a police number: 07700 900123"),
        ("instruction", "See https://bit.ly/abc now.", "Not a police or government link: https://bit.ly/abc"),
        ("description", "We look for a black male {where} at {when}.", "Described by race only: “a black male”"),
        ("description", "It happened at 14 Mill Lane, {where}, at {when}.", "An exact home: “14 Mill Lane”"),
        ("description", "Mrs Jones was robbed {where} at {when}.", "Names a victim: “Mrs Jones”"),
        ("description", "A burglary<b> happened {where} at {when}.", "Left over from a template: <b>"),
    ],
)  # fmt: skip
def test_each_fault_of_a_template_blocks_by_name(field: str, text: str, what: str) -> None:
    assert what in named(Template("burglary"), **{field: text})


def test_a_headline_that_goes_without_its_town_may_be_longer() -> None:
    long = replace(KNOWN, long_place="near Featherstone Industrial Estate Road, Newcastle-under-Lyme")
    assert stops(findings(Template("wanted_person"), as_delivered(Template("wanted_person")), long)) == []


def test_facts_that_a_template_leaves_no_room_for_are_asked_for() -> None:
    robbery = Template("robbery")
    assert named(robbery, description="Somebody was robbed.") == ["Say when it happened"]
    assert named(robbery, description="Somebody was robbed [when].") == []
    assert named(robbery, headline="Robbery", description="Somebody was robbed at {when}.") == ["Say where"]
    missing = named(Template("missing_person"), headline="Help", description="Somebody left {where} at {when}.")
    assert missing == ["Give the person's age", "Describe the person"]


def test_advice_is_given_and_blocks_nothing() -> None:
    words = {**as_delivered(Template("burglary")), "instruction": "LOCK ALL DOORS NOW!"}
    found = findings(Template("burglary"), words, KNOWN)
    assert [one.rule for one in found] == ["shouting", "exclamation"]
    assert stops(found) == []
    fix = next(one for one in found if one.rule == "exclamation")
    assert words["instruction"][fix.start : fix.end] == fix.text


def test_a_fix_stands_where_it_was_found_although_facts_are_read_as_gaps() -> None:
    words = {**as_delivered(Template("burglary")), "description": "At {when} {where}: it happened at 14 Mill Lane."}
    (home,) = [one for one in findings(Template("burglary"), words, KNOWN) if one.rule == "home"]
    assert words["description"][home.start : home.end] == home.text == "14 Mill Lane"


@pytest.mark.parametrize("message", ["all_clear", "false_alarm", "outcome"])
@pytest.mark.parametrize("kind", ["missing_person", "wanted_person"])
def test_what_closes_an_appeal_cannot_repeat_who_it_was_about(kind: str, message: str) -> None:
    template = Template(kind, message)
    assert {"headline", "description"}.isdisjoint(facts(template))
    assert named(template, description="At {when}: {headline}") == ["We cannot fill in {headline}"]
    assert named(Template(kind, "update"), description="At {when}: {headline}") == []


@pytest.mark.parametrize("kind", ["fraud", "cycle_theft", "business_crime", "road_closed"])
def test_an_update_may_ask_for_the_number_only_where_it_can_do_without(kind: str) -> None:
    template = Template(kind)
    only_with_it = named(template, contact="Quote incident {incident} when you call 101.")
    assert only_with_it[0] == "It is empty without an incident number"
    assert named(template, contact="Call 101. Please mention incident {incident}.") == []


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("Call 101 and quote incident {incident}, or Crimestoppers.", "Call 101, or Crimestoppers."),
        ("Call 101 quoting incident {incident}.", "Call 101."),
        ("Call 101, and please quote the incident number {incident}.", "Call 101."),
        ("Call 101 about incident {incident}.", "Call 101."),
        ("Call 101. Incident {incident} is the one to name. Thank you.", "Call 101. Thank you."),
        ("{incident}: call 101.\nThank you.", "\nThank you.".strip()),
        ("Call 101.", "Call 101."),
    ],
)
def test_without_a_number_nobody_is_asked_to_quote_one(text: str, without: str) -> None:
    assert put_in(text, {"incident": ""}) == without
    assert without_number(text.replace("{incident}", "482 of 22 November"), "482 of 22 November") == without
    assert put_in(text, {"incident": "7 of 1 May"}) == text.replace("{incident}", "7 of 1 May")


def test_a_template_reaches_nothing_but_its_facts() -> None:
    sly = "{where.__class__.__mro__} {0} {incident!r} {where:>99999999} {where}"
    assert put_in(sly, {"where": "{when}", "when": "now", "incident": "1 of 1 May"}) == sly.replace("{where}", "{when}")
