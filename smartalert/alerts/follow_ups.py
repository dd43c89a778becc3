"""What may follow an alert, and the wording each begins with. [Square brackets] are gaps, as in incidents."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from smartalert.alerts.incidents import CALL_101

#: Where somebody is missing or at risk, and the kind of incident does not say so.
UNNAMED = "At {when} we sent you an alert about incident {incident}. It is over. Thank you."
FORGET_THEM = "You do not need to do anything else. If you shared the alert, please delete what you shared."


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One way to put an alert right, or to end it."""

    key: str
    #: On the officer's button.
    label: str
    #: What headline, subject and lock screen begin with.
    title: str
    #: What kind of message it is, above the headline.
    banner: str
    #: Material symbol, always shown with the label.
    icon: str
    #: CAP's: an Update takes the place of the earlier message, a Cancel ends it and stops what is unsent.
    msg_type: str
    #: What CAP says people should do now.
    response_type: str
    #: The field of the alert → what it becomes. {when} and {headline} are the alert's, {field} is as it was.
    words: Mapping[str, str]
    #: The same where it closes an appeal for a person: never their name, age or looks.
    appeal_words: Mapping[str, str] = field(default_factory=dict)
    #: Also for people in the area who were not told before.
    newcomers: bool = False
    #: With the alert's photograph: it is still about the same person or thing.
    keeps_photo: bool = False
    #: None: as urgent as the alert.
    urgent: bool | None = None
    #: Hours until it is over; None: as chosen for the alert.
    hours: int | None = None

    @property
    def closes(self) -> bool:
        """Whether an appeal for a person is over with it: the view `alert_endings` names the same three."""
        return self.ends or self.key == "outcome"

    @property
    def ends(self) -> bool:
        """Whether the alert is over with it."""
        return self.msg_type == "Cancel"


FOLLOW_UPS = {
    kind.key: kind
    for kind in (
        FollowUp(
            "update", "Update", "Update", "Update to an alert", "update", "Update", "Monitor",
            {"description": "[What is new]\n\n{description}"}, newcomers=True,
            keeps_photo=True,
        ),
        FollowUp(
            "correction", "Correction", "Correction", "Correction of an alert", "edit_note", "Update", "Monitor",
            {"description": "At {when} we told you something wrong. [What is right]\n\n{description}"}, newcomers=True,
            keeps_photo=True,
        ),
        FollowUp(
            "all_clear", "All clear", "All clear", "All clear", "check_circle", "Cancel", "AllClear",
            {
                "description": "At {when} we told you: \"{headline}\". It is over. There is no danger now.",
                "instruction": "You do not need to do anything else. If you saw something, please still tell us.",
                "contact": CALL_101,
            },
            {
                "description": "At {when} we asked you to look out for a missing person {place}. This person has been "
                "found. Thank you.",
                "instruction": FORGET_THEM,
            },
            hours=2,
        ),
        FollowUp(
            "false_alarm", "False alarm", "Cancelled", "Alert cancelled", "notifications_off", "Cancel", "None",
            {
                "description": "At {when} we told you: \"{headline}\". That was a false alarm. Nothing happened.",
                "instruction": "You do not need to do anything. Thank you for looking out.",
                "contact": CALL_101,
            },
            {
                "description": "At {when} we asked you to look out for a missing person {place}. That was a false "
                "alarm. Thank you for looking out.",
                "instruction": FORGET_THEM,
            },
            hours=2,
        ),
        FollowUp(
            "outcome", "Outcome", "Outcome", "What came of an alert", "outgoing_mail", "Update", "None",
            {
                "description": "[What came of it]",
                "instruction": "You do not need to do anything. Thank you to everyone who looked out and told us what "
                "they saw.",
                "contact": CALL_101,
            },
            {"description": "[What came of it]", "instruction": FORGET_THEM},
            urgent=False, hours=24,
        ),
    )
}  # fmt: skip
#: Kinds an officer chooses between beside an alert; an outcome is told from its responses as well.
CHOICES = ("update", "correction", "all_clear", "false_alarm", "outcome")


def titled(headline: str, follow_up: str | None) -> str:
    """The headline as people read it: "All clear: Burglary in Tannery Row just now"."""
    return f"{FOLLOW_UPS[follow_up].title}: {headline}" if follow_up else headline
