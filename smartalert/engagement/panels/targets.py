"""How figures stand beside what the office wants: in words, as a line on charts, and all of them in one table."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

import pandas as pd

from smartalert.database.connection import Connection
from smartalert.engagement import charts, downloads, reach, sign_ups, targets
from smartalert.engagement.charts import Limit
from smartalert.engagement.panels.panel import Panel, Scope, spoken
from smartalert.engagement.panels.words import figure as written
from smartalert.engagement.panels.words import seconds, tenth
from smartalert.engagement.periods import Period, Step, months_between
from smartalert.engagement.published import ENOUGH
from smartalert.engagement.speed import PROMISE_S, out_in_time
from smartalert.engagement.targets import Kind, Measure, Target
from smartalert.wording import count

#: Nearer than this, in points and in per cent, is on the target.
CLOSE_POINTS, CLOSE_PER_CENT = 0.05, 0.5
DAYS_A_MONTH = 365.25 / 12
DEFINITION = (
    "Targets are set for the whole force, each for one measure and certain days. The audit shows every change. A total "
    "is compared with its part of the target: for the target’s days that are in this period and have been counted. The "
    "number of people signed up is compared with what is wanted on the target’s last day, a percentage with what is "
    "wanted on every day. An urgent alert is in time when 95 % of its deliveries were handed over in time."
)
OF_THE_FORCE = "Targets and costs are for the whole force. Choose the whole force to see them."


@dataclass(frozen=True, slots=True)
class Standing:
    """One target beside its figure."""

    target: Target
    #: Its days in this period, as far as they are counted.
    during: Period
    #: What these days ask for.
    due: float
    #: None: too few to say, or nothing is counted yet.
    figure: float | None

    @property
    def of_due(self) -> float | None:
        """The figure in per cent of what is due; None where either is too small."""
        if self.figure is None or (self.is_counted and min(self.figure, self.due) < ENOUGH):
            return None
        return 100 * self.figure / self.due

    @property
    def is_counted(self) -> bool:
        """Whether it counts people, installs or responses."""
        return self.target.words.unit not in ("%", targets.MEASURES[Measure.COVERAGE].unit)

    @property
    def name(self) -> str:
        """ "Urgent alerts out within 1 min, %"."""
        label, within_s = self.target.words.label, self.target.within_s
        return label.replace("in time", f"within {seconds(within_s)}") if within_s else label

    @property
    def brief(self) -> str:
        """ "sign-ups: 12 % below 1,019"."""
        due = f"{written(self.target.wanted)}\u00a0%" if self.target.words.kind is Kind.SHARE else f"{self.due:,.0f}"
        subject = f"{self.name[:1].lower()}{self.name[1:].removesuffix(', %')}"
        return f"{subject}: {self.compared} {due}"

    @property
    def words(self) -> str:
        """ "12 % below the target of 1,019 installs for these days (12,000 for April 2026 to March 2027)"."""
        return f"{self.compared} {self.wanted}"

    @property
    def compared(self) -> str:
        """ "12 % below", "3.1 points above", "on", "below"."""
        if self.figure is None:
            return "too little is known to compare with"
        difference, close = self.figure - self.due, CLOSE_POINTS
        if self.target.words.kind is not Kind.SHARE:
            difference, close = 100 * difference / self.due, CLOSE_PER_CENT
        if abs(difference) < close:
            return "on"
        side = "above" if difference > 0 else "below"
        if self.of_due is None:
            return side
        return f"{abs(difference):.1f} points {side}" if close == CLOSE_POINTS else f"{abs(difference):,.0f} % {side}"

    @property
    def wanted(self) -> str:
        """What it is compared with."""
        says, target = self.target.words, self.target
        whole = f"the target of {written(target.wanted)} {says.unit}"
        if says.kind is Kind.LEVEL:
            return f"{whole} by {target.before - timedelta(days=1):%-d %B %Y}"
        if says.kind is Kind.SHARE or self.during == target.period:
            return f"{whole} for {known_as(target.period)}"
        part = f"the target of {self.due:,.0f} {says.unit} for {spoken(self.during)}"
        return f"{part} ({written(target.wanted)} for {known_as(target.period)})"


def known_as(period: Period) -> str:
    """As the office calls them: "2026/27" (from April), "October 2026", "April to June 2026", or its days."""
    last = period.before - timedelta(days=1)
    if not period.is_month or months_between(period.start, period.before) == 1:
        return spoken(period)
    if period.start.month == 4 and months_between(period.start, period.before) == 12:
        return f"{period.start.year}/{last:%y}"
    begins = f"{period.start:%B}" if period.start.year == last.year else f"{period.start:%B %Y}"
    return f"{begins} to {last:%B %Y}"


def standings(conn: Connection, scope: Scope) -> list[Standing]:
    """Every target of the period, those of the shortest days first; none of a district."""
    if scope.district:
        return []
    return [compare(conn, scope, target) for target in targets.targets(conn, scope.period)]


def standing(conn: Connection, scope: Scope, measure: Measure) -> Standing | None:
    """The target that is shown beside a measure's chart: of those that cover most of the period the shortest."""
    if scope.district:
        return None
    found = [target for target in targets.targets(conn, scope.period) if target.measure == measure]
    covers = max(found, key=lambda target: length(shared(target.period, scope.period)), default=None)
    return compare(conn, scope, covers) if covers else None


