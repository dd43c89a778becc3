"""What the commissioner's office sees of alerts: how far they got, how fast, and what came back.

Reads the kept figures (rollups). Counts of people and of what they told us leave here hidden where they are from 1 to 9
or would give such a count away; how many alerts there were, and what they led to, are no counts of people.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from statistics import median
from typing import Any

import numpy as np

from smartalert.alerts.incidents import KINDS
from smartalert.database.connection import Connection, queries
from smartalert.engagement import suppression
from smartalert.engagement.periods import Period, Step
from smartalert.engagement.sign_ups import Count
from smartalert.responses.results import RESULTS

#: Handed over within so many seconds of release is what we promise; promise_s() of the database.
PROMISE_S = 60
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
#: Each slice of hand-overs takes so much longer than the one before.
GROWTH = 1.1
Speed = tuple[float | None, float | None]
#: What becomes of deliveries, or of people; small numbers are hidden.
FATES = ("handed_over", "delivered", "opened", "failed", "cancelled", "unknown", "waiting", "in_digest")
#: What of a channel's deliveries adds up; what is hidden where it is small.
SUMS = ("deliveries", *FATES, "in_time")
COUNTS = ("people", *FATES, "responses", "judged", "useful")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which alerts; None narrows nothing."""

    kinds: tuple[str, ...] | None = None
    neighbourhoods: tuple[int, ...] | None = None
    urgent: bool | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """How alerts that share something fared. People are counted once an alert, whatever the channels."""

    value: str
    label: str
    alerts: int
    withdrawn: int
    stopped: int
    #: Of them, messages that follow another (Update, Cancel); of these, corrections and false alarms.
    updates: int
    cancels: int
    corrections: int
    false_alarms: int
    #: In the audience when issued.
    people: Count
    #: To whom a provider accepted it; of whom a mail server or phone reported arrival; who opened it.
    handed_over: Count
    delivered: Count
    opened: Count
    #: One for each person and channel, and where they stand.
    deliveries: int
    failed: Count
    cancelled: Count
    unknown: Count
    waiting: int
    #: Handed over in a day's digest, and so without a part in the speed.
    in_digest: Count
    #: The share of the other hand-overs within PROMISE_S; seconds from release to hand-over, at most a tenth too high.
    in_time: float | None
    p50_s: float | None
    p95_s: float | None
    responses: Count
    #: Of them, judged by an officer; useful: marked so, passed to the investigation or resolved.
    judged: Count
    useful: Count
    #: Medians: from release to an alert's first response; from a response to its first look.
    first_response_s: float | None
    first_look_s: float | None
    #: Result → alerts that led to it.
    results: dict[str, int] = field(default_factory=dict)

    @property
    def per_1000(self) -> float | None:
        """Responses per 1,000 people to whom it was delivered."""
        return None if self.responses is None or not self.delivered else 1_000 * self.responses / self.delivered


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert as the office sees it: the facts it is told by, and how it fared."""

    id: int
    headline: str
    area_desc: str
    kind: str
    urgent: bool
    msg_type: str
    issued_by: str
    release_at: datetime
    neighbourhood: str
    district: str
    reach: Reach


@dataclass(frozen=True, slots=True)
class ChannelReach:
    """Deliveries on one channel, with seconds from release to hand-over."""

    channel: str
    deliveries: int
    handed_over: Count
    delivered: Count
    opened: Count
    failed: Count
    cancelled: Count
    unknown: Count
    waiting: Count
    in_digest: Count
    in_time: int
    #: p50 and p95, seconds.
    speed: Speed


#: What alerts can be counted by → the value, and what it is called.
BY: dict[str, Callable[[Any], tuple[str, str]]] = {
    "all": lambda a: ("", "All alerts"),
    "kind": lambda a: (a.incident_kind, kind_label(a.incident_kind)),
    "neighbourhood": lambda a: (str(a.neighbourhood_id or ""), a.neighbourhood or "Outside every neighbourhood"),
    "district": lambda a: (a.district or "", a.district or "No district"),
    "hour": lambda a: (f"{a.hour:02}", f"{a.hour:02}:00"),
    "weekday": lambda a: (str(a.day.weekday()), WEEKDAYS[a.day.weekday()]),
    "week": lambda a: (Step.WEEK.start(a.day).isoformat(), f"Week of {Step.WEEK.start(a.day):%-d %b %Y}"),
    "month": lambda a: (a.day.isoformat()[:7], f"{a.day:%B %Y}"),
    "urgency": lambda a: ("urgent", "Urgent") if a.urgent else ("update", "Neighbourhood update"),
    "msg_type": lambda a: (
        a.msg_type,
        {"Alert": "First alerts", "Update": "Corrections"}.get(a.msg_type, "Called off"),
    ),
    "wording": lambda a: ("footage", "Asks for footage") if a.asks_footage else ("none", "Asks for no footage"),
}


def totals(conn: Connection, period: Period, choice: Choice = Choice()) -> Reach:
    """All alerts of the period together."""
    return together(read(conn, period, choice))


def together(rows: list[Any]) -> Reach:
    """Alerts that were read before, as one."""
    found = grouped(rows, "all")
    return found[0] if found else nothing("", "All alerts")


def grouped(rows: list[Any], what: str) -> list[Reach]:
    """Alerts that were read before, by one of BY, in the order of its values; each column is safe beside its total."""
    groups: dict[tuple[str, str], list[Any]] = {}
    for row in rows:
        groups.setdefault(BY[what](row), []).append(row)
    found = [summarise(*key, groups[key], speed(groups[key])) for key in sorted(groups)]
    return protected_groups(found, [groups[key] for key in sorted(groups)])


def nothing(value: str, label: str) -> Reach:
    """No alert at all."""
    return summarise(value, label, [], (None, None))


def alerts(conn: Connection, period: Period, choice: Choice = Choice()) -> list[Alert]:
    """Each alert of the period, the newest first."""
    return told(read(conn, period, choice))


def alert(conn: Connection, alert_id: int) -> Alert | None:
    """One alert; None while it has not been counted."""
    found = told(list(queries("engagement/reach").one(conn, id=alert_id)))
    return found[0] if found else None


def channels(conn: Connection, period: Period, choice: Choice = Choice()) -> list[ChannelReach]:
    """Deliveries of the period's alerts by channel."""
    return channels_of(conn, [row.id for row in read(conn, period, choice)])


