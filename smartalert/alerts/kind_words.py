"""The words that each message of each kind of alert begins with: as we deliver them, or as the force approved them."""

from collections.abc import Mapping
from typing import NamedTuple

from smartalert.alerts.drafts import WORDS
from smartalert.alerts.follow_ups import CHOICES, FOLLOW_UPS, delivered
from smartalert.alerts.incidents import KINDS
from smartalert.database.connection import Connection, queries

#: The message that begins an alert; the others are called as in FOLLOW_UPS.
FIRST = "first"
#: Message → what officers call it.
MESSAGES = {FIRST: "First message", **{message: FOLLOW_UPS[message].label for message in CHOICES}}
PLACE, TIME = "the place, as the area names it", "the time of day"
NUMBER = "the incident number; left out where there is none"
#: Name of a fact → what is put in for it, in a first message and in one that follows.
FIRST_FACTS = {"where": PLACE, "when": TIME, "incident": NUMBER}
LATER_FACTS = {
    "when": "when people were told",
    "place": PLACE,
    "incident": NUMBER,
    "kind": "the kind of alert",
    "whom": "the same in small letters",
    "headline": "the headline as it was",
    "description": "what happened, as it was",
    "instruction": "what to do, as it was",
    "contact": "who to call, as it was",
}
#: What a message that closes an appeal for a person must not tell again.
TELLS_AGAIN = ("headline", "description")

Words = Mapping[str, str]


class Template(NamedTuple):
    """One message of one kind: the kind's key, and FIRST or the key of what follows."""

    kind: str
    message: str = FIRST

    @property
    def exists(self) -> bool:
        """Whether there is such a message of such a kind."""
        return self.kind in KINDS and self.message in MESSAGES

    @property
    def follow_up(self) -> str | None:
        """How it follows another message; None of the first."""
        return None if self.message == FIRST else self.message


def facts(template: Template) -> dict[str, str]:
    """Name of each fact that this message may have → what is put in for it."""
    if template.follow_up is None:
        return FIRST_FACTS
    forgets = KINDS[template.kind].about_person and FOLLOW_UPS[template.message].closes
    return {name: words for name, words in LATER_FACTS.items() if not (forgets and name in TELLS_AGAIN)}


def as_delivered(template: Template) -> dict[str, str]:
    """Field → our words, every field of them."""
    kind = KINDS[template.kind]
    if template.follow_up is None:
        return {field: getattr(kind, field) for field in WORDS}
    ours = delivered(kind.key, template.follow_up, about_person=kind.about_person)
    return {field: ours.get(field, f"{{{field}}}") for field in WORDS}


def in_force(conn: Connection, template: Template) -> Words:
    """Field → the words with which this message begins now."""
    own = {row.message: row.words for row in queries("alerts/kind_words").approved(conn, kind=template.kind)}
    return own.get(template.message) or as_delivered(template)
