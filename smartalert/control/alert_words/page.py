"""The wording screen: every kind of alert with what of its words is the force's own, or one message of one kind."""

from pathlib import Path

import streamlit as st

from smartalert.alerts import hidden_kinds, kind_order, word_proposals
from smartalert.alerts.incidents import KINDS, Group
from smartalert.alerts.kind_words import FIRST, MESSAGES, Template, as_delivered
from smartalert.clock import utc_now
from smartalert.control import states, transactions
from smartalert.control.access import Officer, require_officer
from smartalert.control.alert_words import message
from smartalert.control.alert_words.acts import READERS
from smartalert.control.drawing import draw, piece
from smartalert.control.names import name_of
from smartalert.control.send import browser
from smartalert.control.words import count

HERE = Path(__file__).parent
LIST_EVERY_S = 3.0
_insert = st.components.v2.component("smartalert_words", js=(HERE / "insert.js").read_text())


def page(officer: Officer) -> None:
    """All kinds, or the message that the address names."""
    browser.mount()
    st.html(HERE / "page.css")
    _insert(key="words-insert", height=1)
    asked = Template(st.query_params.get("kind", ""), st.query_params.get("message", FIRST))
    if asked.exists:
        message.page(asked, officer)
    elif asked.kind:
        states.state(
            "There is no such message", "The link may be old.", icon="search_off", action=("All kinds", "alert_words")
        )
    else:
        st.html(piece("title", "Alert wording"))
        st.fragment(kinds, run_every=LIST_EVERY_S)()


@states.or_failed
def kinds() -> None:
    """What waits for approval, then every kind by group, each with the headline it begins with."""
    require_officer(*READERS)
    with transactions.reading() as conn:
        waiting, own = word_proposals.waiting(conn), word_proposals.edited(conn)
        hidden, begin = hidden_kinds.hidden(conn), word_proposals.headlines(conn)
        order, used = kind_order.in_order(conn), kind_order.used(conn, utc_now())
    groups = {
        group: [
            (
                KINDS[key],
                begin.get(key) or as_delivered(Template(key))["headline"],
                [*marks(key, own, hidden), f"Sent {count(used.get(key, 0), 'time', 'times')} in a year"],
            )
            for key in order
            if KINDS[key].group is group
        ]
        for group in Group
    }
    facts = {"waiting": waiting, "kinds": KINDS, "messages": MESSAGES, "name_of": name_of, "now": utc_now()}
    st.html(draw("control/alert_words/kinds.html", groups=groups, **facts))


def marks(kind: str, own: set[Template], hidden: frozenset[str]) -> list[str]:
    """What is not as we deliver it: "All clear changed", "Not on the send screen"."""
    changed = [label for message, label in MESSAGES.items() if Template(kind, message) in own]
    said = [f"{', '.join(changed)}: changed"] if changed else []
    return [*(said or ["Original wording"]), *(["Not on the send screen"] if kind in hidden else [])]
