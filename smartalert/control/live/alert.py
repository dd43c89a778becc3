"""One alert on the live page: what changes from second to second, drawn from its picture."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from html import escape
from typing import Any

import streamlit as st

from smartalert.audit.entries import Action
from smartalert.channel import Channel
from smartalert.control.access import Officer
from smartalert.control.live import actions
from smartalert.control.live.phase import Phase, Standing
from smartalert.control.live.snapshot import ChannelSnapshot, Snapshot, Speed
from smartalert.control.names import name_of
from smartalert.control.words import count, day_and_clock, share, span
from smartalert.engagement import charts

#: Whether it is one → what is said of failures that no other try can mend.
GONE = {
    True: "1 cannot be tried again: the address is gone, and its channel is switched off.",
    False: "{gone:,} cannot be tried again: the addresses are gone, and their channels are switched off.",
}
#: States in the order a bar shows them: what each is called, and its definition.
STATES = {
    "delivered": ("delivered", "The phone or the mail server reported that it arrived."),
    "handed_over": (
        "handed over",
        "Google or the mail provider accepted it; nothing has reported yet that it arrived.",
    ),
    "sending": ("in hand", "A worker is handing it over at this moment."),
    "pending": ("waiting", "Not handed over yet."),
    "unknown": ("in doubt", "The mail may or may not have left when a worker died; SendGrid's reports decide."),
    "failed": ("failed", "It will not arrive; the reasons are below."),
    "expired": ("too late", "The alert was over before it could be handed over."),
    "cancelled": ("spared", "Undone or stopped before it left."),
}
DEFINITIONS = {
    "Handed over": "Google or the mail provider accepted it. That it arrived is not yet known.",
    "Delivered": "The phone or the mail server reported that it arrived.",
    "Opened": "The person opened the alert on their phone. E-mails are never tracked.",
    "Responses": "What people told us about it, by the link in the alert or the public page.",
}


def banner(picture: Snapshot, standing: Standing, officer: Officer) -> None:
    """The state in words, with what can be done about it at its right."""
    asking = may_stop(picture, standing.phase) and st.session_state.get(actions.ASKING) == picture.alert.id
    look = "asking" if asking else "marred" if standing.marred else standing.phase.value
    with st.container(key=f"banner-{look}", gap=None):
        words, buttons = st.columns([5, 3], vertical_alignment="center")
        with words:
            st.html(question_html(picture) if asking else banner_html(picture, standing, look))
        with buttons:
            if officer.may(*actions.HANDLE.roles):
                if asking:
                    answer_buttons(picture)
                else:
                    banner_buttons(picture, standing.phase)
    if note := actions.noted(picture.alert.id):
        icon = '<span class="sa-icon" aria-hidden="true">info</span>'
        st.html(f'<p class="sa-note" role="status">{icon}{escape(note)}</p>')


def banner_html(picture: Snapshot, standing: Standing, look: str) -> str:
    """The line; while it is held, the seconds that are left, counted down by the browser."""
    lead = f'<span class="sa-icon" aria-hidden="true">{standing.icon}</span>'
    if standing.phase is Phase.HELD:
        until, of = picture.alert.release_at, (picture.alert.release_at - picture.alert.issued_at).total_seconds()
        ends = f'data-until="{until.timestamp() * 1000:.0f}" data-of="{of:g}"'
        lead = f'<b class="sa-seconds" {ends} aria-hidden="true"></b>'
    return (
        f'<div class="sa-standing {look}" data-hold role="status">{lead}'
        f"<div><h2>{escape(standing.line)}</h2><p>{escape(standing.more)}</p></div></div>"
    )


def question_html(picture: Snapshot) -> str:
    """What stopping means, with the counts as they are now."""
    left = count(picture.states["pending"], "delivery", "deliveries")
    return (
        '<div class="sa-standing asking" role="status"><span class="sa-icon" aria-hidden="true">front_hand</span>'
        f"<div><h2>Stop? {left} not yet handed over will never be</h2>"
        f"<p>{picture.handed_over:,} already handed over cannot be called back.</p></div></div>"
    )


def banner_buttons(picture: Snapshot, phase: Phase) -> None:
    """Undo and "tell them now" while it is held; stopping, and the question before it, while it goes out."""
    if phase is Phase.HELD:
        left, right = st.columns([3, 2])
        with left:
            act_button("Undo: tell nobody", actions.undo, picture, icon=":material/undo:", type="primary")
        with right:
            act_button("Tell them now", actions.tell_now, picture)
    elif may_stop(picture, phase):
        _, right = st.columns([2, 1])
        with right:
            act_button("Stop …", actions.ask_to_stop, picture, icon=":material/front_hand:")


def may_stop(picture: Snapshot, phase: Phase) -> bool:
    """Whether anything is still to leave: now, or with the day's digest."""
    return phase is Phase.RUNNING or (phase is Phase.DONE and picture.for_digest > 0)


