"""One alert on the live page: what changes from second to second, drawn from its snapshot."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import streamlit as st

from smartalert.alerts.issuing import UNDO_S
from smartalert.audit.entries import Action
from smartalert.clock import utc_now
from smartalert.control.access import Officer
from smartalert.control.drawing import draw, piece
from smartalert.control.live import actions, follow_up
from smartalert.control.live.phase import Phase, PhaseWords, is_later
from smartalert.control.live.snapshot import Snapshot
from smartalert.control.words import reason_words, share, span
from smartalert.dispatch.progress import Failures
from smartalert.engagement import charts
from smartalert.responses.inbox import Answers
from smartalert.wording import Channel

#: Says so once the way to undo the alert has been painted.
_watch = st.components.v2.component(
    "smartalert_undo_seen",
    js="""export default function ({ setTriggerValue }) {
      let waits;
      const soon = (then) => { waits = requestAnimationFrame(then); };
      const look = () => soon(document.querySelector("[class*='st-key-undo-'] button") ? told : look);
      const told = () => setTriggerValue("seen", true);
      look();
      return () => cancelAnimationFrame(waits);
    }""",
)
#: SendGrid's reports usually come within seconds: sooner than this nobody has to decide anything.
REPORTS_WITHIN = timedelta(minutes=1)
LABELS = {channel: channel.label for channel in Channel}
#: Whether it is one → what is said of failures that no other try can mend.
GONE = {
    True: "1 cannot be tried again: the address no longer works, so we have switched it off.",
    False: "{gone:,} cannot be tried again: the addresses no longer work, so we have switched them off.",
}
#: States in the order a bar shows them: what each is called, and its definition.
STATES = {
    "delivered": ("delivered", "The phone or the mail server reported that it arrived."),
    "handed_over": (
        "handed over, not arrived yet",
        "Google or SendGrid accepted it. Nothing has reported yet that it arrived.",
    ),
    "sending": ("being handed over", "It is on its way to Google or SendGrid at this moment."),
    "pending": ("waiting", "Not handed over yet."),
    "unknown": (
        "in doubt", "The connection broke, or it waited in a backup: it may or may not have been sent. Reports will "
        "tell, or you decide.",
    ),
    "failed": ("failed", "It will not arrive. The reasons are below."),
    "expired": ("too late", "The alert ended before it could be handed over."),
    "cancelled": ("not sent", "Undone or stopped before it was handed over."),
}  # fmt: skip
DEFINITIONS = {
    "Handed over": "Google or SendGrid accepted it, whether or not it has arrived since.",
    "Delivered": "The phone or the mail server reported that it arrived.",
    "Opened": "The person opened the alert on their phone. E-mails are never tracked.",
    "Responses": "What people told us about it, by the link in the alert or the public page.",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the large figures, and what is said below it."""

    name: str
    number: int
    text: str
    is_new: bool = False


def banner(seen: Snapshot, words: PhaseWords, officer: Officer) -> None:
    """The state in words, with what can be done about it at its right."""
    asking = may_stop(seen, words.phase) and st.session_state.get(actions.ASKING) == seen.alert.id
    look = "asking" if asking else "marred" if words.marred else words.phase.value
    with st.container(key=f"banner-{look}", gap=None):
        left, right = st.columns([5, 3], vertical_alignment="center")
        with left:
            st.html(question_html(seen) if asking else banner_html(seen, words, look))
        with right:
            if officer.may(*actions.HANDLE.roles):
                if asking:
                    answer_buttons(seen)
                else:
                    banner_buttons(seen, words.phase, officer)
    if note := actions.noted(seen.alert.id):
        st.html(piece("notice", note, "status"))


def banner_html(seen: Snapshot, words: PhaseWords, look: str) -> str:
    """The line; while it is held, the seconds that are left, counted down by the browser."""
    held = words.phase is Phase.HELD and not is_later(seen.alert, utc_now())
    stoppable = may_stop(seen, words.phase)
    return draw("control/live/banner.html", alert=seen.alert, words=words, look=look, held=held, stoppable=stoppable)


def question_html(seen: Snapshot) -> str:
    """What stopping means, with the counts as they are now."""
    return draw("control/live/question.html", left=seen.states["pending"], handed_over=seen.handed_over)


def banner_buttons(seen: Snapshot, phase: Phase, officer: Officer) -> None:
    """Undo and "tell them now" while it is held; once undone, its draft; stopping, and the question before it, while it
    goes out."""
    if phase is Phase.HELD:
        if seen.alert.release_at == seen.alert.issued_at + timedelta(seconds=UNDO_S):
            _watch(key=f"seen-undo-{seen.alert.id}", on_seen_change=partial(actions.saw_undo, seen.alert.id))
        left, right = st.columns([3, 2])
        with left:
            act_button("Undo: tell nobody", actions.undo, seen, icon=":material/undo:", type="primary")
        with right:
            act_button("Tell them now", actions.tell_now, seen)
    elif phase is Phase.WITHDRAWN:
        if officer.may(*follow_up.FOLLOW.roles):
            act_button("Edit and send again", follow_up.send_again, seen, icon=":material/edit:", type="primary")
    elif may_stop(seen, phase):
        left, right = st.columns([2, 1])
        if seen.may_go_by_relay:
            with left:
                act_button("Send e-mails by our own mail", actions.send_by_relay, seen, icon=":material/alt_route:")
        with right:
            act_button("Stop …", actions.ask_to_stop, seen, icon=":material/front_hand:")


