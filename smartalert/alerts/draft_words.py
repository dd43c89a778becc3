"""The words of a draft: a template's with its facts put in, the officer's own, and both as a fact changes."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from smartalert import cleaning
from smartalert.alerts.drafts import LOCK_SCREEN_SHOWS, UNKNOWN, WORDS, Draft
from smartalert.alerts.gaps import filled_in
from smartalert.alerts.incident_numbers import read_incident_number
from smartalert.alerts.incidents import KINDS, gaps, put_in, without_number
from smartalert.alerts.restating import naming, restated
from smartalert.clock import time_of_day

#: What is put into one gap of a template.
LONGEST_FILL = 200


def choose_kind(kind_key: str, draft: Draft, now: datetime, template: Mapping[str, str] | None = None) -> Draft:
    """The draft as one of this kind: for whom, until when, and its wording unless the words are the officer's.

    `template` is the force's own wording of the kind, where it has one.
    """
    kind = KINDS[kind_key]
    chosen = draft.model_copy(
        update={
            "incident_kind": kind.key,
            "urgent": kind.urgent,
            "topics": int(kind.topics),
            "sectors": sum(sector.bit for sector in kind.sectors),
            "expires": f"{kind.hours}h",
        }
    )
    return requoted(draft, chosen) if draft.own_words else from_template(chosen, now, template)


def from_template(draft: Draft, now: datetime, template: Mapping[str, str] | None = None) -> Draft:
    """The draft with the wording of its kind; what is known of place, time and incident number filled in."""
    kind = KINDS[draft.incident_kind]
    facts = {"where": draft.where or UNKNOWN["where"], "when": time_of_day(now), "incident": draft.said_number}
    begun_as = {field: put_in(template[field] if template else getattr(kind, field), facts) for field in WORDS}
    begun = draft.model_copy(update={"begun_as": begun_as, "own_words": False, "words_of": kind.key})
    return begun.model_copy(update=_made(begun))


def numbered(draft: Draft, typed: str, now: datetime, template: Mapping[str, str] | None = None) -> Draft:
    """The draft with the incident number that was typed, completed, also wherever its words leave room for it."""
    return requoted(draft, draft.model_copy(update={"incident_number": read_incident_number(typed, now)}), template)


def graded(draft: Draft, *, urgent: bool, template: Mapping[str, str] | None = None) -> Draft:
    """The draft as urgent, or as an update, which may do without an incident number."""
    return requoted(draft, draft.model_copy(update={"urgent": urgent}), template)


def requoted(before: Draft, after: Draft, template: Mapping[str, str] | None = None) -> Draft:
    """The draft after a change, whose words ask people to quote the incident number as it is now, or none.

    Words that asked for none ask for it again as far as they are still the template's.
    """
    old, new = before.said_number, after.said_number
    if old == new:
        return after
    where = after.where or UNKNOWN["where"]

    def quoted(field: str, text: str) -> str:
        if not new:
            return without_number(text, old)
        if old:
            return restated(text, old, new)
        if template and text == put_in(template[field], {"where": where, "incident": ""}):
            return put_in(template[field], {"where": where, "incident": new})
        return text

    begun_as = {field: quoted(field, text) for field, text in after.begun_as.items()}
    return _reworded(after, {"begun_as": begun_as}, quoted)


def restate(draft: Draft, fact: str, value: str) -> Draft:
    """The draft with another `where` or `incident_number`, also in its words wherever they name the old one."""
    old, new = getattr(draft, fact).strip() or UNKNOWN[fact], value.strip() or UNKNOWN[fact]
    begun_as = {field: restated(text, old, new) for field, text in draft.begun_as.items()}
    return _reworded(draft, {fact: value, "begun_as": begun_as}, lambda _, text: restated(text, old, new))


def fill(draft: Draft, gap: str, typed: str) -> Draft:
    """The draft with this in one of its template's gaps, wherever that stands; nothing opens the gap again.

    In words that the officer changed, only a gap that is still open is filled: what else they name is theirs.
    """
    said = cleaning.one_line(typed, LONGEST_FILL)
    return _reworded(draft, {"filled": {**draft.filled, gap: said}}, lambda _, text: text.replace(gap, said or gap))


def still_says(draft: Draft, gap: str, old: str) -> list[str]:
    """The fields whose words the officer changed, and which go on naming what was in one of their template's gaps."""
    words = _made(draft)
    changed = [field for field, text in draft.begun_as.items() if gap in text and getattr(draft, field) != words[field]]
    return [field for field in changed if old and naming(old).search(getattr(draft, field))]


def _reworded(draft: Draft, update: dict[str, Any], otherwise: Callable[[str, str], str]) -> Draft:
    """The draft with this changed: its words made anew where they are as its template makes them, else as said."""
    changed = draft.model_copy(update=update)
    before, after = _made(draft), _made(changed)
    texts = {field: getattr(draft, field) for field in WORDS}
    words = {
        field: after[field] if before.get(field) == text else otherwise(field, text) for field, text in texts.items()
    }
    return changed.model_copy(update=words)


def _made(draft: Draft) -> dict[str, str]:
    """The words as the draft's template makes them; the headline without its town where that makes it too long."""
    words = {field: filled_in(text, draft.filled) for field, text in draft.begun_as.items()}
    headline, street = words.get("headline", ""), draft.where.partition(",")[0]
    if len(headline) > LOCK_SCREEN_SHOWS and not gaps(headline) and draft.where.count(",") == 1:
        words["headline"] = restated(headline, draft.where, street)
    return words
