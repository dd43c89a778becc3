"""Practice, on the administration screen: the rule of a drill before sending live, who has done one, and their file."""

import streamlit as st

from smartalert.cleaning import isolated
from smartalert.clock import utc_now
from smartalert.config import Mode, settings
from smartalert.control import states
from smartalert.control.access import Role, act, power, require_officer
from smartalert.control.debrief.keeping import keep_what_is_over
from smartalert.control.drawing import draw, piece
from smartalert.control.transactions import in_transaction
from smartalert.control.words import count
from smartalert.drills import exchange
from smartalert.officers import practice
from smartalert.officers.practice import Effect, Rule, Sender

CHANGE = power("Set whether a drill is needed before sending live, and let an officer send without", Role.ADMINISTRATOR)
BRING = power("Bring results of drills from the training deployment into the live one", Role.ADMINISTRATOR)
#: What the rule does → how it is read.
EFFECTS = {
    Effect.OFF: "No drill is needed",
    Effect.WARNING: "A warning to whoever sends",
    Effect.REFUSAL: "No alert of theirs leaves",
}
#: Session keys: whether the rule is being changed, what the last act led to, and the fields.
CHANGING, NOTE = "practice:changing", "practice:note"
EFFECT, DAYS, WHY = "practice:effect", "practice:days", "practice:why"
WHO, PERMIT_DAYS, PERMIT_WHY, FILE = "practice:who", "practice:permit-days", "practice:permit-why", "practice:file"


@states.or_failed
def panel() -> None:
    """The rule, who has practised, and the way of results from training to live."""
    require_officer(Role.ADMINISTRATOR)
    keep_what_is_over()
    now, rule = utc_now(), in_transaction(practice.rule)
    with st.container(key="panel-practice", gap=None):
        st.html(piece("heading", "Practice", "drills, and whether one is needed before sending live"))
        st.html(piece("line", st.session_state.pop(NOTE, ""), "sa-note", "status"))
        with st.container(key="practice-rule", horizontal=True, vertical_alignment="center"):
            st.html(piece("line", rule_words(rule), "sa-practice-rule"))
            changing = bool(st.session_state.get(CHANGING))
            st.button("Change the rule …", key="practice-change", on_click=begin, disabled=changing)
        if changing:
            editor(rule)
        senders = in_transaction(practice.senders)
        st.html(draw("control/administration/practice.html", rows=rows(senders, rule), now=now))
        if rule.effect is Effect.REFUSAL:
            permit(senders)
        files()


def rule_words(rule: Rule) -> str:
    """The rule in a sentence."""
    if rule.effect is Effect.OFF:
        return "No drill is needed before sending live."
    then = "is warned" if rule.effect is Effect.WARNING else "cannot begin an alert"
    return f"Whoever has done no drill within {count(rule.within_days, 'day', 'days')} {then} when sending live."


def rows(senders: list[Sender], rule: Rule) -> list[tuple[Sender, str, str]]:
    """Each with the icon and the words of how they stand."""
    return [(one, *stands(one, rule)) for one in senders]


def stands(one: Sender, rule: Rule) -> tuple[str, str]:
    """Icon and words."""
    now = utc_now()
    if one.is_in_time(rule, now):
        return ("schedule", "due soon") if one.is_due(rule, now) else ("check", "in time")
    if one.is_allowed(now):
        return "key", "may send without a drill for now"
    return "priority_high", "overdue" if one.ended_at else "no drill yet"


def editor(rule: Rule) -> None:
    """The rule's fields, and why it is changed."""
    with st.container(key="edit-rule-practice"):
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            at = list(Effect).index(rule.effect)
            st.selectbox("Without a drill", list(Effect), at, EFFECTS.__getitem__, key=EFFECT, width=300)
            st.number_input(
                "Within days", practice.FEWEST_DAYS, practice.MOST_DAYS, rule.within_days, key=DAYS, width=150
            )
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            st.text_input(
                "Reason for the change", key=WHY, max_chars=300, placeholder="Saved in the audit with your name"
            )
            st.button("Cancel", key="practice-leave", on_click=leave)
            st.button("Save the rule", key="practice-save", type="primary", on_click=save)


def permit(senders: list[Sender]) -> None:
    """Let one officer send all the same."""
    rule, now = in_transaction(practice.rule), utc_now()
    overdue = {one.officer: one.name for one in senders if not one.is_in_time(rule, now)}
    if not overdue:
        return
    with st.container(key="practice-permit", horizontal=True, vertical_alignment="bottom", gap="small"):
        st.selectbox(
            "Let send without a drill", list(overdue), None, lambda who: isolated(overdue.get(who or "", "")), key=WHO,
            placeholder="Choose an officer", width=260,
        )  # fmt: skip
        st.number_input("For days", 1, practice.LONGEST_PERMIT, 7, key=PERMIT_DAYS, width=120)
        st.text_input("Why", key=PERMIT_WHY, max_chars=300, placeholder="Saved in the audit with your name")
        st.button("Let them send", key="practice-let", on_click=let)


def files() -> None:
    """Results to take away; in live also the way in for those of training."""
    with st.container(key="practice-files", horizontal=True, vertical_alignment="center", gap="medium"):
        st.html(piece("file", "debrief/results.csv", "table_view", "All results as a table (CSV)"), width="content")
        if settings().mode is Mode.TRAINING:
            words = "Signed results for the live control room"
            st.html(piece("file", "debrief/results.signed", "verified", words), width="content")
    if settings().mode is Mode.LIVE:
        with st.container(key="practice-bring", horizontal=True, vertical_alignment="bottom", gap="small"):
            st.file_uploader("Signed results of the training deployment", key=FILE, width=420)
            st.button("Bring them in", key="practice-bring-in", on_click=bring)


def begin() -> None:
    """Callback: show the rule's fields."""
    st.session_state[CHANGING] = True


def leave() -> None:
    """Callback: leave them."""
    st.session_state[CHANGING] = False


def save() -> None:
    """Callback: another rule; a refusal leaves what was typed."""
    wanted = Rule(Effect(st.session_state[EFFECT]), int(st.session_state[DAYS]))
    why = str(st.session_state.get(WHY, ""))
    _, refusal = act(CHANGE, lambda conn, by: practice.change(conn, wanted, by, why=why))
    if not refusal:
        leave()
    st.session_state[NOTE] = refusal or "Saved. It counts from now on."


def let() -> None:
    """Callback: one officer may send without a drill."""
    who, days = st.session_state.get(WHO), int(st.session_state[PERMIT_DAYS])
    why = str(st.session_state.get(PERMIT_WHY, ""))
    if who is None:
        st.session_state[NOTE] = "Choose the officer who may send without a drill."
        return
    _, refusal = act(CHANGE, lambda conn, by: practice.permit(conn, who, days, by, utc_now(), why=why))
    st.session_state[NOTE] = refusal or f"They may send without a drill for {count(days, 'day', 'days')}."


def bring() -> None:
    """Callback: take the results of a file."""
    sent = st.session_state.get(FILE)
    if sent is None:
        st.session_state[NOTE] = "Choose the file that the training deployment signed."
        return
    came, refusal = act(BRING, lambda conn, by: exchange.bring(conn, sent.getvalue(), by, utc_now()))
    st.session_state[NOTE] = refusal or (brought_words(came) if came else "")


def brought_words(came: exchange.Brought) -> str:
    """What came of a file."""
    said = f"{count(came.new, 'result is', 'results are')} new, {came.known:,} were known."
    if came.strangers:
        said += f" {count(came.strangers, 'officer', 'officers')} never signed in here: theirs count once they do."
    return said
