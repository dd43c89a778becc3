"""Approval by a second person: of exactly one version, by somebody who had no hand in it, decided once.

Every act holds the draft first and the request second, so that of two at once one waits and finds what the other did.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from smartalert import cleaning
from smartalert.alerts import calls, checks, issuing
from smartalert.alerts.issuing import HeldDraft, Issued, Ready
from smartalert.alerts.times import read_end
from smartalert.audience.preview import Preview
from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.config import Mode
from smartalert.database.connection import Connection, queries, row_as, rows_as
from smartalert.errors import AlertRefused, NotAllowed, PreviewOutOfDate

#: Urgent or not → how long a request may be approved. Later the sender has to look, and ask, again.
LASTS = {True: timedelta(minutes=30), False: timedelta(hours=12)}
#: What of a draft nobody reads and nothing follows from: how it was written, not what it says.
NOT_BOUND = {"own_words", "words_of", "begun_as", "filled", "again", "where", "area", "expires"}
#: What became of a request → what somebody is told who comes too late.
TOO_LATE = {
    "approved": "An approver has just approved this. It is on its way.",
    "returned": "It was returned for changes.",
    "withdrawn": "The sender took the request back.",
    "void": "The sender has changed it, so this request has ended.",
}


@dataclass(frozen=True, slots=True)
class Request:
    """One request for approval; what was decided, by whom and when is None until it is."""

    id: int
    draft_id: UUID
    author: str
    version: int
    submitted_by: str
    submitted_at: datetime
    lapses_at: datetime
    reason: str
    #: See document().
    document: str
    sha256: str
    decision: str | None
    decided_by: str | None
    decided_at: datetime | None
    note: str | None
    #: The alert it became.
    alert_id: int | None


@dataclass(frozen=True, slots=True)
class LastRequest:
    """The last request for a draft."""

    id: int
    author: str
    version: int
    submitted_at: datetime
    lapses_at: datetime
    reason: str
    decision: str | None
    decided_by: str | None
    decided_at: datetime | None
    note: str | None


@dataclass(frozen=True, slots=True)
class WaitingRequest:
    """One request in the list of those that may be approved now."""

    id: int
    author: str
    submitted_at: datetime
    lapses_at: datetime
    reason: str
    headline: str
    incident_kind: str
    incident_number: str
    urgent: bool
    area_text: str
    people: int


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """An earlier request for the same draft that an officer had on their screen."""

    id: int
    document: str
    decision: str | None
    decided_by: str | None
    decided_at: datetime | None
    note: str | None
    looked_at: datetime


@dataclass(frozen=True, slots=True)
class Sight:
    """A request as one officer finds it: with what they last saw of the same draft, if they did."""

    request: Request
    earlier: SeenRequest | None


def document(ready: Ready, audience: dict[str, int], mode: Mode, now: datetime) -> str:
    """All that an approval binds: words, geometry, photograph, audience and its counts, mode and expiry.

    Canonical: JSON with sorted keys, no spaces, no escapes beyond what JSON demands, numbers as Python writes them.
    A time of day is bound as the moment it means now: approved later it might mean tomorrow's.
    """
    draft, ground = ready.draft, ready.counted.ground
    bound = {
        "draft": {**draft.model_dump(mode="json", exclude=NOT_BOUND), "headline": draft.title},
        "ground": {
            "area": asdict(ground.area), "geom": ground.geom, "within_m": float(ground.within_m), "text": ground.text,
        },
        "photo": ready.photo,
        "audience": audience,
        "until": draft.expires if draft.expires.endswith("h") else draft.expires_at(now).isoformat(),
        "mode": mode.value,
    }  # fmt: skip
    return json.dumps(bound, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def fingerprint(text: str) -> str:
    """SHA-256 of a document, in hexadecimal; PostgreSQL checks the same of every row."""
    return hashlib.sha256(text.encode()).hexdigest()


def counts_of(counted: Preview) -> dict[str, int]:
    """The counts that an approval binds."""
    return {
        "people": counted.people, "newcomers": counted.newcomers, "push": counted.push, "email": counted.email,
    }  # fmt: skip


def ask(conn: Connection, draft_id: UUID, version: int, officer: str, *, shown: Preview, now: datetime) -> int:
    """Ask for approval of exactly what was shown, and call the first who is on duty; the request's id.

    Pressed twice, it asks once. Raises as issuing.issue does.
    """
    held = issuing.hold(conn, draft_id, officer)
    ready = issuing.examine(conn, held, version, shown=shown, now=now)
    ruling, counted = ready.counted.ruling, ready.counted.preview
    if not ruling.needs_second_person:
        raise AlertRefused("This no longer needs a second person. You can send it yourself.")
    if (earlier := of_draft(conn, draft_id)) and earlier.decision is None:
        if earlier.lapses_at > now:
            return earlier.id
        decide(conn, earlier.id, "void", officer, now)
    text = document(ready, counts_of(counted), issuing.deployment_mode(conn), now)
    request_id = queries("alerts/approvals").insert_request(
        conn,
        draft_id=draft_id,
        author=officer,
        version=version,
        officer=officer,
        now=now,
        lapses_at=min(
            now + LASTS[ready.draft.urgent], read_end(ready.draft.leaves) or datetime.max.replace(tzinfo=UTC)
        ),
        reason=ruling.words,
        document=text,
        sha256=fingerprint(text),
    )
    entries.record(
        conn, officer, Action.APPROVAL_ASKED, draft_id=draft_id, people=counted.people, sha256=fingerprint(text)
    )
    calls.call_next(conn, request_id, now)
    return int(request_id)


def approve(
    conn: Connection, request_id: int, officer: str, *, shown: Preview, now: datetime, undo_s: int = issuing.UNDO_S
) -> Issued:
    """Agree to exactly what was asked for, and issue it in the same transaction.

    Raises AlertRefused when it is no longer that, or was decided before; PreviewOutOfDate when the approver looked too
    long ago or the audience moved; NotAllowed for whoever had a hand in it.
    """
    request, held = hold(conn, request_id)
    if request.alert_id is not None and request.decided_by == officer:
        return Issued(request.alert_id, is_new=False)
    require_waiting(request, now)
    require_another(request, officer)
    ready = issuing.examine(conn, held, request.version, shown=shown, now=now)
    asked, counted = json.loads(request.document)["audience"], ready.counted.preview
    if fingerprint(document(ready, asked, issuing.deployment_mode(conn), now)) != request.sha256:
        raise AlertRefused(
            "This is not what the sender asked for: the words, the area or the end time have changed. Return it."
        )
    if checks.moved(asked["newcomers"], counted.newcomers):
        raise PreviewOutOfDate(
            f"The sender asked for {asked['people']:,} people. It is {counted.people:,} now. Return it."
        )
    decide(conn, request.id, "approved", officer, now)
    alert_id = issuing.write(
        conn, request.draft_id, ready, officer=request.author, now=now, undo_s=undo_s, approval_id=request.id
    )
    entries.record(
        conn, officer, Action.APPROVED, alert_id=alert_id, draft_id=request.draft_id, sha256=request.sha256,
        people=counted.people,
    )  # fmt: skip
    return Issued(alert_id, is_new=True)


def send_back(conn: Connection, request_id: int, officer: str, note: str, now: datetime) -> None:
    """Return it to be changed, and say why."""
    request, _ = hold(conn, request_id)
    if not (note := cleaning.lines(note)):
        raise AlertRefused("Say what needs to change.")
    require_waiting(request, now)
    require_another(request, officer)
    decide(conn, request.id, "returned", officer, now, note=note)
    entries.record(conn, officer, Action.APPROVAL_RETURNED, draft_id=request.draft_id, note=note)


def withdraw(conn: Connection, request_id: int, officer: str, now: datetime) -> None:
    """The sender takes the request back; the draft stays as it is. Once it is approved, it has left."""
    request, _ = hold(conn, request_id)
    if officer != request.author:
        raise NotAllowed
    if request.decision == "approved":
        raise AlertRefused(TOO_LATE["approved"])
    if request.decision is None:
        decide(conn, request.id, "withdrawn", officer, now)
        entries.record(conn, officer, Action.APPROVAL_WITHDRAWN, draft_id=request.draft_id)


def look(conn: Connection, request_id: int, officer: str, now: datetime) -> Sight:
    """One request for this officer's screen; that they saw it is kept."""
    request = load(conn, request_id)
    earlier = queries("alerts/approvals").looked_at_before(
        conn, id=request_id, draft_id=request.draft_id, officer=officer
    )
    queries("alerts/approvals").keep_look(conn, id=request_id, officer=officer, now=now)
    return Sight(request, row_as(SeenRequest, earlier))


