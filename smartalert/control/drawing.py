"""Templates of the control room: its pages beside Streamlit, and the pieces of HTML within Streamlit's."""

from markupsafe import Markup

from smartalert import wording
from smartalert.config import settings
from smartalert.control import words

#: What every template may say: how the control room says times, numbers and spans.
WORDS = {name: getattr(words, name) for name in ("ago", "clock", "count", "day_and_clock", "share", "span", "when")}


def draw(template: str, **facts: object) -> Markup:
    """The HTML of a template, which also knows the mode, the force's name and WORDS."""
    ours = settings()
    return wording.fragment(template, WORDS | {"mode": ours.mode.value, "force": ours.force_name} | facts)
