"""Who gets the month's report by mail, and mailing it: once a month, as a service mail with the PDF."""

from datetime import date, datetime
from typing import Any

from psycopg.types.json import Jsonb

from smartalert import cleaning
from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.clock import LONDON
from smartalert.config import settings
from smartalert.database.connection import Connection, queries
from smartalert.dispatch import service_mail
from smartalert.dispatch.service_mail import Kind
from smartalert.engagement import periods, report
from smartalert.engagement.periods import Step
from smartalert.errors import ReaderRefused
from smartalert.subscribers.addresses import kept_address

LONGEST_NAME = 80


def readers(conn: Connection) -> list[Any]:
    """Rows of id, name, address, added_by, added_at."""
    return list(queries("engagement/report_recipients").readers(conn))


def add(conn: Connection, name: str, address: str, officer: str, now: datetime) -> None:
    """Mail them the report from now on. Raises ReaderRefused where name or address will not do."""
    name, kept = cleaning.one_line(name), kept_address(address)
    if not 1 <= len(name) <= LONGEST_NAME:
        raise ReaderRefused
    if not kept:
        raise ReaderRefused(f"“{cleaning.one_line(address)}” is not an e-mail address.")
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
    return int(named.mail(conn, month=month, pdf=pdf, mail=Jsonb(mail_words(month)), now=now))


def mail_words(month: date) -> dict[str, str]:
    """The mail's subject, body and html."""
    return service_mail.word(
        Kind(
            subject=f"Smart Alert in {month:%B %Y}",
            paragraphs=(f"The report of {month:%B %Y} comes with this mail, as a PDF that may be published.",),
            button="See the alerts",
            path="/alerts",
            after="You get this because the commissioner’s office asked for it. Tell them if you want it no more.",
        )
    )
