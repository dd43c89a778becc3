"""What the ground is made of, in the order in which it is imported: what each is for, and where a force gets it."""

from dataclasses import dataclass
from typing import NamedTuple

from smartalert.geography.crimes import ATTRIBUTION

OS = "Contains OS data © Crown copyright and database right"
ROYAL_MAIL = "Contains Royal Mail data © Royal Mail copyright and database right"
ONS = "Contains National Statistics data © Crown copyright and database right"


class Publisher(NamedTuple):
    """Whom the database names as a source: as people know it, and what it asks to be said."""

    name: str
    credit: str = ""


PUBLISHERS = {
    "training": Publisher("made up for training"),
    "osm": Publisher("OpenStreetMap", "© OpenStreetMap contributors (ODbL)"),
    "os_open_roads": Publisher("OS Open Roads", OS),
    "os_open_names": Publisher("OS Open Names", OS),
    "geonames": Publisher("GeoNames", "GeoNames, CC BY 4.0"),
}


@dataclass(frozen=True, slots=True)
class Product:
    """A file that can be downloaded for nothing: who has it, and what to choose there."""

    name: str
    page: str
    choose: str


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of ground, as the command line calls it."""

    key: str
    title: str
    icon: str
    #: What is counted, one and many.
    one: str
    many: str
    purpose: str
    products: tuple[Product, ...]
    #: What its publishers ask to be said, where the database does not know which it is.
    credits: tuple[str, ...] = ()


SOURCES = (
    Source(
        "area", "Boundary", "polyline", "force area", "force areas", "No alert goes beyond it. Import it first.",
        (
            Product("Police force boundaries", "https://data.police.uk/data/boundaries/", "KML of your force"),
            Product("ONS Police Force Areas", "https://geoportal.statistics.gov.uk/", "GeoJSON, with your force alone"),
        ),
        (ONS,),
    ),
    Source(
        "streets", "Streets", "signpost", "street", "streets",
        "What officers pick and search for. The map is drawn from the same file.",
        (
            Product(
                "OpenStreetMap", "https://download.geofabrik.de/europe/united-kingdom.html",
                ".osm.pbf of your county: the fuller map",
            ),
            Product("OS Open Roads", "https://osdatahub.os.uk/downloads/open/OpenRoads", "GeoPackage: roads alone"),
        ),
    ),
    Source(
        "places", "Places", "location_city", "place", "places",
        "Towns, villages, stations and schools: search finds them, and they tell one High Street from another.",
        (
            Product("OS Open Names", "https://osdatahub.os.uk/downloads/open/OpenNames", "CSV, the zip file as it is"),
            Product("GeoNames", "https://download.geonames.org/export/dump/", "GB.zip"),
        ),
    ),
    Source(
        "postcodes", "Postcodes", "markunread_mailbox", "postcode", "postcodes",
        "Residents sign up by postcode, and officers search for them.",
        (
            Product(
                "Code-Point Open", "https://osdatahub.os.uk/downloads/open/CodePointOpen", "CSV, the zip file as it is"
            ),
            Product("ONS Postcode Directory", "https://geoportal.statistics.gov.uk/", "the newest ONSPD, zipped"),
        ),
        (OS, ROYAL_MAIL, ONS),
    ),
    Source(
        "neighbourhoods", "Areas", "grid_view", "area", "areas",
        "Wards or the areas of neighbourhood teams: people are counted by them, and officers may be bound to some.",
        (
            Product("ONS ward boundaries", "https://geoportal.statistics.gov.uk/", "Wards, BFC or BGC, GeoJSON"),
            Product("Neighbourhood boundaries", "https://data.police.uk/data/boundaries/", "KML of your teams"),
        ),
        (ONS,),
    ),
    Source(
        "population", "Residents", "groups", "area", "areas",
        "Residents of each area, for coverage per 1,000. Import the areas first, of the same year.",
        (
            Product(
                "ONS population estimates", "https://www.ons.gov.uk/peoplepopulationandcommunity/populationandmigration/populationestimates",
                "by ward: a CSV of code and residents",
            ),
        ),
        (ONS,),
    ),
    Source(
        "map", "Map", "map", "map", "maps", "Comes with the streets. A file of its own shows more.",
        (
            Product(
                "OS Open Zoomstack", "https://osdatahub.os.uk/downloads/open/OpenZoomstack",
                "GeoPackage or vector tiles",
            ),
            Product(
                "OS Open Rivers", "https://osdatahub.os.uk/downloads/open/OpenRivers",
                "GeoPackage: drawn with the streets of OS Open Roads",
            ),
            Product(
                "OS Open Greenspace", "https://osdatahub.os.uk/downloads/open/OpenGreenspace", "GeoPackage: the same"
            ),
            Product(
                "Boundary-Line", "https://osdatahub.os.uk/downloads/open/BoundaryLine",
                "GeoPackage: borders of counties and districts, on any map",
            ),
            Product("Protomaps", "https://maps.protomaps.com/builds/", "a .pmtiles of your county"),
        ),
    ),
)  # fmt: skip
#: No part of the ground, and imported at the command line; its imports are undone here as all others are.
CRIMES = Source(
    "crimes", "Recorded crime", "query_stats", "crime", "crimes", "Shown to officers who draw an area.",
    (Product("Street-level crime", "https://data.police.uk/data/", "CSV of your force, the last twelve months"),),
    (ATTRIBUTION,),
)  # fmt: skip
BY_KEY = {source.key: source for source in (*SOURCES, CRIMES)}


def listed(keys: list[str]) -> str:
    """Some of them in words, in their order: "boundary, streets and map, and places"."""
    titles = [source.title.lower() for source in SOURCES if source.key in keys]
    return ", ".join(titles[:-1]) + (" and " if titles[:-1] else "") + titles[-1] if titles else ""
