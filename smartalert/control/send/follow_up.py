"""A draft that follows an alert, on the send screen: which one and how, and the offer to follow one that is live."""

from functools import partial

import streamlit as st

from smartalert.alerts import drafts, threads
from smartalert.alerts.checks import Counted, Nowhere
from smartalert.alerts.drafts import Draft
from smartalert.alerts.follow_ups import CHOICES, FOLLOW_UPS, FollowUp
from smartalert.alerts.threads import Followed
from smartalert.audience.preview import Preview
from smartalert.cleaning import isolated
from smartalert.clock import utc_now
from smartalert.control import transactions
from smartalert.control.drawing import draw, piece
from smartalert.control.names import name_of
from smartalert.control.send import draft, fields, screen
from smartalert.control.words import count, day_and_clock
from smartalert.errors import AlertRefused

#: What a change of how an alert is followed fills in anew, and an undo puts back.
FILLED = (
    *drafts.WORDS, "incident_kind", "urgent", "expires", "topics", "sectors", "channels", "own_words", "words_of",
    "begun_as", "filled", "photo", "photo_alt", "follows", "follow_up",
)  # fmt: skip


def head(content: Draft) -> None:
    """Which alert it follows, and how; the kinds of incident stand here for any other draft."""
    with transactions.reading() as conn:
        alert = threads.followed(conn, content.follows or 0)
    st.html(draw("control/send/followed.html", alert=alert, now=utc_now()))
    if alert.newest != alert.id:
        st.html(piece("line", late_words(alert), "sd-late", "alert"))
        st.button("Follow the newer message instead", key="send:newest", on_click=refill, args=(alert.newest,))
    fields.one_of("follow-up", "What kind of message", list(CHOICES), content.follow_up, take_how, format_func=label)


def label(follow_up: str) -> str:
    """The word of one choice."""
    return FOLLOW_UPS[follow_up].label


def late_words(alert: Followed) -> str:
    """Who has followed the alert up meanwhile, when, and with what."""
    at = day_and_clock(alert.newest_release_at, utc_now())
    return f"{name_of(alert.newest_by)} already sent a follow-up at {at}: “{isolated(alert.newest_headline)}”."


def take_how(how: str) -> None:
    """Another way to follow the alert, worded anew; what was written can be put back."""
    refill(draft.current().content.follows or 0, how)


def refill(alert_id: int, follow_up: str | None = None) -> None:
    """Callback: make the draft one that follows this alert, with a way back. The area that was drawn is kept.

    So is the draft's own photograph, unless an alert ends: the earlier one's belongs to the earlier draft.
    """
    content, now = draft.current().content, utc_now()
    before = {field: getattr(content, field) for field in FILLED}
    how = follow_up or content.follow_up or "update"
    try:
        with transactions.reading() as conn:
            filled = threads.prefilled(threads.followed(conn, alert_id), how, now)
    except AlertRefused as refusal:
        screen.tell(str(refusal), tone="bad")
        return
    kept = ("area", "where", "photo", "photo_alt") if FOLLOW_UPS[how].keeps_photo else ("area", "where")
    own = {field: getattr(content, field) for field in kept}
    draft.replace(filled.model_copy(update={"photo": "", "photo_alt": "", **own}))
    screen.tell(f"The words are now those for: {FOLLOW_UPS[how].label}.", undo=before)
    screen.forget_counts()
    screen.compose()


def offer(content: Draft, counted: Counted | Nowhere) -> None:
    """An alert about this incident is live nearby: update it rather than alarm the same people twice."""
    live = None
    if isinstance(counted, Counted) and content.incident_number and content.follows is None:
        with transactions.reading() as conn:
            live = threads.same_incident(conn, content, counted.ground, utc_now())
    if live is None:
        return
    with st.container(key="send-same", horizontal=True, vertical_alignment="center", gap="small"):
        facts = {"incident_number": content.incident_number, "live": live, "now": utc_now()}
        st.html(draw("control/send/same_incident.html", **facts))
        st.button(
            "Update it instead", key="send:update-instead", icon=":material/update:",
            on_click=partial(refill, live.id, "update"),
        )  # fmt: skip


def is_fixed(content: Draft) -> bool:
    """Whether the area decides nothing: who was told is told."""
    return content.sequel is not None and not content.sequel.newcomers


def place() -> None:
    """Instead of the search box: the area no longer decides who is told."""
    st.html(
        piece("line", "This goes to everyone who was told, wherever they are now. The area stays the same.", "sd-fixed")
    )


def told_words(found: Preview, simulated: str = "") -> str:
    """ "the 1,284 people who were told, and 37 more"; empty for a message that follows none."""
    if not found.told_before:
        return ""
    told = count(found.told_before, f"{simulated}person who was told", f"{simulated}people who were told")
    return f"the {told}" + (f", and {found.newcomers:,} more" if found.newcomers else "")


def who_words(kind: FollowUp) -> str:
    """Who it is for."""
    return "Everyone who was told" + (", and everyone else in the area" if kind.newcomers else "")
