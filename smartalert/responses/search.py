"""Search among responses: by reference, by words and by place, as officers type them on the telephone.

All words typed must be in a response, each perhaps as a part of a longer one. A plate, postcode or telephone number is
found however it is spaced.
"""

import re
from dataclasses import dataclass

from smartalert import cleaning
from smartalert.database.connection import Connection, queries
from smartalert.geography.search import ABBREVIATIONS

#: What one box holds, and how many of its words are looked for.
LONGEST, MOST_WORDS = 100, 12
#: No more are found: whoever reads so many types another word.
MOST_FOUND = 1_000
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


def searched(reference: str, *texts: str) -> str:
    """By what a response is found: its reference with and without hyphen, and the texts, as Wanted is compared."""
    words = cleaning.compared("\n".join([reference, reference.replace("-", ""), *texts]))
    others = [other for word in dict.fromkeys(words.split()) for other in ALSO.get(word, ())]
    return " ".join([words, *others])


def found(conn: Connection, looked_for: Wanted, alert_id: int | None = None) -> list[int] | None:
    """The newest responses, to one alert or any, that have it all, by their ids; None when nothing is looked for."""
    if not looked_for:
        return None
    words, codes = (
        [f"%{word}%" for word in sorted(part, key=len, reverse=True)] for part in (looked_for.words, looked_for.codes)
    )
    named = queries("responses/search")
    asked = {"words": words, "codes": codes, "alert_id": alert_id, "limit": MOST_FOUND}
    rows = named.found_code(conn, longest=codes[0], **asked) if codes else named.found(conn, longest=words[0], **asked)
    return [row.id for row in rows]


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