def answer_buttons(picture: Snapshot) -> None:
    """The two answers; going on has the focus."""
    go_on, end = st.columns(2)
    with go_on, st.container(key="safe-choice"):
        act_button("Keep going", actions.keep_going, picture)
    with end, st.container(key="stop-for-good"):
        act_button(f"Stop: spare {picture.states['pending']:,}", actions.stop, picture)


def act_button(label: str, act: Callable[[int], None], picture: Snapshot, **look: Any) -> None:
    """A button known by its act, so that it stays the same button when the count in its label moves."""
    key = f"{act.__name__}-{picture.alert.id}"
    st.button(label, key=key, width="stretch", on_click=partial(act, picture.alert.id), **look)


def figures(picture: Snapshot, speed: Speed) -> None:
    """Four large figures, each with its share and its definition."""
    delivered = picture.states["delivered"]
    phones = next((channel for channel in picture.channels if channel.channel is Channel.PUSH), None)
    p95 = max((row.p95_s for row in speed.channels), default=None)
    shown = [
        ("Handed over", picture.handed_over, f"{share(picture.handed_over, picture.total)} of {picture.total:,}", ""),
        ("Delivered", delivered, f"{share(delivered, picture.handed_over)} of those handed over", ""),
        ("Opened", picture.opened, f"{share(picture.opened, phones.total if phones else 0)} of phones", ""),
        (
            "Responses",
            picture.answers.responses,
            answers_words(picture.answers),
            "new" if picture.answers.unread else "",
        ),
    ]
    if p95 is not None:
        shown[0] = (*shown[0][:2], f"{shown[0][2]} · 95 % within {span(p95)}", "")
    cards = "".join(
        f'<div class="sa-figure {tone}" title="{DEFINITIONS[name]}"><span>{name}</span>'
        f"<b>{number:,}</b><small>{text}</small></div>"
        for name, number, text, tone in shown
    )
    st.html(f'<div class="sa-figures">{cards}</div>')


def answers_words(answers: Any) -> str:
    """Whether anybody still has to read them."""
    if not answers.responses:
        return "none yet"
    return f"{answers.unread:,} not read yet" if answers.unread else "all read"


def bars(picture: Snapshot) -> None:
    """A bar for each channel with all its states, named and counted below it."""
    st.html('<div class="sa-panel"><h3>By channel</h3>' + "".join(map(bar_html, picture.channels)) + "</div>")


def bar_html(channel: ChannelSnapshot) -> str:
    """One channel's bar; widths are shares of its deliveries."""
    states = [(state, channel.states[state]) for state in STATES if channel.states[state]]
    parts = "".join(f'<i class="{state}" style="flex-grow:{number}"></i>' for state, number in states)
    legend = "".join(
        f'<li title="{STATES[state][1]}"><i class="{state}"></i>{STATES[state][0]} <b>{number:,}</b></li>'
        for state, number in states
    )
    opened = f'<li title="{DEFINITIONS["Opened"]}">opened <b>{channel.opened:,}</b></li>' if channel.opened else ""
    return (
        f'<div class="sa-channel"><h4>{channel.channel.label} <span>{channel.total:,}</span></h4>'
        f'<div class="sa-bar" aria-hidden="true">{parts}</div><ul>{legend}{opened}</ul></div>'
    )


