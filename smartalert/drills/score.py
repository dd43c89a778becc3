"""The score of a run: what was done beside what should have been, each part with its weight and every reason.

Nothing here asks anybody: the same evidence gives the same score, and whoever doubts it can count again.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from smartalert.drills.evidence import Evidence, Sent
from smartalert.drills.scenario import Elements, Scenario, Sequel

#: Nothing is left for what took so many times as long as it may.
TOO_LATE = 3
#: What is done late, or with the wrong words, still counts for so much.
HALF = 0.5
#: A sequel may also be sent as one of these.
AS_GOOD = {"correction": {"correction", "update"}, "update": {"update", "correction"}, "outcome": {"outcome"}}
ENDS = {"all_clear", "false_alarm"}
Says = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a part counts for as much as it does: what happened, when by the drill's clock, and whether it was good."""

    words: str
    good: bool
    minute: float | None = None


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


def score(scenario: Scenario, evidence: Evidence, says: Says) -> Score:
    """The score of a run; `says` puts the names of its place into a scenario's words."""
    weights = scenario.weights
    first = next((sent for sent in evidence.sent if not sent.follow_up), None)
    parts = [
        ("speed", weights.speed, _speed(scenario, first)),
        ("area", weights.area, _area(evidence, first)),
        ("audience", weights.audience, _audience(scenario, first)),
        ("facts", weights.facts, _facts(scenario, first, says)),
        ("sequels", weights.sequels, _sequels(scenario, evidence, says)),
        ("answers", weights.answers, _answers(scenario, evidence)),
        ("outcome", weights.outcome, _outcome(scenario, evidence)),
    ]
    return Score(tuple(Scored(name, weight, *found) for name, weight, found in parts if found is not None))


def in_time(took: float, limit: float) -> float:
    """1 within the limit, nothing at three times as long, and evenly between."""
    if took <= limit:
        return 1.0
    return max(0.0, 1 - (took - limit) / ((TOO_LATE - 1) * limit)) if limit else 0.0


Found = tuple[float, tuple[Reason, ...]]
NOTHING_SENT: Found = (0.0, (Reason("No alert was sent.", good=False),))


def _speed(scenario: Scenario, first: Sent | None) -> Found:
    if first is None:
        return NOTHING_SENT
    limits = scenario.good.limits
    shares = [in_time(first.at, limits.alert)]
    reasons = [_time("The alert was released", first.at, limits.alert, first.at)]
    if scenario.needs_approval and limits.approval is not None:
        if first.asked is None or first.agreed is None:
            shares.append(0.0)
            reasons.append(Reason("It left without the approval that it needed.", good=False, minute=first.at))
        else:
            took = first.agreed - first.asked
            shares.append(in_time(took, limits.approval))
            reasons.append(_time("It was approved", took, limits.approval, first.agreed))
    return _mean(shares), tuple(reasons)


def _area(evidence: Evidence, first: Sent | None) -> Found:
    if first is None:
        return NOTHING_SENT
    pairs = [("", first.told, evidence.reference)]
    if evidence.reference_later is not None and (
        later := [one for one in evidence.sent if one.follow_up not in ENDS][1:]
    ):
        told = frozenset().union(*(one.told for one in later))
        pairs.append((" after the area grew", told, evidence.reference_later))
    elif evidence.reference_later is not None and evidence.injects:
        pairs.append((" after the area grew", frozenset(), evidence.reference_later))
    shares, reasons = [], []
    for when, told, wanted in pairs:
        left_out, too_many = len(wanted - told), len(told - wanted)
        whole = len(wanted | told)
        shares.append(len(wanted & told) / whole if whole else 1.0)
        reasons.append(Reason(f"{left_out:,} people who should have been told{when} were not.", good=not left_out))
        reasons.append(Reason(f"{too_many:,} people were told{when} whom it does not concern.", good=not too_many))
    return _mean(shares), tuple(reasons)


def _audience(scenario: Scenario, first: Sent | None) -> Found:
    if first is None:
        return NOTHING_SENT
    good = scenario.good
    channels = sum(channel.bit for channel in good.channels)
    how = {True: "urgent", False: "a neighbourhood update"}
    checks = [
        Reason(f"It was sent as {how[first.urgent]}.", good=first.urgent == good.urgent, minute=first.at),
        Reason("It was for the right trades.", good=True) if first.sectors == scenario.sectors
        else Reason("It was not narrowed to those whom it concerns, or to others.", good=False, minute=first.at),
        Reason("It went on every channel that it should.", good=True) if first.channels & channels == channels
        else Reason("A channel was left out.", good=False, minute=first.at),
    ]  # fmt: skip
    return _mean([float(check.good) for check in checks]), tuple(checks)


