"""The responses screen: filters on top, the queue on the left, one response on the right."""

from datetime import datetime
from pathlib import Path

import streamlit as st

from smartalert.cleaning import isolated
from smartalert.clock import utc_now
from smartalert.control import states
from smartalert.control.access import Officer, require_officer
from smartalert.control.drawing import draw, piece
from smartalert.control.live import follow_up
from smartalert.control.marks import beginning, marked
from smartalert.control.names import name_of
from smartalert.control.responses import actions as acting
from smartalert.control.responses import address, reading, response
from smartalert.control.responses.reading import Queue
from smartalert.control.words import ago, count, incident_words, number
from smartalert.responses import search
from smartalert.responses.grades import GRADES
from smartalert.responses.inbox import VERDICTS, AnsweredAlert, QueuedResponse
from smartalert.responses.search import Wanted

HERE = Path(__file__).parent
STYLE = HERE / "page.css"
_behaviour = st.components.v2.component("smartalert_responses", js=(HERE / "browser.js").read_text())
#: Key → what it does: the list that "?" shows. browser.js acts.
KEYS = {
    "J": "Next response", "K": "Previous response", "/": "Find a response", "M": "Claim", "U": "Useful",
    "N": "Not useful", "S": "Resolved", "P": "Pass on to a team", "R": "Reply to those who answered",
    "A to E": "Grade how they know it", "G": "Do it for all near here", "?": "This list",
}  # fmt: skip
#: With the age a list may have and the time to draw it, a new response is in sight within two seconds of being sent.
LIST_EVERY_S = 0.75
#: A search waits for so long a pause in the typing.
SEARCH_PAUSE = "300ms"
#: What a card may show of a report; two lines of it are seen.
CARD_SIGNS = 300
#: State of the list → what the others are.
HIDDEN = {"open": "closed", "unread": "already read", "done": "still open"}
EMPTY = {
    "open": "There are no open responses. New ones appear here.",
    "unread": "Every response has been read. New ones appear here.",
    "done": "No response has been closed yet.",
    "all": "When people answer an alert, their responses appear here.",
}
EMPTY_TEAM = "Nothing that was passed to your team is in this list. Switch off “My team” to see the others."
EMPTY_MINE = "You have not claimed any of these. Switch off “Only mine” to see the others."


def page(officer: Officer) -> None:
    """Draw the screen as its address says."""
    follow_up.go_on()
    st.html(STYLE)
    _behaviour(key="resp-browser", height=1)
    address.adopt()
    address.begin_page()
    with st.container(key="resp-head", horizontal=True, vertical_alignment="center"):
        filters(officer)
    left, right = st.columns([4, 6], gap="medium")
    with left:
        with st.container(key="resp-find", horizontal=True, vertical_alignment="center", gap="small"):
            st.text_input(
                "Find a response",
                key=address.FIND,
                max_chars=search.LONGEST,
                placeholder="Find by reference, words or place",
                type="search",
                live=SEARCH_PAUSE,
                label_visibility="collapsed",
                on_change=address.first_page,
            )
            st.html(draw("control/responses/keys.html", keys=KEYS), width="content")
        with st.container(key="resp-queue"):
            st.fragment(queue, run_every=LIST_EVERY_S)()
    address.write()
    with right, st.container(key="resp-pane"):
        response.pane(st.session_state.get(acting.CHOSEN), officer)


def filters(officer: Officer) -> None:
    """By alert, by state, mine, my team's; and the case file of the alert's incident."""
    answered = {row.id: row for row in reading.answered()}
    st.html(piece("title", "Responses"), width="content")
    if st.session_state[address.ALERT] not in answered:
        st.session_state[address.ALERT] = None
    alert = st.selectbox(
        "Alert",
        list(answered),
        index=None,
        key=address.ALERT,
        format_func=lambda alert_id: alert_words(answered[alert_id]),
        placeholder="All alerts",
        label_visibility="collapsed",
        on_change=address.first_page,
        width=320,
    )
    st.segmented_control(
        "Show",
        list(address.SHOWN),
        key=address.STATE,
        format_func=address.SHOWN.__getitem__,
        label_visibility="collapsed",
        on_change=address.first_page,
    )
    st.toggle("Only mine", key=address.MINE, on_change=address.first_page)
    if reading.in_a_team(officer.id) or st.session_state[address.TEAM]:
        st.toggle("My team", key=address.TEAM, on_change=address.first_page)
    if alert is not None:
        case_file = piece("file", f"responses/case-file?alert={int(alert)}", "folder_zip", "Case file")
        st.html(case_file, width="content")


def alert_words(row: AnsweredAlert) -> str:
    """One choice of the alert filter."""
    return f"{isolated(row.headline)} · {count(row.responses, 'response', 'responses')}, {row.open} open"


