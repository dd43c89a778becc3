"""Whether people are told too often: how many alerts a month they got, beside who of them left."""

from dataclasses import dataclass

from smartalert.database.connection import Connection, queries
from smartalert.engagement import suppression
from smartalert.engagement.periods import Period
from smartalert.engagement.sign_ups import Count

#: Bands of alerts a month, the first and the last number.
BANDS = {"none": (0, 0), "1": (1, 1), "2": (2, 2), "3–4": (3, 4), "5–9": (5, 9), "10 or more": (10, 30)}


@dataclass(frozen=True, slots=True)
class Fatigue:
    """People who got so many alerts in one month, and those of them who left in that month or the next."""

    band: str
    people: Count
    left: Count

    @property
    def share(self) -> float | None:
        """Of them, how many left."""
        return None if self.left is None or not self.people else self.left / self.people


def fatigue(conn: Connection, period: Period) -> list[Fatigue]:
    """People of the period's whole months by how many alerts a month they got, and who of them left."""
    rows = list(queries("engagement/message_load").fatigue(conn, start=period.start, before=period.before))
    found = []
    for band, (first, last) in BANDS.items():
        inside = [row for row in rows if first <= row.alerts <= last]
        found.append(Fatigue(band, sum(row.people for row in inside), sum(row.leavers for row in inside)))
    return suppression.protect_rows(found, ("people", "left"))
