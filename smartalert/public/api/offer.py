"""The app API, what there is to choose: topics, trades and the consent's words, and a search for places."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from smartalert.config import Mode, settings
from smartalert.database import connection
from smartalert.geography import search as place_search
from smartalert.public import alert_pages, forms
from smartalert.public.api.access import SEARCHES_AN_HOUR, count
from smartalert.public.api.choices import SECTORS, TOPICS, text_of
from smartalert.public.api.devices import IfNoneMatch
from smartalert.public.api.problems import UNCHANGED, documented
from smartalert.public.choosing import LONGEST_SEARCH
from smartalert.subscribers import devices
from smartalert.subscribers.subscriptions import HEARD_OF, LEFT_REASONS, MOST_PLACES, REACHES_M

router = APIRouter(tags=["before registering"])


class Option(BaseModel):
    """One thing to choose: what the app sends, and what people read."""

    name: str
    label: str


class Consent(BaseModel):
    """What people agree to before they register."""

    version: str
    text: str


class Offer(BaseModel):
    """Everything the app needs to draw its forms. `exercise`: this is a training service; say so on every screen."""

    force: str
    exercise: bool
    consent: Consent
    topics: list[Option]
    sectors: list[Option]
    reaches_m: list[int]
    most_places: int
    heard_of: list[Option]
    left_reasons: list[Option]


class Found(BaseModel):
    """A place that somebody may mean, EPSG:4326."""

    kind: str
    label: str
    lat: float
    lon: float
    street_id: int | None


@router.get("/offer", response_model=Offer, responses={**UNCHANGED, **documented()})
def offer(request: Request, if_none_match: IfNoneMatch = None) -> Response:
    """What there is to choose, and the consent's words."""
    force = settings().force_name
    text = devices.CONSENT[devices.CONSENT_VERSION].format(force=force)
    made = Offer(
        force=force,
        exercise=settings().mode is Mode.TRAINING,
        consent=Consent(version=devices.CONSENT_VERSION, text=text),
        topics=[Option(name=name, label=topic.label) for name, topic in TOPICS.items()],
        sectors=[Option(name=name, label=sector.label) for name, sector in SECTORS.items()],
        reaches_m=list(REACHES_M),
        most_places=MOST_PLACES,
        heard_of=[Option(name=name, label=label) for name, label in HEARD_OF.items()],
        left_reasons=[Option(name=name, label=label) for name, label in LEFT_REASONS.items()],
    )
    return alert_pages.kept(request, made.model_dump_json().encode(), "application/json")


@router.get("/places", responses=documented("too-many"))
def search(request: Request, q: Annotated[str, Query(), *text_of(LONGEST_SEARCH, required=True)]) -> list[Found]:
    """Places by postcode, street, town or grid reference, the likeliest first; eight at most."""
    count(request, "searches from", SEARCHES_AN_HOUR)
    with connection.transaction(connection.engine(forms.ROLE)) as conn:
        hits = place_search.search(conn, q)
    return [
        Found(kind=hit.kind, label=hit.label, lat=hit.lat, lon=hit.lon, street_id=hit.id if hit.is_street else None)
        for hit in hits
    ]
