"""Crime recorded in an area in the last months, as the police publish it."""

from dataclasses import dataclass
from datetime import date

from smartalert.database.connection import Connection, queries
from smartalert.geography.areas import Ground

#: How far back is counted, from the newest month that is known.
MONTHS = 12
#: What the publisher asks everybody to say.
ATTRIBUTION = "Contains public sector information licensed under the Open Government Licence v3.0 (data.police.uk)."


@dataclass(frozen=True, slots=True)
class Recorded:
    """Crimes in an area by category, the most first, and the first days of the months that they are of."""

    first: date
    last: date
    by_category: tuple[tuple[str, int], ...]

    @property
    def period(self) -> str:
        """ "January 2024 to February 2024"."""
        return " to ".join(dict.fromkeys(f"{month:%B %Y}" for month in (self.first, self.last)))

    def shown(self, most: int = 6) -> list[tuple[str, int]]:
        """The commonest kinds, the others as one."""
        others = self.by_category[most:]
        rest = sum(offences for _, offences in others)
        return [*self.by_category[:most], *([(f"{len(others)} other kinds", rest)] if len(others) > 1 else others)]

    @property
    def offences(self) -> int:
        """All of them."""
        return sum(offences for _, offences in self.by_category)


def recorded(conn: Connection, ground: Ground) -> Recorded | None:
    """What was recorded in this area in the last twelve months that are known; None where none was imported."""
    period = queries("geography/crimes").period(conn, months=MONTHS)
    if period is None:
        return None
    rows = queries("geography/crimes").recorded(conn, geom=ground.geom, within_m=ground.within_m, months=MONTHS)
    return Recorded(period.first, period.last, tuple((row.category, row.offences) for row in rows))
