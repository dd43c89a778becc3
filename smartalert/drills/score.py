"""The score of a run: what was done beside what should have been, each part with its weight and every reason.

Nothing here asks anybody: the same evidence gives the same score, and whoever doubts it can count again. Each reason
says who, when, and which row of the ledger, the audit or the drill's log shows it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from smartalert.audience.outside import in_tens
from smartalert.drills.evidence import Answer, Evidence, Sent, Turn
from smartalert.drills.scenario import Elements, Ground, Scenario, Sequel

#: Nothing is left for what took so many times as long as it may.
TOO_LATE = 3
#: What is done late, or with the wrong words, still counts for so much.
HALF = 0.5
#: What each piece of advice that was ignored takes from what was said, which it never takes more than half of.
ADVICE = 0.1
#: Of a sequel, noticing that it is due counts for so much; half of its time is good for that.
NOTICED, NOTICE_WITHIN = 0.25, 0.5
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
    #: Whose doing it was; empty: nobody's.
    by: str = ""
    #: The row that shows it, as "alert 12"; empty where it is that there is none.
    source: str = ""


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
        ("sequels", weights.sequels, _sequels(scenario, evidence, says)),
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
    grew = any(one.after in evidence.injects for one in scenario.good.sequels if one.how not in ENDS)
    if later is not None and evidence.reference_later is not None and grew:
        after = tuple(one for one in evidence.sent if one.follow_up not in ENDS)[1:]
        pairs.append(Told(" after the area grew", later, after, evidence.reference_later))
    return pairs


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
    reasons = [_time("The alert was released", first.at, limits.alert, first.at, (first.by, first.source))]
    if scenario.needs_approval and limits.approval is not None:
        if first.asked is not None and first.agreed is not None:
            took = first.agreed - first.asked
            shares.append(in_time(took, limits.approval))
            request = f"request {first.request}" if first.request else ""
            reasons.append(_time("It was approved", took, limits.approval, first.agreed, (first.agreed_by, request)))
        elif first.needs_second:
            shares.append(0.0)
            reasons.append(_of("It left without the approval that it needed.", first, good=False))
        else:
            reasons.append(_of("The force’s rules let its sender send it alone.", first, good=True))
    return _mean(shares), tuple(reasons)


def _area(scenario: Scenario, evidence: Evidence, first: Sent | None) -> Found:
    if first is None:
        return NOTHING_SENT
    shares, reasons = [], []
    for one in told(scenario, evidence):
        whole = len(one.wanted | one.told)
        shares.append(len(one.wanted & one.told) / whole if whole else 1.0)
        last = one.sent[-1] if one.sent else None
        reasons += [
            _of(f"Of those who should have been told{one.when}, {were_not(len(one.left_out))}.", last,
                good=not one.left_out),
            _of(f"Of those whom it does not concern{one.when}, {were(len(one.too_many))}.", last,
                good=not one.too_many),
        ]  # fmt: skip
    return _mean(shares), tuple(reasons)


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
        _of(f"It was sent as {how[first.urgent]}.", first, good=first.urgent == good.urgent),
        _of("It was for the right trades.", first, good=True) if first.sectors == scenario.sectors
        else _of("It was not narrowed to those whom it concerns, or to others.", first, good=False),
        _of("It went on every channel that it should.", first, good=True) if first.channels & channels == channels
        else _of("A channel was left out.", first, good=False),
    ]  # fmt: skip
    return _mean([float(check.good) for check in checks]), tuple(checks)


def _facts(scenario: Scenario, evidence: Evidence, first: Sent | None, says: Says) -> Found:
    """The five elements of a good warning, less what was advised about any message and ignored."""
    if first is None:
        return NOTHING_SENT
    reasons = []
    for element in Elements.model_fields:
        tells = _has(first, getattr(scenario.good.elements, element), says)
        reasons.append(_of(f"It {'told' if tells else 'did not tell'} the {element}.", first, good=tells))
    share = _mean([float(reason.good) for reason in reasons])
    advice = [_of(f"Advice ignored: {what}.", sent, good=False) for sent in evidence.sent for what in sent.ignored]
    if not advice:
        advice = [_of("No advice of the checks was ignored.", first, good=True)]
    took = sum(not one.good for one in advice) * ADVICE
    return share * max(HALF, 1 - took), (*reasons, *advice)


def _sequels(scenario: Scenario, evidence: Evidence, says: Says) -> Found | None:
    """Whatever an inject made due, if that inject came; what may still have followed when it ended counts if it did."""
    due = [sequel for sequel in scenario.good.sequels if _is_due(scenario, sequel, evidence)]
    if not due:
        return None
    found = [_sequel(scenario, sequel, evidence, says) for sequel in due]
    return _mean([share for share, _ in found]), tuple(reason for _, reasons in found for reason in reasons)


def _is_due(scenario: Scenario, sequel: Sequel, evidence: Evidence) -> bool:
    since = evidence.injects.get(sequel.after)
    if since is None:
        return False
    return sent_for(sequel, evidence) is not None or since + limit_of(scenario, sequel) <= evidence.minutes


def _sequel(scenario: Scenario, sequel: Sequel, evidence: Evidence, says: Says) -> Found:
    """How soon it was noticed that a message is due, how soon that followed, and whether it said what is true now."""
    called, since = sequel.how.replace("_", " "), evidence.injects[sequel.after]
    sent, limit = sent_for(sequel, evidence), limit_of(scenario, sequel)
    noticed, seen = _noticed(sequel, evidence, sent, limit)
    if sent is None:
        return NOTICED * noticed, (*seen, Reason(f"No {called} followed.", good=False, minute=since))
    took = sent.at - since
    reasons = [*seen, _time(f"The {called} followed", took, limit, sent.at, (sent.by, sent.source))]
    share = in_time(took, limit)
    if not _has(sent, sequel.says, says):
        share *= HALF
        reasons.append(_of(f"The {called} did not say what is new.", sent, good=False))
    if _has(sent, sequel.no_longer, says):
        share *= HALF
        reasons.append(_of(f"The {called} still said what was wrong, or what is to be forgotten.", sent, good=False))
    return NOTICED * noticed + (1 - NOTICED) * share, tuple(reasons)


def ways_of(sequel: Sequel) -> set[str]:
    """How a message may follow and be what is due here."""
    return AS_GOOD.get(sequel.how, ENDS)


def sent_for(sequel: Sequel, evidence: Evidence) -> Sent | None:
    """The first message that was what is due here, after the inject that made it due and came."""
    since, ways = evidence.injects[sequel.after], ways_of(sequel)
    return next((one for one in evidence.sent if one.follow_up in ways and one.at >= since), None)


def limit_of(scenario: Scenario, sequel: Sequel) -> float:
    """Minutes within which this should follow."""
    limits = scenario.good.limits
    return (limits.all_clear if sequel.how in ENDS else limits.correction) or limits.alert


def _noticed(sequel: Sequel, evidence: Evidence, sent: Sent | None, limit: float) -> tuple[float, list[Reason]]:
    """The first act that takes account of a changed fact: noted in the panel, begun, undone, stopped or confirmed."""
    since, ways = evidence.injects[sequel.after], ways_of(sequel)
    acts = [one for one in evidence.turns if one.at >= since and _answers_to(one, sequel, ways)]
    if sent is not None:
        acts.append(Turn(sent.at if sent.issued is None else sent.issued, sent.by, "confirmed", "", sent.source))
    what = sequel.after.replace("-", " ")
    if not acts:
        return 0.0, [Reason(f"Nobody took account of “{what}”.", good=False, minute=since)]
    first = min(acts, key=lambda one: one.at)
    took, good = max(0.0, first.at - since), limit * NOTICE_WITHIN
    return in_time(took, good), [_time(f"“{what}” was noticed", took, good, first.at, (first.by, first.source))]


def _answers_to(turn: Turn, sequel: Sequel, ways: Iterable[str]) -> bool:
    if turn.what == "noted":
        return turn.about == sequel.after
    return turn.what in ("undone", "stopped") or turn.about in ways


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
    return _mean([share for share, _ in checks]), tuple(reason for _, reason in checks)


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
    return in_time(took, limit), (_time("People were told what came of it", took, limit, *first),)


def _has(sent: Sent, any_of: Iterable[str], says: Says) -> bool:
    return any(says(words).lower() in sent.words for words in any_of)


def _of(words: str, sent: Sent | None, *, good: bool) -> Reason:
    """A reason that one message shows."""
    if sent is None:
        return Reason(words, good=good)
    return Reason(words, good=good, minute=sent.at, by=sent.by, source=sent.source)


def _time(what: str, took: float, limit: float, at: float, shown: tuple[str, str]) -> Reason:
    """How long something took beside its limit; `shown`: whose doing it was, and the row that shows it."""
    by, source = shown
    return Reason(
        f"{what} after {took:.1f} minutes; {limit:g} is good.", good=took <= limit, minute=at, by=by, source=source
    )


def _mean(shares: list[float]) -> float:
    return sum(shares) / len(shares)
