"""“Send it to me”: the report of what is on the screen, mailed to whoever is at it; what becomes of it, in words."""

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import streamlit as st

from smartalert.cleaning import isolated
from smartalert.clock import utc_now
from smartalert.config import settings
from smartalert.control import access, states
from smartalert.control.access import acting, power, require_officer
from smartalert.control.drawing import piece
from smartalert.control.engagement import reading
from smartalert.control.engagement.exports import READERS
from smartalert.control.transactions import in_transaction
from smartalert.control.words import clock
from smartalert.database.connection import Connection
from smartalert.engagement import report, report_recipients
from smartalert.engagement.panels import Scope
from smartalert.errors import NoAddress, SmartAlertError

log = logging.getLogger(__name__)
SEND = power("Have the report on the screen mailed to oneself", *READERS)
#: Session key: the last report that was asked for.
LAST = "engagement:sent-to-me"
LOOK_EVERY_S = 0.7
#: A mail leaves within seconds; the screen stops looking after so long, and the worker goes on.
PATIENCE = timedelta(minutes=1)
#: Reports are made one after the other, beside the screens, which go on meanwhile.
maker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="report")


@dataclass(slots=True)
class Sending:
    """A report on its way to one officer; the thread that makes it writes what it does here."""

    chosen: str
    district: str
    said: str
    address: str = field(repr=False)
    #: What is being done.
    doing: str = "starting"
    #: The mail's number, once it is written, and when that was; or why it was not.
    mail: int | None = None
    written_at: datetime | None = None
    refusal: str = ""
    #: Nothing more will be heard of it here.
    is_over: bool = False


def button(chosen: str, district: str) -> None:
    """The one press; it rests while a report is on its way."""
    st.button(
        "E-mail it to me", key="eng-send-me", icon=":material/forward_to_inbox:", disabled=is_under_way(),
        help="E-mails you the report for this period and area now", on_click=ask, args=(chosen, district),
    )  # fmt: skip


def is_under_way() -> bool:
    """Whether more is to be heard of one."""
    last: Sending | None = st.session_state.get(LAST)
    return last is not None and not last.is_over


def ask(chosen: str, district: str) -> None:
    """Callback: have it made and mailed, or say why not."""
    officer = access.present_officer()
    if officer is None:
        return  # the screen's own guard says so
    said = reading.in_transaction(lambda conn: reading.scope(conn, chosen, reading.today(), district).words)
    sending = Sending(chosen, district, said, officer.address)
    if officer.address:
        maker.submit(make, sending, access.shown_cookie())
    else:
        sending.refusal = str(NoAddress())
    st.session_state[LAST] = sending


def make(sending: Sending, cookie: str) -> None:
    """In a thread: make the report as the role that sees no person, then write the mail as the officer who asked."""

    def read(conn: Connection) -> tuple[Scope, bytes]:
        scope = reading.scope(conn, sending.chosen, reading.today(), sending.district)
        return scope, report.of_period(conn, scope, settings(), say)

    def say(words: str) -> None:
        sending.doing = words

    try:
        scope, pdf = reading.in_transaction(read)
        with acting(SEND, cookie) as (conn, officer):
            mail = report_recipients.mail_to(conn, officer.id, scope, pdf, utc_now())
        sending.written_at, sending.mail = utc_now(), mail
    except SmartAlertError as refusal:
        sending.refusal = str(refusal)
    except Exception:
        log.exception("A report could not be made for whoever asked for it")
        sending.refusal = states.UNFORESEEN


def progress() -> None:
    """What is being done, and what came of it: looked at again until it is over."""
    st.fragment(look, run_every=LOOK_EVERY_S if is_under_way() else None)()


@states.or_failed
def look() -> None:
    """One look."""
    require_officer(*READERS)
    last: Sending | None = st.session_state.get(LAST)
    if last is None:
        return
    was_over = last.is_over
    words = sentence(last, utc_now())
    st.html(piece("line", words, "eng-sent", "alert" if last.refusal else "status"))
    if last.is_over and not was_over:
        st.rerun()  # the button may be pressed again, and nobody looks any more


def sentence(last: Sending, now: datetime) -> str:
    """How far it has come; whether it is over is noted."""
    if last.refusal:
        last.is_over = True
        return last.refusal
    if last.mail is None or last.written_at is None:
        return f"Making the report for {last.said}: {last.doing} …"
    the_report, address = f"The report for {last.said}", isolated(last.address)
    became = in_transaction(report_recipients.became_of, last.mail)
    last.is_over = True
    if became is None or became.failure_reason:
        return f"{the_report} could not be e-mailed to {address}. Use “Make the report” instead."
    if became.handed_over_at:
        return f"{the_report} was handed over for {address} at {clock(became.handed_over_at)}. Check your inbox."
    if now - last.written_at > PATIENCE:
        return f"{the_report} is waiting to be handed over for {address}. We keep trying for an hour."
    last.is_over = False
    return f"{the_report} is on its way to {address} …"
