"""Words with what matters in them marked: what was looked for, and in the public's what puts a response on top."""

from itertools import pairwise

from markupsafe import Markup, escape

from smartalert import cleaning
from smartalert.control.drawing import draw
from smartalert.geography import text_search
from smartalert.geography.text_search import Wanted
from smartalert.responses import urgent_words

#: Signs that a card shows before the first thing found.
BEFORE = 50


def marked(text: str, looked_for: Wanted, *, urgent: bool = False) -> Markup:
    """The text as HTML, isolated as a whole: a mark within it parts no word from those beside it."""
    shown = cleaning.isolated(text)
    marks = [(span, "urgent") for span in urgent_words.spans(shown)] if urgent else []
    marks += [(span, "found") for span in text_search.spans(shown, looked_for)]
    edges = sorted({0, len(shown), *(edge for span, _ in marks for edge in span)})
    pieces = [
        (escape(shown[start:end]), next((look for span, look in marks if span[0] <= start < span[1]), ""))
        for start, end in pairwise(edges)
    ]
    return draw("control/marked.html", pieces=pieces)


def beginning(text: str, looked_for: Wanted) -> str:
    """The text for a card: from a little before the first thing found, where that is far down."""
    first = next((start for start, _ in text_search.spans(text, looked_for)), 0)
    if first <= 2 * BEFORE:
        return text
    return f"… {text[first - BEFORE :].partition(' ')[2] or text[first:]}"
