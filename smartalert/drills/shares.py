"""Whose doing a run was: what each of its officers decided, and which reasons of the score are theirs.

The score is the run's, and all of its officers have the same. It counts as practice for those who decided something.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from smartalert.database.connection import Connection, queries
from smartalert.drills.reasons import Reason
from smartalert.drills.runs import Run
from smartalert.drills.score import Score


@dataclass(frozen=True, slots=True)
class Share:
    """One officer's part in a run."""

    officer: str
    #: What they decided → how often: sent, asked, approved, returned, undone, stopped, answers, outcomes.
    decided: dict[str, int] = field(default_factory=dict)
    #: Reasons of the score that were their doing.
    good: int = 0
    to_mend: int = 0

    @property
    def took_part(self) -> bool:
        """Whether the run counts as practice for them."""
        return bool(self.decided)


def decided(conn: Connection, run: Run) -> dict[str, dict[str, int]]:
    """Officer → what they decided, as whoever is in the run's world; everybody in the run is there."""
    found: dict[str, dict[str, int]] = {officer: {} for officer in run.officers}
    for row in queries("drills/shares").decided(conn, drill=run.id):
        found[row.officer][row.what] = row.times
    return found


def shares(conn: Connection, run: Run, score: Score) -> list[Share]:
    """Each officer's part."""
    reasons = [reason for part in score.parts for reason in part.reasons]
    return [Share(officer, what, *_of(officer, reasons)) for officer, what in decided(conn, run).items()]


def nobodys(score: Score) -> int:
    """How many reasons to mend are that nobody did something."""
    return sum(not reason.by and not reason.good for part in score.parts for reason in part.reasons)


def _of(officer: str, reasons: Sequence[Reason]) -> tuple[int, int]:
    theirs = [reason.good for reason in reasons if officer in reason.by.split(", ")]
    return sum(theirs), len(theirs) - sum(theirs)