def waiting(conn: Connection, now: datetime) -> list[WaitingRequest]:
    """Requests that may be approved now, urgent ones first, then the longest waiting."""
    return rows_as(WaitingRequest, queries("alerts/approvals").waiting(conn, now=now))


def of_draft(conn: Connection, draft_id: UUID) -> LastRequest | None:
    """The last request for a draft, decided or not; None if there was none."""
    return row_as(LastRequest, queries("alerts/approvals").of_draft(conn, draft_id=draft_id))


def load(conn: Connection, request_id: int) -> Request:
    """One request, with the alert it became. Raises AlertRefused if there is none."""
    if (request := row_as(Request, queries("alerts/approvals").load(conn, id=request_id))) is None:
        raise AlertRefused("There is no such request.")
    return request


def hold(conn: Connection, request_id: int) -> tuple[Request, HeldDraft]:
    """The request as it is once nobody else can change it or its draft, and the draft."""
    asked = load(conn, request_id)
    held = issuing.hold(conn, asked.draft_id, asked.author)
    queries("alerts/approvals").lock(conn, id=request_id)
    return load(conn, request_id), held


def require_waiting(request: Request, now: datetime) -> None:
    """Refuse what was decided before or waited too long."""
    if request.decision is not None:
        raise AlertRefused(TOO_LATE[request.decision])
    if request.lapses_at <= now:
        raise AlertRefused("Nobody approved it in time. The sender needs to check it and ask again.")


def require_another(request: Request, officer: str) -> None:
    """Refuse whoever made, edited or submitted it. The database refuses them too."""
    if officer in (request.author, request.submitted_by):
        raise NotAllowed("You wrote this or asked for it. Another approver needs to look at it.")


def decide(conn: Connection, request_id: int, decision: str, officer: str, now: datetime, *, note: str = "") -> None:
    """Write what became of a request, once."""
    queries("alerts/approvals").decide(
        conn, id=request_id, decision=decision, officer=officer, now=now, note=note or None
    )
