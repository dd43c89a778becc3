"""Where a kind stands on the send screen: among the others of its group, or nowhere."""

from functools import partial

import streamlit as st

from smartalert.alerts import hidden_kinds, kind_order
from smartalert.alerts.incidents import KINDS
from smartalert.clock import utc_now
from smartalert.control.alert_words import acts
from smartalert.control.drawing import piece

#: Session keys: the kind that is being hidden, and why.
HIDING, HIDE_WHY = "words:hiding", "words:hide-why"


def show(kind: str, shown: list[str], *, is_hidden: bool) -> None:
    """Its place among those shown of its group, with the way to another; and to hide it, or to show it again."""
    if not is_hidden:
        ordering(kind, shown)
    hiding(kind, is_hidden=is_hidden)


def ordering(kind: str, shown: list[str]) -> None:
    """One place earlier, or later."""
    place, group = shown.index(kind) + 1, KINDS[kind].group
    with st.container(key="words-order", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(piece("line", f"Number {place} of {len(shown)} under “{group}” on the send screen.", "sa-nothing"))
        for by, label, is_end in ((-1, "Move earlier", place == 1), (1, "Move later", place == len(shown))):
            press = partial(move, kind, by)
            st.button(label, key=f"words-move-{by}", on_click=press, disabled=is_end)


def move(kind: str, by: int) -> None:
    """Callback: change places with the one before, or after."""
    acts.act(acts.ORDER, lambda conn, officer: kind_order.move(conn, kind, by, officer, utc_now()), "Moved.")


def hiding(kind: str, *, is_hidden: bool) -> None:
    """Take the kind off the send screen, with a reason, or put it back."""
    with st.container(key="words-hide", horizontal=True, vertical_alignment="bottom", gap="small"):
        if is_hidden:
            st.button("Show this kind on the send screen", key="words-show", on_click=show_again, args=(kind,))
        elif st.session_state.get(HIDING) == kind:
            st.text_input("Why are you hiding this kind?", key=HIDE_WHY, max_chars=300, width=420)
            st.button("Cancel", key="words-hide-cancel", on_click=ask_to_hide, args=(None,))
            st.button("Hide it", key="words-hide-now", type="primary", on_click=hide, args=(kind,))
        else:
            ask = partial(ask_to_hide, kind)
            st.button("Hide this kind from the send screen …", key="words-hide-ask", on_click=ask)


def ask_to_hide(kind: str | None) -> None:
    """Callback: ask for the reason, or leave it."""
    st.session_state[HIDING] = kind


def hide(kind: str) -> None:
    """Callback: no new alert begins as this kind."""
    why = str(st.session_state.get(HIDE_WHY, ""))
    done = "Hidden. Alerts and drafts of this kind are not affected."
    if acts.act(acts.HIDE, lambda conn, by: hidden_kinds.hide(conn, kind, by, utc_now(), why=why), done):
        ask_to_hide(None)


def show_again(kind: str) -> None:
    """Callback: it is offered again."""
    acts.act(
        acts.HIDE, lambda conn, by: hidden_kinds.show(conn, kind, by, utc_now()), "It is on the send screen again."
    )
