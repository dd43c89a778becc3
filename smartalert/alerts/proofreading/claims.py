"""What an alert says of itself: that it is no drill, which incident it belongs to, how long its headline is."""

import re
from collections.abc import Iterator

from smartalert.alerts.drafts import LOCK_SCREEN_SHOWS, LONGEST_HEADLINE
from smartalert.alerts.incident_numbers import INCIDENT_NUMBER, MONTHS
from smartalert.alerts.proofreading.marks import Mark, Page, sentence, without
from smartalert.alerts.restating import naming
from smartalert.config import Mode

NO_DRILL = re.compile(
    r"\b(?:(?:is|are|was) ?(?:not|no|n['’]t)|isn['’]t|not) (?:just |only )?(?:a |an )?"
    r"(?:drill|exercise|rehearsal|training|test)\b|\bthis is (?:real|for real)\b|\breal (?:emergency|incident|alert)\b",
    re.I,
)
A_DRILL = re.compile(
    r"^EXERCISE\b|\bEXERCISE EXERCISE\b|\b(?:this is|only) (?:only |just )?an? (?:drill|exercise|rehearsal|test)\b|"
    r"\bfor exercise only\b|\btraining (?:message|exercise)\b"
)
QUOTED = re.compile(rf"\b(\d{{1,5}}) of (\d{{1,2}}) ({'|'.join(MONTHS)})( (?:19|20)\d\d)?\b")


def no_drill(page: Page) -> Iterator[Mark]:
    """In training, a sentence that calls it real; in a live deployment, one that calls it an exercise."""
    said = NO_DRILL if page.mode is Mode.TRAINING else A_DRILL
    if found := said.search(page.text):
        start, end = sentence(page.text, found.start())
        yield without(page.text, start, end)


def other_incident(page: Page) -> Iterator[Mark]:
    """An incident number that is not this alert's."""
    ours = page.draft.incident_number
    known = INCIDENT_NUMBER.fullmatch(ours)
    if not known:
        return
    for found in QUOTED.finditer(page.text):
        if ours.split()[:4] != found[0].split()[:4]:
            yield Mark(*found.span(), ours)


def long_headline(page: Page) -> Iterator[Mark]:
    """A headline that some lock screens cut; the town may go, the message says it elsewhere."""
    if page.field == "headline" and LOCK_SCREEN_SHOWS < len(page.text) <= LONGEST_HEADLINE:
        where = page.draft.where
        street = where.partition(",")[0]
        at = naming(where).search(page.text) if street != where else None
        yield Mark(*at.span(), street) if at else Mark(0, len(page.text))
