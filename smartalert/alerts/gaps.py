"""What goes into the gaps of a template: each is asked once, and filled wherever it stands."""

from collections.abc import Mapping

from smartalert.alerts.incidents import GAP


def filled_in(text: str, filled: Mapping[str, str]) -> str:
    """The text with what is filled into its gaps; one with nothing in it stays open."""
    return GAP.sub(lambda gap: filled.get(gap[0]) or gap[0], text)


def label(gap: str) -> str:
    """What an officer is asked for: "First name" of "[first name]"."""
    inside = gap.strip("[]")
    return inside[:1].upper() + inside[1:]


def choices(gap: str) -> list[str]:
    """The two words a gap leaves to choose between, "him" and "her" of "[him/her]"; nothing where any words may do."""
    words = [word.strip() for word in gap.strip("[]").split("/")]
    return words if len(words) == 2 and all(word.isalpha() for word in words) else []
