"""The one list of what stands against an alert: facts it lacks and passages to mend, each with a reason and a fix."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from smartalert.alerts.drafts import WORDS, Draft
from smartalert.alerts.incidents import GAP
from smartalert.alerts.proofreading import characters, claims, facts, people, reaching, spelling
from smartalert.alerts.proofreading.marks import Mark, Page
from smartalert.config import Mode, settings
from smartalert.errors import SetupError


class Level(StrEnum):
    """What a finding means: blocking keeps the alert from being issued, advisory needs no press, off is not sought."""

    BLOCKING = "blocking"
    ADVISORY = "advisory"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Rule:
    """What is looked for in each text, and what an officer reads where it is found."""

    level: Level
    #: {text} is the passage.
    what: str
    why: str
    marks: Callable[[Page], Iterator[Mark]]
    #: {new} is what would stand there instead.
    offer: str = "Use “{new}”"


#: Rule → what it does unless SMARTALERT_PROOFREADING says otherwise. The order is the list's, within one field.
RULES = {
    "tag": Rule(
        Level.BLOCKING, "Left over from a template: {text}", "People would see it as it is.", characters.tags,
    ),
    "invisible": Rule(
        Level.BLOCKING, "Invisible characters", "They can reverse text or hide a link, and you cannot see them here.",
        characters.invisible, "Remove them",
    ),
    "exercise": Rule(
        Level.BLOCKING, "It says whether it is an exercise: “{text}”",
        "Smart Alert adds this to every message. If it is wrong, people are frightened or ignore a real alert.",
        claims.no_drill, "Remove the sentence",
    ),
    "victim": Rule(
        Level.BLOCKING, "Names a victim: “{text}”", "A name cannot be taken back, and may be protected by law.",
        people.victims,
    ),
    "home": Rule(
        Level.BLOCKING, "An exact home: “{text}”", "It tells people whose home it is, and strangers where to go.",
        people.at_home,
    ),
    "race": Rule(
        Level.BLOCKING, "Described by race only: “{text}”",
        "This fits thousands of people who did nothing. Add height, clothes or hair, or leave it out.",
        people.by_race_only,
    ),
    "phone": Rule(
        Level.BLOCKING, "Not a police number: {text}", "A wrong digit sends callers to a stranger.",
        reaching.numbers, "Use {new}",
    ),
    "link": Rule(
        Level.BLOCKING, "Not a police or government link: {text}",
        "Fraudsters copy such alerts. Link only to police and government.", reaching.links, "Remove it",
    ),
    "incident": Rule(
        Level.ADVISORY, "A different incident number: {text}", "Calls would be logged under the wrong incident.",
        claims.other_incident,
    ),
    "place": Rule(
        Level.ADVISORY, "An exact address: “{text}”", "Check that it is a public place and not somebody’s home.",
        people.open_places,
    ),
    "name": Rule(
        Level.ADVISORY, "Names a person: “{text}”", "A name cannot be taken back. Do people need it to act?",
        people.names,
    ),
    "told_again": Rule(
        Level.ADVISORY, "Names the person we looked for: “{text}”",
        "Their details are no longer public, but people keep this message. “This person has been found” is enough.",
        people.told_again,
    ),
    "long": Rule(
        Level.ADVISORY, "Long for a lock screen: some cut it after 60 characters",
        "People may not see the end of it. The area is shown elsewhere.", claims.long_headline,
    ),
    "shouting": Rule(
        Level.ADVISORY, "In capitals: {text}", "Capitals are harder to read, and screen readers may spell them.",
        characters.shouting,
    ),
    "exclamation": Rule(
        Level.ADVISORY, "Exclamation marks", "They make an alert look like a scam.", characters.exclamations,
        "Use full stops",
    ),
    "typography": Rule(
        Level.ADVISORY, "Pasted characters: {text}",
        "Screen readers and older phones may not show them correctly.", characters.typographic,
        "Use plain characters",
    ),
    "spelling": Rule(Level.ADVISORY, "Spelling: “{text}”", "Mistakes make people doubt a message.", spelling.mistakes),
}  # fmt: skip
#: The rules that have no pattern of their own, for the policy: facts asked for by kind of incident.
FACT = "fact"
#: Never up to policy: what the database or the law of the form asks for.
MISSING, OPEN_GAP = "missing", "gap"
SHOWN = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend. Without a span it is about a field that lacks something."""

    rule: str
    level: Level
    what: str
    why: str = ""
    field: str = ""
    start: int = 0
    end: int = 0
    #: The passage as it stands.
    text: str = ""
    #: What would stand there instead, and the words on the button; None where only the officer can know.
    new: str | None = None
    offer: str = ""

    @property
    def has_fix(self) -> bool:
        """Whether one press mends it."""
        return self.new is not None


