"""Which alerts the sender may issue alone, and which need a second person: rows of a table, the strictest decides."""

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from math import inf

from smartalert import cleaning
from smartalert.alerts.drafts import Draft
from smartalert.audience.preview import Preview
from smartalert.database.connection import Connection, queries, row_as, rows_as
from smartalert.errors import NotAllowed, PolicyRefused
from smartalert.geography.areas import Ground
from smartalert.wording import Channel


class Rule(StrEnum):
    """What must happen before an alert leaves; names of the database's approval_rule."""

    ALONE = "sender alone"
    AFTER = "reviewed after"
    SECOND_PERSON = "second person"


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One row of the policy: the kinds of alert it is for, and its conditions, None for one that it does not have."""

    id: int
    kinds: list[str]
    people_over: int | None
    km2_over: float | None
    from_hour: int | None
    to_hour: int | None
    channel: str | None
    #: A Rule.
    rule: str


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """One change of the policy; before is None where a row came, after where it went."""

    at: datetime
    officer: str
    why: str | None
    before: PolicyRow | None
    after: PolicyRow | None


@dataclass(frozen=True, slots=True)
class Line:
    """What of one rule may be moved: its conditions, None for one that it does not have, and what follows from them."""

    rule: Rule
    people_over: int | None = None
    km2_over: float | None = None
    from_hour: int | None = None
    to_hour: int | None = None


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
    Rule.AFTER: "it goes at once and an approver reviews it afterwards",
    Rule.SECOND_PERSON: "a second person must approve",
}
KINDS = {"urgent": "urgent alerts", "update": "neighbourhood updates", "cancel": "all clears and false alarms"}
#: No row holds: nobody has decided that this may go without a second person.
UNFORESEEN = "no rule covers this alert"


def kind_of(draft: Draft) -> str:
    """What the policy calls it."""
    if draft.sequel and draft.sequel.ends:
        return "cancel"
    return "urgent" if draft.urgent else "update"


def ruling(conn: Connection, draft: Draft, ground: Ground, counted: Preview, now: datetime) -> Ruling:
    """The strictest rule that holds for this alert if it were issued now."""
    found = queries("alerts/approval_policy").holding(
        conn,
        kind=kind_of(draft),
        people=counted.people,
        geom=ground.geom,
        within_m=ground.within_m,
        now=now,
        channels=draft.choice.channels,
    )
    rows = rows_as(PolicyRow, found)
    if not rows:
        return Ruling(Rule.SECOND_PERSON, (UNFORESEEN,))
    strictest = [row for row in rows if row.rule == rows[0].rule]
    return Ruling(Rule(rows[0].rule), tuple(filter(None, map(conditions, strictest))))


def policy(conn: Connection) -> list[PolicyRow]:
    """All rows, mildest first."""
    return rows_as(PolicyRow, queries("alerts/approval_policy").policy(conn))


def line_of(row: PolicyRow) -> Line:
    """What of this row may be moved, as it is."""
    return Line(Rule(row.rule), row.people_over, row.km2_over, row.from_hour, row.to_hour)


def may_change(conn: Connection, officer: str) -> bool:
    """Whether this officer may move lines: an administrator who does not send alerts themselves."""
    return bool(queries("alerts/approval_policy").may_change(conn, officer=officer))


def change(conn: Connection, rule_id: int, line: Line, officer: str, *, why: str) -> None:
    """Move one rule's line; it counts for whatever is issued from then on. The audit says what was before.

    Raises NotAllowed, or PolicyRefused when it is no line or nobody said why.
    """
    if not may_change(conn, officer):
        raise NotAllowed("You send alerts, so you cannot change what needs approval. Ask another administrator.")
    row = row_as(PolicyRow, queries("alerts/approval_policy").one(conn, id=rule_id))
    if row is None:
        raise PolicyRefused("This rule no longer exists. Reload the page.")
    if not (why := cleaning.lines(why)):
        raise PolicyRefused("Give a reason for the change.")
    require_line(line)
    if line != line_of(row):
        queries("alerts/approval_policy").change(conn, id=rule_id, officer=officer, why=why, **asdict(line))


def require_line(line: Line) -> None:
    """Refuse what divides nothing. Raises PolicyRefused."""
    if any(limit is not None and not 0 < limit < inf for limit in (line.people_over, line.km2_over)):
        raise PolicyRefused("Enter a number above 0.")
    if any(hour is not None and not 0 <= hour <= 23 for hour in (line.from_hour, line.to_hour)):
        raise PolicyRefused("Enter an hour from 0 to 23.")
    if line.from_hour is not None and line.from_hour == line.to_hour:
        raise PolicyRefused("The two hours must be different.")


def changes(conn: Connection, at_most: int = 3) -> list[PolicyChange]:
    """The last changes, newest first."""
    return [
        PolicyChange(
            at=row.at,
            officer=row.officer,
            why=row.why,
            before=PolicyRow(**row.before) if row.before else None,
            after=PolicyRow(**row.after) if row.after else None,
        )
        for row in queries("alerts/approval_policy").changes(conn, at_most=at_most)
    ]


def conditions(row: PolicyRow) -> str:
    """What a row demands beside the kind, in words; empty if it always holds."""
    parts = []
    if row.people_over is not None:
        parts.append(f"more than {row.people_over:,} people")
    if row.km2_over is not None:
        parts.append(f"an area of more than {row.km2_over:g} km²")
    if row.from_hour is not None:
        parts.append(f"between {row.from_hour:02}:00 and {row.to_hour:02}:00")
    if row.channel is not None:
        parts.append(Channel(row.channel).by)
    return ", ".join(parts)


def row_words(row: PolicyRow) -> str:
    """A whole row: "Urgent alerts and neighbourhood updates, more than 3,000 people: a second person must approve"."""
    return f"{when_words(row)}: {MEANING[Rule(row.rule)]}"


def when_words(row: PolicyRow) -> str:
    """When a row holds: "Urgent alerts and neighbourhood updates, more than 3,000 people"."""
    kinds = " and ".join(words for kind, words in KINDS.items() if kind in row.kinds)
    met = conditions(row)
    return capital(f"{kinds}{', ' if met else ''}{met}")


def capital(words: str) -> str:
    """With a capital first letter, the rest as it is."""
    return words[:1].upper() + words[1:]
