"""Alerts: issued once from a draft, then released, withdrawn or stopped. Never rewritten."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from smartalert import cleaning
from smartalert.alerts import (
    approval_policy,
    approval_settings,
    checks,
    feeds,
    lifecycle,
    listing,
    messages,
    photos,
    proofreading,
    threads,
)
from smartalert.alerts.checks import Counted, Nowhere
from smartalert.alerts.drafts import Draft
from smartalert.alerts.incidents import is_about_person
from smartalert.alerts.jurisdiction import outside_jurisdiction
from smartalert.audience.preview import Preview, count_audience
from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.config import Mode, settings
from smartalert.database.connection import Connection, queries, row_as
from smartalert.dispatch import deliveries
from smartalert.errors import AlertRefused, ApprovalNeeded, AreaRefused, NotAllowed, PreviewOutOfDate
from smartalert.geography import areas, geo, search
from smartalert.geography.areas import Ground
from smartalert.officers import practice
from smartalert.wording import Channel, Wording

#: Seconds in which an officer may still undo; nothing leaves before they are over.
UNDO_S = 10
#: They begin when the screen shows the way to undo it, unless that takes longer than this.
SHOWN_WITHIN_S = 5
#: CAP status of everything this deployment issues.
CAP_STATUS = {Mode.LIVE: "Actual", Mode.TRAINING: "Exercise"}


@dataclass(frozen=True, slots=True)
class HeldDraft:
    """A draft held until the transaction ends."""

    id: UUID
    officer: str
    version: int
    #: A Draft as JSON.
    content: dict[str, object]
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Issued:
    """An alert that exists: new, or the one an earlier press of the button made."""

    id: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Ready:
    """A draft that may be issued as it stands: what it says, where, and to whom."""

    draft: Draft
    counted: Counted
    #: SHA-256 of the photograph that goes with it, in hexadecimal; empty without one.
    photo: str = ""


def wording(draft: Draft, ground: Ground | None, mode: Mode, now: datetime) -> dict[Channel, Wording]:
    """The words each channel would carry if the draft were issued now."""
    content = messages.Content(
        headline=draft.title,
        description=draft.description,
        instruction=draft.instruction,
        contact=draft.contact,
        incident_number=draft.incident_number,
        area_text=ground.text if ground else "",
        urgent=draft.urgent,
        expires_at=draft.expires_at(now),
        follow_up=draft.sequel,
        photo_alt=draft.photo_alt.strip() if draft.photo else "",
    )
    return messages.word(content, mode)


def issue(
    conn: Connection, draft_id: UUID, version: int, officer: str, *, shown: Preview, now: datetime, undo_s: int = UNDO_S
) -> Issued:
    """Issue exactly the version and audience that were shown: alert, words, deliveries, audit entry and jobs.

    All of it belongs to the caller's transaction. Pressed twice, from two tabs or by a rerun, it issues once and names
    that alert. Raises AlertRefused, AreaRefused, or PreviewOutOfDate when text, area or audience moved since.
    """
    held = hold(conn, draft_id, officer)
    if (earlier := queries("alerts/issuing").already_issued(conn, draft_id=draft_id)) is not None:
        return Issued(earlier, is_new=False)
    ready = examine(conn, held, version, shown=shown, now=now)
    if ready.counted.ruling.needs_second_person:
        raise ApprovalNeeded(f"{ready.counted.ruling.words}. Ask for approval.")
    return Issued(write(conn, draft_id, ready, officer=officer, now=now, undo_s=undo_s), is_new=True)


def issue_without_approval(
    conn: Connection,
    draft_id: UUID,
    version: int,
    officer: str,
    *,
    why: str,
    shown: Preview,
    now: datetime,
    undo_s: int = UNDO_S,
) -> Issued:
    """Issue in an emergency what a second person would have to approve; an approver reviews it afterwards.

    A request that waits for it ends. Raises as issue(), NotAllowed where this officer or this force may not.
    """  # fmt: skip
    if not (why := cleaning.lines(why)):
        raise AlertRefused("Say why this cannot wait for approval.")
    if not approval_settings.may_override(conn, officer):
        raise NotAllowed("Only senders who are also approvers can send without approval, if the force allows it.")
    held = hold(conn, draft_id, officer)
    if (earlier := queries("alerts/issuing").already_issued(conn, draft_id=draft_id)) is not None:
        return Issued(earlier, is_new=False)
    ready = examine(conn, held, version, shown=shown, now=now)
    if not ready.counted.ruling.needs_second_person:
        return Issued(write(conn, draft_id, ready, officer=officer, now=now, undo_s=undo_s), is_new=True)
    alert_id = write(conn, draft_id, ready, officer=officer, now=now, undo_s=undo_s, override_reason=why)
    entries.record(conn, officer, Action.SENT_WITHOUT_APPROVAL, alert_id=alert_id, draft_id=draft_id, why=why)
    return Issued(alert_id, is_new=True)


def begin_undo(conn: Connection, alert_id: int, officer: str, now: datetime) -> None:
    """The seconds to undo begin now that an officer sees the way: once for each alert, and not long after its issue."""
    alert = lifecycle.lock(conn, alert_id)
    begun, release_at = alert.issued_at + timedelta(seconds=UNDO_S), now + timedelta(seconds=UNDO_S)
    late = now > alert.issued_at + timedelta(seconds=SHOWN_WITHIN_S)
    if alert.withdrawn_at is not None or alert.release_at != begun or late:
        return
    queries("alerts/lifecycle").release(conn, id=alert_id, at=release_at)
    deliveries.queue_jobs(conn, alert_id, urgent=alert.urgent, at=release_at)


def hold(conn: Connection, draft_id: UUID, officer: str) -> HeldDraft:
    """This officer's draft, held until the transaction ends. Raises AlertRefused if there is none."""
    held = row_as(HeldDraft, queries("alerts/drafts").lock_for_issue(conn, id=draft_id, officer=officer))
    if held is None:
        raise AlertRefused("This draft does not exist or belongs to another officer.")
    return held


