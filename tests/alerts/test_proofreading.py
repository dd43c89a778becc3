"""The proofreading: silent on good alerts, exact on bad ones, and its fixes mend without losing a number."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smartalert.alerts import draft_words, proofreading
from smartalert.alerts.drafts import WORDS, Draft
from smartalert.alerts.incidents import KINDS, gaps
from smartalert.alerts.proofreading import Finding, findings, spelling
from smartalert.alerts.proofreading.findings import RULES, policy
from smartalert.config import Mode
from smartalert.errors import SetupError
from tests import PROJECT
from tests.conftest import forget_settings
from tests.factories import NOW, complete_draft

#: What an officer at work would write into each gap.
FACTS = {
    "[first name]": "Margaret",
    "[age]": "78",
    "[time]": "14:02",
    "[Hair, build, clothing]": "Short grey hair, slim, 5 ft 4 in, navy anorak and walking boots",
    "[him/her]": "her",
    "[water company / council / police]": "the water company",
    "[Description of people and vehicle]": "Two men in hi-vis jackets with a white Ford Transit van",
    "[Description and direction of those we want to find]": "Two men in dark tracksuits and masks ran to the canal",
    "[What was taken or broken into]": "Catalytic converters and tools were taken from vans",
    "[Vehicle, number plate, direction]": "A grey VW Golf, plate ending KLM, left towards the A34",
    "[what was taken]": "quad bikes",
    "[Machinery, livestock or fuel]": "A telehandler and 400 litres of red diesel",
    "[Vehicle and direction]": "A dark 4x4 with an Ifor Williams trailer towards Stone",
    "[taken / harmed]": "taken",
    "[Description of the horse, trailer and people]": "Bay gelding, 15.2 hands, white blaze; silver horsebox",
    "[What happened]": "A man was seen with a knife",
    "[Description]": "He is about 30, bald, 6 ft tall and has a black coat",
    "[Number]": "Four",
    "[when]": "on Tuesday night",
    "[Make, colour, how they were locked]": "Two Specialized and two Trek bicycles, all with cable locks",
    "[school]": "St Mary's Primary School",
    "[collect children at … / wait for word from the school]": "wait for word from the school",
    "[what is happening]": "shop thefts",
    "[Shop thefts / forged notes / threats]": "Thefts of spirits and baby milk",
    "[name]": "Daniel Smith",
    "[offence]": "robbery after a man was stabbed",
    "[What is burning]": "A scrapyard",
    "[towards where]": "towards the A34",
    "[Road]": "The bridge",
    "[what happened]": "a collision",
    "[Where the diversion goes]": "The diversion goes by the A513",
    "[homes / gardens / roads]": "homes",
    "[Which river, and when it should be highest]": "The Sow should be highest at 18:30",
    "[an armed man / a gas leak / …]": "an armed man",
    "[What the danger is]": "He has a machete",
    "[bit somebody / attacked another animal]": "bit somebody",
    "[Size, colour, collar and direction]": "It is large and brindle, has no collar and ran towards Penkridge",
    "[What was found]": "A 250 kg bomb of the Second World War",
    "[at work / on their way]": "on their way",
    "[how far around it]": "200 metres around it",
    "[where people can wait]": "the leisure centre",
    "[what to look out for]": "false bank calls",
    "[calls / texts / e-mails / visits]": "calls",
    "[their bank / the police / family]": "their bank",
    "[money, codes or cards]": "cards",
    "[Subject]": "Speed checks",
    "[What your local officers want people in Tannery Row, Stafford to know]": "We check speeds from 08:00 to 10:00",
    "[What people can do, or where to meet us]": "Come to the library on Saturday 28 November at 11 am",
}


@pytest.fixture(autouse=True)
def forget() -> Iterator[Callable[[], None]]:
    """Let each test read its own settings; called within one, once more."""

    def settings_and_policy() -> None:
        forget_settings()
        policy.cache_clear()

    settings_and_policy()
    yield settings_and_policy
    settings_and_policy()


def filled(kind: str) -> Draft:
    """A kind's own template with realistic facts in every gap."""
    place = {"where": "in Tannery Row, Stafford", "incident_number": "482 of 22 November"}
    draft = draft_words.choose_kind(kind, complete_draft(own_words=False, **place), NOW)
    words = {}
    for field in WORDS:
        words[field] = getattr(draft, field)
        for gap in gaps(words[field]):
            words[field] = words[field].replace(gap, FACTS[gap])
    return draft.model_copy(update=words)


