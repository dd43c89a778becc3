"""The live page: the list of alerts, or one of them by its number in the address."""

from datetime import datetime

import streamlit as st

from smartalert import cleaning
from smartalert.alerts.incidents import KINDS
from smartalert.alerts.lifecycle import Alert
from smartalert.alerts.listing import Listed
from smartalert.clock import utc_now
from smartalert.config import settings
from smartalert.control import mockups, names, states
from smartalert.control.access import ON_DUTY, Officer, Role, require_officer
from smartalert.control.alert_map import alert_map, area
from smartalert.control.alert_map import county as county_map
from smartalert.control.drawing import draw, piece
from smartalert.control.live import alert as alert_view
from smartalert.control.live import alert_list, evidence, follow_up, snapshot, timeline
from smartalert.control.live import photo as photo_panel
from smartalert.control.live.phase import look_every_s, phase_of, phase_words
from smartalert.control.words import count, incident_words, until, when
from smartalert.database.connection import row_number
from smartalert.geography import text_search
from smartalert.wording import Channel

LIST_EVERY_S = 2.0
MAP_EVERY_S = 5.0
#: A search waits for so long a pause in the typing.
SEARCH_PAUSE = "300ms"
MAP_HEIGHT, ALL_HEIGHT = 300, 420
#: Alerts shown at first, and more at each press; at most.
ROWS, MOST_ROWS = 50, 1_000
#: A search waits for so long a pause in the typing.
SEARCH_PAUSE = "300ms"
LONGEST_SEARCH = 100
#: Session keys: the search box, what of it this screen wrote into the address, and whether the map is shown.
SEARCH, WRITTEN, MAPPED = "live:search", "live:address", "live:mapped"


def page(officer: Officer) -> None:
    """Draw what the address asks for."""
    asked = st.query_params.get("alert", "")
    if not asked:
        evidence.put_away()
        everything(officer)
    elif (number := row_number(asked)) is not None and (found := snapshot.of_alert(number)):
        one(found, officer)
    else:
        states.state(
            "There is no such alert",
            "The link may be old or incomplete.",
            icon="search_off",
            action=("All alerts", "live_alerts"),
        )


def everything(officer: Officer) -> None:
    """The list; what is looked for, and how much of it is shown, outlive a reload and Back in the address."""
    asked = cleaning.one_line(st.query_params.get("find", ""), LONGEST_SEARCH)
    if SEARCH not in st.session_state or st.session_state.get(WRITTEN, "") != asked:
        st.session_state[SEARCH] = asked
    title, box = st.columns([2, 1], vertical_alignment="center")
    title.html(piece("title", "Live alerts"))
    box.text_input(
        "Search",
        key=SEARCH,
        max_chars=LONGEST_SEARCH,
        placeholder="Words, place, number or officer",
        type="search",
        live=SEARCH_PAUSE,
        label_visibility="collapsed",
    )
    st.session_state[WRITTEN] = found = cleaning.one_line(st.session_state[SEARCH], LONGEST_SEARCH)
    if found != asked:
        st.query_params.from_dict({"find": found} if found else {})
    if st.toggle("Show on a map", key=MAPPED):
        st.fragment(all_on_a_map, run_every=MAP_EVERY_S)()
    st.fragment(rows, run_every=LIST_EVERY_S)()


@states.or_failed
def all_on_a_map() -> None:
    """Every alert that still counts, outlined on the county; its headline and end where the pointer is."""
    require_officer(*ON_DUTY)
    county, outlines = county_map.county(), county_map.in_force()
    alert_map(
        deck=county.deck,
        added=outlines,
        home=county.home,
        key="live-map",
        caption=county.caption,
        attribution=county.attribution,
        label="Live alerts" if outlines else "No live alerts",
        height=ALL_HEIGHT,
        read_only=True,
    )


def shown_rows() -> int:
    """How many alerts are shown; what is looked for anew begins with the first."""
    return min(row_number(st.query_params.get("rows", "")) or ROWS, MOST_ROWS)


def more() -> None:
    """Callback: show more of the list."""
    st.query_params["rows"] = str(shown_rows() + ROWS)


@states.or_failed
def rows() -> None:
    """The list itself, looked at again every few seconds."""
    officer = require_officer(*ON_DUTY)
    looked_for = text_search.wanted(st.session_state.get(SEARCH, ""))
    shown = shown_rows()
    found = snapshot.recent(looked_for, shown)
    if looked_for:
        st.html(piece("line", count_words(found), "sa-nothing", "status"))
    if found.rows:
        alert_list.alert_list(found, utc_now(), looked_for)
        if found.listed > shown and shown < MOST_ROWS:
            st.button(f"Show {ROWS} more", icon=":material/expand_more:", on_click=more)
    elif looked_for:
        states.state("No alerts found", "Try fewer words, or parts of them.", icon="search_off")
    else:
        action = ("Send an alert", "send_alert") if officer.may(Role.SENDER) else None
        text = "When somebody sends an alert, you can watch it go out and arrive here."
        states.state("No alerts yet", text, icon="cell_tower", action=action)


