"""Kinds of incident and the wording each begins with. [Square brackets] are gaps: no alert leaves with one open.

{where} is filled from the area and {when} from the clock when the kind is chosen; an officer changes every word freely.
"""

import re
from dataclasses import dataclass

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
GAP = re.compile(r"\[[^\[\]]+\]")
CALL_999 = "Call 999 and quote incident {incident}. Do not approach anyone."
CALL_101 = "Call 101 and quote incident {incident}, or Crimestoppers on 0800 555 111 without giving your name."


@dataclass(frozen=True, slots=True)
class IncidentKind:
    """One button of the composer."""

    key: str
    label: str
    #: Material symbol, always shown with the label.
    icon: str
    #: Crime happening now goes to everyone in the area; the rest only to those who chose the topics.
    urgent: bool
    headline: str
    description: str
    instruction: str
    contact: str = CALL_999
    topics: int = 0
    sectors: tuple[Sector, ...] = ()
    #: Who is missing or at risk: told of as long as the alert counts, and forgotten with it.
    about_person: bool = False
    #: Hours until the alert is over, unless the officer chooses otherwise.
    hours: int = 6


# fmt: off
KINDS = {
    kind.key: kind
    for kind in (
        IncidentKind(
            "missing_person", "Missing person", "person_search", True,
            "Missing: [first name], [age], last seen {where}",
            "We are looking for [first name], [age], last seen {where} at [time]. [Hair, build, clothing].",
            "Please check gardens, sheds and outbuildings. If you see [him/her], stay in sight and call 999 now.",
            about_person=True,
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
            "robbery", "Robbery", "warning", True,
            "Robbery {where}",
            "Someone was robbed {where} at about {when}. [Description and direction of those we want to find].",
            "Stay away from the area if you can. Do not approach anyone who fits the description.",
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
            "canal", "Canal-side incident", "sailing", True,
            "Incident by the canal {where}",
            "[What happened] on the towpath {where} at about {when}. [Description].",
            "Keep off this stretch of towpath. Boaters: lock up and look in on one another.",
        ),
        IncidentKind(
            "cycle_theft", "Cycle theft", "pedal_bike", False,
            "Cycle thefts {where}",
            "[Number] bicycles were taken {where} [when]. [Make, colour, how they were locked].",
            "Use two different locks and keep a photo of the frame number.",
            CALL_101, Topic.CYCLE, hours=24,
        ),
        IncidentKind(
            "school_safety", "School safety", "school", True,
            "School safety: {where}",
            "[What happened] near [school] {where} at about {when}. [Description].",
            "Parents: please [collect children at … / wait for word from the school].",
        ),
        IncidentKind(
            "business_crime", "Business crime", "storefront", False,
            "Businesses {where}: [what is happening]",
            "[Shop thefts / forged notes / threats] at businesses {where} [when]. [Description].",
            "Tell your staff and check your cameras.",
            CALL_101, sectors=(Sector.RETAIL, Sector.LICENSED), hours=24,
        ),
        IncidentKind(
            "update", "Neighbourhood update", "campaign", False,
            "[Subject]: {where}",
            "[What your local officers want people {where} to know].",
            "[What people can do, or where to meet us].",
            "Call 101 or ask your neighbourhood team. In an emergency call 999.", hours=24,
        ),
    )
}


# fmt: on


def is_about_person(kind: str, words: str) -> bool:
    """Whether an alert tells of somebody who is missing or at risk, by its kind or by its words."""
    known = KINDS.get(kind)
    return bool(known and known.about_person) or bool(LOST.search(words) and SOMEBODY.search(words))


def gaps(text: str) -> list[str]:
    """The gaps still open in a text, as they stand: "[first name]"."""
    return list(dict.fromkeys(GAP.findall(text)))
