"""What an officer is composing: saved at every change, so that a reload, a crash or a new sign-in loses nothing."""

import re
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg.types.json import Jsonb
from pydantic import BaseModel, ConfigDict

from smartalert import audit, geo
from smartalert.audience import Choice
from smartalert.db import Connection, queries
from smartalert.errors import AlertRefused, AreaRefused
from smartalert.incidents import KINDS, gaps
from smartalert.interests import Channel

LONDON = ZoneInfo("Europe/London")
INCIDENT_NUMBER = re.compile(r"^\d{1,5} of \d{1,2} [A-Z][a-z]+( \d{4})?$")
#: Until when an alert counts, as an officer chooses it: hours, or a time of day.
EXPIRIES = {
    "1h": "1 hour",
    "2h": "2 hours",
    "6h": "6 hours",
    "12h": "12 hours",
    "24h": "24 hours",
    "22:00": "until 22:00",
}
#: A lock screen shows about this much of a headline before it cuts.
LONGEST_HEADLINE = 90
LONGEST_TEXT = 900


class Draft(BaseModel):
    """An alert in the making: anything may be missing until it is issued; fields of older drafts are dropped."""

    model_config = ConfigDict(extra="ignore")

    area: dict[str, Any] | None = None
    incident_kind: str = ""
    urgent: bool = True
    incident_number: str = ""
    headline: str = ""
    description: str = ""
    instruction: str = ""
    contact: str = ""
    expires: str = "6h"
    topics: int = 0
    sectors: int = 0
    channels: list[Literal["push", "email"]] = ["push", "email"]

    @property
    def choice(self) -> Choice:
        """Who it is for."""
        mask = sum(Channel.named(name).bit for name in set(self.channels))
        return Choice(urgent=self.urgent, topics=self.topics, sectors=self.sectors, channels=mask)

    def expires_at(self, now: datetime) -> datetime:
        """When it is over if issued now, in UTC; a time of day that has passed means tomorrow's."""
        if self.expires.endswith("h"):
            return now + timedelta(hours=int(self.expires[:-1]))
        hour, minute = map(int, self.expires.split(":"))
        local = now.astimezone(LONDON)
        end = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
        return (end if end > local + timedelta(minutes=15) else end + timedelta(days=1)).astimezone(now.tzinfo)

    def missing(self) -> list[str]:
        """What keeps it from being issued, in words, in the order of the form."""
        problems = [words for field, words in REQUIRED.items() if not str(getattr(self, field)).strip()]
        try:
            geo.area_from(self.area)
        except AreaRefused as refusal:
            problems.insert(0, str(refusal))
        if self.incident_kind and self.incident_kind not in KINDS:
            problems.append("Choose what happened: this kind is no longer used.")
        if self.incident_number and not INCIDENT_NUMBER.match(self.incident_number):
            problems.append("Write the incident number as “482 of 22 November”.")
        for words in (self.headline, self.description, self.instruction, self.contact):
            problems += [f"Fill the gap {gap}" for gap in gaps(words)]
        if len(self.headline) > LONGEST_HEADLINE:
            problems.append(f"Shorten the headline to {LONGEST_HEADLINE} characters: it has {len(self.headline)}.")
        for name in ("description", "instruction"):
            if len(getattr(self, name)) > LONGEST_TEXT:
                problems.append(f"Shorten the {name} to {LONGEST_TEXT} characters.")
        if not self.channels:
            problems.append("Choose phones, e-mail or both.")
        if self.expires not in EXPIRIES:
            problems.append("Choose until when the alert counts.")
        return list(dict.fromkeys(problems))


#: Field → what an officer reads when it is empty.
REQUIRED = {
    "incident_kind": "Choose what happened.",
    "incident_number": "Add the incident number.",
    "headline": "Write a headline.",
    "description": "Say what happened.",
    "instruction": "Say what people should do.",
    "contact": "Say whom to call.",
}


def begin(conn: Connection, officer: str) -> Any:
    """A new empty draft: row of id, version, content (Draft)."""
    return load(conn, queries("drafts").begin(conn, officer=officer), officer)


def latest(conn: Connection, officer: str) -> Any:
    """The draft this officer last worked on, or a new one."""
    found = queries("drafts").latest(conn, officer=officer)
    return load(conn, found, officer) if found else begin(conn, officer)


def load(conn: Connection, draft_id: UUID, officer: str) -> Any:
    """One draft of this officer's: row of id, version, content (Draft), closed_at, alert_id. Raises AlertRefused."""
    row = queries("drafts").load(conn, id=draft_id, officer=officer)
    if row is None:
        raise AlertRefused("This draft does not exist, or is another officer's.")
    return row._replace(content=Draft.model_validate(row.content))


def open_drafts(conn: Connection, officer: str) -> list[Any]:
    """This officer's unfinished drafts, newest first: rows of id, headline, updated_at."""
    return list(queries("drafts").open_drafts(conn, officer=officer))


def save(conn: Connection, draft_id: UUID, officer: str, content: Draft) -> int:
    """Keep the content as it is now and return the new version; a draft already issued or thrown away refuses."""
    version = queries("drafts").save(conn, id=draft_id, officer=officer, content=Jsonb(content.model_dump()))
    if version is None:
        raise AlertRefused("This draft was already issued or thrown away. Begin a new alert.")
    return int(version)


def discard(conn: Connection, draft_id: UUID, officer: str) -> None:
    """Throw a draft away."""
    if queries("drafts").close(conn, id=draft_id, officer=officer):
        audit.record(conn, officer, "draft thrown away", draft_id=draft_id)


def from_template(kind_key: str, draft: Draft, where: str, now: datetime) -> Draft:
    """The draft with the wording of a kind of incident; {where} and {when} filled, other gaps left open."""
    kind = KINDS[kind_key]
    facts = {
        "where": where,
        "when": now.astimezone(LONDON).strftime("%H:%M"),
        "incident": draft.incident_number or "[incident number]",
    }
    return draft.model_copy(
        update={
            "incident_kind": kind.key,
            "urgent": kind.urgent,
            "headline": kind.headline.format(**facts),
            "description": kind.description.format(**facts),
            "instruction": kind.instruction.format(**facts),
            "contact": kind.contact.format(**facts),
            "topics": int(kind.topics),
            "sectors": sum(sector.bit for sector in kind.sectors),
            "expires": f"{kind.hours}h",
        }
    )
