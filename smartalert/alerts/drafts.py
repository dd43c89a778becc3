"""What an officer is composing: saved at every change, so that a reload, a crash or a new sign-in loses nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb
from pydantic import BaseModel, ConfigDict

from smartalert import cleaning
from smartalert.alerts.follow_ups import FOLLOW_UPS, FollowUp, titled
from smartalert.alerts.gaps import filled_in
from smartalert.alerts.incident_numbers import INCIDENT_NUMBER, day_at_fault, kinds_with_number, read_incident_number
from smartalert.alerts.incidents import KINDS, gaps, put_in, without_number
from smartalert.alerts.restating import naming, restated
from smartalert.audience.preview import Choice
from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.clock import LONDON, time_of_day, today_in_london, utc_now
from smartalert.config import settings
from smartalert.database.connection import Connection, queries, rows_as
from smartalert.errors import AlertRefused, AreaRefused
from smartalert.geography import geo
from smartalert.wording import Channel

#: Until when an alert counts, as an officer chooses it: hours, or a time of day.
EXPIRIES = {
    "1h": "1 hour",
    "2h": "2 hours",
    "6h": "6 hours",
    "12h": "12 hours",
    "24h": "24 hours",
    "22:00": "until 22:00",
}
#: An end of the officer's own, by London's clock, and how soon and how late it may be.
END_FORMAT = "%Y-%m-%dT%H:%M"
MINUTE = timedelta(minutes=1)
SHORTEST, LONGEST = 15 * MINUTE, timedelta(days=14)
#: A lock screen shows about this much of a headline before it cuts.
LONGEST_HEADLINE = 90
#: Some lock screens show no more than this of a headline.
LOCK_SCREEN_SHOWS = 60
LONGEST_TEXT = 900
#: What is put into one gap of a template.
LONGEST_FILL = 200
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
        return max(now, read_end(self.leaves) or now)

    def expires_at(self, now: datetime) -> datetime:
        """When it is over if issued now, in UTC; a time of day that has passed means tomorrow's."""
        now = self.starts_at(now)
        if (own := read_end(self.expires)) is not None:
            return own
        if self.expires.endswith("h"):
            return now.astimezone(UTC) + timedelta(hours=int(self.expires[:-1]))
        hour, minute = map(int, self.expires.split(":"))
        local = now.astimezone(LONDON)
        end = local.replace(hour=hour, minute=minute, second=0, microsecond=0, fold=0)
        return (end if end > local + SHORTEST else end + timedelta(days=1)).astimezone(UTC)

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
        return problems | times_at_fault(self, utc_now())


def read_end(text: str) -> datetime | None:
    """The moment that a time of London's clock names, as "2026-11-28T06:30"; None for anything else."""
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        return None
    return local.replace(tzinfo=LONDON).astimezone(UTC) if f"{local:{END_FORMAT}}" == text else None


def written_end(at: datetime) -> str:
    """A moment as the draft keeps an end of the officer's own."""
    return f"{at.astimezone(LONDON):{END_FORMAT}}"


def times_at_fault(draft: Draft, now: datetime) -> dict[str, str]:
    """Field → what is wrong with when a draft leaves or ends."""
    end = end_at_fault(draft.expires, draft.starts_at(now)) if draft.expires not in EXPIRIES else ""
    start = start_at_fault(draft, now) if draft.leaves else ""
    return {field: fault for field, fault in (("expires", end), ("leaves", start)) if fault}


def end_at_fault(text: str, start: datetime) -> str:
    """Why an alert that leaves at the start cannot end then; empty where it can."""
    end = read_end(text)
    if end is None:
        return "Choose when the alert ends."
    if end < start + SHORTEST:
        return f"Choose a later end: at least {SHORTEST // MINUTE} minutes after it is sent."
    return f"Choose an earlier end: an alert may last {LONGEST.days} days." if end > start + LONGEST else ""


def start_at_fault(draft: Draft, now: datetime) -> str:
    """Why a draft cannot leave later, or not then; empty where it can."""
    if draft.urgent or draft.follows is not None:
        return "Only a neighbourhood update can be sent later: choose to send it now."
    start = read_end(draft.leaves)
    if start is None or start < now + MINUTE:
        return "The time to send it has passed: choose a later one, or send it now."
    return f"Choose an earlier time to send it: at most {LONGEST.days} days from now." if start > now + LONGEST else ""


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


