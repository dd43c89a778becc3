"""The month's report by mail: once, to whoever wants it, as the very PDF that is kept."""

from base64 import b64encode
from datetime import UTC, date, datetime

import psycopg
import pytest

from smartalert.dispatch import service_mail
from smartalert.engagement import report_recipients
from smartalert.engagement.report_recipients import add, mail_last_month, readers, remove
from smartalert.errors import ReaderRefused
from smartalert.providers.sendgrid.mail import Sender, request_body

NOW = datetime(2026, 11, 2, 7, tzinfo=UTC)
GWEN = ("Gwen Price", "Gwen.Price@Office.example")


@pytest.fixture
def worker(conn: psycopg.Connection) -> psycopg.Connection:
    """One reader, and then nothing but the worker's rights."""
    add(conn, *GWEN, "analyst.price", NOW)
    add(conn, *GWEN, "analyst.price", NOW)
    conn.execute("set local role smartalert_worker")
    return conn


def test_a_reader_is_kept_once_and_may_be_taken_off(conn: psycopg.Connection) -> None:
    for _ in range(2):
        add(conn, *GWEN, "analyst.price", NOW)
    (gwen,) = readers(conn)
    assert gwen.address == "gwen.price@office.example"
    remove(conn, gwen.id, "analyst.price", NOW)
    assert readers(conn) == []


@pytest.mark.parametrize(("name", "address"), [("", "a@b.example"), ("Gwen", "no address"), ("Gwen", "")])
def test_nobody_is_added_without_name_and_address(conn: psycopg.Connection, name: str, address: str) -> None:
    with pytest.raises(ReaderRefused):
        add(conn, name, address, "analyst.price", NOW)


def test_a_month_is_mailed_once_as_the_pdf_that_is_kept(worker: psycopg.Connection) -> None:
    assert mail_last_month(worker, NOW) == 1
    assert mail_last_month(worker, NOW) == 0
    (number,) = worker.execute("select id from service_mails where report_month = %s", (date(2026, 10, 1),)).fetchone()
    mail = service_mail.claim(worker, number, NOW)
    assert mail is not None
    assert mail.subject == "EXERCISE: Smart Alert in October 2026"
    (file,) = mail.message.attachments
    assert file.name == "EXERCISE-smart-alert-2026-10.pdf"
    assert file.content.startswith(b"%PDF-")
    (sent,) = request_body(mail.message, Sender("a@b.example", "Force"), [mail.addressee])["attachments"]
    assert sent == {"content": b64encode(file.content).decode(), "type": "application/pdf", "filename": file.name}


def test_without_a_reader_no_report_is_made(conn: psycopg.Connection) -> None:
    assert mail_last_month(conn, NOW) == 0
    assert conn.execute("select count(*) from monthly_reports").fetchone() == (0,)


def test_workers_cannot_read_whom_it_goes_to(worker: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        report_recipients.readers(worker)
