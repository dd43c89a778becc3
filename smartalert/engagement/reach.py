"""What the commissioner's office sees of alerts: how far they got, how fast, and what came back.

Counts of people, deliveries and responses are published once for each alert, in tens (docs/decisions/0021); every
other figure here is added up or divided from those, so no way of asking says more than another. How many alerts there
were, and what they led to, are no counts of people and are exact.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from smartalert.alerts.incidents import KINDS
from smartalert.database.connection import Connection, queries
from smartalert.engagement import speed
from smartalert.engagement.periods import Period, Step
from smartalert.engagement.published import ENOUGH
from smartalert.engagement.speed import Speed
from smartalert.responses.results import RESULTS

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
#: What is added up of alerts.
COUNTS = ("people", "handed_over", "delivered", "opened", "useful")


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
    people: int
    #: To whom a provider accepted it; of whom a mail server or phone reported arrival; who opened it.
    handed_over: int
    delivered: int
    opened: int
    #: Of deliveries that waited for no digest: the share within PROMISE_S, and seconds from release to hand-over.
    speed: Speed
    responses: int
    #: Marked useful, passed to a team or resolved.
    useful: int
    #: Seconds from release within which half of the responses came; from a response to its first look, half of them.
    response_s: float | None
    look_s: float | None
    #: Result → alerts that led to it.
    results: dict[str, int] = field(default_factory=dict)

    @property
    def per_1000(self) -> float | None:
        """Responses per 1,000 people to whom it was delivered; None where too few were."""
        return 1_000 * self.responses / self.delivered if self.delivered >= ENOUGH else None


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
class Deliveries:
    """Deliveries, of one channel or of all (then it is empty): one for each alert, person and channel."""

    channel: str
    handed_over: int
    #: Of which a phone or mail server reported arrival.
    delivered: int
    failed: int
    speed: Speed
    #: The same from release to arrival, of those that were reported and waited for no digest.
    arrival: Speed

    @property
    def unconfirmed(self) -> int:
        """Handed over, and nothing says that it arrived."""
        return self.handed_over - self.delivered

    @property
    def confirmed(self) -> float | None:
        """The share of what was handed over of which arrival was reported; None where too few were."""
        return self.delivered / self.handed_over if self.handed_over >= ENOUGH else None


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
    """Alerts that were read before, by one of BY, in the order of its values."""
    groups: dict[tuple[str, str], list[Any]] = {}
    for row in rows:
        groups.setdefault(BY[what](row), []).append(row)
    return [summarise(*key, groups[key]) for key in sorted(groups)]


def nothing(value: str, label: str) -> Reach:
    """No alert at all."""
    return summarise(value, label, [])


def alerts(conn: Connection, period: Period, choice: Choice = Choice()) -> list[Alert]:
    """Each alert of the period, the newest first."""
    return told(read(conn, period, choice))


def alert(conn: Connection, alert_id: int) -> Alert | None:
    """One alert; None while it has not been counted."""
    found = told(list(queries("engagement/reach").one(conn, id=alert_id)))
    return found[0] if found else None


def channels(conn: Connection, period: Period, choice: Choice = Choice()) -> list[Deliveries]:
    """Deliveries of the period's alerts by channel."""
    return channels_of(conn, [row.id for row in read(conn, period, choice)])


def channels_of(conn: Connection, ids: Sequence[int]) -> list[Deliveries]:
    """Deliveries of these alerts by channel, without one that has none."""
    return channels_of_rows(channel_rows(conn, ids))


def channels_of_rows(rows: Sequence[Any]) -> list[Deliveries]:
    """Rows of channel_rows() by channel, without one that has none."""
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row.channel, []).append(row)
    shown = [deliveries(channel, of_channel) for channel, of_channel in found.items()]
    return [row for row in shown if row.handed_over or row.delivered or row.failed]


def channel_rows(conn: Connection, ids: Sequence[int]) -> list[Any]:
    """These alerts' deliveries, a row for each alert and channel, as the database has them."""
    return list(queries("engagement/reach").channels(conn, ids=list(ids)))


def deliveries(channel: str, rows: Sequence[Any]) -> Deliveries:
    """Rows of channel_rows() together."""
    return Deliveries(
        channel,
        sum(sum(row.hand_overs) + row.in_digest for row in rows),
        sum(row.delivered for row in rows),
        sum(row.failed for row in rows),
        speed.of(row.hand_overs for row in rows),
        speed.of(row.arrivals for row in rows),
    )


def deliveries_by(conn: Connection, rows: Sequence[Any], what: str) -> dict[str, Deliveries]:
    """Value of one of BY → the deliveries of its alerts on all channels; alerts as read() gives them."""
    value_of = {row.id: BY[what](row)[0] for row in rows}
    found: dict[str, list[Any]] = {}
    for row in channel_rows(conn, list(value_of)):
        found.setdefault(value_of[row.alert_id], []).append(row)
    return {value: deliveries("", of_value) for value, of_value in found.items()}


def moments(conn: Connection, alert_id: int) -> dict[str, datetime]:
    """What officers did before one alert was issued → when; only what did happen, in order of time."""
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


def told(rows: list[Any]) -> list[Alert]:
    """Rows as alerts."""
    return [
        Alert(
            row.id, row.headline, row.area_desc, kind_label(row.incident_kind), row.urgent, row.msg_type, row.issued_by,
            row.release_at, row.neighbourhood or "", row.district or "", summarise(str(row.id), row.headline, [row]),
        )
        for row in rows
    ]  # fmt: skip


def summarise(value: str, label: str, rows: list[Any]) -> Reach:
    """These alerts together."""
    responses = speed.added(row.responses for row in rows)
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
        speed=speed.of(row.hand_overs for row in rows),
        responses=int(responses.sum()),
        response_s=speed.within(responses, 0.5),
        look_s=speed.within(speed.added(row.looks for row in rows), 0.5),
        results={result: sum(result in row.results for row in rows) for result in RESULTS},
        **{name: sum(getattr(row, name) for row in rows) for name in COUNTS},
    )


def kind_label(kind: str) -> str:
    """A kind of incident as people read it."""
    return KINDS[kind].label if kind in KINDS else kind
