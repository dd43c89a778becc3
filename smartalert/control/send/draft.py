"""The draft at this screen: what the session holds of it, kept in the database at every change, shared between tabs.

Callbacks change `content`; `flush` writes what changed. Widgets show content and never own it.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import streamlit as st

from smartalert.alerts import drafts
from smartalert.alerts.approval_policy import Ruling
from smartalert.alerts.drafts import Draft, KeptDraft, OpenDraft
from smartalert.audience.preview import Preview
from smartalert.clock import utc_now
from smartalert.control.access import Role, acting, power
from smartalert.control.transactions import reading
from smartalert.control.words import clock
from smartalert.errors import AlertRefused
from smartalert.geography.areas import Ground

COMPOSE = power("Write, keep and throw away drafts of their own", Role.SENDER)
SESSION_KEY = "send:work"
PARAMETER = "draft"
#: Field → what an officer calls it.
CALLED = {
    "area": "area", "incident_kind": "kind of incident", "urgent": "urgency", "incident_number": "incident number",
    "headline": "headline", "description": "what happened", "instruction": "what to do", "contact": "whom to call",
    "expires": "until when", "topics": "topics", "sectors": "trades", "channels": "channels",
    "photo": "photograph", "photo_alt": "what the photograph shows",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the officer should know, and perhaps undo."""

    text: str
    #: Fields to put back, or None where there is nothing to undo.
    undo: dict[str, Any] | None = None
    tone: Literal["info", "bad"] = "info"


@dataclass(frozen=True, slots=True)
class Counted:
    """What the present area and choice come to: the ground and the counts, or why there are none."""

    key: tuple[Any, ...]
    at: datetime
    ground: Ground | None = None
    preview: Preview | None = None
    #: Whether the sender may issue it alone.
    ruling: Ruling | None = None
    refusal: str = ""
    #: Why this officer may not send there.
    not_theirs: str = ""


@dataclass(slots=True)
class Work:
    """One officer's draft in one tab."""

    draft_id: UUID
    officer: str
    #: As the database last had it.
    version: int
    kept: Draft
    #: As this tab has it.
    content: Draft
    closed: bool = False
    alert_id: int | None = None
    step: Literal["compose", "review"] = "compose"
    notice: Notice | None = None
    counted: Counted | None = None
    #: The version and counts drawn on the review, which issuing must meet.
    shown: tuple[int, Preview] | None = None
    #: Refused presses of the button that issues: each gets a fresh button.
    presses: int = 0
    #: Where the map should look next: west, south, east, north.
    focus: tuple[float, float, float, float] | None = None
    #: The area changed and the rest of the page does not show it yet.
    moved: bool = False
    #: What the typed fields say, the area it was typed or filled in for, and why it is none.
    typed: dict[str, str] = field(default_factory=dict)
    typed_for: dict[str, Any] | None = None
    typed_refusal: str = ""
    #: Review was asked for while something was missing.
    asked_too_early: bool = False
    kept_at: datetime = field(default_factory=utc_now)


def present(officer: str) -> Work:
    """This tab's draft: the one its address names, else the one last worked on, else a new one."""
    wanted = _named_in_address()
    work: Work | None = st.session_state.get(SESSION_KEY)
    if work is None or work.officer != officer or (work.draft_id != wanted if wanted else work.closed):
        work = _open(officer, wanted)
        st.session_state[SESSION_KEY] = work
    if st.query_params.get(PARAMETER) != str(work.draft_id):
        st.query_params[PARAMETER] = str(work.draft_id)
    return work


def current() -> Work:
    """The draft on this tab's screen, for callbacks and fragments."""
    work: Work = st.session_state[SESSION_KEY]
    return work


def begin() -> None:
    """Callback: a new, empty draft."""
    with acting(COMPOSE) as (conn, officer):
        _show(officer.id, drafts.begin(conn, officer.id))


def switch_to(draft_id: UUID) -> None:
    """Callback: another unfinished draft."""
    with acting(COMPOSE) as (conn, officer):
        _show(officer.id, drafts.load(conn, draft_id, officer.id))