def choose_kind(kind_key: str, draft: Draft, now: datetime, template: Mapping[str, str] | None = None) -> Draft:
    """The draft as one of this kind: for whom, until when, and its wording unless the words are the officer's.

    `template` is the force's own wording of the kind, where it has one.
    """
    kind = KINDS[kind_key]
    chosen = draft.model_copy(
        update={
            "incident_kind": kind.key,
            "urgent": kind.urgent,
            "topics": int(kind.topics),
            "sectors": sum(sector.bit for sector in kind.sectors),
            "expires": f"{kind.hours}h",
        }
    )
    return requoted(draft, chosen) if draft.own_words else from_template(chosen, now, template)


def from_template(draft: Draft, now: datetime, template: Mapping[str, str] | None = None) -> Draft:
    """The draft with the wording of its kind; what is known of place, time and incident number filled in."""
    kind = KINDS[draft.incident_kind]
    facts = {"where": draft.where or UNKNOWN["where"], "when": time_of_day(now), "incident": draft.said_number}
    begun_as = {field: put_in(template[field] if template else getattr(kind, field), facts) for field in WORDS}
    begun = draft.model_copy(update={"begun_as": begun_as, "own_words": False, "words_of": kind.key})
    return begun.model_copy(update=_made(begun))


def numbered(draft: Draft, typed: str, now: datetime, template: Mapping[str, str] | None = None) -> Draft:
    """The draft with the incident number that was typed, completed, also wherever its words leave room for it."""
    return requoted(draft, draft.model_copy(update={"incident_number": read_incident_number(typed, now)}), template)


def graded(draft: Draft, *, urgent: bool, template: Mapping[str, str] | None = None) -> Draft:
    """The draft as urgent, or as an update, which may do without an incident number."""
    return requoted(draft, draft.model_copy(update={"urgent": urgent}), template)


def requoted(before: Draft, after: Draft, template: Mapping[str, str] | None = None) -> Draft:
    """The draft after a change, whose words ask people to quote the incident number as it is now, or none.

    Words that asked for none ask for it again as far as they are still the template's.
    """
    old, new = before.said_number, after.said_number
    if old == new:
        return after
    where = after.where or UNKNOWN["where"]

    def quoted(field: str, text: str) -> str:
        if not new:
            return without_number(text, old)
        if old:
            return restated(text, old, new)
        if template and text == put_in(template[field], {"where": where, "incident": ""}):
            return put_in(template[field], {"where": where, "incident": new})
        return text

    begun_as = {field: quoted(field, text) for field, text in after.begun_as.items()}
    return _reworded(after, {"begun_as": begun_as}, quoted)


def restate(draft: Draft, fact: str, value: str) -> Draft:
    """The draft with another `where` or `incident_number`, also in its words wherever they name the old one."""
    old, new = getattr(draft, fact).strip() or UNKNOWN[fact], value.strip() or UNKNOWN[fact]
    begun_as = {field: restated(text, old, new) for field, text in draft.begun_as.items()}
    return _reworded(draft, {fact: value, "begun_as": begun_as}, lambda _, text: restated(text, old, new))


def fill(draft: Draft, gap: str, typed: str) -> Draft:
    """The draft with this in one of its template's gaps, wherever that stands; nothing opens the gap again.

    In words that the officer changed, only a gap that is still open is filled: what else they name is theirs.
    """
    said = cleaning.one_line(typed, LONGEST_FILL)
    return _reworded(draft, {"filled": {**draft.filled, gap: said}}, lambda _, text: text.replace(gap, said or gap))


def still_says(draft: Draft, gap: str, old: str) -> list[str]:
    """The fields whose words the officer changed, and which go on naming what was in one of their template's gaps."""
    words = _made(draft)
    changed = [field for field, text in draft.begun_as.items() if gap in text and getattr(draft, field) != words[field]]
    return [field for field in changed if old and naming(old).search(getattr(draft, field))]


def _reworded(draft: Draft, update: dict[str, Any], otherwise: Callable[[str, str], str]) -> Draft:
    """The draft with this changed: its words made anew where they are as its template makes them, else as said."""
    changed = draft.model_copy(update=update)
    before, after = _made(draft), _made(changed)
    texts = {field: getattr(draft, field) for field in WORDS}
    words = {
        field: after[field] if before.get(field) == text else otherwise(field, text) for field, text in texts.items()
    }
    return changed.model_copy(update=words)


def _made(draft: Draft) -> dict[str, str]:
    """The words as the draft's template makes them; the headline without its town where that makes it too long."""
    words = {field: filled_in(text, draft.filled) for field, text in draft.begun_as.items()}
    headline, street = words.get("headline", ""), draft.where.partition(",")[0]
    if len(headline) > LOCK_SCREEN_SHOWS and not gaps(headline) and draft.where.count(",") == 1:
        words["headline"] = restated(headline, draft.where, street)
    return words
