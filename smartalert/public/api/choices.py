"""What is chosen on a device, as the app writes and reads it; the database has bits and metres for it."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StringConstraints

from smartalert import cleaning
from smartalert.audience.interests import Sector, Topic
from smartalert.database.connection import Connection
from smartalert.geography import geo, search
from smartalert.geography.search import Hit
from smartalert.public.api.problems import Fault, Refusal
from smartalert.subscribers.devices import Device, Platform
from smartalert.subscribers.subscriptions import HEARD_OF, LEFT_REASONS, MOST_PLACES, REACHES_M, Choices, Place

Clean = Callable[[str, int], str]
TOPICS = {str(topic.name).lower(): topic for topic in Topic}
SECTORS = {sector.name.lower(): sector for sector in Sector}


def one_of(offered: Iterable[Any]) -> Any:
    """What restricts a value to these."""
    known = list(offered)

    def check(value: Any) -> Any:
        if value not in known:
            raise ValueError(f"choose one of {', '.join(map(str, known))}")
        return value

    return AfterValidator(check), Field(json_schema_extra={"enum": known})


TopicName = Annotated[str, *one_of(TOPICS)]
SectorName = Annotated[str, *one_of(SECTORS)]
HeardOf = Annotated[str, *one_of(HEARD_OF)]
LeftReason = Annotated[str, *one_of(LEFT_REASONS)]


def text_of(longest: int, *, required: bool = False, clean: Clean = cleaning.one_line) -> Any:
    """What bounds a text as the app sends it, then cleans it; what cannot be seen does not make a required one."""

    def cleaned(value: str) -> str:
        if not (kept := clean(value, longest)) and required:
            raise ValueError("there is nothing to read in it")
        return kept

    return StringConstraints(min_length=int(required), max_length=longest), AfterValidator(cleaned)


Label = Annotated[str, *text_of(40, required=True)]
#: FCM's tokens are far shorter; the index over them takes no more.
Token = Annotated[str, StringConstraints(min_length=8, max_length=1_024, pattern=r"^[A-Za-z0-9_:.-]+$")]
AppVersion = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_+.-]+$")]
Clock = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class Form(BaseModel):
    """What the app sends: nothing that we do not know, so that a misspelt name is no silence."""

    model_config = ConfigDict(extra="forbid")


class Point(Form):
    """A place by its coordinates, EPSG:4326."""

    lat: Annotated[float, Field(strict=True, ge=geo.GB_LAT[0], le=geo.GB_LAT[1])]
    lon: Annotated[float, Field(strict=True, ge=geo.GB_LON[0], le=geo.GB_LON[1])]


class Postcode(Form):
    """A place by its postcode, in full."""

    postcode: Annotated[str, *text_of(40, required=True)]


class Street(Form):
    """A place by a street's id, as the search returns it."""

    street_id: Annotated[int, Field(strict=True, ge=1, le=2**63 - 1)]


class PlaceIn(Form):
    """Where alerts are wanted. `reach_m`: also those whose area comes so near."""

    label: Label
    at: Point | Postcode | Street
    reach_m: Annotated[int, Field(strict=True), *one_of(REACHES_M)] = 0


class QuietHours(Form):
    """When routine messages wait, by London's clock; urgent alerts never do."""

    begin: Clock
    end: Clock


class ChoicesIn(Form):
    """Everything that can be chosen. Sector null: a resident. Updates: also routine messages of local officers."""

    places: Annotated[list[PlaceIn], Field(min_length=1, max_length=MOST_PLACES)]
    topics: Annotated[list[TopicName], Field(max_length=len(Topic))] = []
    sector: SectorName | None = None
    updates: StrictBool = True
    quiet_hours: QuietHours | None = None


class TokenIn(Form):
    """The FCM registration token that the phone has now."""

    token: Token
    app_version: AppVersion


class PauseIn(Form):
    """The first day with alerts again, London time."""

    until: date


class Registration(TokenIn):
    """A new device. `consent_version` is of the text that the person agreed to."""

    platform: Platform
    choices: ChoicesIn
    over_12: Literal[True]
    consent_version: Annotated[str, StringConstraints(max_length=40)]
    heard_of: HeardOf | None = None


class PlaceOut(BaseModel):
    """A place as it is kept."""

    label: str
    lat: float
    lon: float
    reach_m: int


class ChoicesOut(BaseModel):
    """What was chosen."""

    places: list[PlaceOut]
    topics: list[TopicName]
    sector: SectorName | None
    updates: bool
    quiet_hours: QuietHours | None


class DeviceOut(BaseModel):
    """A device and how it stands. `off_reason`: why nothing is pushed to it any more; a new token mends that."""

    platform: Platform
    app_version: str
    registered_at: datetime
    consent_version: str
    off_reason: str | None
    paused_until: datetime | None
    choices: ChoicesOut


class OfficerCode(BaseModel):
    """What an officer types in the control room within ten minutes, to be called on this phone."""

    code: str


class Registered(BaseModel):
    """A device's credential, shown this once, and the device."""

    credential: str
    device: DeviceOut


def chosen(conn: Connection, given: ChoicesIn, where: str = "#") -> Choices:
    """The choices as they are kept; raises Refusal for a postcode or street that we do not know."""
    places = [located(conn, place, f"{where}/places/{number}/at") for number, place in enumerate(given.places)]
    return Choices(
        places=tuple(places),
        topics=sum(TOPICS[name] for name in set(given.topics)),
        sector=SECTORS[given.sector].number if given.sector else 0,
        updates=given.updates,
        quiet_from=time.fromisoformat(given.quiet_hours.begin) if given.quiet_hours else None,
        quiet_to=time.fromisoformat(given.quiet_hours.end) if given.quiet_hours else None,
    )


def located(conn: Connection, given: PlaceIn, where: str) -> Place:
    """A place with its coordinates; raises Refusal."""
    spot: Point | Hit | None
    match given.at:
        case Point() as spot:
            pass
        case Postcode(postcode=postcode):
            spot = search.postcode(conn, postcode)
        case Street(street_id=street_id):
            spot = search.street(conn, street_id)
    if spot is None:
        fault = Fault(where=where, detail="We know no such postcode or street. Search for it first.")
        raise Refusal("refused", "A place is not known.", errors=[fault])
    return Place.model_validate({"label": given.label, "lat": spot.lat, "lon": spot.lon, "reach_m": given.reach_m})


def shown(device: Device) -> DeviceOut:
    """A device as the app reads it."""
    quiet = device.quiet_from is not None and device.quiet_to is not None
    choices = ChoicesOut(
        places=[
            PlaceOut(label=one.label, lat=round(one.lat, 6), lon=round(one.lon, 6), reach_m=one.reach_m)
            for one in device.places
        ],
        topics=[name for name, topic in TOPICS.items() if device.topics & topic],
        sector=next((name for name, one in SECTORS.items() if one.number == device.sector), None),
        updates=device.updates,
        quiet_hours=QuietHours(begin=f"{device.quiet_from:%H:%M}", end=f"{device.quiet_to:%H:%M}") if quiet else None,
    )
    facts = device.model_dump(include=set(DeviceOut.model_fields) - {"choices"})
    return DeviceOut(**facts, choices=choices)
