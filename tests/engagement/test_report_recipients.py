"""The month's report by mail: once, to whoever wants it, as the very PDF that is kept."""

from base64 import b64encode
from datetime import UTC, date, datetime

import psycopg
import pytest

from smartalert.dispatch import service_mail
from smartalert.engagement import report_recipients
from smartalert.engagement.panels import Scope
from smartalert.engagement.periods import Period
from smartalert.engagement.published import Until
from smartalert.engagement.report_recipients import ReportMail, add, mail_last_month, readers, remove
from smartalert.errors import NoAddress, ReaderRefused
from smartalert.officers import register
from smartalert.officers.register import Officer, Role
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
    (number,) = worker.execute(
        "select m.id from service_mails m join monthly_reports r using (report) where month = %s", (date(2026, 10, 1),)
    ).fetchone()
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


OCTOBER = Scope(Period.of_month(2026, 10), NOW.date(), Until(NOW.date(), date(2026, 11, 1)), "Ashby {North}")


@pytest.fixture
def analyst(conn: psycopg.Connection) -> str:
    """An analyst whose address the sign-in gave."""
    register.sign_in(conn, Officer("a.price", "Gwen Price", "", (Role.ANALYST,), address=GWEN[1].lower()), NOW)
    return "a.price"


def test_an_officer_has_the_report_of_the_screen_mailed_to_themselves(conn: psycopg.Connection, analyst: str) -> None:
    number = report_recipients.mail_to(conn, analyst, OCTOBER, b"%PDF-1", NOW)
    waiting = report_recipients.became_of(conn, number)
    assert waiting == ReportMail(None, None)
    mail = service_mail.claim(conn, number, NOW)
    assert mail is not None
    assert (mail.address, mail.subject) == (GWEN[1].lower(), "EXERCISE: Smart Alert in October 2026, Ashby {North}")
    (file,) = mail.message.attachments
    assert file.name == "EXERCISE-smart-alert_ashby-north_2026-10-01_2026-10-31_made-2026-11-02.pdf"
    assert file.content == b"%PDF-1"
    assert "Ashby {North}" in (mail.body or "")
    service_mail.finish(conn, mail, handed_over_at=NOW)
    assert report_recipients.became_of(conn, number) == ReportMail(NOW, None)
    (entry,) = conn.execute("select officer, detail from audit where action = 'had a report mailed to themselves'")
    assert (entry.officer, entry.detail) == (analyst, {"period": "October 2026", "area": "Ashby {North}"})


def test_nobody_is_mailed_whose_address_is_not_known(conn: psycopg.Connection, analyst: str) -> None:
    register.sign_in(conn, Officer(analyst, "Gwen Price", "", (Role.ANALYST,)), NOW)
    with pytest.raises(NoAddress):
        report_recipients.mail_to(conn, analyst, OCTOBER, b"%PDF-1", NOW)
    assert conn.execute("select count(*) from reports").fetchone() == (0,)


def test_what_somebody_had_mailed_to_themselves_is_forgotten_and_a_month_is_not(
    conn: psycopg.Connection, analyst: str
) -> None:
    add(conn, *GWEN, "analyst.price", NOW)
    assert mail_last_month(conn, NOW) == 1
    number = report_recipients.mail_to(conn, analyst, OCTOBER, b"%PDF-1", NOW)
    conn.execute("update reports set made_at = now() - interval '2 days'")
    service_mail.forget_what_is_over(conn)
    assert [row.name for row in conn.execute("select name from reports")] == ["smart-alert-2026-10"]
    assert report_recipients.became_of(conn, number) is None
