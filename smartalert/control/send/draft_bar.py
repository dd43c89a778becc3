"""Which draft is on the screen, and the way to others; what the officer should know about it."""

import streamlit as st

from smartalert.cleaning import isolated
from smartalert.clock import utc_now
from smartalert.control import states
from smartalert.control.drawing import draw, piece
from smartalert.control.send import draft, screen
from smartalert.control.send.draft import TabDraft
from smartalert.control.words import when


def head(opened: TabDraft) -> None:
    """The screen's title, when the draft was last kept, and what can be done with it."""
    others = opened.others
    with st.container(key="send-head", horizontal=True, vertical_alignment="center", gap="small"):
        sequel = opened.content.sequel
        title = sequel.label if sequel else "Send an alert"
        st.html(draw("control/send/title.html", title=title, kept_at=opened.kept_at, now=utc_now()))
        with st.popover(f"Drafts ({len(others)})", disabled=not others, key="send-drafts"):
            for row in others:
                label = f"{isolated(row.headline)}  \n:gray[{when(row.updated_at, utc_now())}]"
                st.button(label, key=f"draft-{row.id}", type="tertiary", on_click=draft.switch_to, args=(row.id,))
        st.button("New", key="send:new", icon=":material/add:", on_click=draft.begin)
        st.button(
            "Throw away", key="send:throw", icon=":material/delete:", on_click=draft.throw_away,
            disabled=opened.kept_at is None,
        )  # fmt: skip


def notice() -> None:
    """What happened to the draft, with a way back where there is one."""
    told = screen.current().notice
    if told is None:
        return
    with st.container(key=f"send-notice-{told.tone}", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(piece("line", told.text, "", "alert" if told.tone == "bad" else "status"))
        if told.undo:
            st.button("Undo", key="send:undo", on_click=draft.undo, args=(told.undo,))
        st.button("Close", key="send:close", type="tertiary", on_click=screen.dismiss)


def offer(opened: TabDraft) -> None:
    """On an empty draft: the one that was worked on last, to go on with."""
    if opened.kept_at or not opened.others:
        return
    last = opened.others[0]
    with st.container(key="send-notice-offer", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(draw("control/send/offer.html", last=last, now=utc_now()))
        st.button("Continue it", key="send:continue", on_click=draft.switch_to, args=(last.id,))


def sent(alert_id: int) -> None:
    """Instead of the form, for whoever comes back to it: the draft has become an alert."""
    action = ("Open the alert", f"live_alerts?alert={alert_id}")
    states.state("This alert has been sent", "Its words can no longer be changed.", icon="campaign", action=action)
    with st.container(key="send-thrown", horizontal=True, horizontal_alignment="center"):
        st.button("New alert", key="send:new", icon=":material/add:", on_click=draft.begin)


def thrown_away() -> None:
    """Instead of the form: the draft was thrown away; bring it back, or begin another."""
    states.state("Draft thrown away", "Nobody was told anything. You can bring it back.", icon="delete")
    with st.container(key="send-thrown", horizontal=True, horizontal_alignment="center"):
        st.button("Bring it back", key="send:bring", icon=":material/undo:", on_click=draft.bring_back)
        st.button("New alert", key="send:new", type="primary", icon=":material/add:", on_click=draft.begin)
