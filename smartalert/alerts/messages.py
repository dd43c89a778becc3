"""The words people read: one wording a channel, made once, shown in the preview and frozen when the alert is issued."""

from dataclasses import dataclass, replace
from datetime import datetime

from smartalert import cleaning
from smartalert.alerts.follow_ups import FollowUp
from smartalert.clock import until
from smartalert.config import Mode, settings
from smartalert.dispatch.links import CHOICES, PAGE, PHOTO, REPORT, UNSUBSCRIBE
from smartalert.wording import EXERCISE, Channel, Wording, render


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


def cleaned(content: Content) -> Content:
    """The same without anything that nobody sees, whoever wrote it: no placeholder of ours can be among the words."""
    return replace(
        content,
        headline=cleaning.one_line(content.headline),
        description=cleaning.lines(content.description),
        instruction=cleaning.lines(content.instruction),
        contact=cleaning.lines(content.contact),
        incident_number=cleaning.one_line(content.incident_number),
        area_text=cleaning.one_line(content.area_text),
        photo_alt=cleaning.one_line(content.photo_alt),
    )


def word(content: Content, mode: Mode) -> dict[Channel, Wording]:
    """Channel → wording, exactly as it will be handed over."""
    content = cleaned(content)
    exercise = f"{EXERCISE}: " if mode is Mode.TRAINING else ""
    facts = {
        "content": content,
        "exercise": exercise,
        "force": settings().force_name,
        "sender": settings().sender,
        "host": settings().public_host,
        "expires": until(content.expires_at),
        "unsubscribe": UNSUBSCRIBE,
        "report": REPORT,
        "page": PAGE,
        "photo": PHOTO,
        "choices": CHOICES,
    }
    # A mail that follows another says so before who sends it: the subject is all that many will read.
    kind = "" if content.follow_up else f"{settings().force_name} {'Alert' if content.urgent else 'Update'}: "
    return {
        Channel.PUSH: Wording(f"{exercise}{content.headline}", render("alerts/push.txt", facts)),
        Channel.EMAIL: Wording(
            f"{exercise}{kind}{content.headline}",
            render("alerts/email.txt", facts),
            render("alerts/email.html", facts),
        ),
    }
