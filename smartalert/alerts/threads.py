"""An alert and what followed it: each message goes to those who were told, and takes the last one's place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from smartalert.alerts import drafts, forgetting, photos
from smartalert.alerts.drafts import WORDS, Draft
from smartalert.alerts.follow_ups import FOLLOW_UPS, FollowUp, delivered
from smartalert.alerts.incident_numbers import INCIDENT_NUMBER
from smartalert.alerts.incidents import KINDS, put_in
from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.clock import LONDON, time_of_day
from smartalert.database.connection import Connection, queries, row_as, rows_as
from smartalert.dispatch import deliveries
from smartalert.errors import AlertRefused
from smartalert.geography.areas import Ground

#: An incident number that already counts within so many metres of an area is taken for the same incident.
NEAR_M = 3_000.0


@dataclass(frozen=True, slots=True)
class Followed:
    """One alert as a follow-up begins from it, with the newest message of its thread."""

    id: int
    identifier: UUID
    headline: str
    is_forgotten: bool
    about_person: bool
    incident_kind: str
    issued_at: datetime
    release_at: datetime
    withdrawn_at: datetime | None
    people: int
    content: Draft
    newest: int
    newest_release_at: datetime
    newest_headline: str
    newest_by: str
    #: Follow-up → field → the words that the force has approved for it and this kind.
    edited: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SameIncident:
    """A live alert about the incident of a draft."""

    id: int
    headline: str
    people: int
    release_at: datetime


@dataclass(frozen=True, slots=True)
class ThreadMessage:
    """One message of a thread."""

    id: int
    headline: str
    follow_up: str | None
    msg_type: str
    people: int
    release_at: datetime
    issued_by: str


def followed(conn: Connection, alert_id: int) -> Followed:
    """One alert as a follow-up begins from it, with the newest message of its thread. Raises AlertRefused."""
    row = queries("alerts/threads").followed(conn, id=alert_id)
    if row is None or row.withdrawn_at is not None:
        raise AlertRefused("This alert does not exist, or it was undone and nobody was told.")
    return Followed(**row._asdict() | {"content": Draft.model_validate(row.content)})


def begin(conn: Connection, alert_id: int, follow_up: str, officer: str, now: datetime, *, words: str = "") -> UUID:
    """A draft that follows the newest message of this alert's thread; the same one as long as it is not finished.

    `words` are what happened, if they are written already. Raises AlertRefused while that message may still be undone.
    """
    alert = followed(conn, alert_id)
    if alert.newest != alert.id:
        alert = followed(conn, alert.newest)
    if alert.release_at > now:
        raise AlertRefused("It has not gone out yet. Undo it instead.")
    unfinished: UUID | None = queries("alerts/threads").unfinished(
        conn, officer=officer, follows=str(alert.id), follow_up=follow_up
    )
    if unfinished and not words:
        return unfinished
    draft_id = drafts.begin(conn, officer).id
    photo, alt = photos.carry(conn, alert.id, draft_id) if FOLLOW_UPS[follow_up].keeps_photo else ("", "")
    if alert.is_forgotten and not FOLLOW_UPS[follow_up].closes:
        forgetting.note_look(conn, alert.id, officer, at=f"a draft: {FOLLOW_UPS[follow_up].label}")
    content = prefilled(alert, follow_up, now, words).model_copy(update={"photo": photo, "photo_alt": alt})
    drafts.save(conn, draft_id, officer, content)
    entries.record(conn, officer, Action(f"began: {FOLLOW_UPS[follow_up].label}"), alert_id=alert.id)
    return draft_id


def prefilled(alert: Followed, follow_up: str, now: datetime, words: str = "") -> Draft:
    """An alert as a draft of the message that follows it."""
    kind, earlier = FOLLOW_UPS[follow_up], alert.content
    told_at, today = alert.release_at.astimezone(LONDON), now.astimezone(LONDON).date()
    known = KINDS.get(alert.incident_kind)
    facts: dict[str, str] = {
        **{field: getattr(earlier, field) for field in WORDS},
        "kind": known.label if known else "Alert",
        "whom": known.label.lower() if known else "person",
        "place": earlier.where or (f"(incident {earlier.incident_number})" if earlier.incident_number else "nearby"),
        "when": time_of_day(told_at) + ("" if told_at.date() == today else f" on {told_at:%-d %B}"),
        "incident": earlier.incident_number,
    }
    changes: dict[str, object] = {field: put_in(text, facts) for field, text in words_of(kind, alert).items()}
    changes |= {"begun_as": dict(changes), "filled": {}}
    if words:
        changes["description"] = words
    if kind.urgent is not None:
        changes["urgent"] = kind.urgent
    if kind.hours is not None:
        changes["expires"] = f"{kind.hours}h"
    return Draft.model_validate(
        {
            **earlier.model_dump(),
            **changes,
            "own_words": True,
            "leaves": "",
            "follows": alert.id,
            "follow_up": follow_up,
            "again": None,
        }
    )


def words_of(kind: FollowUp, alert: Followed) -> Mapping[str, str]:
    """What a follow-up begins with: the force's own words for it, or ours.

    Where words tell of a person and the kind does not, no words for the kind can be trusted to forget them.
    """
    known = KINDS.get(alert.incident_kind)
    unforeseen = alert.about_person and kind.closes and not (known and known.about_person)
    own = None if unforeseen else alert.edited.get(kind.key)
    return own or delivered(alert.incident_kind, kind.key, about_person=alert.about_person)


def same_incident(conn: Connection, draft: Draft, ground: Ground | None, now: datetime) -> SameIncident | None:
    """A live alert about the same incident nearby, which this draft had better update.

    None if there is none, not enough is known, or the draft follows one.
    """
    if ground is None or draft.follows is not None or not INCIDENT_NUMBER.fullmatch(draft.incident_number):
        return None
    found = queries("alerts/threads").same_incident(
        conn, incident_number=draft.incident_number, geom=ground.geom, within_m=ground.within_m, near_m=NEAR_M, now=now
    )
    return row_as(SameIncident, found)


def messages(conn: Connection, alert_id: int) -> list[ThreadMessage]:
    """The whole thread, oldest first."""
    return rows_as(ThreadMessage, queries("alerts/threads").messages(conn, id=alert_id))


def hold_followed(conn: Connection, draft: Draft) -> None:
    """Hold the alert that a draft follows, so that nobody else follows or undoes it meanwhile."""
    if draft.follows is not None:
        queries("alerts/threads").lock(conn, id=draft.follows)


def cannot_follow(conn: Connection, draft: Draft, now: datetime) -> str:
    """Why a draft cannot follow the alert that it follows: it may still be undone, or others were quicker."""
    if draft.follows is None:
        return ""
    try:
        alert = followed(conn, draft.follows)
    except AlertRefused as refusal:
        return str(refusal)
    if alert.release_at > now:
        return "The alert this follows has not gone out yet. Undo that one instead."
    if alert.newest != alert.id:
        return f"Somebody has already sent a follow-up: “{alert.newest_headline}”. Follow that message instead."
    return ""


def stop_followed(conn: Connection, draft: Draft, officer: str, now: datetime) -> bool:
    """Leave unsent what is left of the alert that a draft ends; whether it was still going on."""
    if (
        draft.sequel is None
        or not draft.sequel.ends
        or not queries("alerts/threads").stop(conn, id=draft.follows, now=now)
    ):
        return False
    spared = queries("dispatch/deliveries").cancel_pending(conn, alert_id=draft.follows)
    entries.record(conn, officer, Action.STOPPED, alert_id=draft.follows, spared=spared)
    return True


def give_back(conn: Connection, alert_id: int, stopped_at: datetime, officer: str, now: datetime) -> None:
    """The message that stopped this alert, at that time, was undone in its ten seconds: the alert goes on."""
    urgent = queries("alerts/threads").go_on(conn, id=alert_id, stopped_at=stopped_at)
    if urgent is None:
        return
    again = queries("alerts/threads").send_after_all(conn, alert_id=alert_id, now=now)
    deliveries.queue_jobs(conn, alert_id, urgent=urgent)
    entries.record(conn, officer, Action.WENT_ON, alert_id=alert_id, deliveries=again)
