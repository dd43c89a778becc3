"""HTML of the control room from templates: its pages beside Streamlit, and the pieces within Streamlit's."""

from markupsafe import Markup

from smartalert import wording
from smartalert.config import settings
from smartalert.control import words

#: What every template may say: how the control room says times, numbers and spans.
WORDS = {name: getattr(words, name) for name in words.__all__}


def draw(template: str, **facts: object) -> Markup:
    """The HTML of a template, which also knows the mode, the force's name and WORDS."""
    ours = settings()
    return wording.fragment(template, WORDS | {"mode": ours.mode.value, "force": ours.force_name} | facts)


def piece(name: str, *facts: str) -> Markup:
    """One of the small pieces that many screens have, a macro of templates/parts.html: piece("title", "Audit")."""
    drawn: Markup = getattr(wording.templates().get_template("control/parts.html").module, name)(*facts)
    return drawn
