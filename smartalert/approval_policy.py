"""Which alerts the sender may issue alone, and which need a second person: rows of a table, the strictest decides."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from smartalert.areas import Ground
from smartalert.audience import Preview
from smartalert.db import Connection, queries
from smartalert.drafts import Draft


class Rule(StrEnum):
    """What must happen before an alert leaves; names of the database's approval_rule."""

    ALONE = "sender alone"
    AFTER = "reviewed after"
    SECOND_PERSON = "second person"


@dataclass(frozen=True, slots=True)
class Ruling:
    """The rule for one alert, and which conditions led to it, in words."""

    rule: Rule
    because: tuple[str, ...] = ()

    @property
    def needs_second_person(self) -> bool:
        """Whether the sender must ask first."""
        return self.rule is Rule.SECOND_PERSON

    @property
    def words(self) -> str:
        """ "More than 3,000 people: a second person must approve"."""
        return capital(": ".join(filter(None, ("; ".join(self.because), MEANING[self.rule]))))


#: Rule → what it means for this alert, after a colon.
MEANING = {
    Rule.ALONE: "it goes at once",
    Rule.AFTER: "it goes at once, and an approver looks at it afterwards",
    Rule.SECOND_PERSON: "a second person must approve",
}
KINDS = {"urgent": "urgent alerts", "update": "neighbourhood updates", "cancel": "all clears and false alarms"}
CHANNELS = {"push": "on phones", "email": "by e-mail"}
#: No row holds: nobody has decided that this may go without a second person.
UNFORESEEN = "no rule covers this alert"


def kind_of(draft: Draft) -> str:
    """What the policy calls it."""
    if draft.sequel and draft.sequel.ends:
        return "cancel"
    return "urgent" if draft.urgent else "update"


def ruling(conn: Connection, draft: Draft, ground: Ground, counted: Preview, now: datetime) -> Ruling:
    """The strictest rule that holds for this alert if it were issued now."""
    rows = list(
        queries("approval_policy").holding(
            conn,
            kind=kind_of(draft),
            people=counted.people,
            geom=ground.geom,
            within_m=ground.within_m,
            now=now,
            channels=draft.choice.channels,
        )
    )
    if not rows:
        return Ruling(Rule.SECOND_PERSON, (UNFORESEEN,))
    strictest = [row for row in rows if row.rule == rows[0].rule]
    return Ruling(Rule(rows[0].rule), tuple(filter(None, map(conditions, strictest))))


def policy(conn: Connection) -> list[Any]:
    """All rows, mildest first: rows of kinds, rule, people_over, km2_over, from_hour, to_hour, channel."""
    return list(queries("approval_policy").policy(conn))


def conditions(row: Any) -> str:
    """What a row demands beside the kind, in words; empty if it always holds."""
    parts = []
    if row.people_over is not None:
        parts.append(f"more than {row.people_over:,} people")
    if row.km2_over is not None:
        parts.append(f"an area of more than {row.km2_over:g} km²")
    if row.from_hour is not None:
        parts.append(f"between {row.from_hour:02}:00 and {row.to_hour:02}:00")
    if row.channel is not None:
        parts.append(CHANNELS[row.channel])
    return ", ".join(parts)


def row_words(row: Any) -> str:
    """A whole row: "Urgent alerts and neighbourhood updates, more than 3,000 people: a second person must approve"."""
    kinds = " and ".join(words for kind, words in KINDS.items() if kind in row.kinds)
    met = conditions(row)
    return capital(f"{kinds}{', ' if met else ''}{met}: {MEANING[Rule(row.rule)]}")


def capital(words: str) -> str:
    """With a capital first letter, the rest as it is."""
    return words[:1].upper() + words[1:]
