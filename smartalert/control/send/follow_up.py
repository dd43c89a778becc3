"""A draft that follows an alert, on the send screen: which one and how, and the offer to follow one that is live."""

from functools import partial
from html import escape

import streamlit as st

from smartalert.alerts import drafts, threads
from smartalert.alerts.follow_ups import CHOICES, FOLLOW_UPS, FollowUp
from smartalert.alerts.threads import Followed
from smartalert.audience.preview import Preview
from smartalert.clock import utc_now
from smartalert.control import transactions
from smartalert.control.names import name_of
from smartalert.control.send import draft, fields
from smartalert.control.send.draft import Counted, Notice, Work
from smartalert.control.words import count, day_and_clock
from smartalert.errors import AlertRefused

HOW = "follow-up"
#: What a change of how an alert is followed fills in anew, and an undo puts back.
FILLED = (
    *drafts.WORDS, "incident_kind", "urgent", "expires", "topics", "sectors", "channels", "own_words", "words_of",
    "photo", "photo_alt", "follows", "follow_up",
)  # fmt: skip


def head(work: Work) -> None:
    """Which alert it follows, and how; the kinds of incident stand here for any other draft."""
    with transactions.reading() as conn:
        alert = threads.followed(conn, work.content.follows or 0)
    st.html(card_html(alert))
    if alert.newest != alert.id:
        st.html(f'<p class="sd-late" role="alert">{escape(late_words(alert))}</p>')
        st.button("Follow the newer message instead", key="send:newest", on_click=refill, args=(alert.newest,))
    key = fields.follow(HOW, work.content.follow_up)
    st.segmented_control(
        "What you have to say of it", list(CHOICES), default=work.content.follow_up, format_func=label, key=key,
        required=True, on_change=on_how, args=(key,),
    )  # fmt: skip


def label(follow_up: str) -> str:
    """The word of one choice."""
    return FOLLOW_UPS[follow_up].label


def card_html(alert: Followed) -> str:
    """The alert that is followed."""
    told = f"Told {count(alert.people, 'person', 'people')} at {day_and_clock(alert.release_at, utc_now())}"
    return (
        f'<a class="sd-followed" href="live_alerts?alert={alert.id}" target="_self">'
        '<span class="sa-icon" aria-hidden="true">reply</span>'
        f"<span><small>It follows</small><b>{escape(alert.headline)}</b><small>{told}</small></span></a>"
    )


def late_words(alert: Followed) -> str:
    """Somebody was quicker."""
    at = day_and_clock(alert.newest_release_at, utc_now())
    return f"{name_of(alert.newest_by)} has followed it up at {at}: “{alert.newest_headline}”."


def on_how(key: str) -> None:
    """Callback: another way to follow the alert, worded anew; what was written can be put back."""
    if chosen := fields.said(key):
        refill(draft.current().content.follows or 0, chosen)


def refill(alert_id: int, follow_up: str | None = None) -> None:
    """Callback: make the draft one that follows this alert, with a way back. The area that was drawn is kept.

    So is the draft's own photograph, unless an alert ends: the earlier one's belongs to the earlier draft.
    """
    work, now = draft.current(), utc_now()
    before = {field: getattr(work.content, field) for field in FILLED}
    how = follow_up or work.content.follow_up or "update"
    try:
        with transactions.reading() as conn:
            filled = threads.prefilled(threads.followed(conn, alert_id), how, now)
    except AlertRefused as refusal:
        work.notice = Notice(str(refusal), tone="bad")
        return
    kept = ("area", "where", "photo", "photo_alt") if FOLLOW_UPS[how].keeps_photo else ("area", "where")
    own = {field: getattr(work.content, field) for field in kept}
    draft.replace(filled.model_copy(update={"photo": "", "photo_alt": "", **own}))
    work.notice = Notice(f"The words were filled in for: {FOLLOW_UPS[how].label}.", undo=before)
    work.counted, work.asked_too_early = None, False


def offer(work: Work, counted: Counted) -> None:
    """An alert about this incident is live nearby: update it rather than alarm the same people twice."""
    with transactions.reading() as conn:
        live = threads.same_incident(conn, work.content, counted.ground, utc_now())
    if live is None:
        return
    with st.container(key="send-same", horizontal=True, vertical_alignment="center", gap="small"):
        told = f"{count(live.people, 'person was', 'people were')} told"
        st.html(
            f'<p role="status"><b>Incident {escape(work.content.incident_number)} is live here already.</b> '
            f"“{escape(live.headline)}”: {told} at {day_and_clock(live.release_at, utc_now())}.</p>"
        )
        st.button(
            "Update it instead", key="send:update-instead", icon=":material/update:",
            on_click=partial(refill, live.id, "update"),
        )  # fmt: skip


def place() -> None:
    """In the place of the search box, where the area no longer decides who is told."""
    st.html('<p class="sd-fixed">Whoever was told is told, wherever they are. The area stays as it was.</p>')


def told_words(found: Preview, simulated: str = "") -> str:
    """ "the 1,284 people who were told, and 37 more"; empty for a message that follows none."""
    if not found.told_before:
        return ""
    told = count(found.told_before, f"{simulated}person who was told", f"{simulated}people who were told")
    return f"the {told}" + (f", and {found.newcomers:,} more" if found.newcomers else "")


def who_words(kind: FollowUp) -> str:
    """Who it is for."""
    return "Everyone who was told" + (", and everyone else in the area" if kind.newcomers else "")
