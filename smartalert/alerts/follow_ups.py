"""What may follow an alert, and the wording each begins with. [Square brackets] are gaps, as in incidents."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from smartalert.alerts.incidents import CALL_101, KINDS

#: Where somebody is missing, at risk or wanted, and the kind of incident does not say so.
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
    #: What CAP says people should do now; empty: what the alert asked for.
    response_type: str
    #: The field of the alert → what it becomes, where OF_KIND has no other words. {when} and {headline} are the
    #: alert's, {field} is as it was.
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
            "update", "Update", "Update", "Update to an alert", "update", "Update", "",
            {"description": "[What is new]\n\n{description}"}, newcomers=True,
            keeps_photo=True,
        ),
        FollowUp(
            "correction", "Correction", "Correction", "Correction of an alert", "edit_note", "Update", "",
            {"description": "At {when} we told you something wrong. [The correct information]\n\n{description}"},
            newcomers=True, keeps_photo=True,
        ),
        FollowUp(
            "all_clear", "All clear", "All clear", "All clear", "check_circle", "Cancel", "AllClear",
            {
                "description": "At {when} we told you: \"{headline}\". It is over. There is no danger now.",
                "instruction": "You do not need to do anything else. If you saw something, please still tell us.",
                "contact": CALL_101,
            },
            {
                "description": "At {when} we asked you to look out for a {whom} {place}. This person has been found. "
                "Thank you.",
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
                "description": "At {when} we asked you to look out for a {whom} {place}. That was a false alarm. "
                "Thank you for looking out.",
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
TOLD = 'At {when} we told you: "{headline}". '
NO_GUESSES = " Do not post names, pictures or guesses: they can harm a trial."
#: Kind of incident → follow-up → field → the words that are right for it.
OF_KIND: dict[str, dict[str, dict[str, str]]] = {
    "wanted_person": {
        "all_clear": {"instruction": FORGET_THEM + NO_GUESSES},
        "false_alarm": {
            "description": "At {when} we asked you to look out for a {whom} {place}. We no longer look for this "
            "person. Thank you for looking out.",
        },
        "outcome": {"instruction": FORGET_THEM + NO_GUESSES},
    },
    "fire": {
        "all_clear": {
            "description": TOLD + "The fire is out and the smoke has gone. There is no danger now.",
            "instruction": "You can open windows and go out again. Stay out of places that are still closed off.",
        },
        "false_alarm": {"description": TOLD + "That was a false alarm. There is no fire."},
    },
    "road_closed": {
        "all_clear": {
            "description": TOLD + "The road is open again.",
            "instruction": "You do not need to do anything else. Traffic may be slow for a while. If you saw what "
            "happened, please still tell us.",
        },
        "false_alarm": {"description": TOLD + "That was wrong. The road is open."},
    },
    "flood": {
        "all_clear": {
            "description": TOLD + "The water is going down, and we expect no more flooding.",
            "instruction": "Stay out of flood water that is still there: it is dirty and hides holes. Do not turn gas "
            "or electricity on again until somebody qualified has checked them. Take photos for your insurer before "
            "you clean up.",
            "contact": "For flood warnings call Floodline on 0345 988 1188. If you are in danger, call 999.",
        },
        "false_alarm": {"description": TOLD + "That was a false alarm. We expect no flooding."},
    },
    "stay_indoors": {
        "all_clear": {
            "description": TOLD + "It is over. There is no danger now, and you can go out again.",
            "instruction": "You can unlock doors and open windows. If you saw something, please still tell us.",
        },
        "false_alarm": {
            "description": TOLD + "That was a false alarm. There was no danger, and you can go out again.",
        },
    },
    "dangerous_dog": {
        "all_clear": {
            "description": TOLD + "The dog has been caught. There is no danger now.",
            "instruction": "Children and pets can go out again. If the dog bit you, call 111 and then tell us.",
        },
        "false_alarm": {"description": TOLD + "That was a false alarm. No dangerous dog is loose."},
    },
    "unexploded_bomb": {
        "all_clear": {
            "description": TOLD + "The bomb has been made safe and the cordon is open. There is no danger now.",
            "instruction": "You can go home and use the roads again. If you find something that looks like a bomb, do "
            "not touch it: move away and call 999.",
        },
        "false_alarm": {
            "description": TOLD + "That was a false alarm. It is not a bomb, and the cordon is open.",
            "instruction": "You can go home and use the roads again. Thank you for your patience.",
        },
    },
    "fraud": {
        "all_clear": {
            "description": TOLD + "We have had no new reports.",
            "instruction": "Keep looking out: fraudsters come back with other stories. If you lost money, call your "
            "bank on 159, then Report Fraud on 0300 123 2040.",
        },
        "false_alarm": {
            "description": TOLD + "That was a false alarm. Those calls or messages were genuine.",
        },
    },
}
#: Kinds an officer chooses between beside an alert; an outcome is told from its responses as well.
CHOICES = ("update", "correction", "all_clear", "false_alarm", "outcome")


def titled(headline: str, follow_up: str | None) -> str:
    """The headline as people read it: "All clear: Burglary in Tannery Row just now"."""
    return f"{FOLLOW_UPS[follow_up].title}: {headline}" if follow_up else headline


def delivered(kind: str, follow_up: str, *, about_person: bool) -> dict[str, str]:
    """Field → the words that we deliver for what follows an alert of this kind; a field left out stays as it was.

    What closes an appeal for a person does not tell again who it was about.
    """
    follows, own = FOLLOW_UPS[follow_up], OF_KIND.get(kind, {}).get(follow_up, {})
    if not (about_person and follows.closes):
        return {**follows.words, **own}
    known = KINDS.get(kind)
    found = {**follows.appeal_words, **own} if known and known.about_person else {}
    return {**follows.words, "headline": "{kind} {place}", "description": UNNAMED, **found}
