"""Made-up people: where they live, what they chose, how they are reached. Arrays, one entry a person."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from smartalert.audience.interests import Sector, Topic
from smartalert.training.frontage import Frontage

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Times = NDArray[np.datetime64]

#: How many choose each topic wherever they live, and how many more where something near suggests it.
CHOSEN = {
    Topic.RURAL: 0.06,
    Topic.HORSE: 0.02,
    Topic.CANAL: 0.04,
    Topic.SCHOOL: 0.15,
    Topic.CYCLE: 0.14,
    Topic.VEHICLE: 0.32,
    Topic.BURGLARY: 0.45,
    Topic.ROGUE_TRADERS: 0.24,
    Topic.MISSING_PEOPLE: 0.30,
    Topic.ANTISOCIAL: 0.28,
    Topic.FRAUD: 0.20,
    Topic.WILDLIFE: 0.05,
}
MORE_NEARBY = 0.4
BUSINESSES = 0.08
#: Trades of businesses in towns; near farms and stables many are those instead.
TRADES = {
    Sector.RETAIL: 0.30,
    Sector.LICENSED: 0.18,
    Sector.CONSTRUCTION: 0.12,
    Sector.FINANCE: 0.05,
    Sector.EDUCATION: 0.05,
    Sector.HEALTH: 0.07,
    Sector.TRANSPORT: 0.06,
    Sector.MANUFACTURING: 0.07,
    Sector.HOSPITALITY: 0.04,
    Sector.MOTOR: 0.06,
}
#: People have signed up for so many days, more each month; campaigns began so many days before today, each brought this
#: share of everybody, and faded over about two weeks.
DAYS = 540
CAMPAIGNS = {455: 0.07, 300: 0.06, 171: 0.08, 52: 0.05}
FADES_DAYS = 14
#: How people heard of it: keys of HEARD_OF in subscribers/subscriptions.py, empty where they would rather not say.
HEARD = {
    "": 0.28, "officer": 0.14, "friend": 0.16, "leaflet": 0.13, "news": 0.09, "social": 0.12, "website": 0.06,
    "other": 0.02,
}  # fmt: skip
#: Addresses for each person: several share one.
ADDRESSES = 0.55
#: How many name no second place, one more, two more; and how many of those lie in the same town.
MORE_PLACES, SAME_TOWN = (0.75, 0.19, 0.06), 0.65
LABELS = ("Work", "School", "Mum's", "Dad's", "Gran's", "Allotment", "Stables", "Shop")
#: Metres from the middle of the street to the house.
SETBACK_M = (8.0, 25.0)


@dataclass(frozen=True)
class Residents:
    """Everyone, and their places: `place_of[i]` is the person whose place number `place_no[i]` is at `point[i]`."""

    topics: Ints
    sector: Ints
    updates: Flags
    signed_up: Times
    heard_of: list[str]
    unconfirmed: Flags
    paused_until: Times
    left: Flags
    push: Flags
    email: Flags
    push_off: Flags
    email_off: Flags
    place_of: Ints
    place_no: Ints
    label: list[str]
    point: NDArray[np.float64]


def make_up(frontage: Frontage, count: int, seed: int, now: datetime) -> Residents:
    """So many residents and businesses along the streets; the same seed makes up the same people."""
    rng = np.random.default_rng(seed)
    piece, points = addresses(frontage, max(1, int(count * ADDRESSES)), rng)
    home = rng.integers(len(points), size=count)
    near = frontage.topics[piece[home]]
    sector = sectors(near, rng)
    person, number, address = places(frontage.place[piece], home, rng)
    today = np.datetime64(now.date(), "s")
    channel = rng.random(count)
    labels = np.array(LABELS)[rng.integers(len(LABELS), size=len(person))]
    labels[number == 0] = np.where(sector > 0, "Premises", "Home")
    return Residents(
        topics=topics(near, rng),
        sector=sector,
        updates=rng.random(count) >= 0.35,
        # in the order of their numbers, as everywhere
        signed_up=np.sort(today - sign_up_ages(rng, count).astype("timedelta64[s]")),
        heard_of=rng.choice(list(HEARD), size=count, p=list(HEARD.values())).tolist(),
        unconfirmed=rng.random(count) < 0.03,
        paused_until=np.where(
            rng.random(count) < 0.02, today + rng.integers(2, 30, size=count) * 86_400, np.datetime64("NaT")
        ),
        left=rng.random(count) < 0.02,
        push=(channel < 0.50) | (channel >= 0.75),
        email=channel >= 0.50,
        push_off=rng.random(count) < 0.03,
        email_off=rng.random(count) < 0.02,
        place_of=person,
        place_no=number,
        label=labels.tolist(),
        point=points[address],
    )


def sign_up_ages(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """How many seconds ago each signed up: ever more of late, and most of all after each campaign."""
    days = DAYS * (1 - np.sqrt(0.1 + 0.9 * rng.random(count))) / (1 - np.sqrt(0.1))
    drawn, faded = rng.random(count), rng.exponential(FADES_DAYS, size=count)
    for number, (began, share) in enumerate(CAMPAIGNS.items()):
        before = sum(list(CAMPAIGNS.values())[:number])
        days = np.where((drawn >= before) & (drawn < before + share), np.maximum(began - faded, 0), days)
    ages: NDArray[np.float64] = np.maximum(days * 86_400, 3_600)
    return ages


def addresses(frontage: Frontage, count: int, rng: np.random.Generator) -> tuple[Ints, NDArray[np.float64]]:
    """The piece of street and the point of so many houses, to either side of it."""
    piece = rng.choice(len(frontage.share), size=count, p=frontage.share)
    start, along = frontage.start[piece], frontage.along[piece]
    length = np.hypot(*along.T)
    aside = rng.choice((-1.0, 1.0), size=count) * rng.uniform(*SETBACK_M, size=count) / length
    points = start + along * rng.random(count)[:, None] + np.column_stack((-along[:, 1], along[:, 0])) * aside[:, None]
    return piece, np.round(points, 1)


def topics(near: Ints, rng: np.random.Generator) -> Ints:
    """What each person chose, given what lies near."""
    chosen = np.zeros(len(near), dtype=np.int64)
    for topic, share in CHOSEN.items():
        likely = share + np.where(near & int(topic), MORE_NEARBY, 0)
        chosen |= np.where(rng.random(len(near)) < likely, int(topic), 0)
    return chosen


def sectors(near: Ints, rng: np.random.Generator) -> Ints:
    """The trade of each business, 0 for residents."""
    weights = np.array(list(TRADES.values()))
    trades = rng.choice([sector.number for sector in TRADES], size=len(near), p=weights / weights.sum())
    for topic, sector in ((Topic.RURAL, Sector.FARMING), (Topic.HORSE, Sector.EQUESTRIAN)):
        trades = np.where((near & int(topic) > 0) & (rng.random(len(near)) < 0.5), sector.number, trades)
    return np.where(rng.random(len(near)) < BUSINESSES, trades, 0)


def places(town: Ints, home: Ints, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """Person, number and address of every place; `town` is each address's. Sorted by person, home first."""
    more = rng.choice(3, size=len(home), p=MORE_PLACES)
    person = np.repeat(np.arange(len(home)), more + 1)
    number = np.arange(len(person)) - np.repeat(np.cumsum(more + 1) - (more + 1), more + 1)
    order = np.argsort(town, kind="stable")
    first = np.searchsorted(town[order], town[home[person]], side="left")
    size = np.searchsorted(town[order], town[home[person]], side="right") - first
    nearby = order[first + (rng.random(len(person)) * size).astype(np.int64)]
    anywhere = rng.integers(len(town), size=len(person))
    other = np.where(rng.random(len(person)) < SAME_TOWN, nearby, anywhere)
    return person, number, np.where(number == 0, home[person], other)
