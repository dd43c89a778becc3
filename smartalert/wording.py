"""How people are told, and words made from templates: every message, page, document and piece of a screen."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import jinja2
from jinja2.filters import do_join
from markupsafe import Markup

from smartalert import cleaning

HERE = Path(__file__).parent
#: Every training output begins with this.
EXERCISE = "EXERCISE"
#: Source of streets → what its publisher asks every picture of them to say.
PUBLISHERS = {
    "training": "Streets and people are made up. Town names: OS data © Crown copyright",
    "osm": "© OpenStreetMap contributors (ODbL)",
    "os_open_roads": "Contains OS data © Crown copyright and database right",
}


class Channel(StrEnum):
    """One way to tell people, as the database, jobs and receipts spell it."""

    PUSH = "push"
    EMAIL = "email"

    @property
    def bit(self) -> int:
        """Its place in a mask of channels, as the matching table holds them: never another's."""
        return 1 if self is Channel.PUSH else 2

    @property
    def label(self) -> str:
        """Its name on screens and charts."""
        return "Phones" if self is Channel.PUSH else "E-mail"

    @property
    def plural(self) -> str:
        """As in "1,011 phones"."""
        return "phones" if self is Channel.PUSH else "e-mails"

    def noun(self, number: int) -> str:
        """ "phone" for one, "e-mails" for any other number."""
        return self.plural.removesuffix("s") if number == 1 else self.plural

    @property
    def provider(self) -> str:
        """Whose service it goes by."""
        return "Google" if self is Channel.PUSH else "SendGrid"

    @property
    def by(self) -> str:
        """As in "told by e-mail"."""
        return "on phones" if self is Channel.PUSH else "by e-mail"

    @property
    def icon(self) -> str:
        """Its Material symbol."""
        return "smartphone" if self is Channel.PUSH else "mail"


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


def count(number: int, one: str, many: str) -> str:
    """ "1 person", "1,284 people"."""
    return f"{number:,} {one if number == 1 else many}"


def render(template: str, facts: dict[str, object]) -> str:
    """One template's text, without blank lines around it; "alerts/push.txt" is alerts/templates/push.txt."""
    return templates().get_template(template).render(facts).strip()


def fragment(template: str, facts: dict[str, object]) -> Markup:
    """The same of a piece of HTML or SVG that stands inside another template, which takes it as it is."""
    return Markup(render(template, facts))  # noqa: S704 the template escapes


@cache
def templates() -> jinja2.Environment:
    """Every template of the project; a name a template misspells is an error, never an empty space."""
    made = jinja2.Environment(
        loader=jinja2.FunctionLoader(load),
        autoescape=jinja2.select_autoescape(["html", "svg"]),
        undefined=jinja2.StrictUndefined,
        finalize=isolated,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"isolated": isolated, "join": joined, "paragraphs": paragraphs}
    return made


def isolated(value: object) -> object:
    """What a template writes, so that words from right to left turn nothing round beside them; markup as it is."""
    return cleaning.isolated(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@jinja2.pass_eval_context
def joined(context: jinja2.nodes.EvalContext, value: Iterable[object], between: str = "") -> str:
    """Jinja's own join, where no piece turns another round."""
    made: str = do_join(context, map(isolated, value), between)
    return made


def paragraphs(text: str) -> list[list[str]]:
    """The lines of a text, in paragraphs as its writer parted them: mail programs keep no line end by themselves."""
    return [block.split("\n") for block in cleaning.lines(text).split("\n\n")]


def load(name: str) -> tuple[str, str, None] | None:
    """A template's text and file: "control/live/banner.html" is control/live/templates/banner.html."""
    for package in Path(name).parents:
        file = HERE / package / "templates" / Path(name).relative_to(package)
        if file.is_file():
            return file.read_text(), str(file), None
    return None
