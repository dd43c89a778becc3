"""What would come when: a scenario played on paper, by an officer who is quick, just in time, or does nothing."""

from dataclasses import dataclass

from smartalert.drills.scenario import Inject, Moment, Scenario

#: What an officer's pace makes of the time that each thing may take; None: they do nothing.
PACES: dict[str, float | None] = {"quick": 0.5, "just in time": 1.0, "does nothing": None}
#: What is due → the moment at which it has happened, and the limit that it has.
DUE = {
    "correction": (Moment.CORRECTION, "correction"),
    "all_clear": (Moment.ALL_CLEAR, "all_clear"),
    "false_alarm": (Moment.ALL_CLEAR, "all_clear"),
    "outcome": (None, "outcome"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing on the clock: what reaches the officer, or what they do."""

    minute: float
    #: Who is heard; empty: the officer acts.
    by: str
    words: str
    name: str = ""


def rehearse(scenario: Scenario, pace: float | None) -> list[Line]:
    """Everything in its order, with words as the scenario has them."""
    moments, acts = _beginning(scenario, pace)
    came: dict[str, float] = {}
    while fresh := [(minute, one) for one in scenario.injects if (minute := _when(one, moments, came)) is not None]:
        minute, first = min(fresh, key=lambda found: found[0])
        came[first.name] = minute
        if first.due and pace is not None:
            acts.append(_done(scenario, first, minute, pace, moments))
    injects = [Line(came[one.name], one.by, one.says, one.name) for one in scenario.injects if one.name in came]
    return sorted((line for line in [*injects, *acts] if line.minute <= scenario.minutes), key=lambda line: line.minute)


def never(scenario: Scenario, lines: list[Line]) -> list[str]:
    """The names of injects that do not come."""
    came = {line.name for line in lines}
    return [one.name for one in scenario.injects if one.name not in came]


def _beginning(scenario: Scenario, pace: float | None) -> tuple[dict[Moment, float], list[Line]]:
    """The alert, and the approval that it needs."""
    if pace is None:
        return {}, []
    limits = scenario.good.limits
    alert = limits.alert * pace
    moments, acts = (
        {Moment.ALERT: alert},
        [Line(alert, "", f"The alert is released (limit: {limits.alert:g} minutes).")],
    )
    if scenario.needs_approval:
        moments[Moment.APPROVAL_ASKED] = max(0.0, alert - (limits.approval or 0) * pace)
        acts.insert(0, Line(moments[Moment.APPROVAL_ASKED], "", "Approval is asked for."))
    if scenario.residents:
        moments[Moment.ANSWER] = alert + min(one.within for one in scenario.residents) / 2
    return moments, acts


def _done(scenario: Scenario, due: Inject, since: float, pace: float, moments: dict[Moment, float]) -> Line:
    """What the officer does about a fact, and when."""
    assert due.due  # noqa: S101 - asked for by whoever calls
    moment, limit_of = DUE[due.due]
    limit = getattr(scenario.good.limits, limit_of) or scenario.good.limits.alert
    at = since + limit * pace
    if moment:
        moments.setdefault(moment, at)
    return Line(at, "", f"{due.due.replace('_', ' ').capitalize()}, for “{due.name}” (limit: {limit:g} minutes).")


def _when(inject: Inject, moments: dict[Moment, float], came: dict[str, float]) -> float | None:
    """The minute at which an inject comes that has not; None: never, as far as is known."""
    began = 0.0 if inject.when is None else moments.get(inject.when)
    if inject.name in came or began is None:
        return None
    minute = inject.at if inject.at is not None else began + inject.after
    hindered = moments.get(inject.unless) if inject.unless else None
    return minute if hindered is None or hindered > minute else None
