"""Who must approve, on the administration screen: each rule in words, and its lines moved by those who do not send."""

from functools import partial

import streamlit as st

from smartalert.alerts import approval_policy
from smartalert.alerts.approval_policy import Line, PolicyRow, Rule
from smartalert.clock import utc_now
from smartalert.control import states
from smartalert.control.access import Role, act, power, require_officer
from smartalert.control.drawing import draw, piece
from smartalert.control.names import name_of
from smartalert.control.transactions import in_transaction

CHANGE = power("Change which alerts need a second person", Role.ADMINISTRATOR)
#: Session keys: the rule that is being changed, and what the last change led to.
CHANGING, NOTE = "policy:changing", "policy:note"
OUTCOMES = {
    Rule.ALONE: "Goes at once",
    Rule.AFTER: "Goes at once, reviewed afterwards",
    Rule.SECOND_PERSON: "A second person must approve",
}
ICONS = {Rule.ALONE: "bolt", Rule.AFTER: "visibility", Rule.SECOND_PERSON: "how_to_reg"}
#: Field of a line → what it is called, and the largest number it takes.
FIELDS = {
    "people_over": ("More people than", 10_000_000),
    "km2_over": ("More km² than", 1_000.0),
    "from_hour": ("From (hour)", 23),
    "to_hour": ("To (hour)", 23),
}


@states.or_failed
def panel() -> None:
    """The rules in force, and what was changed of them lately."""
    officer = require_officer(Role.ADMINISTRATOR)
    with st.container(key="panel-policy", gap=None):
        st.html(piece("heading", "Who must approve", "if more than one applies, the strictest counts"))
        st.html(piece("line", st.session_state.pop(NOTE, ""), "sa-note", "status"))
        may = in_transaction(approval_policy.may_change, officer.id)
        for row in in_transaction(approval_policy.policy):
            rule(row, may_change=may)
        st.html(piece("line", "An alert that no rule covers needs a second person.", "sa-rule-else"))
        if not may:
            st.html(piece("line", "You send alerts, so another administrator must change these rules."))
        changed = in_transaction(approval_policy.changes)
        st.html(
            draw("control/administration/changes.html", rows=changed, said=was_words, name_of=name_of, now=utc_now())
        )


def rule(row: PolicyRow, *, may_change: bool) -> None:
    """One rule: when it holds, what follows, and the way to change it."""
    with st.container(key=f"rule-{row.id}", horizontal=True, vertical_alignment="center"):
        st.html(rule_html(row))
        is_open = st.session_state.get(CHANGING) == row.id
        if may_change:
            label = f"Change: {approval_policy.when_words(row)}"
            key = f"change-rule-{row.id}"
            st.button("Change …", key=key, help=label, on_click=begin, args=(row.id,), disabled=is_open)
    if may_change and is_open:
        editor(row)


def rule_html(row: PolicyRow) -> str:
    """When, and what then; the outcome has an icon beside its words."""
    outcome = Rule(row.rule)
    return draw(
        "control/administration/rule.html",
        covers=approval_policy.when_words(row),
        strict=outcome is Rule.SECOND_PERSON,
        icon=ICONS[outcome],
        outcome=OUTCOMES[outcome],
    )


def editor(row: PolicyRow) -> None:
    """The rule's own numbers, what follows, and why it is changed."""
    with st.container(key=f"edit-rule-{row.id}"):
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            for name, (label, most) in FIELDS.items():
                if (value := getattr(row, name)) is not None:
                    least = 0 if name.endswith("hour") else type(value)(1)
                    st.number_input(label, least, most, value, key=field(row, name), width=150)
            as_it_is = list(Rule).index(Rule(row.rule))
            st.selectbox("Then", list(Rule), as_it_is, OUTCOMES.__getitem__, key=field(row, "rule"), width=320)
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            st.text_input(
                "Reason for the change",
                key=field(row, "why"),
                max_chars=300,
                placeholder="Saved in the audit with your name",
            )
            st.button("Cancel", key=f"leave-rule-{row.id}", on_click=begin, args=(None,))
            st.button("Save the change", key=f"save-rule-{row.id}", type="primary", on_click=partial(save, row))


def field(row: PolicyRow, name: str) -> str:
    """Session key of one field."""
    return f"policy:{row.id}:{name}"


def begin(rule_id: int | None) -> None:
    """Callback: show the fields of one rule, or of none."""
    st.session_state[CHANGING] = rule_id


def save(row: PolicyRow) -> None:
    """Callback: move the line as whoever is at the screen now; a refusal leaves what was typed."""
    asked = {name: st.session_state.get(field(row, name)) for name in FIELDS}
    line = Line(Rule(st.session_state[field(row, "rule")]), **asked)
    why = str(st.session_state.get(field(row, "why"), ""))
    _, refusal = act(CHANGE, lambda conn, officer: approval_policy.change(conn, row.id, line, officer, why=why))
    if not refusal:
        begin(None)
    st.session_state[NOTE] = refusal or "Saved. The rule now applies to every new alert."


def was_words(row: PolicyRow | None) -> str:
    """A rule as it was."""
    return approval_policy.row_words(row) if row else "no rule"
