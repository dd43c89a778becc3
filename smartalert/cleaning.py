"""Text from outside: cleaned once, where it comes in; compared in its plainest form; shown so that it turns no other.

What stays is what its writer could see: words in any script, emoji, signs. See UTS 39 and UAX 9 of Unicode.
"""

import re
import unicodedata
from typing import NamedTuple

#: A cleaned text never holds these two, which Unicode leaves to programs: what stands between them is ours.
OURS_BEGINS, OURS_ENDS = "\ufdd0", "\ufdd1"
#: What nobody sees, or what only programs may write: controls, turns of direction, zero widths, fillers, halves of
#: surrogate pairs, private and never-assigned characters.
INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff0-\ufffc\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufffe\uffff"
    "\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U000e0000-\U0010ffff]"
)
#: Of these, what cannot be kept at all, or would be taken for ours; a text that is being typed loses no more.
UNREADABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
#: Joiners and variants shape emoji, Persian and the scripts of India; between plain letters they only hide.
SHAPING = re.compile("(.?)([\u200c\u200d\ufe00-\ufe0f]+)(?=(.?))", re.DOTALL)
JOINERS, KEYCAP = "\u200c\u200d", "\u20e3"
LINE_END = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
SPACE = re.compile("[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
EMPTY_LINES = re.compile("\n[ \n]*\n")
#: Accents that may stand on one letter: more only cover what is written above and below.
MOST_MARKS = 4
#: In their plainest form quotation marks are none, and all that is neither a letter nor a number is a space, as on a
#: telephone.
SILENT = frozenset("'\"`´‘’‚‛“”„‟′″‵ʹʺʻʼʽˈ՚")
#: What word processors put in the place of a keyboard's own signs, where Unicode does not know them for the same.
ON_KEYBOARDS = {**dict.fromkeys(map(ord, "‐‑‒–—―−"), "-"), **dict.fromkeys(map(ord, "‘’‛ʼ´`"), "'"), ord("。"): "."}

#: Unicode's older turns of direction, which reach beyond their text, and the newer ones, which are ended one by one.
TURNS = re.compile("[\u202a-\u202e]")
ISOLATES, ISOLATE_ENDS = "\u2066\u2067\u2068", "\u2069"


def visible(text: str) -> str:
    """The text with nothing in it that cannot be seen; line ends are "\\n", spaces are spaces, accents on letters."""
    if not (text.isascii() and text.isprintable()):
        text = SPACE.sub(" ", INVISIBLE.sub("", LINE_END.sub("\n", text)))
        text = SHAPING.sub(in_place, with_few_marks(unicodedata.normalize("NFC", text)))
    return text


def readable(text: str) -> str:
    """The text, while it is being typed, without what can neither be kept nor read."""
    return UNREADABLE.sub("", text)


def with_few_marks(text: str) -> str:
    """The text without accents piled on one another."""
    kept, marks = [], 0
    for char in text:
        marks = marks + 1 if unicodedata.category(char) in {"Mn", "Me"} else 0
        if marks <= MOST_MARKS:
            kept.append(char)
    return "".join(kept)


def in_place(found: re.Match[str]) -> str:
    """What comes before, then at most one variant and one joiner, where they shape something."""
    before, hidden, after = found.groups()
    variant = next((char for char in hidden if char not in JOINERS), "")
    if before.isascii():
        return before + (variant if after == KEYCAP else "")
    joiner = next((char for char in hidden if char in JOINERS), "")
    return before + variant + (joiner if not after.isascii() else "")


def one_line(text: str, longest: int | None = None) -> str:
    """A field of one line, cut to its longest; empty where nothing of it can be seen."""
    return something(cut(" ".join(visible(text).split()), longest))


def typewritten(text: str) -> str:
    """A field of one line that has no other signs than a keyboard's: digits, hyphens and apostrophes as one types them,
    letters without the shape that a font or a word processor gave them."""
    plain_letters = unicodedata.normalize("NFKC", one_line(text).translate(ON_KEYBOARDS)).translate(ON_KEYBOARDS)
    return "".join(str(unicodedata.decimal(char, char)) for char in plain_letters)


def lines(text: str, longest: int | None = None) -> str:
    """A field of several lines, cut to its longest; empty where nothing of it can be seen."""
    return something(cut(EMPTY_LINES.sub("\n\n", visible(text)).strip(), longest))


def cut(text: str, longest: int | None) -> str:
    """The beginning of a cleaned text, clean where it ends."""
    return text if longest is None or len(text) <= longest else visible(text[:longest]).strip()


def something(text: str) -> str:
    """The text, unless it is nothing but spaces and loose accents."""
    return text if any(unicodedata.category(char)[0] in "LNPS" for char in text) else ""


class Plain(NamedTuple):
    """A text in its plainest form, and where in the text each of its characters stands."""

    text: str
    places: list[int]


def plain(text: str) -> Plain:
    """A text as it is compared: small letters without accents, single spaces, no quotation marks or hyphens."""
    said: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        for one in plainest(char):
            if one != " " or (said and said[-1] != " "):
                said.append(one)
                places.append(place)
    return Plain("".join(said), places)


def plainest(char: str) -> str:
    """One character as it is compared: none, one or, as of "ﬁ" and "½", several."""
    if char in SILENT or INVISIBLE.match(char):
        return ""
    spelt = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", char).casefold())
    return "".join(map(of_plain_signs, spelt))


def of_plain_signs(char: str) -> str:
    """A letter as it is, a digit of any script as ours, nothing of an accent, a space of everything else."""
    kind = unicodedata.category(char)
    if char in SILENT or kind[0] == "M" or kind == "Cf":
        return ""
    if kind == "Nd":
        return str(unicodedata.decimal(char))
    return char if kind[0] in "LN" else " "


def compared(text: str) -> str:
    """The same without the places."""
    return plain(text).text.strip()


def isolated(text: str) -> str:
    """The text for a place among others: what runs from right to left turns nothing round that stands beside it.

    Unicode's first strong isolate and its end go round each line that needs them (UAX 9, 2.4), in HTML, its attributes
    and plain text alike; a text that runs from left to right stays as it is.
    """
    if text.isascii():
        return text
    return "\n".join(f"\u2068{line}\u2069" if turns(line) else line for line in map(closed, text.split("\n")))


def closed(line: str) -> str:
    """The line without any turn of direction that it does not end itself."""
    line = TURNS.sub("", line)
    depth = 0
    for char in line:
        depth += (char in ISOLATES) - (char == ISOLATE_ENDS)
        if depth < 0:
            break
    return line if depth == 0 else line.translate(dict.fromkeys(map(ord, ISOLATES + ISOLATE_ENDS)))


def turns(text: str) -> bool:
    """Whether any of it runs from right to left."""
    return any(unicodedata.bidirectional(char) in {"R", "AL", "AN"} for char in text)
