"""What a search finds, and how hits that read alike are told apart."""

from collections import Counter
from dataclasses import dataclass, replace

from smartalert.database.connection import Connection, queries
from smartalert.geography import coordinates

#: West, south, east, north (EPSG:4326).
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Hit:
    """One line of the list: kind is street, road (a whole one by its number), canal, river, railway, crossing,
    neighbourhood, postcode, postcode district or sector, grid reference, city, town, suburb, village, hamlet, or a
    landmark's, as farm."""

    kind: str
    label: str
    lat: float
    lon: float
    #: Of a street, road, town or landmark.
    id: int | None = None
    #: Of a neighbourhood: its publisher's code, and west, south, east, north of its border; of a postcode area its box.
    code: str = ""
    box: Box | None = None

    @property
    def is_street(self) -> bool:
        """A street, road or canal is an area by its own line; all else is a point."""
        return self.kind in ("street", "road", "canal", "river", "railway")


def told_apart(conn: Connection, hits: list[Hit]) -> list[Hit]:
    """The hits; those that read alike with the street beside each, or else where it is on the National Grid."""
    return by_grid(by_neighbour(conn, hits))


def by_neighbour(conn: Connection, hits: list[Hit]) -> list[Hit]:
    """Those that read alike with the nearest street of another name: "High Street, Stone, by Mill Lane"."""
    alike = [number for number, is_twin in enumerate(twins(hits)) if is_twin]
    if not alike:
        return hits
    found = queries("geography/search").beside(
        conn,
        lats=[hits[number].lat for number in alike],
        lons=[hits[number].lon for number in alike],
        names=[hits[number].label.partition(",")[0] for number in alike],
    )
    beside = {alike[row.number - 1]: row.name for row in found}
    return [
        replace(hit, label=f"{hit.label}, by {beside[number]}") if number in beside else hit
        for number, hit in enumerate(hits)
    ]


def by_grid(hits: list[Hit]) -> list[Hit]:
    """Those that still read alike with a grid reference of a hundred metres."""
    return [
        replace(hit, label=f"{hit.label}, {coordinates.grid_reference(hit.lat, hit.lon)}") if is_twin else hit
        for hit, is_twin in zip(hits, twins(hits), strict=True)
    ]


def twins(hits: list[Hit]) -> list[bool]:
    """Whether another one reads just so, for each."""
    reading = Counter((hit.kind, hit.label) for hit in hits)
    return [reading[hit.kind, hit.label] > 1 for hit in hits]