def channels_of(conn: Connection, ids: Sequence[int]) -> list[ChannelReach]:
    """Deliveries of these alerts by channel."""
    found: dict[str, list[Any]] = {}
    for row in queries("engagement/reach").channels(conn, ids=list(ids)):
        found.setdefault(row.channel, []).append(row)
    shown = [
        ChannelReach(channel, **{name: sum(getattr(row, name) for row in rows) for name in SUMS}, speed=speed(rows))
        for channel, rows in found.items()
    ]
    return suppression.protect_rows(shown, SUMS[1:-1])


def moments(conn: Connection, alert_id: int) -> dict[str, datetime]:
    """What happened to one alert after it was written → when; only what did happen, in order of time."""
    found = queries("engagement/reach").moments(conn, alert_id=alert_id)._asdict()
    return dict(sorted(((name, at) for name, at in found.items() if at is not None), key=lambda pair: pair[1]))


def read(conn: Connection, period: Period, choice: Choice = Choice()) -> list[Any]:
    """The counted alerts, as the database has them."""
    return list(
        queries("engagement/reach").alerts(
            conn,
            start=period.start,
            before=period.before,
            kinds=list(choice.kinds) if choice.kinds is not None else None,
            neighbourhoods=list(choice.neighbourhoods) if choice.neighbourhoods is not None else None,
            urgent=choice.urgent,
        )
    )


def speed(rows: Sequence[Any]) -> Speed:
    """Seconds in which half and nineteen in twenty hand-overs of all these were made, at most a tenth too high."""
    slices = np.zeros(max((len(row.slices) for row in rows), default=0))
    for row in rows:
        slices[: len(row.slices)] += row.slices
    if not slices.any():
        return None, None
    upto = slices.cumsum()
    p50, p95 = np.searchsorted(upto, [0.5 * upto[-1], 0.95 * upto[-1]])
    return GROWTH ** int(p50), GROWTH ** int(p95)


def told(rows: list[Any]) -> list[Alert]:
    """Rows as alerts, their counts protected."""
    reached = suppression.protect_rows(
        [summarise(str(row.id), row.headline, [row], (row.p50_s, row.p95_s)) for row in rows], COUNTS
    )
    return [
        Alert(
            row.id, row.headline, row.area_desc, kind_label(row.incident_kind), row.urgent, row.msg_type, row.issued_by,
            row.release_at, row.neighbourhood or "", row.district or "", reach,
        )
        for row, reach in zip(rows, reached, strict=True)
    ]  # fmt: skip


def summarise(value: str, label: str, rows: list[Any], took: Speed) -> Reach:
    """These alerts together; nothing hidden yet."""
    handed = sum(row.handed_over_deliveries - row.in_digest for row in rows)
    firsts = [row.first_response_s for row in rows if row.first_response_s is not None]
    looks = [seconds for row in rows for seconds in row.looks_s]
    return Reach(
        value=value,
        label=label,
        alerts=len(rows),
        withdrawn=sum(row.withdrawn for row in rows),
        stopped=sum(row.stopped for row in rows),
        updates=sum(row.msg_type == "Update" for row in rows),
        cancels=sum(row.msg_type == "Cancel" for row in rows),
        corrections=sum(row.follow_up == "correction" for row in rows),
        false_alarms=sum(row.follow_up == "false_alarm" for row in rows),
        deliveries=sum(row.deliveries for row in rows),
        in_time=sum(row.in_time for row in rows) / handed if handed else None,
        p50_s=took[0],
        p95_s=took[1],
        first_response_s=median(firsts) if firsts else None,
        first_look_s=median(looks) if looks else None,
        results={result: sum(result in row.results for row in rows) for result in RESULTS},
        **{name: sum(getattr(row, name) for row in rows) for name in COUNTS},
    )


def protected_groups(found: list[Reach], groups: list[list[Any]]) -> list[Reach]:
    """Alerts together, hidden also where the list of single alerts would give away what is hidden in it."""
    shown = {}
    for name in COUNTS:
        exposed = suppression.exposed([[getattr(row, name) for row in rows] for rows in groups])
        shown[name] = suppression.protect([getattr(reach, name) for reach in found], also=exposed)[0]
    change: Any = replace
    return [change(reach, **{name: shown[name][place] for name in COUNTS}) for place, reach in enumerate(found)]


def kind_label(kind: str) -> str:
    """A kind of incident as people read it."""
    return KINDS[kind].label if kind in KINDS else kind