@cache
def policy() -> dict[str, Level]:
    """Rule → level in this deployment. Raises SetupError where the setting names no rule or level."""
    levels = {FACT: Level.BLOCKING, **{name: rule.level for name, rule in RULES.items()}}
    for name, level in settings().proofreading.items():
        if name not in levels or level not in set(Level):
            said = ", ".join(levels)
            raise SetupError(
                f"SMARTALERT_PROOFREADING: {name}={level} is none. Rules: {said}. Levels: blocking, advisory, off."
            )
        levels[name] = Level(level)
    return levels


def findings(draft: Draft, mode: Mode, local_words: frozenset[str] = frozenset()) -> list[Finding]:
    """Everything that stands against a draft: what it lacks first, then passages in the order of the form."""
    return [*lacks(draft), *(found for field in WORDS for found in in_field(draft, field, mode, local_words))]


def spelling_blocks() -> bool:
    """Whether a misspelt word keeps an alert from leaving here: only then is it worth reading every local name."""
    return policy()["spelling"] is Level.BLOCKING


def corrected(draft: Draft, finding: Finding) -> Draft:
    """The draft with one fix applied; as it was where the passage is no longer there."""
    text = getattr(draft, finding.field)
    if finding.new is None or text[finding.start : finding.end] != finding.text:
        return draft
    new = text[: finding.start] + finding.new + text[finding.end :]
    return draft.model_copy(update={finding.field: new, "own_words": True})


def lacks(draft: Draft) -> Iterator[Finding]:
    """What is not there: fields left empty or out of bounds, then facts its words do not tell."""
    for field, words in draft.lacking().items():
        yield Finding(MISSING, Level.BLOCKING, words, field=field)
    if (level := policy()[FACT]) is not Level.OFF:
        for fact in facts.missing(draft):
            yield Finding(FACT, level, fact.words, fact.why, fact.fields[-1])


def in_field(draft: Draft, field: str, mode: Mode, local_words: frozenset[str]) -> list[Finding]:
    """The passages of one field, as they stand in it."""
    page = Page(getattr(draft, field), field, draft, mode, local_words)
    gaps = [found.span() for found in GAP.finditer(page.text)]
    found = [
        Finding(
            OPEN_GAP,
            Level.BLOCKING,
            f"Fill the gap {page.text[start:end]}",
            "",
            field,
            start,
            end,
            page.text[start:end],
        )
        for start, end in gaps
    ]
    for name, rule in RULES.items():
        if (level := policy()[name]) is Level.OFF:
            continue
        for mark in dict.fromkeys(rule.marks(page)):
            # What stands in a gap will be written over.
            if not any(mark.start < end and start < mark.end for start, end in gaps):
                found.append(noted(name, rule, level, page, mark))
    return sorted(found, key=lambda one: one.start)


def noted(name: str, rule: Rule, level: Level, page: Page, mark: Mark) -> Finding:
    """A mark in words."""
    text = page.text[mark.start : mark.end]
    what = rule.what.replace("{text}", shortened(text))
    return Finding(name, level, what, rule.why, page.field, mark.start, mark.end, text, mark.new, offered(rule, mark))


def offered(rule: Rule, mark: Mark) -> str:
    """The words on the button of a fix."""
    if mark.new is None:
        return ""
    if "{new}" in rule.offer and not mark.new.strip():
        return "Remove it"
    return rule.offer.replace("{new}", shortened(mark.new))


def shortened(text: str) -> str:
    """As much of a passage as a chip has room for."""
    said = " ".join(text.split()).strip(" ,")
    return said if len(said) <= SHOWN else f"{said[: SHOWN - 1]}…"
