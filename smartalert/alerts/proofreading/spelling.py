"""Spelling mistakes that are surely some: a word nobody knows, one slip of the hand away from a word everybody knows.

Names are never judged. The word list is American (pyspellchecker); words.txt holds British spellings and the words of
this field, and British forms of known words are known.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

from spellchecker import SpellChecker

from smartalert.alerts.proofreading.marks import Mark, Page, begins_sentence

WORD = re.compile(r"(?<![\w'@/.-])[A-Za-z][a-z]+(?![\w'@/-]|\.\w)")
#: How British English writes what the list writes otherwise.
BRITISH = (
    ("our", "or"), ("tre", "ter"), ("is", "iz"), ("ys", "yz"), ("ll", "l"), ("l", "ll"), ("ae", "e"), ("oe", "e"),
    ("ogue", "og"), ("ence", "ense"), ("mme", "m"), ("tyre", "tire"), ("grey", "gray"), ("dge", "dg"),
)  # fmt: skip
VOWELS = set("aeiouy")
#: Shorter words are too close to each other: only swapped letters tell a slip.
LONG_ENOUGH = 5
CONFIDENT_FROM = 7


def mistakes(page: Page) -> Iterator[Mark]:
    """Words that are surely misspelled, each with the word that was meant."""
    for found in WORD.finditer(page.text):
        word = found[0]
        is_name = word[0].isupper() and not begins_sentence(page.text, found.start())
        if not is_name and word.lower() not in page.local_words and (meant := meant_by(word.lower())):
            yield Mark(*found.span(), meant.capitalize() if word[0].isupper() else meant)


@lru_cache(maxsize=5_000)
def meant_by(word: str) -> str | None:
    """The word that was surely meant by this one; None where it is a word, or nobody can be sure."""
    if len(word) < 3 or is_known(word):
        return None
    likely = [known for known in dictionary().candidates(word) or () if known != word and is_slip(word, known)]
    return max(likely, key=dictionary().word_usage_frequency, default=None)


def is_known(word: str) -> bool:
    """Whether it is a word, in British spelling too, and in the plural."""
    forms = {word, *(word.replace(british, american) for british, american in BRITISH)}
    forms |= {form.removesuffix(ending) for form in forms for ending in ("s", "es", "ed", "d", "ing", "er")}
    return any(form in dictionary() for form in forms if len(form) > 1)


def is_slip(word: str, meant: str) -> bool:
    """Whether the two differ as a slip of the hand makes them: letters swapped, doubled or not, a vowel mistaken."""
    if len(word) == len(meant):
        wrong = [at for at in range(len(word)) if word[at] != meant[at]]
        if len(wrong) == 2:
            return True  # one slip away and two letters differ: they are swapped
        at = wrong[0]
        alike = {word[at], meant[at]} <= VOWELS or {word[at], meant[at]} == {"s", "c"}
        return at > 0 and alike and len(word) >= CONFIDENT_FROM
    longer, shorter = (word, meant) if len(word) > len(meant) else (meant, word)
    at = next(at for at in range(len(longer)) if longer[at] != shorter[at : at + 1])
    doubled = longer[at] == longer[at - 1 : at]
    return at > 0 and ((doubled and len(word) >= LONG_ENOUGH) or len(word) >= CONFIDENT_FROM)


@cache
def dictionary() -> SpellChecker:
    """The words there are; read once, 0.2 s."""
    known = SpellChecker(language="en", distance=1)
    known.word_frequency.load_words((Path(__file__).parent / "words.txt").read_text().split())
    return known
