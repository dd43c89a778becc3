"""Finds texts by what officers type: words in part and in any spelling of a place, plates and numbers however spaced.

All words typed must be in a text, each perhaps as a part of a longer one.
"""

import re
from dataclasses import dataclass

from smartalert import cleaning
from smartalert.geography.search import ABBREVIATIONS

#: What one box holds, and how many of its words are looked for.
LONGEST, MOST_WORDS = 100, 12
#: From so many signs on, a word with a digit in it is a code.
SHORTEST_CODE = 5
LETTERS_OF_REFERENCE = 6
SPELLINGS = ABBREVIATIONS | {"st": "saint"}
#: Each word of a name that is written in two ways → the others.
ALSO = {
    word: tuple(dict.fromkeys(other for pair in SPELLINGS.items() if word in pair for other in pair if other != word))
    for pair in SPELLINGS.items()
    for word in pair
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for, in plainest form: words, and codes, which may be spaced anywhere."""

    words: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is looked for."""
        return bool(self.words or self.codes)


NOTHING = Wanted()


def wanted(typed: str) -> Wanted:
    """What an officer looks for; nothing where what is typed has neither letter nor digit."""
    words = tuple(dict.fromkeys(cleaning.compared(typed[:LONGEST]).split()))[:MOST_WORDS]
    codes = tuple(word for word in words if is_code(word))
    return Wanted(tuple(word for word in words if word not in codes), codes)


def is_code(word: str) -> bool:
    """Whether a word is a plate, a postcode, a number or a reference, rather than part of a sentence."""
    return len(word) >= SHORTEST_CODE and any(map(str.isdigit, word))


def searched(*texts: str) -> str:
    """By what texts are found, as Wanted is compared."""
    words = cleaning.compared("\n".join(texts))
    others = [other for word in dict.fromkeys(words.split()) for other in ALSO.get(word, ())]
    return " ".join([words, *others])


def patterns(looked_for: Wanted) -> tuple[list[str], list[str]]:
    """The words and the codes for LIKE, the longest first; neither holds a sign that LIKE knows."""
    words, codes = (
        [f"%{word}%" for word in sorted(part, key=len, reverse=True)] for part in (looked_for.words, looked_for.codes)
    )
    return words, codes


def holds(kept: str, looked_for: Wanted) -> bool:
    """Whether what `searched` made of a text has it all."""
    squeezed = kept.replace(" ", "")
    return all(word in kept for word in looked_for.words) and all(code in squeezed for code in looked_for.codes)


def spans(text: str, looked_for: Wanted) -> list[tuple[int, int]]:
    """Where a text has any of it: beginnings and ends, in their order."""
    if not looked_for:
        return []
    plain = cleaning.plain(text)
    either = [*map(spaced, looked_for.codes), *map(spelt, sorted(looked_for.words, key=len, reverse=True))]
    hits = map(re.Match.span, re.finditer("|".join(either), plain.text))
    return [(plain.places[start], plain.places[end - 1] + 1) for start, end in hits]


def spaced(code: str) -> str:
    """A code with spaces wherever its writer put them."""
    return " ?".join(code)


def spelt(word: str) -> str:
    """A word, the other spelling of a whole one, or a reference of letters only, which has a hyphen in its middle."""
    others = [*ALSO.get(word, ()), *([f"{word[:3]} {word[3:]}"] if len(word) == LETTERS_OF_REFERENCE else [])]
    return "|".join([word, *(rf"\b{other}\b" for other in others)])