def throw_away() -> None:
    """Callback: close this draft; the page then offers to bring it back."""
    work = current()
    with acting(COMPOSE) as (conn, officer):
        drafts.discard(conn, work.draft_id, officer.id)
    work.closed = True


def bring_back() -> None:
    """Callback: undo throwing this draft away."""
    work = current()
    with acting(COMPOSE) as (conn, officer):
        drafts.bring_back(conn, work.draft_id, officer.id)
    work.closed = False


def unfinished(officer: str) -> list[OpenDraft]:
    """This officer's other unfinished drafts."""
    with reading() as conn:
        return [row for row in drafts.open_drafts(conn, officer) if row.id != current().draft_id]


def change(**fields: Any) -> None:
    """Take over changed fields and keep them."""
    work = current()
    replace(work.content.model_copy(update=fields))


def replace(content: Draft) -> None:
    """Take over the whole content and keep what changed of it."""
    current().content = content
    flush()


def undo(fields: dict[str, Any]) -> None:
    """Callback: put fields back as a notice offered."""
    current().notice = None
    change(**fields)


def dismiss() -> None:
    """Callback: the notice has been read."""
    current().notice = None


def flush() -> None:
    """Write what changed since the database last had it; nothing if nothing did.

    A draft that was closed meanwhile refuses: what was typed stays on the screen.
    """
    work = current()
    fields = changed(work.kept, work.content)
    if not fields or work.closed:
        return
    try:
        with acting(COMPOSE) as (conn, officer):
            row = drafts.change(conn, work.draft_id, officer.id, fields)
    except AlertRefused as refusal:
        work.notice = Notice(str(refusal), tone="bad")
        return
    _adopt(work, row.version, row.content, others=row.version > work.version + 1)


def sync() -> None:
    """Look whether another tab or another sign-in changed or closed this draft, and take that over."""
    work = current()
    with reading() as conn:
        row = drafts.load(conn, work.draft_id, work.officer)
    work.closed, work.alert_id = row.closed_at is not None, row.alert_id
    flush()
    if row.version > work.version:
        _adopt(work, row.version, row.content, others=True)


def changed(old: Draft, new: Draft) -> dict[str, Any]:
    """The fields that differ, as new has them."""
    before = old.model_dump()
    return {name: value for name, value in new.model_dump().items() if value != before[name]}


def _adopt(work: Work, version: int, content: Draft, *, others: bool) -> None:
    news = changed(work.content, content)
    work.version, work.kept, work.content, work.kept_at = version, content, content, utc_now()
    if others and (named := [CALLED[name] for name in news if name in CALLED]):
        said = f"Changed in another tab at {clock(utc_now())}: {', '.join(named)}. This tab now shows it too."
        refusal = work.notice if work.notice and work.notice.tone == "bad" else None
        work.notice = Notice(f"{refusal.text} {said}", tone="bad") if refusal else Notice(said)


def _open(officer: str, wanted: UUID | None) -> Work:
    with acting(COMPOSE) as (conn, _):
        if wanted is None:
            return _work(officer, drafts.latest(conn, officer))
        try:
            return _work(officer, drafts.load(conn, wanted, officer))
        except AlertRefused as refusal:
            work = _work(officer, drafts.latest(conn, officer))
            work.notice = Notice(f"{refusal} This is the draft you last worked on.")
            return work


def _show(officer: str, row: KeptDraft) -> None:
    st.session_state[SESSION_KEY] = _work(officer, row)
    st.query_params[PARAMETER] = str(row.id)


def _work(officer: str, row: KeptDraft) -> Work:
    return Work(
        draft_id=row.id,
        officer=officer,
        version=row.version,
        kept=row.content,
        content=row.content,
        closed=row.closed_at is not None,
        alert_id=row.alert_id,
    )


def _named_in_address() -> UUID | None:
    try:
        return UUID(st.query_params.get(PARAMETER, ""))
    except ValueError:
        return None
