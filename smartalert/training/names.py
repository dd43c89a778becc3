"""Made-up English names for streets and hamlets, as natural as a map's; no two alike in one place."""

import math
from collections import defaultdict
from collections.abc import Iterator
from random import Random

from smartalert.training.plan import STEP_M, Street


def words(text: str) -> list[str]:
    """The words of a list; an underscore keeps two together."""
    return [word.replace("_", " ") for word in text.split()]


FRONTS = words(
    """
    Alder Ash Barn Beck Birch Black Bram Brock Burn Cald Cart Chad Clay Cold Crake Cran Dal Den Drake Elm Fair
    Farn Fen Gar Gold Green Hal Har Hart Hasel Hawk Hazel Hern Hod Holl Horn Hul Ing Kel Kil Kings Lang Lea
    Lin Lyd Mar May Mil Mos Nether Nor Oak Orm Os Pen Pinn Rad Raven Red Rid Rush Sand Sel Shel Skel South
    Stan Sten Swin Tan Thorn Til Up Wal Warm Wen Whit Wil Win Wood Wy Yar
    """
)
BACKS = words(
    """
    bourne bridge brook burn bury by combe cote croft dale den don field ford ham head hill holme hurst ley
    low mere more over pool shaw side stead stock stone thorpe ton wall ward well wick wood worth
    """
)
#: Streets near each other often share a theme, as builders named whole estates at once.
THEMES = [
    words(theme)
    for theme in (
        "Wren Lark Plover Heron Curlew Linnet Kestrel Swift Merlin Dunnock Fieldfare Lapwing Osprey Redwing "
        "Siskin Teal",
        "Alder Almond Aspen Beech Cedar Chestnut Hawthorn Hazel Hornbeam Juniper Laburnum Larch Lime Maple Rowan "
        "Willow",
        "Bluebell Bramble Campion Celandine Clover Cowslip Foxglove Harebell Heather Primrose Sorrel Teasel "
        "Yarrow Vetch",
        "Tannery Foundry Saddlers Coopers Weavers Potters Smithy Ropewalk Brewery Maltings Kiln Tinsmith Granary "
        "Nailors",
        "Albert Victoria Alexandra Jubilee Coronation Windsor Balmoral Osborne Clarence Regent Duke Princess York "
        "Consort",
        "Orchard Paddock Hayfield Long_Meadow Cornfield Barley Harvest Stackyard Shepherd Pasture Furlong "
        "Headland Croft",
        "Wordsworth Keats Tennyson Shelley Byron Coleridge Browning Masefield Herrick Milton Dryden Southey "
        "Marlowe Cowper",
        "Trent Sow Penk Dove Churnet Blithe Tame Swarbourn Manifold Hamps Tern Severn Derwent Wye Teme Avon",
        "Hollybush Hollyhock Ivy_House Mill_Race Well_Spring Quarry Gorse Heath Common Warren Spinney Copse "
        "Dingle Dell",
        "St_Mary's St_Chad's St_Peter's St_Giles' Priory Abbey Friars Rectory Chantry Minster Cloister Glebe Vicarage",
    )
]
CENTRAL = words(
    """
    Market_Place Church_Street Station_Road Mill_Street Bridge_Street Castle_Street Queen_Street King_Street
    New_Street Chapel_Street Victoria_Road Tipping_Street Wheelwrights_Row Tannery_Row Foregate Crown_Street
    Greengate Bakers_Row
    """
)
#: What a street of each form is called, the commoner first.
ENDINGS = {
    "main": "Road|Road|Bank|Way|Lane",
    "ring": "Ringway|Queensway|Kingsway|Ring Road",
    "high": "High Street",
    "lane": "Lane|Lane|Lane|Lane|Hollow|Bank|Road|Drift",
    "collector": "Road|Road|Road|Avenue|Drive|Way|Lane",
    "inner": "Street|Street|Street|Road|Terrace|Row|Place",
    "street": "Road|Avenue|Drive|Grove|Gardens|Street|Way",
    "crescent": "Crescent|Crescent|Circle|Drive",
    "close": "Close|Close|Close|Court|Croft|Mews|View|Rise|Gardens",
    "path": "Walk|Passage|Path|Cut|Alley",
}
#: Metres: the reach of an estate with one theme, and of the old centre.
ESTATE_M, CENTRE_M = 650, 500


def hamlet_names(random: Random, taken: set[str]) -> Iterator[str]:
    """Names for hamlets, without end and none twice."""
    used = set(taken)
    while True:
        name = village(random)
        name = random.choice(["", "", "", "Little ", "Upper ", "Nether ", "Great "]) + name
        if name not in used:
            used.add(name)
            yield name


def name_streets(streets: list[Street], centres: list[tuple[float, float]], random: Random) -> None:
    """Name every street that has no name yet; `settlement` says whose centre is its own."""
    used: dict[int, set[str]] = defaultdict(set)
    for street in streets:
        name = street.name
        while not name or name in used[street.settlement]:
            name = made_up(street, centres[street.settlement], random)
        used[street.settlement].add(name)
        street.name = name


def made_up(street: Street, centre: tuple[float, float], random: Random) -> str:
    """One likely name for this street; it may be taken."""
    x, y = street.points[len(street.points) // 2]
    central = abs(x - centre[0]) + abs(y - centre[1]) < CENTRE_M
    form = street.form
    if central and form in ("collector", "street"):
        if random.random() < 0.5:
            return random.choice(CENTRAL)
        form = "inner"
    if form == "street" and curls(street):
        form = "crescent"
    ending = random.choice(ENDINGS[form].split("|"))
    if form in ("ring", "high"):
        return ending if random.random() < 0.5 else f"{village(random)} {ending}"
    return f"{first_word(x, y, form, random)} {ending}"


def first_word(x: float, y: float, form: str, random: Random) -> str:
    """A word of the estate's theme, or a name that sounds like a village's."""
    if form in ("main", "lane") or random.random() < 0.45:
        return village(random)
    # a few cells each way, so that one estate's theme does not come back next door
    return random.choice(THEMES[(int(x // ESTATE_M) * 7 + int(y // ESTATE_M) * 3) % len(THEMES)])


def village(random: Random) -> str:
    """A word that sounds like a village's name."""
    front, back = random.choice(FRONTS), random.choice(BACKS)
    return front + (back if front.lower() != back else "ley")


def curls(street: Street) -> bool:
    """Whether a street bends so far round that people would call it a crescent."""
    (x0, y0), (x1, y1) = street.points[0], street.points[-1]
    return math.hypot(x1 - x0, y1 - y0) < STEP_M * (len(street.points) - 1) * 0.72
