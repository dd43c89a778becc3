"""Kinds of incident and the wording each begins with. [Square brackets] are gaps: no alert leaves with one open.

{where} is filled from the area and {when} from the clock when the kind is chosen; an officer changes every word freely.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from smartalert.audience.interests import Sector, Topic

#: Somebody is missing, whatever kind of incident an officer chose.
LOST = re.compile(
    r"\b(?:missing|disappear\w*|last seen|whereabouts|abduct\w*|kidnap\w*|wandered|absconded|"
    r"(?:concern\w*|worried|fears?) for (?:the |his |her |their )?(?:welfare|safety|wellbeing))\b",
    re.I,
)
SOMEBODY = re.compile(
    r"\b(?:persons?|people|child(?:ren)?|boys?|girls?|m[ae]n|wom[ae]n|teen\w*|youths?|baby|toddler|pensioners?|sons?|"
    r"daughters?|mother|father|mum|dad|brother|sister|grand(?:mother|father|son|daughter)|pupils?|patients?|he|she|"
    r"years?[- ]old|aged \d{1,3})\b",
    re.I,
)
#: How words ask people to quote an incident, before its number.
QUOTES = (
    r"(?:,? (?:and|or|to|please|then))*,? (?:quot(?:e|ing)|giv(?:e|ing)|mention(?:ing)?|about|for)(?: us)?(?: the)? "
    r"(?:incident|reference|log)(?: number)? "
)
#: A fact that is put into a template: "{where}".
NAME = re.compile(r"\{([^{}]*)\}")
GAP = re.compile(r"\[[^\[\]]+\]")
CALL_999 = "Call 999 and quote incident {incident}. Do not approach anyone."
CALL_101 = "Call 101 and quote incident {incident}, or Crimestoppers on 0800 555 111 without giving your name."
IN_DANGER = "If you are in danger, call 999. To tell us anything else, call 101 and quote incident {incident}."


class Group(StrEnum):
    """Where a kind stands on the send screen, from top to bottom."""

    PEOPLE = "People"
    CRIME = "Crime in progress"
    DANGER = "Danger to the public"
    UPDATES = "Updates"


@dataclass(frozen=True, slots=True)
class IncidentKind:
    """One button of the composer."""

    key: str
    label: str
    #: Material symbol, always shown with the label.
    icon: str
    #: What happens now goes to everyone in the area; the rest only to those who chose the topics.
    urgent: bool
    headline: str
    description: str
    instruction: str
    contact: str = CALL_999
    topics: int = 0
    sectors: tuple[Sector, ...] = ()
    #: Who is missing, at risk or wanted: told of as long as the alert counts, and forgotten with it.
    about_person: bool = False
    #: Hours until the alert is over, unless the officer chooses otherwise.
    hours: int = 6
    group: Group = Group.CRIME
    #: CAP's: what sort of event it is, what people should do, and how bad it is where it is urgent.
    category: str = "Security"
    responses: tuple[str, ...] = ("Monitor",)
    severity: str = "Severe"


# fmt: off
#: By group, and in each the most used first: so they stand on the send screen.
KINDS = {
    kind.key: kind
    for kind in (
        IncidentKind(
            "missing_person", "Missing person", "person_search", True,
            "Missing: [first name], [age], last seen {where}",
            "We are looking for [first name], [age], last seen {where} at [time]. [Hair, build, clothing].",
            "Please check gardens, sheds and outbuildings. If you see [him/her], stay in sight and call 999 now.",
            about_person=True, group=Group.PEOPLE, category="Rescue",
        ),
        IncidentKind(
            "wanted_person", "Wanted person", "person_alert", True,
            "Wanted: [name], [age], last seen {where}",
            "We are looking for [name], [age], in connection with [offence], last seen {where} at [time]. "
            "[Hair, build, clothing].",
            "Do not approach or follow [him/her]. Call 999 at once and say where you are. Do not post guesses online: "
            "they can harm a trial.",
            "If you see [him/her] now, call 999. If you know anything else, call 101 and quote incident {incident}, or "
            "Crimestoppers on 0800 555 111 without giving your name.",
            about_person=True, hours=24, group=Group.PEOPLE, responses=("Avoid", "Monitor"),
        ),
        IncidentKind(
            "school_safety", "School safety", "school", True,
            "School safety: {where}",
            "[What happened] near [school] {where} at about {when}. [Description].",
            "Parents: please [collect children at … / wait for word from the school].",
            group=Group.PEOPLE, category="Safety",
        ),
        IncidentKind(
            "burglary", "Burglary just happened", "home_work", True,
            "Burglary {where} just now",
            "A burglary happened {where} at about {when}. [Description and direction of those we want to find].",
            "Lock doors and windows. Check doorbell and dashcam footage from [time] to [time].",
        ),
        IncidentKind(
            "vehicle_crime", "Vehicle crime", "directions_car", True,
            "Vehicle thefts {where}",
            "[What was taken or broken into] {where} at about {when}. [Vehicle, number plate, direction].",
            "Lock your vehicle, take valuables inside and keep keys away from the door. Check your footage.",
        ),
        IncidentKind(
            "bogus_caller", "Bogus callers", "door_front", True,
            "Bogus callers {where}",
            "People pretending to be from [water company / council / police] are calling at homes {where}. "
            "[Description of people and vehicle].",
            "Keep the door closed and on the chain. Do not let anyone in, whatever card they show. Tell neighbours "
            "who live alone.",
        ),
        IncidentKind(
            "robbery", "Robbery", "warning", True,
            "Robbery {where}",
            "Someone was robbed {where} at about {when}. [Description and direction of those we want to find].",
            "Stay away from the area if you can. Do not approach anyone who fits the description.",
            responses=("Avoid", "Monitor"),
        ),
        IncidentKind(
            "rural_crime", "Rural crime", "agriculture", True,
            "Rural crime {where}: [what was taken]",
            "[Machinery, livestock or fuel] was taken from a farm {where} at about {when}. [Vehicle and direction].",
            "Check yards, gates and machinery now. Note number plates of vehicles you do not know.",
        ),
        IncidentKind(
            "horse_theft", "Horse theft or harm", "bedroom_baby", True,
            "Horse [taken / harmed] {where}",
            "A horse was [taken / harmed] {where} at about {when}. [Description of the horse, trailer and people].",
            "Check your horses, stables and tack now. Look out for trailers you do not know.",
        ),
        IncidentKind(
            "fire", "Fire", "local_fire_department", True,
            "Large fire {where}: stay away",
            "[What is burning] has been on fire {where} since about {when}. Smoke is drifting [towards where].",
            "Stay away and keep the roads clear for fire engines. If you see or smell smoke, go indoors and close "
            "windows, doors and vents. If the fire comes near, get out, stay out and call 999.",
            "If you are in danger, call 999. If smoke makes you ill, call 111. To tell us anything else, call 101 and "
            "quote incident {incident}.",
            group=Group.DANGER, category="Fire", responses=("Avoid", "Shelter"),
        ),
        IncidentKind(
            "road_closed", "Road closed", "remove_road", False,
            "Road closed {where}",
            "[Road] has been closed {where} since about {when} because of [what happened]. We expect to open it at "
            "[time].",
            "Go another way and allow more time. [Where the diversion goes]. Do not drive round the signs: people are "
            "working behind them.",
            "If you saw what happened or have dashcam footage, call 101 and quote incident {incident}.",
            group=Group.DANGER, category="Transport", responses=("Avoid",), severity="Moderate",
        ),
        IncidentKind(
            "flood", "Flood", "flood", True,
            "Flooding {where}: act now",
            "At about {when} water was coming into [homes / gardens / roads] {where}. [Which river, and when it should "
            "be highest].",
            "Move people, pets and medicines upstairs or to higher ground. Turn off gas, electricity and water if it "
            "is safe, and never touch a switch while you stand in water. Do not walk or drive through flood water. If "
            "we tell you to leave, leave at once.",
            "If you are in danger, call 999. For flood warnings call Floodline on 0345 988 1188. To tell us anything "
            "else, call 101 and quote incident {incident}.",
            hours=12, group=Group.DANGER, category="Met", responses=("Prepare", "Avoid"),
        ),
        IncidentKind(
            "stay_indoors", "Stay indoors", "night_shelter", True,
            "Stay indoors {where}",
            "We have been dealing with [an armed man / a gas leak / …] {where} since about {when}. "
            "[What the danger is].",
            "Go indoors now and stay there. Lock doors, close windows and keep away from them. If there is smoke or "
            "gas, turn off fans and air conditioning. Do not go out to look, film or fetch anyone until we tell you "
            "that it is over.",
            IN_DANGER, group=Group.DANGER, category="Safety", responses=("Shelter",),
        ),
        IncidentKind(
            "dangerous_dog", "Dangerous dog", "pets", True,
            "Dangerous dog loose {where}",
            "A dog [bit somebody / attacked another animal] {where} at about {when} and is loose. "
            "[Size, colour, collar and direction].",
            "Do not approach it or try to catch it. Keep children and pets indoors. If it comes near you, do not run "
            "or shout: stand still, then back away slowly and get behind a door or into a car.",
            "If you see the dog, call 999 and quote incident {incident}. If it bit you, call 111, or 999 if it is bad.",
            group=Group.DANGER, category="Safety", responses=("Avoid", "Shelter"),
        ),
        IncidentKind(
            "canal", "Canal-side incident", "sailing", True,
            "Incident by the canal {where}",
            "[What happened] on the towpath {where} at about {when}. [Description].",
            "Keep off this stretch of towpath. Boaters: lock up and look in on one another.",
            group=Group.DANGER, category="Safety", responses=("Avoid", "Monitor"),
        ),
        IncidentKind(
            "unexploded_bomb", "Unexploded bomb", "bomb", True,
            "Unexploded bomb found {where}",
            "[What was found] was found {where} at about {when}. Military bomb disposal experts are "
            "[at work / on their way]. We have closed off [how far around it].",
            "If you are inside the cordon, leave now and go to [where people can wait]. Take medicines, keys, phone "
            "and pets. If you are outside it, stay away. Keep away from windows that face it. Never touch or move "
            "anything that looks like a bomb.",
            "If you need help to leave, or find something like it, call 999. To tell us anything else, call 101 and "
            "quote incident {incident}.",
            hours=12, group=Group.DANGER, category="Safety", responses=("Evacuate", "Avoid"),
        ),
        IncidentKind(
            "update", "Neighbourhood update", "campaign", False,
            "[Subject]: {where}",
            "[What your local officers want people {where} to know].",
            "[What people can do, or where to meet us].",
            "Call 101 or ask your neighbourhood team. In an emergency call 999.", hours=24,
            group=Group.UPDATES,
        ),
        IncidentKind(
            "fraud", "Fraud", "phishing", False,
            "Fraud {where}: [what to look out for]",
            "People {where} have had [calls / texts / e-mails / visits] from somebody who pretends to be [their bank / "
            "the police / family], [when]. They ask for [money, codes or cards].",
            "Stop and think before you part with money or details. Hang up and call the real organisation on a number "
            "you know. We and your bank never ask you to move money, hand over a card or tell your PIN. Forward false "
            "texts to 7726.",
            "If you lost money, call your bank on 159, then Report Fraud on 0300 123 2040. If somebody is coming to "
            "your door, call 999. To tell us anything else, call 101 and quote incident {incident}.",
            Topic.FRAUD, hours=24, group=Group.UPDATES, responses=("Avoid",),
        ),
        IncidentKind(
            "cycle_theft", "Cycle theft", "pedal_bike", False,
            "Cycle thefts {where}",
            "[Number] bicycles were taken {where} [when]. [Make, colour, how they were locked].",
            "Use two different locks and keep a photo of the frame number.",
            CALL_101, Topic.CYCLE, hours=24, group=Group.UPDATES,
        ),
        IncidentKind(
            "business_crime", "Business crime", "storefront", False,
            "Businesses {where}: [what is happening]",
            "[Shop thefts / forged notes / threats] at businesses {where} [when]. [Description].",
            "Tell your staff and check your cameras.",
            CALL_101, sectors=(Sector.RETAIL, Sector.LICENSED), hours=24,
            group=Group.UPDATES,
        ),
    )
}


# fmt: on


def is_about_person(kind: str, words: str) -> bool:
    """Whether an alert tells of somebody who is missing, at risk or wanted, by its kind or by its words."""
    known = KINDS.get(kind)
    return bool(known and known.about_person) or bool(LOST.search(words) and SOMEBODY.search(words))


def put_in(template: str, facts: Mapping[str, str]) -> str:
    """A template's words with these facts; where there is no incident number, nobody is asked to quote one.

    A name that is no fact stays as it stands: whoever wrote the template can reach nothing else by it.
    """
    asked = template if facts["incident"] else without_number(template)
    return NAME.sub(lambda found: facts.get(found[1], found[0]), asked)


def without_number(text: str, number: str = "{incident}") -> str:
    """The words without this incident number: what asks to quote it goes, or else the whole sentence."""
    kept = re.sub(QUOTES + re.escape(number), "", text, flags=re.I)
    if number not in kept:
        return kept
    sentence = rf"[^.!?\n]*{re.escape(number)}[^.!?\n]*[.!?]*"
    return re.sub(rf"^{sentence} ?|{sentence}", "", kept, flags=re.M).strip()


def gaps(text: str) -> list[str]:
    """The gaps still open in a text, as they stand: "[first name]"."""
    return list(dict.fromkeys(GAP.findall(text)))
