"""What waits for an approver, what they still have to look at afterwards, and the policy that says which is which."""

from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

import streamlit as st

from smartalert.alerts import approval_policy, approvals, reviews
from smartalert.alerts.incidents import KINDS
from smartalert.clock import utc_now
from smartalert.control import states, transactions
from smartalert.control.access import Officer, Role, power, require_officer
from smartalert.control.approvals import request
from smartalert.control.names import name_of
from smartalert.control.send import browser
from smartalert.control.words import clock, count, when

REVIEW = power("Look afterwards at alerts that went at once", Role.APPROVER)
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
    asked = st.query_params.get("request", "")
    if asked.isdecimal() and len(asked) < 18:
        request.page(int(asked), officer)
        return
    st.html('<h1 class="sa-title">Approvals</h1>')
    request.note(0)
    st.fragment(requests, run_every=LIST_EVERY_S)()
    st.fragment(afterwards, run_every=LIST_EVERY_S)()
    with transactions.reading() as conn:
        rows, last = approval_policy.policy(conn), reviews.recent(conn)
    if last:
        st.html(looked_at_html(last, utc_now()))
    st.html(policy_html(rows))


@states.or_failed
def requests() -> None:
    """Requests that wait, each a link."""
    officer = require_officer(Role.APPROVER)
    now = utc_now()
    with transactions.reading() as conn:
        rows = approvals.waiting(conn, now)
    if rows:
        cards = "".join(request_html(row, officer, now) for row in rows)
        body = f'<ul class="sa-list">{cards}</ul>'
    else:
        body = '<p class="sa-nothing">Nothing waits for approval. New requests appear here by themselves.</p>'
    st.html(f"<section><h2>Waiting for approval</h2>{body}</section>")


def request_html(row: Any, officer: Officer, now: datetime) -> str:
    """One request as a link: what, where, how many, why, since when and from whom."""
    kind = KINDS.get(row.incident_kind)
    mine = " · yours: another approver decides" if row.author == officer.id else ""
    return (
        f'<li><a href="approvals?request={row.id}" target="_self"><span class="sa-icon" aria-hidden="true">'
        f"{kind.icon if kind else 'campaign'}</span><div><b>{escape(row.headline)}</b>"
        f"<small>{escape(row.area_text)} · incident {escape(row.incident_number)}{mine}</small></div>"
        f"{tag_html(row.urgent)}"
        f'<span class="sa-people">{count(row.people, "person", "people")}</span>'
        f'<span class="sa-phase"><span class="sa-icon" aria-hidden="true">hourglass_top</span>'
        f"until {clock(row.lapses_at)}</span>"
        f'<span class="sa-when">{when(row.submitted_at, now)}<small>{escape(name_of(row.author))}</small></span>'
        "</a></li>"
    )


def tag_html(urgent: bool) -> str:
    """Urgent or update, in a word."""
    return f'<span class="sa-tag {"urgent" if urgent else ""}">{"Urgent" if urgent else "Update"}</span>'


@states.or_failed
def afterwards() -> None:
    """Alerts that went at once and that nobody has looked at since."""
    officer = require_officer(Role.APPROVER)
    now = utc_now()
    with transactions.reading() as conn:
        rows = reviews.due(conn, now)
    st.html("<section><h2>To look at afterwards</h2></section>")
    if not rows:
        st.html('<p class="sa-nothing">Every alert that went at once has been looked at.</p>')
    for row in rows[:MOST_ROWS]:
        with st.container(key=f"after-row-{row.id}", horizontal=True, vertical_alignment="center", gap="small"):
            after_row(row, officer, now)
    if len(rows) > MOST_ROWS:
        st.html(f'<p class="sa-nothing">{count(len(rows) - MOST_ROWS, "more follows", "more follow")}.</p>')


def after_row(row: Any, officer: Officer, now: datetime) -> None:
    """One of them: the way to its page, and the two answers; none for whoever sent it."""
    st.html(
        f'<a href="live_alerts?alert={row.id}" target="_self">{tag_html(row.urgent)}<div><b>{escape(row.headline)}</b>'
        f"<small>{escape(row.area_desc)} · incident {escape(row.incident_number)} · "
        f"{count(row.people, 'person', 'people')} · {when(row.issued_at, now)} · {escape(name_of(row.issued_by))}"
        "</small></div></a>"
    )
    if row.issued_by == officer.id:
        st.html('<span class="sa-nothing">yours: another approver looks</span>', width="content")
    elif st.session_state.get(CONCERNED) == row.id:
        st.text_input("What was not right", key=f"concern-{row.id}", max_chars=300, width=320)
        st.button("Leave it", key=f"leave-{row.id}", on_click=concern, args=(None,))
        st.button("Raise it", key=f"raise-{row.id}", type="primary", on_click=raise_concern, args=(row.id,))
    else:
        st.button("Seen and right", key=f"right-{row.id}", icon=":material/check:", on_click=right, args=(row.id,))
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


def looked_at_html(rows: list[Any], now: datetime) -> str:
    """The last looks afterwards, concerns in their words."""
    items = "".join(
        f'<li><a href="live_alerts?alert={row.alert_id}" target="_self">{escape(row.headline)}</a> '
        f"{'<b>Concern:</b> ' + escape(row.concern) if row.concern else 'Seen and right'}"
        f" <small>{escape(name_of(row.reviewed_by))}, {when(row.reviewed_at, now)}</small></li>"
        for row in rows
    )
    return f'<details class="sa-policy"><summary>Looked at lately</summary><ul>{items}</ul></details>'


def policy_html(rows: list[Any]) -> str:
    """The policy in words, as the database holds it."""
    items = "".join(f"<li>{escape(approval_policy.row_words(row))}.</li>" for row in rows)
    return (
        '<details class="sa-policy"><summary>What needs approval</summary>'
        f"<ul>{items}</ul><p>The strictest rule that holds decides.</p></details>"
    )
