"""The audit screen: whether the chain is whole, and who did what, by officer, action, alert and time."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from smartalert.audit import chain as audit_chain
from smartalert.audit import entries as audit_entries
from smartalert.audit.chain import Verdict
from smartalert.audit.entries import Search
from smartalert.clock import LONDON, utc_now
from smartalert.config import settings
from smartalert.control import states
from smartalert.control.access import Role
from smartalert.control.names import name_of
from smartalert.control.transactions import in_transaction
from smartalert.control.words import clock, count, day_and_clock
from smartalert.database.connection import Connection

STYLE = Path(__file__).with_name("page.css")
#: Who may read the audit. Nobody may write it.
AUDITORS = (Role.ADMINISTRATOR, Role.APPROVER)
#: Rows shown at first, and how many more at each press.
ROWS = 100
#: A whole look at the chain reads every entry, so it is kept for so long; "Check again" looks at once.
CHECKED_FOR_S = 600
PERIODS = {"today": "Today", "week": "7 days", "month": "30 days", "all": "All"}
#: Session keys.
OFFICER, ACTION, ABOUT, PERIOD, SHOWN = "audit:officer", "audit:action", "audit:about", "audit:period", "audit:shown"


@dataclass(frozen=True, slots=True)
class Checked:
    """The last look at the whole chain."""

    verdict: Verdict
    at: datetime


def page() -> None:
    """Draw the screen."""
    st.html(STYLE)
    st.html('<h1 class="sa-title">Audit</h1>')
    chain()
    wanted = filters()
    at_most = st.session_state.get(SHOWN, ROWS)
    found = in_transaction(look_up, wanted, at_most + 1)
    if not found:
        states.state(
            "Nothing found", "Nothing in the audit fits. Widen the time, or clear a filter.", icon="search_off"
        )
        return
    exports(wanted, found)
    st.html(table_html(found[:at_most], utc_now()))
    if len(found) > at_most:
        st.button("Show older entries", key="audit:older", on_click=show_more, icon=":material/expand_more:")


def chain() -> None:
    """The state of the chain in words, and a way to look again."""
    look = checked()
    whole = look.verdict.unbroken
    with st.container(key="audit-whole" if whole else "audit-broken", horizontal=True, vertical_alignment="center"):
        st.html(chain_html(look))
        st.button("Check again", key="audit:check", on_click=check_again, icon=":material/refresh:")


def chain_html(look: Checked) -> str:
    """ "12,402 entries, unbroken; checked 14:02", or what is wrong and what to do."""
    verdict = look.verdict
    entries, at = count(verdict.entries, "entry", "entries"), clock(look.at)
    if verdict.unbroken:
        head = verdict.last_head
        signed = f"Signed up to entry {head.position:,} at {clock(head.signed_at)}." if head else "Not signed yet."
        return (
            f'<div class="au-chain" role="status"><span class="sa-icon" aria-hidden="true">verified_user</span>'
            f"<p><b>{entries}, unbroken; checked {at}</b><small>{signed} They end in "
            f"<code>{verdict.tip.hex()[:16]}</code>.</small></p></div>"
        )
    found = "".join(f"<li>{escape(finding)}</li>" for finding in verdict.findings)
    more = f"<li>… and {verdict.more:,} more like these.</li>" if verdict.more else ""
    return (
        f'<div class="au-chain" role="alert"><span class="sa-icon" aria-hidden="true">gpp_bad</span>'
        f"<div><b>The audit was tampered with: {entries}, checked {at}</b><ul>{found}{more}</ul><small>Keep the "
        "database and the workers’ logs as they are, and tell whoever answers for data in the force.</small>"
        "</div></div>"
    )


@st.cache_resource(ttl=CHECKED_FOR_S, show_spinner="Reading every entry …")
def checked() -> Checked:
    """One look at the whole chain for everybody."""
    return Checked(in_transaction(audit_chain.verify, audit_chain.kept_heads(settings().audit_heads)), utc_now())


def check_again() -> None:
    """Callback: let the page read every entry once more, if it may be drawn."""
    checked.clear()


def show_more() -> None:
    """Callback: more of the same."""
    st.session_state[SHOWN] = st.session_state.get(SHOWN, ROWS) + ROWS


def filters() -> Search:
    """What to look for, as chosen; an address may name an alert."""
    officers, actions = in_transaction(audit_entries.choices)
    if ABOUT not in st.session_state:
        st.session_state[ABOUT] = st.query_params.get("alert", "")
    with st.container(key="audit-filters", horizontal=True, vertical_alignment="bottom"):
        officer = st.selectbox("Who", ["", *officers], key=OFFICER, format_func=lambda one: name_of(one) or "Anybody")
        action = st.selectbox("What", ["", *actions], key=ACTION, format_func=lambda one: one or "Anything")
        about = st.text_input("Alert", key=ABOUT, placeholder="Number, incident or words", icon=":material/search:")
        period = st.segmented_control(
            "When", list(PERIODS), key=PERIOD, default="week", format_func=PERIODS.__getitem__
        )
    return Search(officer or "", action or "", about.strip(), since=beginning(period or "all", utc_now()))


def beginning(period: str, now: datetime) -> datetime | None:
    """When a period began: today at London's midnight."""
    midnight = now.astimezone(LONDON).replace(hour=0, minute=0, second=0, microsecond=0)
    days = {"today": 0, "week": 7, "month": 30}.get(period)
    return None if days is None else midnight - timedelta(days=days)


