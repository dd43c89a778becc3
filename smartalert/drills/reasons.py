"""Why a part of a score counts for as much as it does: in words, with who, when, and the row that shows it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from smartalert.drills.evidence import Sent

#: Nothing is left for what took so many times as long as it may.
TOO_LATE = 3
#: What is done late, or with the wrong words, still counts for so much.
HALF = 0.5
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


Found = tuple[float, tuple[Reason, ...]]


def in_time(took: float, limit: float) -> float:
    """1 within the limit, nothing at three times as long, and evenly between."""
    if took <= limit:
        return 1.0
    return max(0.0, 1 - (took - limit) / ((TOO_LATE - 1) * limit)) if limit else 0.0


def has(sent: Sent, any_of: Iterable[str], says: Says) -> bool:
    """Whether a message says any of these, in whatever letters."""
    return any(says(words).lower() in sent.words for words in any_of)


def by_row(words: str, sent: Sent | None, *, good: bool) -> Reason:
    """A reason that one message shows."""
    if sent is None:
        return Reason(words, good=good)
    return Reason(words, good=good, minute=sent.at, by=sent.by, source=sent.source)


def timed(what: str, took: float, limit: float, at: float, shown: tuple[str, str]) -> Reason:
    """How long something took beside its limit; `shown`: whose doing it was, and the row that shows it."""
    by, source = shown
    return Reason(
        f"{what} after {took:.1f} minutes; {limit:g} is good.", good=took <= limit, minute=at, by=by, source=source
    )


def mean(shares: list[float]) -> float:
    """Of shares that count alike; there is one at least."""
    return sum(shares) / len(shares)
