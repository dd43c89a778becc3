"""A drill on one line: what came above it, what officers did below, and on it by when something was due."""

from collections.abc import Iterable
from dataclasses import dataclass

from smartalert.alerts.follow_ups import FOLLOW_UPS
from smartalert.control.names import name_of
from smartalert.drills import injects, score, sequels
from smartalert.drills.evidence import Evidence, Sent, Turn
from smartalert.drills.runs import Event, Kind, Run

#: Percent of the line's width: how far from its ends minutes lie, and how far apart dots are on a narrow screen.
EDGE, APART = 3, 5
#: Pixels a row of dots is high.
ROW = 28
#: A line has about so many marks of minutes, each a whole number of one of these.
MARKS, STEPS = 12, (1, 2, 5, 10, 15, 30)


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened, or was due: when, and in words."""

    minute: float
    words: str
    by: str = ""
    #: Due, and not done by then.
    missed: bool = False


@dataclass(frozen=True, slots=True)
class Dot:
    """A moment on the line: its number, which stands beside the words below, and percent of the width."""

    number: str
    moment: Moment
    across: float
    #: Rows away from the line, from 1.
    row: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything, placed."""

    came: list[Dot]
    done: list[Dot]
    limits: list[Dot]
    #: (percent, minute) of each mark.
    marks: list[tuple[float, int]]

    @property
    def above(self) -> int:
        """Pixels above the line."""
        return ROW * max((dot.row for dot in self.came), default=0) + 10

    @property
    def below(self) -> int:
        """The same below it: first the minutes, then what was done."""
        return ROW * max((dot.row for dot in self.done), default=0) + 28


def timeline(run: Run, found: Evidence, events: Iterable[Event]) -> Timeline:
    """The line of a run."""
    came, done, limits = came_in(events), done_in(found), due_in(run, found)
    end = max(1.0, found.minutes, *(one.minute for one in (*came, *done, *limits)))
    step = next((step for step in STEPS if end / step <= MARKS), STEPS[-1])
    return Timeline(
        placed(came, end, "1"),
        placed(done, end, "A"),
        placed(limits, end, "1"),
        [(across(minute, end), minute) for minute in range(0, int(end) + 1, step)],
    )


def came_in(events: Iterable[Event]) -> list[Moment]:
    """What reached the officers, by the clock of the drill."""
    return [
        Moment(injects.minutes(event.clock), str(event.detail.get("says", "")), str(event.detail.get("by", "")))
        for event in events
        if event.kind is Kind.INJECT
    ]


def done_in(found: Evidence) -> list[Moment]:
    """What officers did, in order."""
    moments = [one for sent in found.sent for one in of_message(sent)]
    moments += [Moment(turn.at, of_turn(turn), name_of(turn.by)) for turn in found.turns]
    moments += [Moment(one.at, "Told those who answered what came of it", name_of(one.by)) for one in found.outcomes]
    looked = [(one.looked_at, one.looked_by) for one in found.answers if one.looked_at is not None]
    if looked:
        at, by = min(looked)
        moments.append(Moment(at, "Read the first answer", name_of(by)))
    return sorted(moments, key=lambda one: one.minute)


def of_message(sent: Sent) -> Iterable[Moment]:
    """A message asked about, agreed to, and released."""
    if sent.asked is not None:
        yield Moment(sent.asked, "Asked for approval", name_of(sent.by))
    if sent.agreed is not None:
        yield Moment(sent.agreed, "Approved", name_of(sent.agreed_by))
    called = FOLLOW_UPS[sent.follow_up].label if sent.follow_up else "Alert"
    yield Moment(sent.at, f"{called} released", name_of(sent.by))


def of_turn(turn: Turn) -> str:
    """ "Began a correction", "Noted “other way”"."""
    if turn.what == "noted":
        return f"Noted “{turn.about.replace('-', ' ')}”"
    called = FOLLOW_UPS[turn.about].label.lower() if turn.about in FOLLOW_UPS else "alert"
    return {"began": f"Began: {called}", "undone": f"Undid the {called}", "stopped": f"Stopped the {called}"}[turn.what]


def due_in(run: Run, found: Evidence) -> list[Moment]:
    """By when an alert was due, and whatever news made due before the end; the ways that count are the score's."""
    good = run.scenario.good
    first = score.first_of(found)
    limits = [
        Moment(good.limits.alert, "Alert due", missed=first is None or first.at > good.limits.alert),
    ]
    for sequel in good.sequels:
        if (since := found.injects.get(sequel.after)) is not None:
            by, ways = since + sequels.limit_of(run.scenario, sequel), sequels.ways_of(sequel)
            met = any(since <= sent.at <= by and sent.follow_up in ways for sent in found.sent)
            limits.append(Moment(by, f"{FOLLOW_UPS[sequel.how].label} due", missed=not met))
    for inject in run.scenario.injects:
        if inject.due == "outcome" and (since := found.injects.get(inject.name)) is not None:
            by = since + (good.limits.outcome or good.limits.alert)
            told = [one.at for one in found.outcomes] + [s.at for s in found.sent if s.follow_up == "outcome"]
            limits.append(Moment(by, "Outcome due", missed=not any(since <= at <= by for at in told)))
    return sorted((one for one in limits if one.minute <= found.minutes), key=lambda one: one.minute)


def placed(moments: Iterable[Moment], end: float, first: str) -> list[Dot]:
    """Each at its minute, and a row further out where it would lie on one before."""
    dots: list[Dot] = []
    for number, moment in enumerate(moments):
        at = across(moment.minute, end)
        taken = {dot.row for dot in dots if abs(dot.across - at) < APART}
        row = next(row for row in range(1, len(dots) + 2) if row not in taken)
        dots.append(Dot(numbered(number, first), moment, at, row))
    return dots


def numbered(place: int, first: str) -> str:
    """1, 2, 3 … or A, B … Z, AA: what stands in a dot."""
    if first.isdigit():
        return str(place + 1)
    letter = chr(ord(first) + place % 26)
    return letter * (place // 26 + 1)


def across(minute: float, end: float) -> float:
    """Where a minute lies."""
    return round(EDGE + (100 - 2 * EDGE) * min(minute, end) / end, 2)