def look_up(conn: Connection, wanted: Search, at_most: int) -> list[Any]:
    """The entries that fit."""
    return audit_entries.search(conn, wanted, at_most=at_most)


def exports(wanted: Search, found: list[Any]) -> None:
    """What is shown as a table to take away, and the whole story where it is about one alert."""
    asked = urlencode({name: value for name, value in asdict(wanted).items() if value})
    links = [link(f"audit/table?{asked}", "table", "Download as CSV")]
    about = {row.alert_id: row.headline for row in found if row.alert_id}
    if len(about) == 1:
        alert_id = next(iter(about))
        links.append(link(f"audit/story?alert={alert_id}", "auto_stories", f"Whole story of alert {alert_id}"))
    st.html(f'<p class="au-files">{"".join(links)}</p>')


def link(address: str, icon: str, words: str) -> str:
    """A link that downloads."""
    return (
        f'<a class="sa-file" href="{escape(address)}" target="_self" download>'
        f'<span class="sa-icon" aria-hidden="true">{icon}</span>{escape(words)}</a>'
    )


def table_html(rows: list[Any], now: datetime) -> str:
    """The entries, newest first."""
    body = "".join(row_html(row, now) for row in rows)
    return (
        '<table class="sa-table au-table"><thead><tr><th scope="col">When</th><th scope="col">Who</th>'
        '<th scope="col">What</th><th scope="col">Alert</th><th scope="col">Entry</th></tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def row_html(row: Any, now: datetime) -> str:
    """One entry."""
    alert = (
        f'<a href="live_alerts?alert={row.alert_id}" target="_self">{escape(row.headline)}</a>'
        f"<small>Alert {row.alert_id} · incident {escape(row.incident_number)}</small>"
        if row.alert_id
        else ""
    )
    return (
        f'<tr><td><time datetime="{row.at.isoformat()}">{day_and_clock(row.at, now)}'
        f"<i>:{row.at.astimezone(LONDON):%S}</i></time></td><td>{escape(name_of(row.officer))}</td>"
        f"<td><b>{escape(row.action)}</b>{detail_html(dict(row.detail))}</td><td>{alert}</td>"
        f'<td title="{row.hash.hex()}">{row.position:,}</td></tr>'
    )


def detail_html(detail: dict[str, Any]) -> str:
    """The facts of an entry: what changed, why, and whatever else it says."""
    before, after, why = detail.pop("before", None), detail.pop("after", None), audit_entries.reason(detail)
    parts = [f"“{escape(str(why))}”"] if why else []
    if before is not None or after is not None:
        parts.append(
            f"<del>{escape(value_words(before) or 'nothing')}</del> → {escape(value_words(after) or 'nothing')}"
        )
    parts += [f"{escape(name.replace('_', ' '))} {escape(value_words(value))}" for name, value in detail.items()]
    return f"<small>{' · '.join(parts)}</small>" if parts else ""


def value_words(value: Any) -> str:
    """One fact as text: "1,284", "push 3, email 4"."""
    match value:
        case dict():
            return ", ".join(f"{name.replace('_', ' ')} {value_words(part)}" for name, part in value.items())
        case list():
            return ", ".join(map(value_words, value))
        case bool() | None:
            return {True: "yes", False: "no", None: ""}[value]
        case int():
            return f"{value:,}"
        case str() if len(value) == 64 and value.isalnum():
            return f"{value[:12]}…"
    return str(value)
