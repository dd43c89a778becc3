"""One message of one kind: its words, beside them how they will look, what waits, what was, and the kind's place."""

from dataclasses import dataclass

import streamlit as st

from smartalert.alerts import hidden_kinds, issuing, kind_checks, kind_order, kind_words, word_proposals
from smartalert.alerts.incidents import KINDS
from smartalert.alerts.kind_words import MESSAGES, Template, Words
from smartalert.alerts.word_proposals import Version
from smartalert.clock import utc_now
from smartalert.config import settings
from smartalert.control import mockups, transactions
from smartalert.control.access import Officer, Role
from smartalert.control.alert_words import acts, editor, history, place, proposal
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
    #: Kinds that stand with this one on the send screen, in their order.
    neighbours: list[str]

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
        place.show(kind.key, shown.neighbours, is_hidden=shown.is_hidden)


def read(template: Template) -> Shown:
    """All of it, of one moment."""
    with transactions.reading() as conn:
        return Shown(
            kind_words.in_force(conn, template),
            kind_words.in_force(conn, Template(template.kind)),
            word_proposals.history(conn, template),
            word_proposals.edited(conn),
            template.kind in hidden_kinds.hidden(conn),
            kind_order.neighbours(conn, template.kind),
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
    phone, mail = st.tabs(["On a phone", "By e-mail"], key="words-looks")
    with phone:
        mockups.phone(wording[Channel.PUSH], at=now)
    with mail:
        mockups.mail(wording[Channel.EMAIL], sender=settings().sender, key="words-mail")
    st.html(piece("line", "Shown with a long place name. The sender fills in what is in [brackets].", "sa-nothing"))
