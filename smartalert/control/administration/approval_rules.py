"""Who must approve, on the administration screen: each rule in words, and its lines moved by those who do not send."""

from functools import partial
from html import escape
from types import SimpleNamespace
from typing import Any

import streamlit as st

from smartalert.alerts import approval_policy
from smartalert.alerts.approval_policy import Line, Rule
from smartalert.clock import utc_now
from smartalert.control import states
from smartalert.control.access import Role, acting, power, require_officer
from smartalert.control.names import name_of
from smartalert.control.transactions import in_transaction
from smartalert.control.words import when
from smartalert.errors import SmartAlertError

CHANGE = power("Change which alerts need a second person", Role.ADMINISTRATOR)
#: Session keys: the rule that is being changed, and what the last change led to.
CHANGING, NOTE = "policy:changing", "policy:note"
OUTCOMES = {
    Rule.ALONE: "Goes at once",
    Rule.AFTER: "Goes at once, looked at afterwards",
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
        st.html("<h2>Who must approve <small>of the rules that hold the strictest decides</small></h2>")
        st.html(f'<p class="sa-note" role="status">{escape(st.session_state.pop(NOTE, ""))}</p>')
        may = in_transaction(approval_policy.may_change, officer.id)
        for row in in_transaction(approval_policy.policy):
            rule(row, may_change=may)
        st.html('<p class="sa-rule-else">An alert that no rule covers needs a second person.</p>')
        if not may:
            st.html("<p>You send alerts yourself: another administrator has to change what needs approval.</p>")
        st.html(changes_html(in_transaction(approval_policy.changes)))


def rule(row: Any, *, may_change: bool) -> None:
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


def rule_html(row: Any) -> str:
    """When, and what then; the outcome has an icon beside its words."""
    outcome = Rule(row.rule)
    strict = " strict" if outcome is Rule.SECOND_PERSON else ""
    return (
        f'<div class="sa-rule"><span>{escape(approval_policy.when_words(row))}</span>'
        f'<b class="sa-outcome{strict}"><span class="sa-icon" aria-hidden="true">{ICONS[outcome]}</span>'
        f"{OUTCOMES[outcome]}</b></div>"
    )


def editor(row: Any) -> None:
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
            st.text_input("Why", key=field(row, "why"), max_chars=300, placeholder="Kept in the audit with your name")
            st.button("Leave it", key=f"leave-rule-{row.id}", on_click=begin, args=(None,))
            st.button("Change it", key=f"save-rule-{row.id}", type="primary", on_click=partial(save, row))


def field(row: Any, name: str) -> str:
    """Session key of one field."""
    return f"policy:{row.id}:{name}"


def begin(rule_id: int | None) -> None:
    """Callback: show the fields of one rule, or of none."""
    st.session_state[CHANGING] = rule_id


def save(row: Any) -> None:
    """Callback: move the line as whoever is at the screen now; a refusal leaves what was typed."""
    asked = {name: st.session_state.get(field(row, name)) for name in FIELDS}
    line = Line(Rule(st.session_state[field(row, "rule")]), **asked)
    why = str(st.session_state.get(field(row, "why"), ""))
    try:
        with acting(CHANGE) as (conn, officer):
            approval_policy.change(conn, row.id, line, officer.id, why=why)
    except SmartAlertError as refusal:
        st.session_state[NOTE] = str(refusal)
        return
    begin(None)
    st.session_state[NOTE] = "Changed. It counts for every alert that is sent from now on."


def changes_html(rows: list[Any]) -> str:
    """Who changed what lately, from what, and why."""
    if not rows:
        return "<p>Never changed since this deployment was set up.</p>"
    now = utc_now()
    items = "".join(
        f"<li>{words(row.before)} → {words(row.after)}<small>{escape(name_of(row.officer))}, {when(row.at, now)}"
        f"{': ' + escape(row.why) if row.why else ''}</small></li>"
        for row in rows
    )
    return f'<details class="sa-changed"><summary>Changed lately</summary><ul>{items}</ul></details>'


def words(row: SimpleNamespace | None) -> str:
    """A rule as it was, in safe HTML."""
    return escape(approval_policy.row_words(row)) if row else "no rule"
