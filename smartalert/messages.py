"""The words people read: one wording a channel, made once, shown in the preview and frozen when the alert is issued."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import jinja2

from smartalert.config import Mode, settings
from smartalert.follow_ups import FollowUp

#: Every training output begins with this.
EXERCISE = "EXERCISE"
#: Replaced for each person when the message is handed over.
RECEIPT, UNSUBSCRIBE, REPORT, PAGE, CHOICES = "-receipt-", "-unsubscribe-", "-report-", "-page-", "-choices-"
#: Where an alert's photograph is, as long as it may be seen.
PHOTO = f"{PAGE}/photo.jpg"
LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True, slots=True)
class Wording:
    """One channel's words. Phones have no html."""

    title: str
    body: str
    html: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 of the very words, in hexadecimal: the audit keeps it, so that nobody can say others were sent."""
        parts = (self.title, self.body, self.html)
        return hashlib.sha256(b"".join(b"%d:%b" % (len(part), part) for part in map(str.encode, parts))).hexdigest()


@dataclass(frozen=True, slots=True)
class Content:
    """What an alert says, before any channel's form."""

    headline: str
    description: str
    instruction: str
    contact: str
    incident_number: str
    area_text: str
    urgent: bool
    expires_at: datetime
    #: How it follows another; its title is the beginning of the headline then.
    follow_up: FollowUp | None = None
    #: What the photograph shows; empty where there is none.
    photo_alt: str = ""

    @property
    def label(self) -> str:
        """What kind of message it is, above the headline."""
        if self.follow_up:
            return self.follow_up.banner
        return "Urgent alert" if self.urgent else "Neighbourhood update"

    @property
    def ends(self) -> bool:
        """Whether it says that an alert is over."""
        return self.follow_up is not None and self.follow_up.ends


def word(content: Content, mode: Mode) -> dict[str, Wording]:
    """Channel → wording, exactly as it will be handed over."""
    exercise = f"{EXERCISE}: " if mode is Mode.TRAINING else ""
    facts = {
        "content": content,
        "exercise": exercise,
        "force": settings().force_name,
        "expires": content.expires_at.astimezone(LONDON).strftime("%H:%M on %-d %B"),
        "unsubscribe": UNSUBSCRIBE,
        "report": REPORT,
        "page": PAGE,
        "photo": PHOTO,
        "choices": CHOICES,
    }
    # A mail that follows another says so before who sends it: the subject is all that many will read.
    kind = "" if content.follow_up else f"{settings().force_name} {'Alert' if content.urgent else 'Update'}: "
    return {
        "push": Wording(f"{exercise}{content.headline}", render("push.txt", facts)),
        "email": Wording(
            f"{exercise}{kind}{content.headline}",
            render("email.txt", facts),
            render("email.html", facts),
        ),
    }


def render(template: str, facts: dict[str, object]) -> str:
    """One template's text, without trailing blank lines."""
    return templates().get_template(template).render(facts).strip()


@cache
def templates() -> jinja2.Environment:
    """The wording templates; a name a template misspells is an error, never an empty space."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=jinja2.select_autoescape(["html", "svg"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
