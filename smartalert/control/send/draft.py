"""The draft on this screen: what the session holds of it, kept in the database at every change, shared between tabs.

Callbacks change `content`; `flush` writes what changed. Widgets show content and never own it.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import streamlit as st

from smartalert.alerts import approvals, drafts, kind_order
from smartalert.alerts.approvals import LastRequest
from smartalert.alerts.drafts import Draft, KeptDraft, OpenDraft
from smartalert.alerts.incidents import KINDS
from smartalert.clock import utc_now
from smartalert.control.access import Role, acting, power
from smartalert.control.send import address, screen
from smartalert.control.transactions import reading
from smartalert.control.words import clock
from smartalert.database.connection import Connection
from smartalert.errors import AlertRefused

COMPOSE = power("Write, keep and throw away drafts of their own", Role.SENDER)
SESSION_KEY = "send:draft"
#: Field → what an officer calls it.
CALLED = {
    "area": "area", "incident_kind": "kind of incident", "urgent": "urgency", "incident_number": "incident number",
    "headline": "headline", "description": "what happened", "instruction": "what to do", "contact": "who to call",
    "expires": "end time", "leaves": "time to send", "topics": "topics", "sectors": "trades", "channels": "channels",
    "photo": "photograph", "photo_alt": "what the photograph shows",
}  # fmt: skip


@dataclass(slots=True)
class TabDraft:
    """One officer's draft in one tab. Only this module changes it."""

    id: UUID
    officer: str
    #: As the database last had it.
    version: int
    kept: Draft
    #: As this tab has it.
    content: Draft
    closed: bool = False
    alert_id: int | None = None
    #: When the database last took something of it; None as long as there is nothing to keep.
    kept_at: datetime | None = None
    #: The last request for its approval, and its officer's other unfinished drafts, when the run began.
    asked: LastRequest | None = None
    others: list[OpenDraft] = field(default_factory=list)
    #: Kinds of incident that the force uses, in its order.
    kinds: tuple[str, ...] = tuple(KINDS)


def present(officer: str) -> TabDraft:
    """This tab's draft: the one its address names, else the one it has, else an empty one."""
    named = address.draft()
    opened: TabDraft | None = st.session_state.get(SESSION_KEY)
    if opened is None or opened.officer != officer or (opened.id != named if named else opened.closed):
        opened = _open(officer, named)
    return opened


def current() -> TabDraft:
    """The draft on this tab's screen, for callbacks and fragments."""
    opened: TabDraft = st.session_state[SESSION_KEY]
    return opened


def begin() -> None:
    """Callback: a new, empty draft."""
    _show(_empty(current().officer))


def switch_to(draft_id: UUID) -> None:
    """Callback: another unfinished draft."""
    with acting(COMPOSE) as (conn, officer):
        _show(_kept(officer.id, drafts.load(conn, draft_id, officer.id)))


def throw_away() -> None:
    """Callback: close this draft; the page then offers to bring it back."""
    opened = current()
    with acting(COMPOSE) as (conn, officer):
        drafts.discard(conn, opened.id, officer.id)
    opened.closed = True


def bring_back() -> None:
    """Callback: undo throwing this draft away."""
    opened = current()
    with acting(COMPOSE) as (conn, officer):
        drafts.bring_back(conn, opened.id, officer.id)
    opened.closed = False


def change(**fields: Any) -> None:
    """Take over changed fields and keep them."""
    opened = current()
    replace(opened.content.model_copy(update=fields))


def replace(content: Draft) -> None:
    """Take over the whole content and keep what changed of it."""
    current().content = content
    flush()


def move(area: dict[str, Any] | None) -> None:
    """Take over an area at once; it is kept with what follows from it, when the words name the place."""
    opened = current()
    opened.content = opened.content.model_copy(update={"area": area})


def undo(fields: dict[str, Any]) -> None:
    """Callback: put fields back as a notice offered."""
    screen.dismiss()
    change(**fields)


def flush() -> None:
    """Write what changed since the database last had it; nothing if nothing did.

    A draft that was closed meanwhile refuses: what was typed stays on the screen.
    """
    opened = current()
    fields = changed(opened.kept, opened.content)
    if not fields or opened.closed:
        return
    try:
        with acting(COMPOSE) as (conn, officer):
            keep(conn, officer.id)
            row = drafts.change(conn, opened.id, officer.id, fields)
    except AlertRefused as refusal:
        screen.tell(str(refusal), tone="bad")
        return
    _adopt(opened, row.version, row.content, others=row.version > opened.version + 1)
    address.write(opened.id, screen.current().step)


def keep(conn: Connection, officer: str) -> None:
    """Let the database have this draft, if nothing of it was kept before: looking at the screen alone keeps nothing."""
    if current().kept_at is None:
        drafts.begin(conn, officer, current().id)


def sync() -> None:
    """Look what became of this draft, and whether another tab or another sign-in changed it, and take that over.

    One that nothing was kept of is nowhere but here.
    """
    opened = current()
    with reading() as conn:
        row = drafts.load(conn, opened.id, opened.officer) if opened.kept_at else None
        opened.asked = approvals.of_draft(conn, opened.id) if row else None
        opened.kinds = kind_order.offered(conn)
        opened.others = [one for one in drafts.open_drafts(conn, opened.officer) if one.id != opened.id]
    if row:
        opened.closed, opened.alert_id = row.closed_at is not None, row.alert_id
    flush()
    if row and row.version > opened.version:
        _adopt(opened, row.version, row.content, others=True)


def changed(old: Draft, new: Draft) -> dict[str, Any]:
    """The fields that differ, as new has them."""
    before = old.model_dump()
    return {name: value for name, value in new.model_dump().items() if value != before[name]}


def _adopt(opened: TabDraft, version: int, content: Draft, *, others: bool) -> None:
    news = changed(opened.content, content)
    opened.version, opened.kept, opened.content, opened.kept_at = version, content, content, utc_now()
    if others and (named := [CALLED[name] for name in news if name in CALLED]):
        said = f"Changed in another tab at {clock(utc_now())}: {', '.join(named)}. This tab now shows the changes."
        standing = screen.current().notice
        if standing and standing.tone == "bad":
            screen.tell(f"{standing.text} {said}", tone="bad")
        else:
            screen.tell(said)


def _open(officer: str, named: UUID | None) -> TabDraft:
    if named is None:
        return _show(_empty(officer))
    with acting(COMPOSE) as (conn, _):
        try:
            return _show(_kept(officer, drafts.load(conn, named, officer)))
        except AlertRefused as refusal:
            opened = _show(_empty(officer))
            screen.tell(str(refusal), tone="bad")
            return opened


def _empty(officer: str) -> TabDraft:
    return TabDraft(uuid4(), officer, version=1, kept=Draft(), content=Draft())


def _kept(officer: str, row: KeptDraft) -> TabDraft:
    return TabDraft(
        id=row.id,
        officer=officer,
        version=row.version,
        kept=row.content,
        content=row.content,
        closed=row.closed_at is not None,
        alert_id=row.alert_id,
        kept_at=row.updated_at,
    )


def _show(opened: TabDraft) -> TabDraft:
    """Put a draft on a clear screen, and into the address once it is kept."""
    st.session_state[SESSION_KEY] = opened
    screen.begin()
    address.write(opened.id if opened.kept_at else None, address.step())
    return opened
