"""What news makes due: which message answers it, how soon it was noticed and sent, and whether it said what is true."""

from collections.abc import Iterable

from smartalert.drills.evidence import Evidence, Sent, Turn
from smartalert.drills.reasons import HALF, Found, Reason, Says, by_row, has, in_time, mean, timed
from smartalert.drills.scenario import Scenario, Sequel

#: Of a sequel, noticing that it is due counts for so much; half of its time is good for that.
NOTICED, NOTICE_WITHIN = 0.25, 0.5
#: A sequel may also be sent as one of these.
AS_GOOD = {"correction": {"correction", "update"}, "update": {"update", "correction"}, "outcome": {"outcome"}}
ENDS = {"all_clear", "false_alarm"}


def counted(scenario: Scenario, evidence: Evidence, says: Says) -> Found | None:
    """Whatever an inject made due, if that inject came; what may still have followed when it ended counts if it did."""
    due = [sequel for sequel in scenario.good.sequels if _is_due(scenario, sequel, evidence)]
    if not due:
        return None
    found = [_sequel(scenario, sequel, evidence, says) for sequel in due]
    return mean([share for share, _ in found]), tuple(reason for _, reasons in found for reason in reasons)


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
    reasons = [*seen, timed(f"The {called} followed", took, limit, sent.at, (sent.by, sent.source))]
    share = in_time(took, limit)
    if not has(sent, sequel.says, says):
        share *= HALF
        reasons.append(by_row(f"The {called} did not say what is new.", sent, good=False))
    if has(sent, sequel.no_longer, says):
        share *= HALF
        reasons.append(by_row(f"The {called} still said what was wrong, or what is to be forgotten.", sent, good=False))
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
    return in_time(took, good), [timed(f"“{what}” was noticed", took, good, first.at, (first.by, first.source))]


def _answers_to(turn: Turn, sequel: Sequel, ways: Iterable[str]) -> bool:
    if turn.what == "noted":
        return turn.about == sequel.after
    return turn.what in ("undone", "stopped") or turn.about in ways
