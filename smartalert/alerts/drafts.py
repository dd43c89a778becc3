"""What an officer is composing: saved at every change, so that a reload, a crash or a new sign-in loses nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb
from pydantic import BaseModel, ConfigDict

from smartalert import cleaning
from smartalert.alerts import times
from smartalert.alerts.follow_ups import FOLLOW_UPS, FollowUp, titled
from smartalert.alerts.incident_numbers import INCIDENT_NUMBER, day_at_fault, kinds_with_number
from smartalert.alerts.incidents import KINDS, gaps
from smartalert.audience.preview import Choice
from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.clock import today_in_london, utc_now
from smartalert.config import settings
from smartalert.database.connection import Connection, queries, rows_as
from smartalert.errors import AlertRefused, AreaRefused
from smartalert.geography import geo
from smartalert.wording import Channel

#: A lock screen shows about this much of a headline before it cuts.
LONGEST_HEADLINE = 90
#: Some lock screens show no more than this of a headline.
LOCK_SCREEN_SHOWS = 60
LONGEST_TEXT = 900
#: A screen reader speaks it in one breath or two.
LONGEST_ALT = 200


class Draft(BaseModel):
    """An alert in the making: anything may be missing until it is issued; fields of older drafts are dropped."""

    model_config = ConfigDict(extra="ignore")

    #: As geo.area_from takes it: whatever a tab sent, so of any type until it has looked.
    area: dict[str, Any] | None = None
    #: What the words call the place; it moves with the area: "near Tannery Row, Stafford".
    where: str = ""
    incident_kind: str = ""
    urgent: bool = True
    incident_number: str = ""
    headline: str = ""
    description: str = ""
    instruction: str = ""
    contact: str = ""
    expires: str = "6h"
    #: When it leaves, as an end of the officer's own is written; empty: at once.
    leaves: str = ""
    topics: int = 0
    sectors: int = 0
    channels: list[Channel] = [*Channel]
    #: Id of the photograph that goes with it, and what it shows, for those who cannot see it.
    photo: str = ""
    photo_alt: str = ""
    #: The officer's own words, not a template's: never replaced unasked.
    own_words: bool = False
    #: The kind of incident whose template the words began as.
    words_of: str = ""
    #: Field → the words as that template made them, with its gaps; and gap → what goes there, wherever it stands.
    begun_as: dict[str, str] = {}
    filled: dict[str, str] = {}
    #: The alert it follows, and how; both or neither.
    follows: int | None = None
    follow_up: str | None = None
    #: The alert that it was, and that was undone in its ten seconds.
    again: int | None = None

    @property
    def choice(self) -> Choice:
        """Who it is for."""
        mask = sum(channel.bit for channel in set(self.channels))
        newcomers = self.sequel is not None and self.sequel.newcomers
        follows = self.follows if self.sequel else None
        return Choice(self.urgent, self.topics, self.sectors, mask, follows=follows, newcomers=newcomers)

    @property
    def sequel(self) -> FollowUp | None:
        """How it follows another alert; None if it begins one."""
        return FOLLOW_UPS[self.follow_up] if self.follows is not None and self.follow_up else None

    @property
    def title(self) -> str:
        """The headline as people read it."""
        return titled(self.headline, self.follow_up if self.sequel else None)

    @property
    def needs_number(self) -> bool:
        """Whether it must have an incident number: what is urgent always, an update where the force wants it."""
        return self.urgent or self.incident_kind in kinds_with_number(settings().updates_need_number)

    @property
    def said_number(self) -> str:
        """What its words say for the incident number: it, the gap of one that must be given, or nothing."""
        return self.incident_number.strip() or (UNKNOWN["incident_number"] if self.needs_number else "")

    def starts_at(self, now: datetime) -> datetime:
        """When it leaves if issued now: at once, or later."""
        return times.start_of(self.leaves, now)

    def expires_at(self, now: datetime) -> datetime:
        """When it is over if issued now, in UTC."""
        return times.end_of(self.expires, self.starts_at(now))

    def times_at_fault(self, now: datetime) -> dict[str, str]:
        """Field → what is wrong with when it leaves or ends."""
        may_wait = not self.urgent and self.follows is None
        faults = {
            "expires": times.end_at_fault(self.expires, self.starts_at(now)),
            "leaves": times.start_at_fault(self.leaves, now, may_wait=may_wait),
        }
        return {field: fault for field, fault in faults.items() if fault}

    def gaps(self) -> list[str]:
        """What still stands in [brackets], in the order of the form."""
        return list(dict.fromkeys(gap for field in WORDS for gap in gaps(getattr(self, field))))

    def asked(self) -> list[str]:
        """The template's own gaps that are filled or still open, in the order of the form: each is asked once."""
        left = [gap for field in WORDS for gap in gaps(self.begun_as.get(field, "")) if gap not in UNKNOWN.values()]
        still_open = self.gaps()
        return [gap for gap in dict.fromkeys(left) if self.filled.get(gap) or gap in still_open]

    def lacking(self) -> dict[str, str]:
        """Field → what is empty or out of bounds in it, in the order of the form; `proofreading` reads the words."""
        problems = {
            field: words
            for field, words in REQUIRED.items()
            if not cleaning.one_line(getattr(self, field)) and (field != "incident_number" or self.needs_number)
        }
        try:
            geo.area_from(self.area)
        except AreaRefused as refusal:
            problems = {"area": str(refusal), **problems}
        if self.incident_kind and self.incident_kind not in KINDS:
            problems["incident_kind"] = "Choose what happened again: this kind is no longer used."
        if self.incident_number and not INCIDENT_NUMBER.fullmatch(self.incident_number):
            problems["incident_number"] = "Write the incident number as “482 of 22 November”, with a real date."
        elif self.incident_number and (fault := day_at_fault(self.incident_number, today_in_london())):
            problems["incident_number"] = fault
        if len(self.headline) > LONGEST_HEADLINE:
            problems["headline"] = (
                f"Shorten the headline to {LONGEST_HEADLINE} characters: it has {len(self.headline)}."
            )
        for name, called in {"description": "What happened", "instruction": "What to do"}.items():
            if len(getattr(self, name)) > LONGEST_TEXT:
                problems[name] = f"Shorten “{called}” to {LONGEST_TEXT:,} characters."
        if self.photo and not cleaning.one_line(self.photo_alt):
            problems["photo_alt"] = "Say what the photo shows, for people who cannot see it."
        if len(self.photo_alt) > LONGEST_ALT:
            problems["photo_alt"] = f"Shorten the words for the photo to {LONGEST_ALT} characters."
        if not self.channels:
            problems["channels"] = "Choose phones, e-mail or both."
        if (self.follows is None) != (self.follow_up is None):
            problems["follows"] = "Start this again from the alert it follows."
        return problems | self.times_at_fault(utc_now())