def queue() -> None:
    """The list; rows keep their keys, so what is being pressed never moves to another row."""
    officer = require_officer(*acting.WORKERS)
    if address.leads_elsewhere():
        st.rerun()
    state, looked_for = address.state(), search.wanted(address.found())
    mine, team = (officer.id if st.session_state.get(key) else None for key in (address.MINE, address.TEAM))
    of = reading.Filter(state, st.session_state.get(address.ALERT), mine, team)
    found = reading.queue(of, looked_for, address.page())
    st.session_state[address.PAGE] = found.page
    if found.counts.everything:
        with st.container(key="resp-count", horizontal=True, vertical_alignment="center", gap="small"):
            st.html(draw("control/responses/count.html", words=count_words(found, state)))
            if not found.rows:
                st.button("Show all", key="resp-all", on_click=address.show_everything)
    if not found.rows:
        states.state("No responses", empty_words(found, state), icon="inbox")
        return
    now = utc_now()
    chosen = group_of_chosen()
    for row in found.rows:
        entry(row, now, looked_for, chosen=row.near == chosen)
    turn_pages(found)


def count_words(found: Queue, state: str) -> str:
    """How many are shown, and why not the others."""
    counts, shown = found.counts, sum(1 + row.more_near for row in found.rows)
    whole = f"{'the newest ' if found.newest_only else ''}{number(counts.everything)}"
    if shown == counts.everything:
        return count(shown, "response", "responses")
    others = [
        (counts.everything - counts.in_state, HIDDEN.get(state, "")),
        (counts.in_state - counts.listed, "not yours"),
        (counts.listed - shown, "on other pages"),
    ]
    return f"{number(shown)} of {whole} shown: {', '.join(f'{number(some)} {why}' for some, why in others if some)}"


def empty_words(found: Queue, state: str) -> str:
    """Why the list is empty, and what to do."""
    if address.found():
        hidden = found.counts.everything
        return "Press “Show all” to see what the filters hide." if hidden else "Try fewer words, or parts of them."
    if st.session_state.get(address.TEAM):
        return EMPTY_TEAM
    return EMPTY_MINE if st.session_state.get(address.MINE) else EMPTY[state]


def turn_pages(found: Queue) -> None:
    """The way to other pages, where there are any."""
    pages = found.counts.pages
    if pages == 1:
        return
    with st.container(key="resp-pages", horizontal=True, vertical_alignment="center", horizontal_alignment="center"):
        for words, to, icon in (
            ("Previous", found.page - 1, "chevron_left"),
            ("Next", found.page + 1, "chevron_right"),
        ):
            st.button(
                words,
                key=f"resp-{words}",
                icon=f":material/{icon}:",
                disabled=not 1 <= to <= pages,
                on_click=address.turn,
                args=(to,),
            )
        st.html(piece("line", f"Page {found.page} of {pages}", "sa-nothing"), width="content")


def group_of_chosen() -> int | None:
    """The group of the response on the right; None where there is none."""
    chosen: int | None = st.session_state.get(acting.CHOSEN)
    found = reading.reading(chosen) if chosen is not None else None
    return (found.row.near or chosen) if found else None


def entry(row: QueuedResponse, now: datetime, looked_for: Wanted, *, chosen: bool) -> None:
    """One row: a card under a button that covers it."""
    with st.container(key=f"resp-row-{row.id}", gap=None):
        st.html(card(row, now, looked_for, chosen=chosen))
        st.button(spoken(row, now), key=f"open-{row.id}", on_click=acting.choose, args=(row.id,), width="stretch")


def card(row: QueuedResponse, now: datetime, looked_for: Wanted = search.NOTHING, *, chosen: bool) -> str:
    """What a row shows: how urgent, how old, how it begins, where, and whose it is; what was looked for is marked."""
    where = [row.place or row.area_desc, incident_words(row.incident_number)]
    where += [text for text in (row.seen_at, row.area_desc) if text not in where and search.spans(text, looked_for)]
    return draw(
        "control/responses/card.html",
        row=row,
        now=now,
        chosen=chosen,
        whose=whose(row),
        grades=GRADES,
        reference=marked(row.reference, looked_for),
        saw=marked(beginning(row.saw, looked_for)[:CARD_SIGNS], looked_for),
        where=[marked(text, looked_for) for text in where],
    )


def whose(row: QueuedResponse) -> str:
    """What they made of it, and who has it while it is open."""
    claimed = name_of(row.claimed_by) if row.claimed_by else "Not claimed"
    if row.verdict == "useful":
        return f"Useful, still open · {claimed}"
    if row.team and row.verdict == "passed_on":
        return f"Passed to {isolated(row.team)}"
    return VERDICTS[row.verdict] if row.verdict else claimed


def spoken(row: QueuedResponse, now: datetime) -> str:
    """The same for a screen reader, short."""
    words = ["new"] * (row.first_look_at is None) + ["urgent"] * bool(row.urgent)
    words += [f"and {row.more_near} more near here"] * bool(row.more_near)
    return ", ".join([f"Open {row.reference}", *words, ago((now - row.received_at).total_seconds())])