def may_stop(seen: Snapshot, phase: Phase) -> bool:
    """Whether anything is still to leave: now, or with the day's digest."""
    return phase is Phase.RUNNING or (phase is Phase.DONE and seen.for_digest > 0)


def answer_buttons(seen: Snapshot) -> None:
    """The two answers; going on has the focus."""
    go_on, end = st.columns(2)
    with go_on, st.container(key="safe-choice"):
        act_button("Keep going", actions.keep_going, seen)
    with end, st.container(key="stop-for-good"):
        act_button(f"Stop: do not send {seen.states['pending']:,}", actions.stop, seen)


def act_button(label: str, act: Callable[[int], None], seen: Snapshot, **look: Any) -> None:
    """A button known by its act, so that it stays the same button when the count in its label moves."""
    key = f"{act.__name__}-{seen.alert.id}"
    st.button(label, key=key, width="stretch", on_click=partial(act, seen.alert.id), **look)


def figures(seen: Snapshot) -> None:
    """Four large figures, each with its share and its definition."""
    delivered = seen.states["delivered"]
    phones = next((channel for channel in seen.channels if channel.channel is Channel.PUSH), None)
    p95 = max((row.p95_s for row in seen.speed.channels), default=None)
    within = f" · 95 % within {span(p95)}" if p95 is not None else ""
    handed = f"{share(seen.handed_over, seen.total)} of {seen.total:,}{within}"
    shown = [
        Figure("Handed over", seen.handed_over, handed),
        Figure("Delivered", delivered, arrived_words(delivered, seen.handed_over)),
        Figure("Opened", seen.opened, f"{share(seen.opened, phones.total if phones else 0)} of phones"),
        Figure("Responses", seen.answers.responses, answers_words(seen.answers), seen.answers.unread > 0),
    ]
    st.html(draw("control/live/figures.html", figures=shown, definitions=DEFINITIONS))


def arrived_words(delivered: int, handed_over: int) -> str:
    """What share of those handed over it is, where there are any."""
    return f"{share(delivered, handed_over)} of those handed over" if handed_over else "none handed over"


def answers_words(answers: Answers) -> str:
    """Whether anybody still has to read them."""
    if not answers.responses:
        return "none yet"
    return f"{answers.unread:,} not read yet" if answers.unread else "all read"


def bars(seen: Snapshot) -> None:
    """A bar for each channel with all its states, named and counted below it."""
    facts = {"channels": seen.channels, "named": LABELS, "states": STATES, "opened": DEFINITIONS["Opened"]}
    st.html(draw("control/live/channels.html", **facts))


def hand_over(seen: Snapshot, theme: str) -> None:
    """The curve since release, and its p50, p95 and last for each channel."""
    speed = seen.speed
    st.html(piece("panel", "How fast it was handed over"))
    if not speed.curve:
        st.html(piece("line", "Nothing has been handed over yet.", "sa-nothing"))
        return
    totals = {channel.channel: channel.total for channel in seen.channels}
    st.altair_chart(charts.hand_over(speed.curve, speed.step_s, totals, theme), key="hand-over", height=200, theme=None)
    rows = sorted(speed.channels, key=lambda row: row.channel, reverse=True)
    st.html(draw("control/live/speed.html", rows=rows, named=LABELS))


def failures(seen: Snapshot, officer: Officer, *, may_try: bool) -> None:
    """Why deliveries failed, most frequent first, and another try for each channel."""
    speed = seen.speed
    st.html(draw("control/live/failures.html", rows=reasons(speed.failures), named=LABELS))
    if not may_try:
        return
    gone = sum(row.deliveries for row in speed.failures) - sum(speed.retryable.values())
    if gone:
        st.html(piece("line", GONE[gone == 1].format(gone=gone), "sa-nothing"))
    if officer.may(*actions.HANDLE.roles) and speed.retryable:
        with st.container(horizontal=True, key="try-again"):
            for name, deliveries in speed.retryable.items():
                try_again_button(seen.alert.id, Channel(name), deliveries)


def reasons(failures: list[Failures]) -> list[tuple[str, str, int]]:
    """Channel, reason in words of ours and deliveries, most first; what a provider says in many ways is one reason."""
    counted: Counter[tuple[str, str]] = Counter()
    for row in failures:
        counted[row.channel, reason_words(row.reason)] += row.deliveries
    return [(*why, deliveries) for why, deliveries in counted.most_common()]


def try_again_button(alert_id: int, channel: Channel, deliveries: int) -> None:
    """One more try for the failed deliveries of a channel."""
    st.button(
        f"Try {deliveries:,} failed {channel.noun(deliveries)} again",
        key=f"again-{channel}",
        icon=":material/refresh:",
        on_click=partial(actions.try_again, alert_id, channel),
    )


def doubt(seen: Snapshot, now: datetime, officer: Officer) -> None:
    """What is known of mails in doubt; and once reports should have come, an officer's choice with what each does."""
    known = seen.doubt
    if known.claimed_at is None:
        return
    due, left_by = now > known.claimed_at + REPORTS_WITHIN, seen.by(Action.LEFT_IN_DOUBT)
    st.html(draw("control/live/doubt.html", doubt=known, due=due, left_by=left_by))
    if due and officer.may(*actions.HANDLE.roles):
        with st.container(horizontal=True, key="in-doubt"):
            again = f"Send {known.deliveries:,} again"
            act_button(again, actions.send_in_doubt, seen, icon=":material/refresh:")
            if not left_by:
                act_button("Do not send again", actions.leave_in_doubt, seen)
