"""Words made from templates: every message, page and document that is not drawn by Streamlit comes from here."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import jinja2

HERE = Path(__file__).parent
#: Every training output begins with this.
EXERCISE = "EXERCISE"


@dataclass(frozen=True, slots=True)
class Wording:
    """One channel's words. Phones have no html."""

    title: str
    body: str
    html: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 of the very words, in hexadecimal: the audit keeps it, so that nobody can say others were sent."""
        parts = (self.title, self.body, self.html)
        return hashlib.sha256(b"".join(b"%d:%b" % (len(part), part) for part in map(str.encode, parts))).hexdigest()


def render(template: str, facts: dict[str, object]) -> str:
    """One template's text, without trailing blank lines; "alerts/push.txt" is alerts/templates/push.txt."""
    return templates().get_template(template).render(facts).strip()


@cache
def templates() -> jinja2.Environment:
    """The wording templates; a name a template misspells is an error, never an empty space."""
    return jinja2.Environment(
        loader=jinja2.PrefixLoader(
            {folder.parent.name: jinja2.FileSystemLoader(folder) for folder in HERE.glob("*/templates")}
        ),
        autoescape=jinja2.select_autoescape(["html", "svg"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
