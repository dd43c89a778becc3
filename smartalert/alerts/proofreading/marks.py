"""What every rule works on: one text, what is known around it, and the passages it marks."""

from dataclasses import dataclass
from typing import NamedTuple

from smartalert.alerts.drafts import Draft
from smartalert.config import Mode


@dataclass(frozen=True, slots=True)
class Page:
    """One field of a draft, and what a rule may have to know beside it."""

    text: str
    field: str
    draft: Draft
    mode: Mode
    #: Words of local streets and places, in lower case.
    local_words: frozenset[str] = frozenset()


class Mark(NamedTuple):
    """A passage, and what would stand in its place; None where only the officer can know."""

    start: int
    end: int
    new: str | None = None


def without(text: str, start: int, end: int) -> Mark:
    """The passage taken out together with one of the spaces around it."""
    if start > 0 and text[start - 1] == " ":
        start -= 1
    elif text[end : end + 1] == " ":
        end += 1
    return Mark(start, end, "")


def sentence(text: str, at: int) -> tuple[int, int]:
    """Where the sentence around a position begins and ends, its full stop included."""
    start = max(text.rfind(stop, 0, at) for stop in (". ", "! ", "? ", "\n"))
    start = 0 if start < 0 else start + (1 if text[start] == "\n" else 2)
    ends = [found for stop in ".!?\n" if (found := text.find(stop, at)) >= 0]
    return start, min(ends) + 1 if ends else len(text)


def begins_sentence(text: str, at: int) -> bool:
    """Whether a capital letter is due here anyway."""
    before = text[:at].rstrip(" \"'(")
    return not before or before[-1] in ".!?:\n"
