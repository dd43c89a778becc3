"""Which draft is on the screen, and the way to others; what the officer should know about it."""

from html import escape

import streamlit as st

from smartalert.clock import utc_now
from smartalert.control import states
from smartalert.control.send import draft
from smartalert.control.send.draft import Work
from smartalert.control.words import clock, when


def head(work: Work) -> None:
    """The screen's title, when the draft was last kept, and what can be done with it."""
    others = draft.unfinished(work.officer)
    with st.container(key="send-head", horizontal=True, vertical_alignment="center", gap="small"):
        sequel = work.content.sequel
        title = sequel.label if sequel else "Send an alert"
        st.html(f'<h1 class="sd-title">{title}<small>Draft kept {clock(work.kept_at)}</small></h1>')
        with st.popover(f"Drafts ({len(others)})", disabled=not others, key="send-drafts"):
            for row in others:
                label = f"{row.headline}  \n:gray[{when(row.updated_at, utc_now())}]"
                st.button(label, key=f"draft-{row.id}", type="tertiary", on_click=draft.switch_to, args=(row.id,))
        st.button("New", key="send:new", icon=":material/add:", on_click=draft.begin)
        st.button("Throw away", key="send:throw", icon=":material/delete:", on_click=draft.throw_away)


def notice(work: Work) -> None:
    """What happened to the draft, with a way back where there is one."""
    told = work.notice
    if told is None:
        return
    with st.container(key=f"send-notice-{told.tone}", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(f'<p role="{"alert" if told.tone == "bad" else "status"}">{escape(told.text)}</p>')
        if told.undo:
            st.button("Undo", key="send:undo", on_click=draft.undo, args=(told.undo,))
        st.button("Close", key="send:close", type="tertiary", on_click=draft.dismiss)


def thrown_away() -> None:
    """In the place of the screen: the draft is gone, and comes back at a press."""
    states.state("Draft thrown away", "Nobody was told anything. You can bring it back.", icon="delete")
    with st.container(key="send-thrown", horizontal=True, horizontal_alignment="center"):
        st.button("Bring it back", key="send:bring", icon=":material/undo:", on_click=draft.bring_back)
        st.button("New alert", key="send:new", type="primary", icon=":material/add:", on_click=draft.begin)