def count_words(found: Listed) -> str:
    """How many the search found, and how many it hides."""
    hidden = found.everything - found.listed
    others = f"{count(hidden, 'other', 'others')} hidden by the search" if hidden else "none hidden"
    return f"{count(found.listed, 'alert', 'alerts')} found, {others}"


def one(found: snapshot.Snapshot, officer: Officer) -> None:
    """One alert: what changes is one fragment, drawn from one look; what was frozen at its issue is drawn once."""
    now = utc_now()
    alert = found.alert
    phase = phase_of(alert, is_open=found.still_open > 0, now=now)
    st.html(head_html(alert, found.total))
    with st.container(key="live-alert"):
        st.fragment(what_changes, run_every=look_every_s(phase, alert, now))(alert.id, phase)
        with st.container(key="live-fixed"):
            area.show(alert, key=f"area-{alert.id}", height=MAP_HEIGHT)
            if evidence.may_be_shown(alert):
                messages(alert, photo_panel.address(found))
            else:
                evidence.ask(alert, officer)


def head_html(alert: Alert, total: int) -> str:
    """What it is, where, and by whom; a way back."""
    now = utc_now()
    kind = KINDS.get(alert.incident_kind)
    facts = [
        kind.label if kind else alert.incident_kind,
        incident_words(alert.incident_number),
        alert.area_desc,
        f"for {count(alert.people, 'person', 'people')}, {count(total, 'delivery', 'deliveries')}",
        f"issued {when(alert.issued_at, now)} by {names.name_of(alert.issued_by)}",
        f"ends {until(alert.expires_at, now)}",
    ]
    if alert.override_reason:
        facts.append(f"sent without the approval it needed: {alert.override_reason}")
    return draw("control/live/head.html", alert=alert, facts=facts)


@states.or_failed
def what_changes(alert_id: int, drawn_phase: str) -> None:
    """All that changes, of one moment. When the phase has changed, the page is drawn anew with another pace."""
    officer = require_officer(*ON_DUTY)
    found, now = snapshot.of_alert(alert_id), utc_now()
    if found is None:
        return
    stands = phase_words(found, now)
    if stands.phase != drawn_phase:
        st.rerun()
    follow_up.go_on()  # a run that is drawn to its end: one that begins anew would lead nowhere
    with st.container(key="live-top"):
        follow_up.thread(found)
        alert_view.banner(found, stands, officer)
        follow_up.choices(found, stands.phase, officer)
        alert_view.figures(found)
    with st.container(key="live-details"):
        details(found, officer, now)


def details(found: snapshot.Snapshot, officer: Officer, now: datetime) -> None:
    """Channels, curve, failures, photograph and history."""
    with st.container(key="panel-channels"):
        alert_view.bars(found)
    with st.container(key="panel-curve"):
        alert_view.hand_over(found, st.context.theme.type or "light")
    if found.doubt.claimed_at and may_try_again(found, now):
        with st.container(key="panel-doubt"):
            alert_view.doubt(found, now, officer)
    if found.speed.failures:
        with st.container(key="panel-failures"):
            alert_view.failures(found, officer, may_try=may_try_again(found, now))
    if evidence.may_be_shown(found.alert):
        photo_panel.part(found, officer)
    with st.container(key="panel-timeline"):
        timeline.show(found, now)


def may_try_again(found: snapshot.Snapshot, now: datetime) -> bool:
    """Whether anything of it may still be handed over."""
    alert = found.alert
    return not (alert.withdrawn_at or alert.stopped_at or alert.replaced_at) and alert.expires_at > now


def messages(alert: Alert, photo: str) -> None:
    """The exact words, as they were frozen; photo is where its photograph is."""
    words = snapshot.words(alert.id)
    shown = [channel for channel in Channel if channel in words]
    tabs = st.tabs([channel.by.capitalize() for channel in shown], key=f"live-words-{alert.id}")
    for tab, channel in zip(tabs, shown, strict=True):
        with tab:
            if channel is Channel.PUSH:
                mockups.phone(words[channel], at=alert.release_at, full=True, photo=photo)
            else:
                sender = f"{settings().force_name} <{settings().sender}>"
                mockups.mail(words[channel], sender=sender, key=f"mail-{alert.id}", photo=photo)
