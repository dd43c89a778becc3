"""Reporting: each addressee once whatever happens, and no address in anybody's words."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from smartalert.providers.provider import LONGEST_WORDS, Addressee, Outcome, Report, TemporaryFailure

#: Registration tokens are longer than any word, and mail addresses have their sign.
_ADDRESS = re.compile(r"\S*@\S*|\S{60,}")
_NOT_TRIED = TemporaryFailure("We stopped before this one's turn.", retry_after_s=0.0)


@contextmanager
def each_reported_once(addressees: Sequence[Addressee], report: Report) -> Iterator[Report]:
    """Pass reports on, the first for each reference only; whoever is left at the end was not tried."""
    waiting = dict.fromkeys(addressee.reference for addressee in addressees)

    def tell(reference: str, outcome: Outcome) -> None:
        if reference in waiting:
            del waiting[reference]
            report(reference, outcome)

    try:
        yield tell
    finally:
        for reference in list(waiting):
            tell(reference, _NOT_TRIED)


def without_addresses(words: str) -> str:
    """A provider's own words, short and with every address taken out: they are kept and shown."""
    # An answer of a megabyte without a space would keep the pattern busy for hours.
    return _ADDRESS.sub("(address)", words[: 4 * LONGEST_WORDS])[:LONGEST_WORDS]