def examine(conn: Connection, held: HeldDraft, version: int, *, shown: Preview, now: datetime) -> Ready:
    """All that a held draft must pass before it is issued or put to an approver, whoever asks.

    Raises AlertRefused, AreaRefused, or PreviewOutOfDate when it is no longer what was shown.
    """
    if held.closed_at is not None:
        raise AlertRefused("This draft was thrown away. Start a new alert.")
    if held.version != version:
        raise PreviewOutOfDate("The alert has changed since you looked, perhaps in another tab. Check it again.")
    draft = Draft.model_validate(held.content)
    threads.hold_followed(conn, draft)
    counted = count(conn, draft, held.officer, now)
    words = search.local_words(conn) if proofreading.spelling_blocks() else frozenset[str]()
    checks.require_none(checks.checks(draft, counted, settings().mode, words, shown=shown))
    if isinstance(counted, Nowhere):
        raise AreaRefused(counted.why)
    return Ready(draft, counted, photos.fingerprint(conn, held.id, draft.photo))


def count(conn: Connection, draft: Draft, officer: str, now: datetime) -> Counted | Nowhere:
    """What this officer's draft would come to if it were issued now: everything that it is checked against."""
    try:
        ground = areas.survey(conn, geo.area_from(draft.area))
    except AreaRefused as refusal:
        return Nowhere(now, str(refusal))
    preview = count_audience(conn, ground, draft.choice, now)
    return Counted(
        now,
        ground,
        preview,
        approval_policy.ruling(conn, draft, ground, preview, draft.starts_at(now)),
        not_theirs=outside_jurisdiction(conn, officer, draft, ground, now),
        cannot_follow=threads.cannot_follow(conn, draft, now),
        overdue=practice.against(conn, officer, now) if settings().mode is Mode.LIVE else None,
    )


def write(
    conn: Connection,
    draft_id: UUID,
    ready: Ready,
    *,
    officer: str,
    now: datetime,
    undo_s: int,
    approval_id: int | None = None,
    override_reason: str | None = None,
) -> int:
    """Write the alert and all that belongs to it, and close its draft; the alert's id."""
    mode = deployment_mode(conn)
    draft, ground, people = ready.draft, ready.counted.ground, ready.counted.preview.people
    if threads.stop_followed(conn, draft, officer, now):
        people = count_audience(conn, ground, draft.choice, now).people
    release_at = max(now + timedelta(seconds=undo_s), draft.starts_at(now))
    alert = queries("alerts/issuing").insert_alert(
        conn,
        draft_id=draft_id,
        status=CAP_STATUS[mode],
        msg_type=draft.sequel.msg_type if draft.sequel else "Alert",
        **draft.model_dump(include=set(COPIED)),
        headline=draft.title,
        about_person=is_about_person(draft.incident_kind, f"{draft.headline} {draft.description}"),
        area=ground.geom,
        within_m=ground.within_m,
        street_id=ground.street_id,
        area_desc=ground.text,
        channels=draft.choice.channels,
        people=people,
        issued_by=officer,
        issued_at=now,
        release_at=release_at,
        expires_at=draft.expires_at(now),
        approval_id=approval_id,
        override_reason=override_reason,
        searched=listing.searched(conn, draft, ground.text, officer),
    )
    words = wording(draft, ground, mode, now)
    digests = write_messages(conn, alert.id, {channel: words[channel] for channel in draft.channels})
    photos.issue(conn, draft_id, alert.id, draft.photo, draft.photo_alt)
    feeds.keep(conn, alert.id)
    counts = deliveries.enqueue(conn, alert.id, draft.choice, now=now, release_at=release_at)
    facts = {"people": people, "deliveries": counts, "words": digests}
    entries.record(conn, officer, Action.ISSUED, alert_id=alert.id, draft_id=draft_id, **facts)
    queries("alerts/drafts").close(conn, id=draft_id, officer=officer)
    return int(alert.id)


def write_messages(conn: Connection, alert_id: int, words: dict[Channel, Wording]) -> dict[str, str]:
    """Write what each channel says, exactly as it will leave; the SHA-256 of each."""
    for channel, said in words.items():
        queries("alerts/issuing").insert_message(
            conn, alert_id=alert_id, channel=channel, title=said.title, body=said.body, html=said.html
        )
    return {channel: said.digest for channel, said in words.items()}


def deployment_mode(conn: Connection) -> Mode:
    """What this database is, for ever."""
    return Mode(conn.execute("select mode from deployment").fetchone()[0])  # type: ignore[index]


#: Facts an alert takes from its draft as they stand.
COPIED = (
    "urgent", "incident_kind", "incident_number", "description", "instruction", "contact", "topics", "sectors",
    "follows", "follow_up",
)  # fmt: skip
