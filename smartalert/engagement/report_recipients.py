"""Mailing reports, as service mails with the PDF: each month's to its readers, and any to whoever is at the screen."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from smartalert import cleaning
from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.clock import LONDON
from smartalert.config import settings
from smartalert.database.connection import Connection, queries, row_as
from smartalert.dispatch import service_mail
from smartalert.dispatch.service_mail import Kind
from smartalert.engagement import periods, report
from smartalert.engagement.panels import Scope
from smartalert.engagement.periods import Step
from smartalert.errors import NoAddress, ReaderRefused
from smartalert.subscribers.addresses import kept_address

LONGEST_NAME = 80
TO_READERS = "You get this because the commissioner’s office asked for it. Tell them if you no longer want it."
TO_ONESELF = "You get this because you pressed “E-mail it to me” on the Engagement screen. Nobody else got it."


@dataclass(frozen=True, slots=True)
class ReportMail:
    """What became of a mail with a report; neither, while it waits."""

    handed_over_at: datetime | None
    failure_reason: str | None


def readers(conn: Connection) -> list[Any]:
    """Rows of id, name, address, added_by, added_at."""
    return list(queries("engagement/report_recipients").readers(conn))


def add(conn: Connection, name: str, address: str, officer: str, now: datetime) -> None:
    """Mail them the report from now on. Raises ReaderRefused where name or address will not do."""
    name, kept = cleaning.one_line(name), kept_address(address)
    if not 1 <= len(name) <= LONGEST_NAME:
        raise ReaderRefused
    if not kept:
        raise ReaderRefused("Enter an e-mail address in the right format, like name@example.com.")
    if queries("engagement/report_recipients").add(conn, name=name, address=kept, officer=officer, now=now):
        entries.record(conn, officer, Action.ADDED_A_READER, name=name)


def remove(conn: Connection, reader_id: int, officer: str, now: datetime) -> None:
    """Mail them no more."""
    if queries("engagement/report_recipients").remove(conn, id=reader_id, officer=officer, now=now):
        entries.record(conn, officer, Action.REMOVED_A_READER, reader=reader_id)


def mail_last_month(conn: Connection, now: datetime) -> int:
    """Make the report of the month that is over and mail it to each reader, unless that was done; how many."""
    today = now.astimezone(LONDON).date()
    month = periods.month(Step.MONTH.start(today), -1)
    named = queries("engagement/report_recipients")
    if named.is_mailed(conn, month=month) or not named.any_reader(conn):
        return 0
    pdf = report.monthly(conn, month.year, month.month, today, settings())
    words = Jsonb(mail_words(f"{month:%B %Y}", TO_READERS))
    return int(named.mail(conn, month=month, name=f"smart-alert-{month:%Y-%m}", pdf=pdf, mail=words, now=now))


def mail_to(conn: Connection, officer: str, scope: Scope, pdf: bytes, now: datetime) -> int:
    """Mail a report to an officer's own address; the mail's number. Raises NoAddress where nobody knows it."""
    named, words = queries("engagement/report_recipients"), Jsonb(mail_words(scope.words, TO_ONESELF))
    name = report.file_name("smart-alert", scope)
    mail = named.mail_to(conn, officer=officer, name=name, pdf=pdf, mail=words, now=now)
    if mail is None:
        raise NoAddress
    entries.record(conn, officer, Action.MAILED_THEMSELVES, period=scope.dates, area=scope.area)
    return int(mail)


def became_of(conn: Connection, mail: int) -> ReportMail | None:
    """What became of a mail of mail_to()."""
    return row_as(ReportMail, queries("engagement/report_recipients").became_of(conn, mail=mail))


def mail_words(said: str, after: str) -> dict[str, str]:
    """The mail's subject, body and html."""
    named = said.replace("{", "{{").replace("}", "}}")
    return service_mail.word(
        Kind(
            subject=f"Smart Alert in {said}",
            paragraphs=(f"The report of {named} is attached to this email as a PDF. You may publish it.",),
            button="See the alerts",
            path="/alerts",
            after=after,
        )
    )
