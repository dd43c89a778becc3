"""Who has practised: a drill within so many days before sending live, as the force's rule has it."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from smartalert import cleaning
from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.clock import LONDON
from smartalert.database.connection import Connection, queries, row_as, rows_as
from smartalert.errors import PolicyRefused

#: Days within which a drill may be asked for, and for which an administrator may let somebody send without one.
FEWEST_DAYS, MOST_DAYS, LONGEST_PERMIT = 7, 730, 31
#: A drill is due so long before the rule says that it is too old.
DUE_BEFORE = timedelta(days=14)


class Effect(StrEnum):
    """What the rule does to whoever has not practised in time."""

    OFF = "off"
    WARNING = "warning"
    REFUSAL = "refusal"


@dataclass(frozen=True, slots=True)
class Rule:
    """The force's rule."""

    effect: Effect
    within_days: int


@dataclass(frozen=True, slots=True)
class Sender:
    """Somebody who sends, and their newest drill with a score; None: they have done none."""

    officer: str
    name: str
    scenario: str | None
    total: int | None
    ended_at: datetime | None
    #: An administrator lets them send without a drill until then.
    allowed_until: datetime | None

    def is_in_time(self, rule: Rule, now: datetime) -> bool:
        """Whether their drill is no older than the rule asks."""
        return self.ended_at is not None and self.ended_at > now - timedelta(days=rule.within_days)

    def is_due(self, rule: Rule, now: datetime) -> bool:
        """Whether they should do one soon."""
        return self.ended_at is None or self.ended_at < now - timedelta(days=rule.within_days) + DUE_BEFORE

    def is_allowed(self, now: datetime) -> bool:
        """Whether an administrator lets them send now."""
        return self.allowed_until is not None and self.allowed_until > now


@dataclass(frozen=True, slots=True)
class Overdue:
    """What stands against sending live: in words, and whether it keeps an alert from leaving."""

    words: str
    blocks: bool


def rule(conn: Connection) -> Rule:
    """As it is."""
    row = queries("officers/practice").rule(conn)
    return Rule(Effect(row.effect), row.within_days)


def change(conn: Connection, wanted: Rule, officer: str, *, why: str) -> None:
    """Another rule, by an administrator and with a reason. Raises PolicyRefused."""
    if not (why := cleaning.lines(why)):
        raise PolicyRefused("Give a reason for the change.")
    if not FEWEST_DAYS <= wanted.within_days <= MOST_DAYS:
        raise PolicyRefused(f"Enter {FEWEST_DAYS} to {MOST_DAYS} days.")
    before = rule(conn)
    queries("officers/practice").change_rule(conn, effect=wanted.effect, within_days=wanted.within_days)
    entries.record(conn, officer, Action.DRILL_RULE, before=asdict(before), after=asdict(wanted), why=why)


def senders(conn: Connection) -> list[Sender]:
    """Everybody who sends, whoever practised longest ago first."""
    return rows_as(Sender, queries("officers/practice").senders(conn))


def permit(conn: Connection, officer: str, days: int, by: str, now: datetime, *, why: str) -> None:
    """Let an officer send without a drill for so many days. Raises PolicyRefused."""
    if not (why := cleaning.lines(why)):
        raise PolicyRefused("Say why this officer may send without a drill.")
    if not 1 <= days <= LONGEST_PERMIT:
        raise PolicyRefused(f"Enter 1 to {LONGEST_PERMIT} days.")
    if officer == by:
        raise PolicyRefused("Another administrator must let you send without a drill.")
    until = now + timedelta(days=days)
    queries("officers/practice").permit(conn, officer=officer, now=now, until=until, by=by, why=why)
    entries.record(conn, by, Action.DRILL_PERMIT, of=officer, until=until.isoformat(), why=why)


def against(conn: Connection, officer: str, now: datetime) -> Overdue | None:
    """What stands against this officer's sending live for lack of practice; None where nothing does."""
    ours = rule(conn)
    sender = row_as(Sender, queries("officers/practice").sender(conn, officer=officer))
    if ours.effect is Effect.OFF or sender is None or sender.is_in_time(ours, now) or sender.is_allowed(now):
        return None
    last = "You have not done a drill yet"
    if sender.ended_at is not None:
        last = f"Your last drill was on {sender.ended_at.astimezone(LONDON):%-d %B %Y}"
    asked = f"{last}, and your force asks for one within {ours.within_days} days before sending. Ask a trainer for one"
    blocks = ours.effect is Effect.REFUSAL
    return Overdue(f"{asked}, or an administrator to let you send meanwhile." if blocks else f"{asked}.", blocks)
