"""One message of one kind: its words, beside them how they will look, what waits, what was, and the kind's place."""

from dataclasses import dataclass
from functools import partial

import streamlit as st

from smartalert.alerts import hidden_kinds, issuing, kind_checks, kind_words, word_proposals
from smartalert.alerts.incidents import KINDS
from smartalert.alerts.kind_words import MESSAGES, Template, Words
from smartalert.alerts.word_proposals import Version
from smartalert.clock import utc_now
from smartalert.config import settings
from smartalert.control import mockups, transactions
from smartalert.control.access import Officer, Role
from smartalert.control.alert_words import acts, editor, history, proposal
from smartalert.control.drawing import draw, piece
from smartalert.control.names import name_of
from smartalert.wording import Channel

#: Session keys: the kind that is about to be hidden, and why.
HIDING, HIDE_WHY = "words:hiding", "words:hide-why"


@dataclass(frozen=True, slots=True)
class Shown:
    """What this page shows of one message."""

    used: Words
    #: The words that its first message begins with: what follows repeats them.
    first: Words
    versions: list[Version]
    own: set[Template]
    is_hidden: bool

    @property
    def open(self) -> Version | None:
        """The proposal that waits."""
        return next((version for version in self.versions if version.decision is None), None)


def page(template: Template, officer: Officer) -> None:
    """Draw it."""
    shown = read(template)
    kind = KINDS[template.kind]
    st.html(draw("control/alert_words/head.html", kind=kind, hidden=shown.is_hidden))
    choose(template, shown)
    acts.note()
    may_propose = officer.may(Role.ADMINISTRATOR)
    with st.container(key="words-both"):
        left, right = st.columns([1.2, 0.8], gap="medium")
        with left, st.container(key="words-left"):
            st.html(in_use_html(shown, template))
            if shown.open:
                words: Words = shown.open.all_words
                proposal.show(shown.open, shown.used, officer)
            elif may_propose:
                words = editor.show(template, shown.used)
            else:
                words = shown.used
                st.html(draw("control/alert_words/words.html", words=words, called=editor.CALLED))
        with right, st.container(key="words-right"):
            looks(template, words, shown.first)
    history.show(shown.versions, may_propose=may_propose and shown.open is None)
    if may_propose:
        hiding(kind.key, is_hidden=shown.is_hidden)


def read(template: Template) -> Shown:
    """All of it, of one moment."""
    with transactions.reading() as conn:
        return Shown(
            kind_words.in_force(conn, template),
            kind_words.in_force(conn, Template(template.kind)),
            word_proposals.history(conn, template),
            word_proposals.edited(conn),
            template.kind in hidden_kinds.hidden(conn),
        )


def choose(template: Template, shown: Shown) -> None:
    """Which message of the kind."""
    key = f"words:message:{template.kind}"
    st.session_state[key] = template.message

    def label(message: str) -> str:
        return MESSAGES[message] + (" · changed" if Template(template.kind, message) in shown.own else "")

    st.segmented_control(
        "Message", list(MESSAGES), key=key, format_func=label, on_change=turn_to, args=(key,), required=True,
        label_visibility="collapsed",
    )  # fmt: skip


def turn_to(key: str) -> None:
    """Callback: another message of the same kind."""
    st.query_params["message"] = st.session_state[key]


def in_use_html(shown: Shown, template: Template) -> str:
    """Whose words are in use, and since when."""
    approved = next((version for version in shown.versions if version.decision == "approved"), None)
    own = approved if template in shown.own else None
    return draw("control/alert_words/in_use.html", own=own, approved=approved, name_of=name_of, now=utc_now())


def looks(template: Template, words: Words, first: Words) -> None:
    """On a phone and by e-mail, in the very form that leaves."""
    now = utc_now()
    example = kind_checks.example(template, words, first, acts.known().long_place, now)
    wording = issuing.wording(example, None, settings().mode, now)
    phone, mail = st.tabs(["On a phone", "By e-mail"])
    with phone:
        mockups.phone(wording[Channel.PUSH], at=now)
    with mail:
        mockups.mail(wording[Channel.EMAIL], sender=settings().sender, key="words-mail")
    st.html(piece("line", "Shown with a long place name. The sender fills in what is in [brackets].", "sa-nothing"))


def hiding(kind: str, *, is_hidden: bool) -> None:
    """Take the kind off the send screen, with a reason, or put it back."""
    with st.container(key="words-hide", horizontal=True, vertical_alignment="bottom", gap="small"):
        if is_hidden:
            st.button("Show this kind on the send screen", key="words-show", on_click=show_again, args=(kind,))
        elif st.session_state.get(HIDING) == kind:
            st.text_input("Why hide this kind?", key=HIDE_WHY, max_chars=300, width=420)
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
