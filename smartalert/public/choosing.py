"""Where and what: the two forms that sign-up and preferences share. Reads what was posted, loses none of it."""

from dataclasses import dataclass, field
from datetime import time
from urllib.parse import quote

from pydantic import ValidationError
from starlette.datastructures import FormData

from smartalert import cleaning
from smartalert.audience.interests import Sector, Topic
from smartalert.config import settings
from smartalert.database.connection import Connection
from smartalert.geography import search as place_search
from smartalert.geography.search import Hit
from smartalert.public.forms import text
from smartalert.subscribers import subscriptions
from smartalert.subscribers.subscriptions import MOST_PLACES, REACHES_M, Choices, Place

LONGEST_SEARCH = 60
REACH_WORDS = {
    0: "Only this place",
    500: "Up to 500 metres away",
    1_000: "Up to 1 kilometre away",
    2_000: "Up to 2 kilometres away",
    3_000: "Up to 3 kilometres away",
}
#: Quiet hours one can choose: when they begin and end.
QUIET_FROM = [time(hour) for hour in (20, 21, 22, 23)]
QUIET_TO = [time(hour) for hour in (6, 7, 8, 9, 10)]


@dataclass
class Edit:
    """What a posted form comes to."""

    choices: Choices
    #: Field → what to do about it.
    errors: dict[str, str] = field(default_factory=dict)
    #: The person is done with this form.
    done: bool = False
    #: Where on the same page to go on: a query and an anchor.
    back_to: str = ""


def where(conn: Connection, form: FormData, choices: Choices) -> Edit:
    """Labels and reaches as typed, then what the pressed button asks for."""
    typed = choices.model_copy(update={"places": tuple(typed_places(form, choices.places))})
    action, _, rest = str(form.get("go", "")).partition("|")
    match action:
        case "add":
            return add(conn, typed, rest)
        case "drop":
            kept = [place for number, place in enumerate(typed.places) if str(number) != rest]
            return Edit(typed.model_copy(update={"places": tuple(kept)}), back_to="#places" if kept else "")
        case "on" if not typed.places:
            return Edit(typed, {"q": "Find and select at least one place"})
        case "on":
            return Edit(typed, done=True)
        case _:
            return search(typed, text(form, "q", LONGEST_SEARCH))


def search(choices: Choices, q: str) -> Edit:
    """Enter in any field presses the first button, Find: without words to find it only keeps what was typed."""
    if q:
        return Edit(choices, back_to=f"?q={quote(q)}#found")
    return Edit(choices, {} if choices.places else {"q": "Enter a postcode or a street"})


def typed_places(form: FormData, places: tuple[Place, ...]) -> list[Place]:
    """The places with the labels and reaches now in their fields."""
    return [
        place.model_copy(
            update={
                "label": text(form, f"label-{number}", 40) or place.label,
                "reach_m": next((m for m in REACHES_M if str(m) == form.get(f"reach-{number}")), place.reach_m),
            }
        )
        for number, place in enumerate(places)
    ]


def add(conn: Connection, choices: Choices, spot: str) -> Edit:
    """One more place, if it is in reach of the force and there is room."""
    lat, _, rest = spot.partition("|")
    lon, _, label = rest.partition("|")
    try:
        place = Place(label=cleaning.one_line(label, 40), lat=float(lat), lon=float(lon))
    except (ValueError, ValidationError):
        return Edit(choices, {"q": "Select a place from the list"})
    if len(choices.places) >= MOST_PLACES:
        return Edit(choices, {"q": f"You can have up to {MOST_PLACES} places. Remove one before you add another"})
    if not subscriptions.in_reach_of_force(conn, place.lat, place.lon):
        return Edit(choices, {"q": f"That place is too far from the area that {settings().force_name} covers"})
    if any((p.lat, p.lon) == (place.lat, place.lon) for p in choices.places):
        return Edit(choices, back_to="#places")
    return Edit(choices.model_copy(update={"places": (*choices.places, place)}), back_to="#places")


def hits(conn: Connection, q: str) -> list[Hit] | None:
    """What somebody may mean; None before they looked."""
    q = cleaning.one_line(q, LONGEST_SEARCH)
    return place_search.search(conn, q) if q else None


def what(form: FormData, choices: Choices) -> Edit:
    """Topics, sector, updates and quiet hours as chosen; whatever is not on the form counts as not chosen."""
    chosen = set(form.getlist("topic"))
    topics = sum(topic for topic in Topic if topic.name in chosen)
    sector = next((s.number for s in Sector if s.name == form.get("sector")), 0)
    quiet = form.get("quiet") == "yes"
    update = {
        "topics": topics,
        "sector": sector,
        "updates": form.get("updates") != "no",
        "quiet_from": hour(form, "quiet-from", QUIET_FROM) if quiet else None,
        "quiet_to": hour(form, "quiet-to", QUIET_TO) if quiet else None,
    }
    return Edit(choices.model_copy(update=update), done=True)


def hour(form: FormData, name: str, offered: list[time]) -> time:
    """One of the hours offered."""
    return next((at for at in offered if f"{at:%H:%M}" == form.get(name)), offered[1])


def offered() -> dict[str, object]:
    """What the two forms show to choose from."""
    return {
        "advice": place_search.advice,
        "topics": list(Topic),
        "sectors": list(Sector),
        "reaches": REACH_WORDS,
        "most_places": MOST_PLACES,
        "quiet_from": QUIET_FROM,
        "quiet_to": QUIET_TO,
    }
