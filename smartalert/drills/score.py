"""The score of a run: what was done beside what should have been, each part with its weight and every reason.

Nothing here asks anybody: the same evidence gives the same score, and whoever doubts it can count again. Each reason
says who, when, and which row of the ledger, the audit or the drill's log shows it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from smartalert.audience.outside import in_tens
from smartalert.drills import sequels
from smartalert.drills.evidence import Answer, Evidence, Sent
from smartalert.drills.reasons import HALF, Found, Reason, Says, by_row, has, in_time, mean, timed
from smartalert.drills.scenario import Elements, Ground, Scenario

#: What each piece of advice that was ignored takes from what was said, which it never takes more than half of.
ADVICE = 0.1


@dataclass(frozen=True, slots=True)
class Scored:
    """One part: its weight in the scenario, how much of it was reached (0 to 1), and why."""

    name: str
    weight: int
    share: float
    reasons: tuple[Reason, ...]

    @property
    def points(self) -> float:
        """What it adds to the score, before parts that did not come up are left out."""
        return self.weight * self.share


@dataclass(frozen=True, slots=True)
class Score:
    """All parts that came up in this run; of a hundred, whatever did not come up left out."""

    parts: tuple[Scored, ...]

    @property
    def total(self) -> int:
        """0 to 100."""
        possible = sum(part.weight for part in self.parts)
        return round(100 * sum(part.points for part in self.parts) / possible) if possible else 0


@dataclass(frozen=True, slots=True)
class Told:
    """Who was told beside who should have been, on the ground that it was about at that time."""

    #: Empty: at first; else since when.
    when: str
    ground: Ground
    sent: tuple[Sent, ...]
    wanted: frozenset[int]

    @property
    def told(self) -> frozenset[int]:
        """Everybody who was told."""
        return frozenset().union(*(one.told for one in self.sent))

    @property
    def left_out(self) -> frozenset[int]:
        """Who should have been told and was not."""
        return self.wanted - self.told

    @property
    def too_many(self) -> frozenset[int]:
        """Who was told and whom it does not concern."""
        return self.told - self.wanted


def score(scenario: Scenario, evidence: Evidence, says: Says) -> Score:
    """The score of a run; `says` puts the names of its place into a scenario's words."""
    weights = scenario.weights
    first = first_of(evidence)
    parts = [
        ("speed", weights.speed, _speed(scenario, first)),
        ("area", weights.area, _area(scenario, evidence, first)),
        ("audience", weights.audience, _audience(scenario, first)),
        ("facts", weights.facts, _facts(scenario, evidence, first, says)),
        ("sequels", weights.sequels, sequels.counted(scenario, evidence, says)),
        ("answers", weights.answers, _answers(scenario, evidence)),
        ("outcome", weights.outcome, _outcome(scenario, evidence)),
    ]
    return Score(tuple(Scored(name, weight, *found) for name, weight, found in parts if found is not None))


def first_of(evidence: Evidence) -> Sent | None:
    """The message that began it."""
    return next((sent for sent in evidence.sent if not sent.follow_up), None)


def told(scenario: Scenario, evidence: Evidence) -> list[Told]:
    """Who was told beside who should have been: at first, and after the area grew; empty where nothing was sent."""
    first = first_of(evidence)
    if first is None:
        return []
    pairs = [Told("", scenario.good.area, (first,), evidence.reference)]
    later = scenario.good.area_later
    grew = any(one.after in evidence.injects for one in scenario.good.sequels if one.how not in sequels.ENDS)
    if later is not None and evidence.reference_later is not None and grew:
        after = tuple(one for one in evidence.sent if one.follow_up not in sequels.ENDS)[1:]
        pairs.append(Told(" after the area grew", later, after, evidence.reference_later))
    return pairs


NOTHING_SENT: Found = (0.0, (Reason("No alert was sent.", good=False),))


def _speed(scenario: Scenario, first: Sent | None) -> Found:
    if first is None:
        return NOTHING_SENT
    limits = scenario.good.limits
    shares = [in_time(first.at, limits.alert)]
    reasons = [timed("The alert was released", first.at, limits.alert, first.at, (first.by, first.source))]
    if scenario.needs_approval and limits.approval is not None:
        if first.asked is not None and first.agreed is not None:
            took = first.agreed - first.asked
            shares.append(in_time(took, limits.approval))
            request = f"request {first.request}" if first.request else ""
            reasons.append(timed("It was approved", took, limits.approval, first.agreed, (first.agreed_by, request)))
        elif first.needs_second:
            shares.append(0.0)
            reasons.append(by_row("It left without the approval that it needed.", first, good=False))
        else:
            reasons.append(by_row("The force’s rules let its sender send it alone.", first, good=True))
    return mean(shares), tuple(reasons)


def _area(scenario: Scenario, evidence: Evidence, first: Sent | None) -> Found:
    if first is None:
        return NOTHING_SENT
    shares, reasons = [], []
    for one in told(scenario, evidence):
        whole = len(one.wanted | one.told)
        shares.append(len(one.wanted & one.told) / whole if whole else 1.0)
        last = one.sent[-1] if one.sent else None
        left_out = f"Of those who should have been told{one.when}, {were_not(len(one.left_out))}."
        reasons.append(by_row(left_out, last, good=not one.left_out))
        if last is not None:  # else that nobody was told for nothing is no merit
            too_many = f"Of those whom it does not concern{one.when}, {were(len(one.too_many))}."
            reasons.append(by_row(too_many, last, good=not one.too_many))
    return mean(shares), tuple(reasons)


