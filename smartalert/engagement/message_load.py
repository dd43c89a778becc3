"""Whether people are told too often: how many alerts a month they got, beside who of them left."""

from dataclasses import dataclass

from smartalert.database.connection import Connection, queries
from smartalert.engagement import published
from smartalert.engagement.periods import Period, Step, month
from smartalert.engagement.published import ENOUGH

#: Alerts a month, the first of each band → what it is called.
BANDS = {0: "none", 1: "1", 2: "2", 3: "3 or 4", 5: "5 to 9", 10: "10 or more"}


@dataclass(frozen=True, slots=True)
class Fatigue:
    """People who got so many alerts in one month, and those of them who left in that month or the next."""

    band: str
    #: In the average month.
    people: int
    #: The share of them; None where too few got so many.
    left: float | None


def fatigue(conn: Connection, period: Period) -> list[Fatigue]:
    """People by how many alerts a month they got, and who of them left: in the period's months that are published."""
    end = min(published.until(conn).month, period.before)
    months = [start for start in period.steps(Step.MONTH) if period.start <= start and month(start, 1) <= end]
    people, left = dict.fromkeys(BANDS, 0), dict.fromkeys(BANDS, 0)
    for row in queries("engagement/message_load").told(conn, start=period.start, before=end):
        people[row.alerts] += row.people
        left[row.alerts] += row.leavers
    everybody = published.Series(conn, "all", month(end, 1))
    for start in months:
        during, later = month(start, 1), month(start, 2)
        gone = everybody.upto("", "left", during) - everybody.upto("", "left", start)
        people[0] += published.active(everybody, during) + gone
        left[0] += everybody.upto("", "left", later) - everybody.upto("", "left", start)
    people[0] = max(0, people[0] - sum(people[band] for band in BANDS if band))
    left[0] = max(0, left[0] - sum(left[band] for band in BANDS if band))
    is_enough = sum(left.values()) >= ENOUGH
    return [
        Fatigue(
            name,
            round(people[band] / max(1, len(months))),
            left[band] / people[band] if is_enough and people[band] >= ENOUGH else None,
        )
        for band, name in BANDS.items()
    ]
