"""What lies in an area: schools and care homes, where people may need another word, and neighbourhoods."""

from dataclasses import dataclass

from smartalert.database.connection import Connection, queries
from smartalert.geography.areas import Ground

#: The kinds of landmark that are looked for.
KINDS = ("school", "care home")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What lies in an area, each by its name, with its town where it is known."""

    schools: tuple[str, ...]
    care_homes: tuple[str, ...]
    #: The one that holds most of the area first.
    neighbourhoods: tuple[str, ...]


def inside(conn: Connection, ground: Ground) -> Surroundings:
    """What lies in this area."""
    asked = {"geom": ground.geom, "within_m": ground.within_m}
    named: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for row in queries("geography/surroundings").landmarks_inside(conn, kinds=list(KINDS), **asked):
        named[row.kind].append(", ".join(filter(None, (row.name, row.locality))))
    touched = [row.name for row in queries("geography/surroundings").neighbourhoods_touched(conn, **asked)]
    return Surroundings(tuple(named["school"]), tuple(named["care home"]), tuple(touched))
