"""Finding a fact in words that name it, and not in longer names and numbers that only begin, go on or end with it."""

import re
import unicodedata
from functools import lru_cache

#: A capital after a place makes it a longer name ("near Stafford Road"), unless it begins what is not part of a name.
NO_NAME = re.compile(
    "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|May|June|July|August|September|October|"
    "November|December|CCTV|PC|PCSO|Police|Officers?|The|A|An|At|On|In|It|He|She|They|Two|Three|Call|Please|Do"
)
NEXT_WORD = re.compile(r"[^\S\n]+([^\W\d_]\w*)")
#: A number goes on in its year, in decimals, in a time: "482 of 22 November 2025", "Junction 14.5", "14:301".
LONGER_NUMBER = re.compile(r"[.,:/]\d|,?\s+(?:of\s+)?\(?(?:19|20)\d\d\b(?!\s*(?:hrs|hours)\b)")
#: It begins before what parts its digits, be that a space at which no line breaks.
EARLIER_NUMBER = re.compile(r"\d[.,:/\u00a0\u2009\u202f]\Z")
#: Apostrophes, hyphens and the dash of "Stafford–Stone": with a letter or digit beyond them, all is one name.
JOINTS = "'’ʼ-‐‑–"
INCIDENT_NUMBER = re.compile(r"\d+ of \d")


def restated(text: str, old: str, new: str) -> str:
    """The text with another fact wherever it names the old one; a sentence that begins with it begins with the new."""

    def other(found: re.Match[str]) -> str:
        if begins_earlier(text[: found.start()], old) or goes_on(text[found.end() :], old):
            return found[0]
        return new[:1].upper() + new[1:] if found[0][:1].isupper() else new

    return naming(old).sub(other, text)


@lru_cache(maxsize=200)
def naming(fact: str) -> re.Pattern[str]:
    """What finds a fact however it is spaced, with or without a capital at its beginning, whatever its apostrophes."""
    words = [re.sub("['’ʼ]", "['’ʼ]", re.escape(word)) for word in fact.split()]
    first = fact[:1]
    if first.isalpha():
        words[0] = f"[{re.escape(first.lower())}{re.escape(first.upper())}]" + words[0][len(re.escape(first)) :]
    return re.compile(r"\s+".join(words))


def begins_earlier(before: str, fact: str) -> bool:
    """Whether what stands before it makes a fact the end of a longer name or number."""
    before = before.rstrip(hidden_in(before))
    if not fact[:1].isalnum():
        return False
    return is_of_a_word(before[-1:] if before[-1:] not in JOINTS else before[-2:-1]) or (
        fact[:1].isdigit() and EARLIER_NUMBER.search(before) is not None
    )


def goes_on(after: str, fact: str) -> bool:
    """Whether what follows makes a fact the beginning of a longer name or number."""
    after = after.lstrip(hidden_in(after))
    if not fact[-1:].isalnum():
        return unicodedata.category(after[:1] or " ")[0] == "M"
    if is_of_a_word(after[:1] if after[:1] not in JOINTS else after[1:2]):
        return True
    if re.search(r"\d", fact) and LONGER_NUMBER.match(after):
        return True
    following = None if INCIDENT_NUMBER.match(fact) else NEXT_WORD.match(after)
    return following is not None and following[1][0].isupper() and not NO_NAME.fullmatch(following[1])


def is_of_a_word(char: str) -> bool:
    """Whether it is a letter, a digit of any kind, or an accent on one; not where there is none."""
    return char == "_" or unicodedata.category(char or " ")[0] in "LMN"


def hidden_in(text: str) -> str:
    """Signs in a text that nobody sees: they part no name."""
    return "".join({char for char in text if unicodedata.category(char) == "Cf"}) or "\u00ad"