def compare(conn: Connection, scope: Scope, target: Target) -> Standing:
    """One target beside the figure of its days."""
    inside = shared(target.period, scope.period)
    during = Period(inside.start, max(inside.start, min(inside.before, counted_until(conn, scope, target))))
    part = length(during) / length(target.period) if target.words.kind is Kind.FLOW else 1.0
    return Standing(target, during, target.wanted * part, figure(conn, target, during) if length(during) else None)


def shared(one: Period, other: Period) -> Period:
    """The days of both; none where they do not touch."""
    start = max(one.start, other.start)
    return Period(start, max(start, min(one.before, other.before)))


def length(period: Period) -> int:
    """In days."""
    return (period.before - period.start).days


def counted_until(conn: Connection, scope: Scope, target: Target) -> date:
    """The first day that is not counted yet: people when it is over, installs when the stores have reported it."""
    match Measure(target.measure):
        case Measure.SIGN_UPS | Measure.SIGNED_UP:
            return scope.until.day
        case Measure.COVERAGE:
            return scope.until.month
        case Measure.DOWNLOADS:
            last = max((row.last for row in downloads.reported(conn)), default=None)
            return last + timedelta(days=1) if last else date.min
        case _:
            return scope.today + timedelta(days=1)


def figure(conn: Connection, target: Target, during: Period) -> float | None:
    """What was reached in these days: the figure of the panel that shows it."""
    match Measure(target.measure):
        case Measure.SIGN_UPS:
            return sign_ups.totals(conn, during).confirmed
        case Measure.SIGNED_UP:
            return sign_ups.totals(conn, during).active
        case Measure.COVERAGE:
            return sign_ups.of_residents(sign_ups.coverage(conn, during.before))
        case Measure.DOWNLOADS:
            return sum(point.installs or 0 for point in downloads.over_time(conn, during, Step.MONTH))
        case measure:
            return figure_of_alerts(conn, measure, target.within_s or PROMISE_S, during)


def figure_of_alerts(conn: Connection, measure: Measure, within_s: int, during: Period) -> float | None:
    """The same, of alerts."""
    alerts = reach.read(conn, during)
    if measure is Measure.RESPONSES:
        return reach.together(alerts).responses
    if measure is Measure.URGENT_IN_TIME:
        share = out_in_time(alerts, within_s).share
    else:
        share = reach.deliveries("", reach.channel_rows(conn, [row.id for row in alerts])).confirmed
    return None if share is None else 100 * share


def said(found: Standing | None) -> str:
    """One target beside its figure, as a sentence; empty where there is none."""
    return f"{found.name.removesuffix(', %')}: {found.words}." if found else ""


def all_said(conn: Connection, scope: Scope) -> str:
    """All of the period in one breath, what is furthest behind first; empty where there are none."""
    found = [one for one in standings(conn, scope) if one.figure is not None]
    return f"Beside the targets: {'; '.join(one.brief for one in sorted(found, key=ahead))}." if found else ""


def ahead(one: Standing) -> float:
    """How far a figure has come of what is due; nothing where no day is counted yet."""
    return one.figure / one.due if one.figure and one.due else 0.0


def line(found: Standing | None, scope: Scope, step: Step) -> Limit | None:
    """The target on a chart of so long steps; what is counted over days by its share of one step."""
    if found is None:
        return None
    target, value, words = found.target, found.target.wanted, f"target {written(found.target.wanted)}"
    if target.words.kind is Kind.FLOW:
        value = target.wanted * (7 if step is Step.WEEK else DAYS_A_MONTH) / length(target.period)
        if step is Step.MONTH and target.period.is_month:
            value = target.wanted / months_between(target.starts_on, target.before)
        words = f"target {value:,.0f} a {step.value}"
    elif target.words.kind is Kind.SHARE:
        words += " %"
    steps = scope.period.steps(step)
    start, last = max(steps[0], target.starts_on), min(steps[-1], target.before)
    return Limit(value, words, start, last) if start < last else Limit(value, words)


def numbers(one: Standing) -> tuple[float | None, ...]:
    """Wanted, due, reached, and that in per cent of what is due."""
    due = round(one.due) if one.is_counted else tenth(one.due)
    return tenth(one.target.wanted), due, tenth(one.figure), tenth(one.of_due)


def of_targets(conn: Connection, scope: Scope) -> Panel:
    """Every target of the period, beside its figure."""
    found = sorted(standings(conn, scope), key=ahead)
    columns = ["Target", "Wanted", "Due in these days", "Reached", "Reached, % of what is due"]
    rows = [(f"{one.name}, {known_as(one.target.period)}", *numbers(one)) for one in found]
    table = pd.DataFrame(rows, columns=columns, dtype=object)
    is_drawn = any(one.of_due is not None for one in found)
    chart = partial(charts.bars, table, columns[0], columns[-1], unit="% of what is due", limit=Limit(100, "due"))
    says = OF_THE_FORCE if scope.district else "No target is set for any day of this period. Set one below."
    if found:
        met = sum(one.figure is not None and ahead(one) >= 1 for one in found)
        says = f"{met:,} of {count(len(found), 'target', 'targets')} met so far in this period."
    return Panel(
        "targets", "Targets", says, DEFINITION, table, chart if is_drawn else None, on_paper=bool(found)
    )  # fmt: skip
