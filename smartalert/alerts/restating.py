"""Finding a fact in words that name it, and not in longer names and numbers that only begin, go on or end with it."""

import re
from functools import lru_cache

#: A capital after a place makes it a longer name ("near Stafford Road"), unless it begins what is not part of a name.
NO_NAME = (
    "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|May|June|July|August|September|October|"
    "November|December|CCTV|PC|PCSO|Police|Officers?|The|A|An|At|On|In|It|He|She|They|Two|Three|Call|Please|Do"
)
LONGER_NAME = rf"(?![^\S\n]+(?!(?:{NO_NAME})\b)[A-Z])"
#: A number goes on in its year, in decimals, in a time: "482 of 22 November 2025", "Junction 14.5", "14:301".
LONGER_NUMBER = r"(?![.,:/]\d)(?!,?\s+(?:19|20)\d\d\b(?!\s*(?:hrs|hours)\b))"


def restated(text: str, old: str, new: str) -> str:
    """The text with another fact wherever it names the old one; a sentence that begins with it begins with the new."""
    return naming(old).sub(lambda found: as_begun(new, found[0]), text)


@lru_cache(maxsize=200)
def naming(fact: str) -> re.Pattern[str]:
    """What finds a fact as a name or number of its own, however it is spaced."""
    words = [re.escape(word).replace("’", "'").replace("'", "['’]") for word in fact.split()]
    first, last = fact[:1], fact[-1:]
    if first.isalpha():
        words[0] = f"[{re.escape(first.lower())}{re.escape(first.upper())}]" + words[0][len(re.escape(first)) :]
    before = r"(?<!\w)(?<!\w['’‑-])" if first.isalnum() else ""
    if first.isdigit():
        before += r"(?<![\d][.,:/])"
    after = r"(?!\w)(?!['’‑-]\w)" if last.isalnum() else ""
    if last.isalnum():
        after += LONGER_NUMBER if re.search(r"\d", fact) else ""
        after += "" if re.match(r"\d+ of \d", fact) else LONGER_NAME
    return re.compile(before + r"\s+".join(words) + after)


def as_begun(new: str, found: str) -> str:
    """The new fact with a capital where the old one had one."""
    return new[:1].upper() + new[1:] if found[:1].isupper() else new