def _facts(scenario: Scenario, first: Sent | None, says: Says) -> Found:
    if first is None:
        return NOTHING_SENT
    reasons = []
    for element in Elements.model_fields:
        told = _has(first, getattr(scenario.good.elements, element), says)
        reasons.append(Reason(f"It {'told' if told else 'did not tell'} the {element}.", good=told, minute=first.at))
    return _mean([float(reason.good) for reason in reasons]), tuple(reasons)


def _sequels(scenario: Scenario, evidence: Evidence, says: Says) -> Found | None:
    """Whatever an inject made due, if that inject came."""
    due = [sequel for sequel in scenario.good.sequels if sequel.after in evidence.injects]
    if not due:
        return None
    found = [_sequel(scenario, sequel, evidence, says) for sequel in due]
    return _mean([share for share, _ in found]), tuple(reason for _, reasons in found for reason in reasons)


def _sequel(scenario: Scenario, sequel: Sequel, evidence: Evidence, says: Says) -> Found:
    called, since = sequel.how.replace("_", " "), evidence.injects[sequel.after]
    ways = AS_GOOD.get(sequel.how, ENDS)
    sent = next((one for one in evidence.sent if one.follow_up in ways and one.at >= since), None)
    if sent is None:
        return 0.0, (Reason(f"No {called} followed.", good=False, minute=since),)
    limits = scenario.good.limits
    limit = (limits.all_clear if sequel.how in ENDS else limits.correction) or limits.alert
    took = sent.at - since
    reasons = [_time(f"The {called} followed", took, limit, sent.at)]
    share = in_time(took, limit)
    if not _has(sent, sequel.says, says):
        share *= HALF
        reasons.append(Reason(f"The {called} did not say what is new.", good=False, minute=sent.at))
    if _has(sent, sequel.no_longer, says):
        share *= HALF
        reasons.append(
            Reason(f"The {called} still said what was wrong, or what is to be forgotten.", good=False, minute=sent.at)
        )
    return share, tuple(reasons)


def _answers(scenario: Scenario, evidence: Evidence) -> Found | None:
    if not evidence.answers:
        return None
    limit = scenario.good.limits.answers
    read = [one for one in evidence.answers if one.looked_at is not None and one.looked_at - one.at <= limit]
    urgent = [one for one in evidence.answers if one.urgent]
    urgent_read = [one for one in read if one.urgent]
    judged = [one for one in evidence.answers if one.judged]
    counts = [(read, evidence.answers), (judged, evidence.answers), *([(urgent_read, urgent)] if urgent else [])]
    reasons = [
        Reason(
            f"{len(read)} of {len(evidence.answers)} answers were read within {limit:g} minutes.",
            good=len(read) == len(evidence.answers),
        ),
        Reason(
            f"{len(judged)} of {len(evidence.answers)} answers were judged or passed on.",
            good=len(judged) == len(evidence.answers),
        ),
    ]
    if urgent:
        reasons.append(
            Reason(
                f"{len(urgent_read)} of {len(urgent)} urgent ones were read in time.",
                good=len(urgent_read) == len(urgent),
            )
        )
    return _mean([len(some) / len(everything) for some, everything in counts]), tuple(reasons)


def _outcome(scenario: Scenario, evidence: Evidence) -> Found | None:
    due = [
        evidence.injects[one.name] for one in scenario.injects if one.due == "outcome" and one.name in evidence.injects
    ]
    if not due:
        return None
    since, limit = due[0], scenario.good.limits.outcome or scenario.good.limits.alert
    told = sorted([*evidence.outcomes, *(one.at for one in evidence.sent if one.follow_up == "outcome")])
    at = next((minute for minute in told if minute >= since), None)
    if at is None:
        return 0.0, (Reason("Nobody was told what came of it.", good=False, minute=since),)
    return in_time(at - since, limit), (_time("People were told what came of it", at - since, limit, at),)


def _has(sent: Sent, any_of: Iterable[str], says: Says) -> bool:
    return any(says(words).lower() in sent.words for words in any_of)


def _time(what: str, took: float, limit: float, at: float) -> Reason:
    return Reason(f"{what} after {took:.1f} minutes; {limit:g} is good.", good=took <= limit, minute=at)


def _mean(shares: list[float]) -> float:
    return sum(shares) / len(shares)
