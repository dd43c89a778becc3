"""The audit screen: whether the chain is whole, and who did what, by officer, action, alert and time."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

from smartalert import cleaning
from smartalert.audit import chain as audit_chain
from smartalert.audit import entries as audit_entries
from smartalert.audit import signed_heads
from smartalert.audit.chain import Verdict
from smartalert.audit.entries import FoundEntry, Search
from smartalert.clock import LONDON, utc_now
from smartalert.config import settings
from smartalert.control import chosen, states
from smartalert.control.access import Role
from smartalert.control.audit import words
from smartalert.control.drawing import draw, piece
from smartalert.control.names import name_of
from smartalert.control.transactions import in_transaction
from smartalert.database.connection import Connection

STYLE = Path(__file__).with_name("page.css")
#: Who may read the audit. Nobody may write it.
AUDITORS = (Role.ADMINISTRATOR, Role.APPROVER)
#: Rows shown at first, and how many more at each press.
ROWS = 100
#: A whole look at the chain reads every entry, so it is kept for so long; "Check again" looks at once.
CHECKED_FOR_S = 600
PERIODS = {"today": "Today", "week": "7 days", "month": "30 days", "all": "All"}
#: Session keys, and so called in the address too, where what is looked for outlives a reload and Back.
OFFICER, ACTION, ABOUT, PERIOD = "who", "what", "alert", "when"
USUAL = {PERIOD: "week"}
LONGEST_SEARCH = 200
SHOWN = "audit:shown"


@dataclass(frozen=True, slots=True)
class Checked:
    """The last look at the whole chain."""

    verdict: Verdict
    at: datetime


def page() -> None:
    """Draw the screen."""
    st.html(STYLE)
    st.html(piece("title", "Audit"))
    chain()
    wanted = filters()
    at_most = st.session_state.get(SHOWN, ROWS)
    found = in_transaction(look_up, wanted, at_most + 1)
    if not found:
        states.state("No entries found", "Choose a longer time or clear a filter.", icon="search_off")
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
        st.html(draw("control/audit/chain.html", verdict=look.verdict, at=look.at))
        st.button("Check again", key="audit:check", on_click=check_again, icon=":material/refresh:")


@st.cache_resource(ttl=CHECKED_FOR_S, show_spinner="Checking every entry …")
def checked() -> Checked:
    """One look at the whole chain for everybody."""
    heads = signed_heads.kept(settings().audit_heads)
    return Checked(in_transaction(audit_chain.verify, heads, world="every"), utc_now())


def check_again() -> None:
    """Callback: let the page read every entry once more, if it may be drawn."""
    checked.clear()


def show_more() -> None:
    """Callback: more of the same."""
    st.session_state[SHOWN] = st.session_state.get(SHOWN, ROWS) + ROWS


def filters() -> Search:
    """What to look for, as chosen; an address may name an alert."""
    officers, actions = in_transaction(audit_entries.choices)
    chosen.adopt(
        "audit",
        {
            OFFICER: chosen.one_of(officers, ""),
            ACTION: chosen.one_of(actions, ""),
            ABOUT: lambda asked: cleaning.one_line(asked, LONGEST_SEARCH),
            PERIOD: chosen.one_of(PERIODS, USUAL[PERIOD]),
        },
    )
    with st.container(key="audit-filters", horizontal=True, vertical_alignment="bottom"):
        officer = st.selectbox("Who", ["", *officers], key=OFFICER, format_func=lambda one: name_of(one) or "Anybody")
        action = st.selectbox("What", ["", *actions], key=ACTION, format_func=words.action_choice)
        about = st.text_input(
            "Alert",
            key=ABOUT,
            placeholder="Number, incident or words",
            icon=":material/search:",
            max_chars=LONGEST_SEARCH,
        )
        period = st.segmented_control("When", list(PERIODS), key=PERIOD, format_func=PERIODS.__getitem__)
    said = {OFFICER: officer or "", ACTION: action or "", ABOUT: about.strip(), PERIOD: period or "all"}
    chosen.write("audit", said, USUAL)
    return Search(officer or "", action or "", about.strip(), since=beginning(period or "all", utc_now()))


def beginning(period: str, now: datetime) -> datetime | None:
    """When a period began: today at London's midnight."""
    midnight = now.astimezone(LONDON).replace(hour=0, minute=0, second=0, microsecond=0)
    days = {"today": 0, "week": 7, "month": 30}.get(period)
    return None if days is None else midnight - timedelta(days=days)


def look_up(conn: Connection, wanted: Search, at_most: int) -> list[FoundEntry]:
    """The entries that fit."""
    return audit_entries.search(conn, wanted, at_most=at_most)


def exports(wanted: Search, found: list[FoundEntry]) -> None:
    """What is shown as a table to take away, and the whole story where it is about one alert."""
    asked = urlencode({name: value for name, value in asdict(wanted).items() if value})
    about = {row.alert_id for row in found if row.alert_id}
    only = about.pop() if len(about) == 1 else None
    st.html(draw("control/audit/files.html", asked=asked, alert_id=only))


def table_html(rows: list[FoundEntry], now: datetime) -> str:
    """The entries, newest first."""
    facts = {"action_words": words.action_words, "detail_html": words.detail_html, "name_of": name_of}
    return draw("control/audit/entries.html", rows=rows, now=now, **facts)
