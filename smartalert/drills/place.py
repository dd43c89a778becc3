"""Where a story happens: found by rule on whatever ground there is, and by its seed the same place again."""

from collections.abc import Sequence
from dataclasses import dataclass

from smartalert.database.connection import Connection, queries
from smartalert.drills.scenario import Landmark
from smartalert.errors import DrillRefused


@dataclass(frozen=True, slots=True)
class Place:
    """A point of the ground (EPSG:4326), and what is there: names for the words of the story."""

    lat: float
    lon: float
    #: The park or farm; where a story has none, the street.
    landmark: str
    #: The nearest named street, and its number.
    street: str
    street_id: int
    town: str

    @property
    def words(self) -> dict[str, str]:
        """What words in braces stand for."""
        return {"landmark": self.landmark, "street": self.street, "town": self.town}


def find(conn: Connection, near: Sequence[Landmark], seed: int, officers: Sequence[str] = ()) -> Place:
    """The first of these kinds that the ground has where all of these officers may send, one of them by the seed.

    Raises DrillRefused.
    """
    for kind in near:
        if row := queries("drills/place").find(conn, kind=kind, seed=str(seed), officers=list(officers)):
            return Place(**row._asdict())
    raise DrillRefused(
        f"This ground has no {' and no '.join(near)} with a named street near it, or none where all of these officers "
        "may send. Choose another scenario or other officers, or import streets and places."
    )


def is_made_up(conn: Connection) -> bool:
    """Whether the ground is the made-up county, and not a force's own."""
    return bool(queries("drills/place").is_made_up(conn))
