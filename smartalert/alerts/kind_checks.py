"""What stands against the words of a kind, before they are anybody's alert: `findings`, by the proofreading of alerts.

A template is read with its facts as gaps: what is put in later is the sender's to check.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from smartalert.alerts.drafts import LOCK_SCREEN_SHOWS, LONGEST_HEADLINE, LONGEST_TEXT, REQUIRED, UNKNOWN, WORDS, Draft
from smartalert.alerts.follow_ups import FOLLOW_UPS
from smartalert.alerts.incidents import GAP, KINDS, NAME, put_in
from smartalert.alerts.kind_words import Template, Words, as_delivered, facts
from smartalert.alerts.proofreading import Finding, Level
from smartalert.alerts.proofreading.facts import missing
from smartalert.alerts.proofreading.findings import FACT, OPEN_GAP, in_field, policy
from smartalert.clock import LONDON, time_of_day
from smartalert.config import Mode
from smartalert.database.connection import Connection, queries

#: The rule that findings of a template alone have.
TEMPLATE = "template"
LONGEST = {"headline": LONGEST_HEADLINE} | dict.fromkeys(("description", "instruction", "contact"), LONGEST_TEXT)
#: Gap → the characters of a long answer that is still usual; of any other, by where it stands.
LONGEST_ANSWERS = {"first name": 12, "name": 24, "age": 2, "time": 16}
IN_HEADLINE, IN_TEXT = 24, 80
#: Fact → the same. A place is as long as the force's own are; what was told before as its own words.
LONGEST_FACTS = {
    "when": len("23:00 on 22 November"), "incident": len("48212 of 22 November"), "kind": 21, "whom": 21,
}  # fmt: skip
#: Gap of a draft → the fact that will fill it, and nobody else.
RESERVED = {UNKNOWN["where"]: "where", UNKNOWN["incident_number"]: "incident"}
BRACES = re.compile(r"\{[^{}]*\}|[{}]")
BRACKETS = re.compile(r"[\[\]]")
#: What stands in for facts while others are looked for; what was told before may have told them.
SOME_NUMBER = "482 of 22 November"
SOME_FACTS = {
    "where": "near Mill Lane", "place": "near Mill Lane", "when": "2pm", **{field: f"[{field}]" for field in WORDS},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """What has to be known to read them: the mode, local names, and a place whose name is long."""

    mode: Mode
    local_words: frozenset[str] = frozenset()
    long_place: str = "near Wolverhampton Road, Stafford"


def long_place(conn: Connection) -> str:
    """A place of the force's with a name longer than nineteen of twenty, as words name it."""
    return str(queries("alerts/kind_checks").long_place(conn) or Known(Mode.TRAINING).long_place)


def findings(template: Template, words: Words, known: Known) -> list[Finding]:
    """Everything that stands against these words for one message, in the order of the form."""
    read = as_draft(template, words)
    found = [one for field in WORDS for one in of_field(template, field, words, read, known)]
    return [*found, *number_asked(template, words), *facts_told(template, words)]


def stops(found: list[Finding]) -> list[Finding]:
    """What keeps words from being proposed or approved."""
    return [one for one in found if one.level is Level.BLOCKING]


def of_field(template: Template, field: str, words: Words, read: Draft, known: Known) -> Iterator[Finding]:
    """What is wrong in one field."""
    text, names = words[field], facts(template)
    if not text.strip():
        yield against(field, REQUIRED[field])
    for hole in dict.fromkeys(BRACES.findall(text)):
        if hole[1:-1] not in names:
            offered = ", ".join(f"{{{name}}}" for name in names)
            yield against(field, f"We cannot fill in {hole}", f"Use one of these: {offered}.")
    for gap, name in RESERVED.items():
        if gap in text:
            yield against(field, f"Do not leave {gap} to the sender", f"Write {{{name}}}: we fill it in.")
    if BRACKETS.search(GAP.sub("", text)):
        yield against(field, "A square bracket is missing", "Write a gap like this: [first name].")
    length = longest(template, field, words, known)
    if length > LONGEST[field]:
        why = f"It can have {length:,} characters with its gaps filled. The most we can send is {LONGEST[field]:,}."
        yield against(field, "Too long once its gaps are filled", why)
    for one in in_field(read, field, known.mode, known.local_words):
        if one.rule not in (OPEN_GAP, "long"):
            yield one


def against(field: str, what: str, why: str = "") -> Finding:
    """A finding that blocks, of templates alone."""
    return Finding(TEMPLATE, Level.BLOCKING, what, why, field)