def hand_over(picture: Snapshot, speed: Speed, theme: str) -> None:
    """The curve since release, and its p50, p95 and last for each channel."""
    st.html('<div class="sa-panel"><h3>Handed over since release</h3></div>')
    if not speed.curve:
        st.html('<p class="sa-nothing">The curve begins with the first hand-over.</p>')
        return
    totals = {channel.channel: channel.total for channel in picture.channels}
    st.altair_chart(charts.hand_over(speed.curve, speed.step_s, totals, theme), key="hand-over", height=200, theme=None)
    rows = "".join(
        f"<tr><th>{Channel(row.channel).label}</th><td>{row.handed_over:,}</td><td>{span(row.p50_s)}</td>"
        f"<td>{span(row.p95_s)}</td><td>{span(row.last_s)}</td></tr>"
        for row in sorted(speed.channels, key=lambda row: row.channel, reverse=True)
    )
    st.html(
        '<table class="sa-table"><thead><tr><td></td><th>handed over</th>'
        '<th title="Half were handed over this long after release">half within</th>'
        '<th title="Ninety-five in a hundred were handed over this long after release">95 % within</th>'
        '<th title="From release to the last hand-over">last</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def failures(picture: Snapshot, speed: Speed, officer: Officer, *, may_try: bool) -> None:
    """Why deliveries failed, most frequent first, and another try for each channel."""
    rows = "".join(
        f"<tr><th>{Channel(row.channel).label}</th><td>{escape(row.reason)}</td><td>{row.deliveries:,}</td></tr>"
        for row in speed.failures
    )
    st.html(
        '<div class="sa-panel"><h3>Why some failed</h3><table class="sa-table sa-reasons">'
        f"<tbody>{rows}</tbody></table></div>"
    )
    if not may_try:
        return
    gone = sum(row.deliveries for row in speed.failures) - sum(speed.retryable.values())
    if gone:
        st.html(f'<p class="sa-nothing">{GONE[gone == 1].format(gone=gone)}</p>')
    if officer.may(*actions.HANDLE.roles) and speed.retryable:
        with st.container(horizontal=True, key="try-again"):
            for name, deliveries in speed.retryable.items():
                try_again_button(picture.alert.id, Channel(name), deliveries)


def try_again_button(alert_id: int, channel: Channel, deliveries: int) -> None:
    """One more try for the failed deliveries of a channel."""
    st.button(
        f"Try {deliveries:,} failed {channel.plural} again",
        key=f"again-{channel}",
        icon=":material/refresh:",
        on_click=partial(actions.try_again, alert_id, channel),
    )


#: Audit action → what happened, as a line of the timeline.
DID = {
    Action.ISSUED: "issued it to {people:,} people",
    Action.APPROVAL_ASKED: "asked for approval: {people:,} people",
    Action.APPROVAL_RETURNED: "returned it to be changed: “{note}”",
    Action.APPROVAL_WITHDRAWN: "withdrew the request for approval",
    Action.APPROVED: "approved it",
    Action.SEEN_AND_RIGHT: "looked at it afterwards: seen and right",
    Action.CONCERN_RAISED: "raised a concern: “{concern}”",
    Action.WITHDRAWN: "undid it: nobody was told",
    Action.RELEASED_AT_ONCE: "chose “tell them now”",
    Action.STOPPED: "stopped it, sparing {spared:,} deliveries",
    Action.WENT_ON: "undid what had stopped it: {deliveries:,} deliveries go out after all",
    Action.TRIED_AGAIN: "tried {deliveries:,} failed {channel} again",
}


def timeline(picture: Snapshot, now: datetime) -> None:
    """Who did what, oldest first."""
    steps = "".join(
        f"<li><time>{day_and_clock(entry.at, now)}</time><span><b>{escape(name_of(entry.officer))}</b> "
        f"{escape(did(entry))}</span></li>"
        for entry in picture.timeline
    )
    st.html(f'<div class="sa-panel"><h3>Who did what</h3><ol class="sa-timeline">{steps}</ol></div>')


def did(entry: Any) -> str:
    """One audit entry in words; an action without words of its own is named as it stands."""
    facts = dict(entry.detail)
    if "channel" in facts:
        facts["channel"] = Channel(facts["channel"]).plural
    try:
        return DID[Action(entry.action)].format(**facts)
    except (KeyError, ValueError, TypeError):
        return str(entry.action)