def found(draft: Draft, mode: Mode = Mode.TRAINING) -> list[Finding]:
    return findings(draft, mode, frozenset({"tannery", "row", "stafford", "penkridge"}))


def in_description(text: str, **changes: Any) -> list[tuple[str, str]]:
    """What is found in these words put behind a complete description, as rule and passage."""
    return [(one.rule, one.text) for one in found(described(text, **changes)) if one.field == "description"]


def described(text: str, **changes: Any) -> Draft:
    return complete_draft(description=f"It happened in Tannery Row at 13:50. {text}", **changes)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", Mode)
def test_every_template_filled_in_with_real_facts_is_left_alone(kind: str, mode: Mode) -> None:
    assert [(one.rule, one.what) for one in found(filled(kind), mode)] == []


GOOD = [
    "Call 101 24 hours a day, or 18001 101 if you cannot hear. Crimestoppers: 0800 555 111.",
    "Ring 101 about the 20 metres of fence, between 0900 and 1015 or 0930-1015.",
    "Junction 13 Stafford Road is closed. On 22 November Tannery Row was shut. Bus 14 Mill Lane does not run.",
    "The M6 2nd exit is closed until 5pm. See https://www.staffordshire.police.uk/alerts or gov.uk.",
    "A black people carrier and a white van left. The white male dog is friendly.",
    "Two black men, about 6 ft tall in grey hoodies, ran off.",
    "PC Ali and Sergeant O'Brien are at the scene. CCTV from BX19 KLM is being checked by the RSPCA and HMRC.",
    "Neighbours organised a search of the neighbourhood, centre, kerbs and tyres; jewellery was taken.",
    "He was vaping near a layby with a gilet, a beanie, a rucksack and a machete; scammers are smishing.",
    "Margaret Łukasiewicz lives in Café Zoë, Llanfair Ŵyn. It is 4°C and costs £5.",
    "Exercise caution. Exercise your dog elsewhere. Test your alarm.",
    "Flat roofs were damaged. Lock 12 of the canal is empty; 3 people are safe.",
]


@pytest.mark.parametrize("text", GOOD)
def test_good_words_are_left_alone(text: str) -> None:
    assert in_description(text) == []


@pytest.mark.parametrize(
    ("text", "expected", "mended"),
    [
        ("Hello {{ first_name }}.", [("tag", "{{ first_name }}")], "Hello [first_name]."),
        ("Stay <b>in</b>.", [("tag", "<b>"), ("tag", "</b>")], "Stay in."),
        ("Fish &amp; chips.", [("tag", "&amp;")], "Fish & chips."),
        ("Line{br}s %(name)s", [("tag", "{br}"), ("tag", "%(name)s")], "Line[br]s [name]"),
        ("Stay\u200b in\u202e.", [("invisible", "\u200b in\u202e")], "Stay in."),
        ("“Stay” – in…", [("typography", "“Stay” – in…")], '"Stay" - in...'),
        ("It’s closed 🚨.", [("typography", "’s closed 🚨")], "It's closed ."),
        ("𝗨𝗿𝗴𝗲𝗻𝘁 call", [("typography", "𝗨𝗿𝗴𝗲𝗻𝘁")], "Urgent call"),
        ("This is not a drill. Go in.", [("exercise", "This is not a drill.")], "Go in."),
        ("It isn't an exercise, go in.", [("exercise", "It isn't an exercise, go in.")], ""),
        ("Mrs Jones was robbed.", [("victim", "Mrs Jones")], "A woman was robbed."),
        ("The victim, Sarah Jones, is 34.", [("victim", ", Sarah Jones,")], "The victim is 34."),
        ("Sarah Jones, 34, was attacked.", [("victim", "Sarah Jones")], "A person, 34, was attacked."),
        ("It was at 14 Mill Lane.", [("home", "14 Mill Lane")], "It was at Mill Lane."),
        ("Ring 999 14 Mill Lane is burning.", [("home", "14 Mill Lane")], "Ring 999 in Mill Lane is burning."),
        ("It was at Flat 2, 7a St Mary's Gate.", [("home", "Flat 2, 7a St Mary's Gate")], "It was at St Mary's Gate."),
        ("It was at number 14.", [("home", "number 14")], "It was at a home."),
        ("It was in ST16 2AB.", [("home", "ST16 2AB")], "It was in ST16."),
        ("We look for an Asian man.", [("race", "an Asian man")], "We look for a man."),
        ("Two young black men and an IC3 male.", [("race", "black men"), ("race", "an IC3 male")], None),
        ("Ring 07700 900123.", [("phone", "07700 900123")], "Ring 101."),
        ("Ring +44 7700 900123 now.", [("phone", "+44 7700 900123")], "Ring 101 now."),
        ("Please call 1010.", [("phone", "1010")], "Please call 101."),
        ("Go to https://police.uk.evil.com/x.", [("link", "https://police.uk.evil.com/x")], None),
        ("See http://police.uk@evil.com for more.", [("link", "http://police.uk@evil.com")], None),
        ("Write to help@gmail.com.", [("link", "help@gmail.com")], None),
        ("Quote 481 of 22 November.", [("incident", "481 of 22 November")], "Quote 482 of 22 November."),
        ("Mr Whitehouse knows more.", [("name", "Mr Whitehouse")], "A man knows more."),
        ("DO NOT APPROACH them.", [("shouting", "DO NOT APPROACH")], "Do not approach them."),
        ("Stay in!! Now?!", [("exclamation", "!! Now?!")], "Stay in. Now?"),
        ("They recieved it.", [("spelling", "recieved")], "They received it."),
        ("Teh man is suspisious.", [("spelling", "Teh"), ("spelling", "suspisious")], "The man is suspicious."),
    ],
)
def test_bad_words_are_found_and_mended(text: str, expected: list[tuple[str, str]], mended: str | None) -> None:
    shown = [(rule, passage.strip()) for rule, passage in in_description(text)]
    assert shown == expected
    if mended is not None:
        assert all_mended(described(text)).description == f"It happened in Tannery Row at 13:50. {mended}".rstrip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [("EXERCISE. Stay in.", "EXERCISE."), ("This is only a test. Stay in.", "This is only a test.")],
)
def test_a_live_alert_may_not_say_that_it_is_an_exercise(text: str, expected: str) -> None:
    draft = complete_draft(description=f"{text} A burglary happened in Tannery Row at 13:50.")
    assert [(one.rule, one.text.strip()) for one in found(draft, Mode.LIVE)] == [("exercise", expected)]