def were_not(people: int) -> str:
    """ "everybody was", "about 120 people were not"; counts of people are said in tens."""
    return "everybody was" if not people else f"{in_tens(people).words} were not"


def were(people: int) -> str:
    """ "nobody was told", "about 120 people were told"."""
    return "nobody was told" if not people else f"{in_tens(people).words} were told"


def _audience(scenario: Scenario, first: Sent | None) -> Found:
    if first is None:
        return NOTHING_SENT
    good = scenario.good
    channels = sum(channel.bit for channel in good.channels)
    how = {True: "urgent", False: "a neighbourhood update"}
    checks = [
        by_row(f"It was sent as {how[first.urgent]}.", first, good=first.urgent == good.urgent),
        by_row("It was for the right trades.", first, good=True) if first.sectors == scenario.sectors
        else by_row("It was not narrowed to those whom it concerns, or to others.", first, good=False),
        by_row("It went on every channel that it should.", first, good=True) if first.channels & channels == channels
        else by_row("A channel was left out.", first, good=False),
    ]  # fmt: skip
    return mean([float(check.good) for check in checks]), tuple(checks)


def _facts(scenario: Scenario, evidence: Evidence, first: Sent | None, says: Says) -> Found:
    """The five elements of a good warning, less what was advised about any message and ignored."""
    if first is None:
        return NOTHING_SENT
    reasons = []
    for element in Elements.model_fields:
        tells = has(first, getattr(scenario.good.elements, element), says)
        reasons.append(by_row(f"It {'told' if tells else 'did not tell'} the {element}.", first, good=tells))
    share = mean([float(reason.good) for reason in reasons])
    advice = [by_row(f"Advice ignored: {what}.", sent, good=False) for sent in evidence.sent for what in sent.ignored]
    if not advice:
        advice = [by_row("No advice of the checks was ignored.", first, good=True)]
    took = sum(not one.good for one in advice) * ADVICE
    return share * max(HALF, 1 - took), (*reasons, *advice)


def _answers(scenario: Scenario, evidence: Evidence) -> Found | None:
    """Answers read and dealt with; the urgent ones also taken on, or passed on, in time."""
    limit = scenario.good.limits.answers
    everything = [one for one in evidence.answers if one.looked_at is not None or one.at + limit <= evidence.minutes]
    if not everything:
        return None
    urgent = [one for one in everything if one.urgent]
    checks = [_counted("answers were read", everything, lambda one: one.looked_at, limit), _judged(everything)]
    if urgent:
        checks.append(_counted("urgent ones were read", urgent, lambda one: one.looked_at, limit))
        checks.append(_counted("urgent ones were claimed or passed on", urgent, _taken_on, limit))
    return mean([share for share, _ in checks]), tuple(reason for _, reason in checks)


def _taken_on(answer: Answer) -> float | None:
    """When somebody made it theirs, or a team's."""
    return min((at for at in (answer.claimed, answer.passed) if at is not None), default=None)


def _counted(
    what: str, of: Sequence[Answer], when: Callable[[Answer], float | None], limit: float
) -> tuple[float, Reason]:
    """How many of them within the limit, and how long the slowest took."""
    took = {one: at - one.at for one in of if (at := when(one)) is not None}
    some = [one for one in of if one in took and took[one] <= limit]
    slowest = f"; the slowest took {max(took.values()):.1f}" if took else ""
    return len(some) / len(of), _of_answers(
        f"{len(some)} of {len(of)} {what} within {limit:g} minutes{slowest}.", of, some
    )


def _judged(of: Sequence[Answer]) -> tuple[float, Reason]:
    some = [one for one in of if one.judged]
    return len(some) / len(of), _of_answers(f"{len(some)} of {len(of)} answers were judged or passed on.", of, some)


def _of_answers(words: str, of: Sequence[Answer], some: Sequence[Answer]) -> Reason:
    """Who dealt with them; the rows are the first that nobody did."""
    missing = [one.reference for one in of if one not in some and one.reference]
    by = sorted({name for one in some for name in (one.looked_by, one.claimed_by, one.passed_by) if name})
    source = f"answers {', '.join(missing[:3])}{' …' if len(missing) > 3 else ''}" if missing else ""
    return Reason(words, good=len(some) == len(of), by=", ".join(by), source=source)


def _outcome(scenario: Scenario, evidence: Evidence) -> Found | None:
    due = [
        evidence.injects[one.name] for one in scenario.injects if one.due == "outcome" and one.name in evidence.injects
    ]
    if not due:
        return None
    since, limit = due[0], scenario.good.limits.outcome or scenario.good.limits.alert
    ways = [(one.at, (one.by, one.source)) for one in evidence.outcomes]
    ways += [(one.at, (one.by, one.source)) for one in evidence.sent if one.follow_up == "outcome"]
    first = min((way for way in ways if way[0] >= since), default=None)
    if first is None and since + limit > evidence.minutes:
        return None
    if first is None:
        return 0.0, (Reason("Nobody was told what came of it.", good=False, minute=since),)
    took = first[0] - since
    return in_time(took, limit), (timed("People were told what came of it", took, limit, *first),)
