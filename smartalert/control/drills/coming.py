"""What a scenario brings in a run, as its trainer reads it: what came when, and what the rest waits for."""

from dataclasses import dataclass
from datetime import timedelta

from smartalert.control.drills.speakers import ICONS, label
from smartalert.control.drills.times import stopwatch
from smartalert.drills.runs import Kind
from smartalert.drills.scenario import Inject, Moment
from smartalert.drills.watch import Look

#: Moment → what an event waits for, or what keeps it away.
WAITS = {
    Moment.ALERT: "the alert", Moment.CORRECTION: "a correction", Moment.ALL_CLEAR: "the all clear",
    Moment.APPROVAL_ASKED: "the request for approval", Moment.ANSWER: "the first answer",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Coming:
    """One event of the story."""

    inject: Inject
    says: str
    #: The drill's clock when it came; None: it has not.
    came: timedelta | None

    @property
    def icon(self) -> str:
        """By whom it is, as a picture."""
        return ICONS[self.inject.by]

    @property
    def whose(self) -> str:
        """ "Control room"."""
        return label(self.inject.by)

    @property
    def when(self) -> str:
        """When it came, or what it waits for: "3 min after the alert, unless a correction comes first"."""
        if self.came is not None:
            return f"came at {stopwatch(self.came)}"
        if self.inject.when is None:
            words = f"at {stopwatch(timedelta(minutes=self.inject.at or 0))}"
        else:
            after = f"{self.inject.after:g} min after " if self.inject.after else "with "
            words = after + WAITS[self.inject.when]
        return f"{words}, unless {WAITS[self.inject.unless]} comes first" if self.inject.unless else words


def all_of(seen: Look) -> list[Coming]:
    """All of them, in the order of the story."""
    came = {event.name: event.clock for event in seen.events if event.kind is Kind.INJECT}
    return [Coming(one, seen.run.said(one.says), came.get(one.name)) for one in seen.run.scenario.injects]
