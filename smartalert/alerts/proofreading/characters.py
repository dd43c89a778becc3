"""What does not belong into plain text: tags a template left, invisible and odd characters, shouting."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from html import unescape

from smartalert.alerts.proofreading.marks import Mark, Page, begins_sentence, without

TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{1,6}|#x[0-9a-fA-F]{1,5});")
#: {name}, {{ name }}, ${name}, {% name %}, %(name)s, <<name>>, «name»
HOLE = re.compile(r"\$?\{{1,2}%?\s*([^{}\n]*?)\s*%?\}{1,2}|%\((\w+)\)s|<<([^<>\n]*)>>|«([^«»\n]*)»")
#: What word processors write, and what a keyboard does.
PLAIN = {
    **dict.fromkeys("‘’‚‛′´`", "'"), **dict.fromkeys("“”„″", '"'), **dict.fromkeys("–—―‐‑−•", "-"), "…": "...",
    **dict.fromkeys("\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "),
}  # fmt: skip
#: Signs of the field that Unicode calls symbols, as it does emoji.
SIGNS = "°£€"
JOINER, EMOJI_LOOK = "\u200d", "\ufe0f"
SHOUTED = re.compile(r"\b[A-Z]{2,}(?:'[A-Z]+)?(?:[ ,]+[A-Z]{2,}(?:'[A-Z]+)?)*\b")
#: Written in capitals by everybody.
ACRONYMS = re.compile(
    "ANPR|ASB|ATM|ATV|BBC|BMW|BST|BTP|CCTV|CID|CPS|DBS|DNA|DVLA|DVSA|EXERCISE|GMT|GPS|HGV|HMP|HMRC|LGV|MOT|MP|MPV|NCA|"
    "NHS|PC|PCC|PCSO|PIN|PM|QR|RAF|RNLI|RSPB|RSPCA|RTC|SIM|SUV|TV|UK|USA|USB|VIN|VW"
)
CALL_OUT = re.compile(r"[.\s]*[!?]*!+[!?.]*")


def tags(page: Page) -> Iterator[Mark]:
    """What a template or a web page left: a tag goes, an entity becomes its character, a hole becomes a gap."""
    for found in TAG.finditer(page.text):
        around = page.text[: found.start()][-1:] + page.text[found.end() :][:1]
        yield Mark(*found.span(), " " if len(around) == 2 and around.isalnum() else "")
    for found in ENTITY.finditer(page.text):
        if unescape(found[0]) != found[0]:
            yield Mark(*found.span(), unescape(found[0]))
    for found in HOLE.finditer(page.text):
        name = re.sub(r"[\[\]]", "", next(filter(None, found.groups()), "")).strip()
        yield Mark(*found.span(), f"[{name}]") if name else without(page.text, *found.span())


def invisible(page: Page) -> Iterator[Mark]:
    """Characters that nobody sees: control characters, zero widths, turns of direction."""
    yield from changed(page.text, visible)


def typographic(page: Page) -> Iterator[Mark]:
    """Curly quotes, long dashes, hard spaces, fancy letters, emoji."""
    yield from changed(page.text, plain)


def changed(text: str, rewritten: Callable[[str, int], str]) -> Iterator[Mark]:
    """One mark from the first to the last character that a rule writes otherwise."""
    written = [rewritten(text, at) for at in range(len(text))]
    places = [at for at, new in enumerate(written) if new != text[at]]
    if places:
        start, end = places[0], places[-1] + 1
        new = re.sub("  +", " ", "".join(written[start:end]))
        yield Mark(start, end, new) if new else without(text, start, end)


def visible(text: str, at: int) -> str:
    """One character as it can be seen: "" if it cannot."""
    char = text[at]
    if char == "\n" or (char == JOINER and is_emoji(text[at - 1 : at])):
        return char
    if char in "\u2028\u2029\r\t":
        return " " if char == "\t" else "\n"
    return "" if unicodedata.category(char) in {"Cc", "Cf", "Co", "Cn", "Cs"} else char


def plain(text: str, at: int) -> str:
    """One character as a keyboard writes it; emoji are left out."""
    char = text[at]
    if char.isascii():
        return char
    if char in PLAIN:
        return PLAIN[char]
    if is_emoji(char):
        return ""
    fancy = unicodedata.decomposition(char).strip("<").partition(">")[0] in {
        "font",
        "wide",
        "circle",
        "square",
        "compat",
    }
    as_typed = unicodedata.normalize("NFKC", char)
    return as_typed if fancy and as_typed.isalnum() and as_typed.isascii() else char


def is_emoji(char: str) -> bool:
    """Whether this is a picture, or a part of one."""
    if not char or char in SIGNS:
        return False
    return unicodedata.category(char) in {"So", "Sk", "Me"} or char in (EMOJI_LOOK, JOINER)


def shouting(page: Page) -> Iterator[Mark]:
    """Words in capitals that are no abbreviations."""
    for found in SHOUTED.finditer(page.text):
        loud = [word for word in re.findall("[A-Z']+", found[0]) if not ACRONYMS.fullmatch(word)]
        if max(map(len, loud), default=0) >= 5 or (len(loud) >= 2 and sum(map(len, loud)) >= 6):
            yield Mark(*found.span(), quieter(page, found))


def quieter(page: Page, found: re.Match[str]) -> str:
    """The same words in small letters; names of places keep one capital, abbreviations all of them."""
    words = re.split(r"([ ,]+)", found[0])
    lower = [
        word if ACRONYMS.fullmatch(word) else word.capitalize() if word.lower() in page.local_words else word.lower()
        for word in words
    ]
    said = "".join(lower)
    return said[0].upper() + said[1:] if begins_sentence(page.text, found.start()) else said


def exclamations(page: Page) -> Iterator[Mark]:
    """Exclamation marks, all of a text in one mark."""
    found = list(CALL_OUT.finditer(page.text))
    if found:
        start, end = found[0].start(), found[-1].end()
        yield Mark(start, end, CALL_OUT.sub(lambda one: "?" if "?" in one[0] else ".", page.text[start:end]))
