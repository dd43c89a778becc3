"""What came of it: told to each person who answered an alert and let us contact them, by e-mail or on their phone."""

from dataclasses import dataclass
from datetime import datetime
from textwrap import shorten
from uuid import UUID

from psycopg.types.json import Jsonb

from smartalert import cleaning
from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.database.connection import Connection, queries, rows_as
from smartalert.dispatch import service_mail
from smartalert.dispatch.service_mail import Kind
from smartalert.errors import ResponseRefused

#: In a service mail, and on a lock screen; the app has all of it.
LONGEST, LONGEST_PUSH = 2_000, 300


@dataclass(frozen=True, slots=True)
class ToldOutcome:
    """What was told of one alert, and to how many."""

    told_at: datetime
    officer: str
    words: str
    people: int


def people(conn: Connection, alert_id: int) -> int:
    """How many would be told now."""
    return int(queries("responses/outcomes").people(conn, alert_id=alert_id))


def told(conn: Connection, alert_id: int) -> list[ToldOutcome]:
    """What was told of one alert, oldest first."""
    return rows_as(ToldOutcome, queries("responses/outcomes").told(conn, alert_id=alert_id))


def tell(conn: Connection, alert_id: int, words: str, officer: str, now: datetime) -> int:
    """Tell everybody who answered; how many. The same words twice tell once. Raises ResponseRefused."""
    words = cleaning.lines(words)
    if not words or len(words) > LONGEST:
        raise ResponseRefused(f"Write the outcome in {LONGEST:,} characters or fewer.")
    number = people(conn, alert_id)
    if number == 0:
        raise ResponseRefused("Nobody who answered this alert let us contact them.")
    named = queries("responses/outcomes")
    alert = named.alert(conn, alert_id=alert_id)
    if not named.keep(conn, alert_id=alert_id, told_at=now, officer=officer, words=words, people=number):
        raise ResponseRefused("You have already told them exactly this.")
    named.tell(conn, alert_id=alert_id, mail=Jsonb(mail_words(alert.identifier, alert.incident_number, words)))
    entries.record(conn, officer, Action.TOLD_THE_OUTCOME, alert_id=alert_id, people=number)
    return number


def mail_words(identifier: UUID, incident_number: str, words: str) -> dict[str, str]:
    """The mail's subject, body and html, and what a phone shows in its place."""
    paragraphs = ("Thank you for telling us about this incident. This is what happened:", *words.splitlines())
    kind = service_mail.word(
        Kind(
            subject=f"What happened with incident {incident_number}"
            if incident_number
            else "What happened after you told us",
            # Braces of an officer's are braces, not gaps.
            paragraphs=tuple(one.replace("{", "{{").replace("}", "}}") for one in paragraphs if one.strip()),
            button="See the alert",
            path=f"/alerts/{identifier}",
            after="You got this because you answered the alert and said we can contact you.",
        )
    )
    return {**kind, "push": shorten(words, LONGEST_PUSH, placeholder=" …")}
