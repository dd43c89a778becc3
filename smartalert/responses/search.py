"""Search among responses: by reference, by words and by place, as officers type them on the telephone."""

from smartalert.database.connection import Connection, queries
from smartalert.geography import text_search
from smartalert.geography.text_search import LONGEST, MOST_WORDS, NOTHING, Wanted, spans, wanted

__all__ = ["LONGEST", "MOST_FOUND", "MOST_WORDS", "NOTHING", "Wanted", "found", "searched", "spans", "wanted"]
#: No more are found: whoever reads so many types another word.
MOST_FOUND = 1_000


def searched(reference: str, *texts: str) -> str:
    """By what a response is found: its reference with and without hyphen, and the texts."""
    return text_search.searched(reference, reference.replace("-", ""), *texts)


def found(conn: Connection, looked_for: Wanted, alert_id: int | None = None) -> list[int] | None:
    """The newest responses, to one alert or any, that have it all, by their ids; None when nothing is looked for."""
    if not looked_for:
        return None
    words, codes = text_search.patterns(looked_for)
    named = queries("responses/search")
    asked = {"words": words, "codes": codes, "alert_id": alert_id, "limit": MOST_FOUND}
    rows = named.found_code(conn, longest=codes[0], **asked) if codes else named.found(conn, longest=words[0], **asked)
    return [row.id for row in rows]