def test_an_address_where_people_are_asked_to_come_is_advice_only() -> None:
    update = complete_draft(incident_kind="update", urgent=False, description="Meet us at 12 Mill Lane at 10:00.")
    assert [(one.rule, one.level) for one in found(update)] == [("place", proofreading.Level.ADVISORY)]


def test_a_long_headline_may_drop_its_town() -> None:
    draft = complete_draft(
        headline="Burglary in progress by several men in Tannery Row, Stafford now", where="in Tannery Row, Stafford"
    )
    assert all_mended(draft).headline == "Burglary in progress by several men in Tannery Row now"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"description": "A burglary. Two people ran."}, "Say when it happened"),
        ({"headline": "Burglary", "description": "A burglary at 13:50. Two people ran."}, "Say where"),
        ({"contact": "Call us."}, "Give a number to call"),
        ({"description": "[when]"}, "Fill the gap [when]"),
    ],
)
def test_each_fact_that_is_missing_is_asked_for(changes: dict[str, Any], words: str) -> None:
    headline = {"headline": "Burglary in Tannery Row"}
    assert words in [one.what for one in found(complete_draft(**{**headline, **changes}))]


def test_a_missing_person_needs_age_looks_and_where_they_were_last_seen() -> None:
    bare = complete_draft(
        incident_kind="missing_person",
        headline="Missing: Margaret in Stafford",
        description="Please help us at once today.",
    )
    assert [one.what for one in found(bare)] == [
        "Say where the person was last seen", "Give the person's age", "Describe the person",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "passage"),
    [
        ("Lina, 16, is back with her family.", "Lina, 16"),
        ("Lina Shaw has been found. Thank you.", "Lina Shaw"),
        ("The 16-year-old girl is safe.", "16-year-old girl"),
        ("The girl called Lina is safe.", "called Lina"),
        ("The girl aged 16 is home.", "aged 16"),
        ("We asked you to look out for a missing person near Tannery Row, Stafford. This person has been found.", None),
        ("She is safe. He was found in Stafford. Thank you all.", None),
    ],
)  # fmt: skip
def test_what_closes_an_appeal_need_not_say_who_it_was(text: str, passage: str | None) -> None:
    words = {"description": text, "headline": "Missing person in Tannery Row", "contact": "Call 101."}
    closing = complete_draft(incident_kind="missing_person", follows=1, follow_up="all_clear", **words)
    told = [one.text for one in found(closing) if one.rule == "told_again"]
    assert told == ([passage] if passage else [])
    for others in ({"follow_up": "update"}, {"incident_kind": "burglary"}):
        assert not [one for one in found(closing.model_copy(update=others)) if one.rule == "told_again"]


