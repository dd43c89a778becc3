"""What waits for an approver, what they still have to look at afterwards, and the policy that says which is which."""

from datetime import datetime
from pathlib import Path

import streamlit as st

from smartalert.alerts import approval_policy, approvals, reviews
from smartalert.alerts.incidents import KINDS
from smartalert.alerts.reviews import DueAlert
from smartalert.clock import utc_now
from smartalert.control import states, transactions
from smartalert.control.access import Officer, Role, power, require_officer
from smartalert.control.approvals import duty, request
from smartalert.control.drawing import draw, piece
from smartalert.control.names import name_of
from smartalert.control.send import browser
from smartalert.database.connection import row_number

REVIEW = power("Review alerts that went at once", Role.APPROVER)
STYLE = Path(__file__).with_name("page.css")
LIST_EVERY_S = 1.5
#: More would only be scrolled past.
MOST_ROWS = 20
#: Session key: the alert about which a concern is being written.
CONCERNED = "approvals:concerned"


def page(officer: Officer) -> None:
    """The list, or the one request that the address names."""
    browser.mount()
    st.html(STYLE)
    asked = row_number(st.query_params.get("request", ""))
    if asked is not None:
        request.page(asked, officer)
        return
    st.html(piece("title", "Approvals"))
    request.note(0)
    st.fragment(duty.own, run_every=duty.LOOK_EVERY_S)()
    st.fragment(requests, run_every=LIST_EVERY_S)()
    st.fragment(afterwards, run_every=LIST_EVERY_S)()
    with transactions.reading() as conn:
        rows, last = approval_policy.policy(conn), reviews.recent(conn)
    if last:
        st.html(draw("control/approvals/looked_at.html", rows=last, now=utc_now(), name_of=name_of))
    st.html(draw("control/approvals/policy.html", rules=map(approval_policy.row_words, rows)))


@states.or_failed
def requests() -> None:
    """Requests that wait, each a link."""
    officer = require_officer(Role.APPROVER)
    now = utc_now()
    with transactions.reading() as conn:
        rows = approvals.waiting(conn, now)
    facts = {"rows": rows, "officer": officer, "now": now, "name_of": name_of, "kinds": KINDS}
    st.html(draw("control/approvals/requests.html", **facts))


@states.or_failed
def afterwards() -> None:
    """Alerts that went at once and that nobody has looked at since."""
    officer = require_officer(Role.APPROVER)
    now = utc_now()
    with transactions.reading() as conn:
        rows = reviews.due(conn, now)
    st.html(piece("section", "To review afterwards"))
    if not rows:
        st.html(piece("line", "There are no alerts to review.", "sa-nothing"))
    for row in rows[:MOST_ROWS]:
        with st.container(key=f"after-row-{row.id}", horizontal=True, vertical_alignment="center", gap="small"):
            after_row(row, officer, now)
    if len(rows) > MOST_ROWS:
        more = len(rows) - MOST_ROWS
        st.html(piece("line", f"{more:,} more to review after these.", "sa-nothing"))


def after_row(row: DueAlert, officer: Officer, now: datetime) -> None:
    """One of them: the way to its page, and the two answers; none for whoever sent it."""
    st.html(draw("control/approvals/after.html", row=row, now=now, name_of=name_of))
    if row.issued_by == officer.id:
        st.html(piece("line", "you sent this: another approver reviews it", "sa-nothing", "", "span"), width="content")
    elif st.session_state.get(CONCERNED) == row.id:
        st.text_input("What is your concern?", key=f"concern-{row.id}", max_chars=300, width=320)
        st.button("Cancel", key=f"leave-{row.id}", on_click=concern, args=(None,))
        st.button("Raise the concern", key=f"raise-{row.id}", type="primary", on_click=raise_concern, args=(row.id,))
    else:
        st.button("No concern", key=f"right-{row.id}", icon=":material/check:", on_click=right, args=(row.id,))
        st.button("Raise a concern …", key=f"concern-of-{row.id}", on_click=concern, args=(row.id,))


def concern(alert_id: int | None) -> None:
    """Callback: begin, or leave, writing what was not right."""
    st.session_state[CONCERNED] = alert_id


def right(alert_id: int) -> None:
    """Callback: it was right to send it."""
    request.act(REVIEW, 0, lambda conn, officer: reviews.seen_and_right(conn, alert_id, officer, utc_now()))


def raise_concern(alert_id: int) -> None:
    """Callback: keep the concern in the words that were written."""
    words = str(st.session_state.get(f"concern-{alert_id}", ""))
    if request.act(
        REVIEW, 0, lambda conn, officer: reviews.raise_concern(conn, alert_id, officer, utc_now(), words=words)
    ):
        concern(None)