def as_draft(template: Template, words: Words) -> Draft:
    """The draft that proofreading reads: what stands in it for a fact is a gap, as long as its name."""
    follow_up = template.follow_up
    urgent = KINDS[template.kind].urgent and (follow_up is None or FOLLOW_UPS[follow_up].urgent is not False)
    read = Draft(incident_kind=template.kind, urgent=urgent, incident_number=SOME_NUMBER, follow_up=follow_up)
    said = {field: as_gaps(words[field]) for field in WORDS}
    return read.model_copy(update={**said, "follows": None if follow_up is None else 0})


def example(template: Template, words: Words, first: Words, place: str, now: datetime) -> Draft:
    """These words as an alert there would begin with them now, gaps open; what it follows began with `first`."""
    kind, local = KINDS[template.kind], now.astimezone(LONDON)
    facts = {
        "where": place, "place": place, "when": time_of_day(now), "incident": f"482 of {local:%-d %B}",
        "kind": kind.label, "whom": kind.label.lower(),
    }  # fmt: skip
    told = {field: put_in(first[field], facts) for field in WORDS}
    said = {field: put_in(words[field], {**told, **facts}) for field in WORDS}
    return as_draft(template, words).model_copy(update={**said, "incident_number": facts["incident"]})


def as_gaps(text: str) -> str:
    """A template's text with each fact as a gap: "{where}" as "[where]", within another gap as "(where)"."""
    within = GAP.sub(lambda gap: NAME.sub(r"(\1)", gap[0]), text)
    return NAME.sub(r"[\1]", within)


def must_quote(template: Template) -> bool:
    """Whether it always has an incident number: what is urgent, when it begins."""
    return template.follow_up is None and KINDS[template.kind].urgent


def number_asked(template: Template, words: Words) -> Iterator[Finding]:
    """An urgent alert has an incident number: people are asked to quote it."""
    if must_quote(template) and not any("{incident}" in text for text in words.values()):
        why = "We cannot match a call without a number to the incident. Write “quote incident {incident}”."
        yield against("contact", "It does not ask people to quote the incident number", why)


def facts_told(template: Template, words: Words) -> Iterator[Finding]:
    """Facts that the words tell nowhere and leave no gap for, with an incident number and, if it may lack, without."""
    numbers = {SOME_NUMBER: ""} if must_quote(template) else {SOME_NUMBER: "", "": " without an incident number"}
    for number, when in numbers.items():
        said = {field: put_in(words[field], {**SOME_FACTS, "incident": number}) for field in WORDS}
        for field in WORDS:
            if words[field].strip() and not said[field].strip():
                yield against(
                    field,
                    f"It is empty{when}",
                    "An update may have no incident number, so write something that does not need one.",
                )
        if found := list(missing(as_draft(template, said))):
            level = policy()[FACT]
            for fact in found if level is not Level.OFF else ():
                yield Finding(FACT, level, fact.words + when, fact.why, fact.fields[-1])
            return


def longest(template: Template, field: str, words: Words, known: Known) -> int:
    """The characters of one field with long, but usual, answers in its gaps; a headline goes without its town first."""
    length = filled_length(template, field, words, known)
    if field == "headline" and template.follow_up is None and length > LOCK_SCREEN_SHOWS:
        street = replace(known, long_place=known.long_place.partition(",")[0])
        return filled_length(template, field, words, street)
    return length


def filled_length(template: Template, field: str, words: Words, known: Known) -> int:
    """The characters of one field with long answers in its gaps."""
    return len(GAP.sub(answer_in(field), NAME.sub(fact_in(template, known), words[field])))


def fact_in(template: Template, known: Known) -> Callable[[re.Match[str]], str]:
    """What stands in for a fact while lengths are counted."""
    lengths: Mapping[str, int] = LONGEST_FACTS | dict.fromkeys(("where", "place"), len(known.long_place))

    def filled(found: re.Match[str]) -> str:
        name = found[1]
        if template.follow_up and name in WORDS:
            first = Template(template.kind)
            return "x" * longest(first, name, as_delivered(first), known)
        return "x" * lengths.get(name, len(found[0]))

    return filled


def answer_in(field: str) -> Callable[[re.Match[str]], str]:
    """What stands in for a gap while lengths are counted: the longest of its choices, or a long answer."""

    def filled(found: re.Match[str]) -> str:
        said = found[0][1:-1]
        choices = [choice.strip() for choice in said.split("/")]
        length = max(map(len, choices)) if len(choices) > 1 else LONGEST_ANSWERS.get(said)
        return "x" * (length or (IN_HEADLINE if field == "headline" else IN_TEXT))

    return filled