def test_a_force_sets_its_own_policy(monkeypatch: pytest.MonkeyPatch, forget: Callable[[], None]) -> None:
    draft = described("Ring 07700 900123 or see www.ourwatch.org!")
    monkeypatch.setenv("SMARTALERT_PROOFREADING", '{"exclamation": "blocking", "link": "advisory"}')
    monkeypatch.setenv("SMARTALERT_PHONE_NUMBERS", "07700 900123")
    forget()
    assert [(one.rule, str(one.level)) for one in found(draft)] == [("link", "advisory"), ("exclamation", "blocking")]
    monkeypatch.setenv("SMARTALERT_LINK_HOSTS", "ourwatch.org")
    monkeypatch.setenv("SMARTALERT_PROOFREADING", '{"exclamation": "off"}')
    forget()
    assert found(draft) == []
    monkeypatch.setenv("SMARTALERT_PROOFREADING", '{"speling": "off"}')
    forget()
    with pytest.raises(SetupError, match="speling=off"):
        found(draft)


def test_a_fix_is_not_applied_to_words_that_changed_meanwhile() -> None:
    draft = described("It was at 14 Mill Lane.")
    (finding,) = found(draft)
    other = draft.model_copy(update={"description": "Something else entirely happened at noon."})
    assert proofreading.corrected(other, finding) == other


def all_mended(draft: Draft) -> Draft:
    """With every fix applied, one after the other, as an officer would press them."""
    for _ in range(200):
        fixable = [one for one in found(draft) if one.has_fix]
        if not fixable:
            return draft
        draft = proofreading.corrected(draft, fixable[0])
    raise AssertionError("Mending never ends.")


NUMBERS = ["482 of 22 November", "999", "101", "18001 101", "0800 555 111", "13:50"]
PIECES = [
    *NUMBERS, "{{name}}", "<b>", "</b>", "&amp;lt;", "“", "”", "’", "…", "🚨", "\u200b", "\u202e", "!", "?!", "AT ONCE",
    "DO NOT GO", "Mr Smith", "was robbed", "14 Mill Lane", "ST16 2AB", "two black men", "recieved", "www.evil.com/x",
    "07700 900123", "This is not a drill.", ".", ",", "<<x>>", "{", "}", "[gap]", "&", "%(a)s", "ran to the canal",
    "\n", "Ｃａｌｌ", "481 of 22 November",
]  # fmt: skip
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=6), min_size=1, max_size=12).map(" ".join)


@given(texts, st.sampled_from(WORDS))
def test_pressing_every_fix_ends_with_nothing_left_to_fix(text: str, field: str) -> None:
    after = all_mended(complete_draft(**{field: text}))
    assert not [one for one in found(after) if one.has_fix]


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=8), st.sampled_from(NUMBERS))
@example(["07700 900123 999"], "999")
@example(["07700 900123", "18001 101"], "18001 101")
@example(["999", "14 Mill Lane"], "999")
@example(["481 of 22 November", "0800 555 111"], "0800 555 111")
def test_no_fix_loses_a_digit_of_our_numbers(pieces: list[str], number: str) -> None:
    keeps = [piece for piece in pieces if "drill" not in piece and "www" not in piece]
    text = f"{' '.join(keeps)}. Known: {number}. {' '.join(keeps)}"
    assert text.count(number) <= all_mended(complete_draft(description=text)).description.count(number)


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_says_why_and_is_in_the_manual(rule: str) -> None:
    assert RULES[rule].why.endswith((".", "?"))
    manual = (PROJECT / "docs" / "operators.md").read_text()
    assert f"| `{rule}` | {RULES[rule].level} |" in manual


def test_british_spellings_and_inflections_are_words() -> None:
    words = "colour colours neighbourhood organised organising centre travelled programme kerbside licence grey"
    assert [word for word in words.split() if spelling.meant_by(word)] == []


def test_reading_a_whole_alert_is_quick_enough_for_every_keystroke() -> None:
    draft = filled("missing_person")
    found(draft)
    begun = time.process_time()
    for _ in range(20):
        found(draft)
    assert (time.process_time() - begun) / 20 < 0.05