#: The fields that people read.
WORDS = ("headline", "description", "instruction", "contact")
#: What stands in the words for a fact that is not known yet.
UNKNOWN = {"where": "[where]", "incident_number": "[incident number]"}
#: Field → what an officer reads when it is empty.
REQUIRED = {
    "incident_kind": "Choose what happened.",
    "incident_number": "Add the incident number.",
    "headline": "Write a headline.",
    "description": "Say what happened.",
    "instruction": "Say what people should do.",
    "contact": "Say who to call.",
}


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """A draft as it is kept."""

    id: UUID
    version: int
    content: Draft
    updated_at: datetime
    closed_at: datetime | None
    #: The alert it became.
    alert_id: int | None


@dataclass(frozen=True, slots=True)
class ChangedDraft:
    """What a draft is after a change."""

    version: int
    content: Draft


@dataclass(frozen=True, slots=True)
class OpenDraft:
    """An unfinished draft in a list."""

    id: UUID
    headline: str
    updated_at: datetime


def begin(conn: Connection, officer: str, draft_id: UUID | None = None) -> KeptDraft:
    """A new empty draft; with an id, the one of that id if there is one already."""
    draft_id = draft_id or uuid4()
    queries("alerts/drafts").begin(conn, id=draft_id, officer=officer)
    return load(conn, draft_id, officer)


def load(conn: Connection, draft_id: UUID, officer: str) -> KeptDraft:
    """One draft of this officer's. Raises AlertRefused."""
    row = queries("alerts/drafts").load(conn, id=draft_id, officer=officer)
    if row is None:
        raise AlertRefused("This draft does not exist or belongs to another officer.")
    return KeptDraft(**row._asdict() | {"content": Draft.model_validate(row.content)})


def open_drafts(conn: Connection, officer: str) -> list[OpenDraft]:
    """This officer's unfinished drafts, newest first."""
    return rows_as(OpenDraft, queries("alerts/drafts").open_drafts(conn, officer=officer))


def save(conn: Connection, draft_id: UUID, officer: str, content: Draft) -> int:
    """Keep the whole content as it is now and return the new version."""
    return change(conn, draft_id, officer, content.model_dump()).version


def change(conn: Connection, draft_id: UUID, officer: str, fields: dict[str, object]) -> ChangedDraft:
    """Keep these fields and leave the rest as another tab may have written it.

    A draft already issued or thrown away refuses. What nobody could read is left out; spaces stay as they are being
    typed, and the proofreading shows what else cannot be seen.
    """
    kept = {name: cleaning.readable(value) if isinstance(value, str) else value for name, value in fields.items()}
    row = queries("alerts/drafts").change(conn, id=draft_id, officer=officer, fields=Jsonb(kept))
    if row is None:
        raise AlertRefused("This draft has already been sent or thrown away. Start a new alert.")
    return ChangedDraft(row.version, Draft.model_validate(row.content))


def discard(conn: Connection, draft_id: UUID, officer: str) -> None:
    """Throw a draft away."""
    if queries("alerts/drafts").close(conn, id=draft_id, officer=officer):
        entries.record(conn, officer, Action.DRAFT_THROWN_AWAY, draft_id=draft_id)


def bring_back(conn: Connection, draft_id: UUID, officer: str) -> None:
    """Undo throwing a draft away; one that was issued stays closed."""
    if queries("alerts/drafts").reopen(conn, id=draft_id, officer=officer):
        entries.record(conn, officer, Action.DRAFT_BROUGHT_BACK, draft_id=draft_id)
