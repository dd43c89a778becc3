"""Scenarios as files: read, checked and written; what is wrong is said with its line, and what to write instead."""

import difflib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent

from smartalert import cleaning
from smartalert.drills.scenario import Scenario
from smartalert.errors import ScenarioRefused

#: Those that come along are data of training; the control room and workers read them too.
FOLDER = Path(__file__).parents[1] / "training/scenarios"
#: No story is longer, in characters, nor has parts within parts within parts beyond this.
LONGEST, DEEPEST = 60_000, 20
TOO_LONG = f"The file is longer than {LONGEST:,} characters: tell a shorter story."
#: A problem that is said in one line.
LINE = re.compile(r"(?:Line (?P<line>\d+): )?(?P<words>.*)", re.DOTALL)
#: Kind of pydantic's error → what an author reads. {field}, {given} and what the error carries are put in.
SAID = {
    "missing": "`{field}` is missing: write `{field}: …`",
    "literal_error": "`{field}` cannot be “{given}”: write one of {expected}",
    "enum": "`{field}` cannot be “{given}”: write one of {expected}",
    "string_type": "`{field}` must be words: put them in quotation marks",
    "string_too_short": "`{field}` is too short: write at least {min_length} characters",
    "string_too_long": "`{field}` is too long: write at most {max_length} characters",
    "string_pattern_mismatch": "`{field}` cannot be “{given}”: write small letters, digits and hyphens",
    "greater_than": "`{field}` must be more than {gt}, not {given}",
    "greater_than_equal": "`{field}` must be at least {ge}, not {given}",
    "less_than_equal": "`{field}` must be at most {le}, not {given}",
    "float_parsing": "`{field}` must be a number, not “{given}”",
    "int_parsing": "`{field}` must be a whole number, not “{given}”",
    "finite_number": "`{field}` must be a number that can be counted to",
    "bool_parsing": "`{field}` must be true or false, not “{given}”",
    "list_type": "`{field}` must be a list: begin each line of it with a hyphen",
    "too_short": "`{field}` needs at least {min_length}",
    "too_long": "`{field}` may have at most {max_length}",
    "value_error": "{error}",
}


def builtin() -> dict[str, Scenario]:
    """Those that come with Smart Alert, by the names of their files, in order of their names."""
    return {path.stem: load(path.stem) for path in sorted(FOLDER.glob("*.yaml"))}


@cache
def load(name: str) -> Scenario:
    """One of them."""
    return read(written(name))


def written(name: str) -> str:
    """The text of one of them, comments and all."""
    return (FOLDER / f"{name}.yaml").read_text()


@lru_cache(maxsize=64)
def practises(text: str) -> str:
    """What a scenario practises, as the comment at its head says; empty where it says nothing of it."""
    head = text.partition("\nname:")[0]
    said = " ".join(line.removeprefix("#").strip() for line in head.splitlines()).partition("Practises: ")[2]
    return said[:1].upper() + said[1:]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong with a scenario: where, and in an author's words."""

    line: int
    #: Keys and places in lists that lead to it; empty: of the whole.
    location: tuple[int | str, ...]
    words: str

    def __str__(self) -> str:
        return f"Line {self.line}: {self.words}" if self.line else self.words


@dataclass(frozen=True, slots=True)
class Checked:
    """A text as it was read: what is written, if it is YAML; the scenario, if it is whole; else what is wrong."""

    written: Any
    #: The same in Python's own dictionaries and lists, its words cleaned.
    values: Any
    scenario: Scenario | None
    problems: tuple[Problem, ...] = ()


def read(text: str) -> Scenario:
    """A scenario as it is written in YAML. Raises ScenarioRefused, with every problem and its line."""
    checked = check(text)
    if checked.scenario is None:
        raise ScenarioRefused([str(problem) for problem in checked.problems])
    return checked.scenario


@lru_cache(maxsize=64)
def check(text: str) -> Checked:
    """Read a text that may be anything. What it gives is shared: change nothing in it."""
    try:
        written = _document(text)
    except ScenarioRefused as refused:
        problems = [LINE.fullmatch(words) for words in refused.problems]
        return Checked(
            None, None, None, tuple(Problem(int(one["line"] or 0), (), one["words"]) for one in problems if one)
        )
    values = plain(written)
    try:
        return Checked(written, values, Scenario.model_validate(values))
    except ValidationError as refused:
        return Checked(written, values, None, tuple(said(error, written) for error in refused.errors()))


def _document(text: str) -> Any:
    """What is written in a text of YAML; raises ScenarioRefused for what is none."""
    if len(text) > LONGEST:
        raise ScenarioRefused([TOO_LONG])
    try:
        look_through(text)
        written = yaml().load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ScenarioRefused(
            [f"Line {line}: this is not YAML ({error.problem}). Check colons and how far it is indented."]
        ) from None
    except (YAMLError, ValueError, RecursionError):
        raise ScenarioRefused(["This is not YAML. Save it as text in UTF-8."]) from None
    if not isinstance(written, Mapping):
        raise ScenarioRefused(["Line 1: a scenario begins with `name: …`."])
    return written


def yaml() -> YAML:
    """Reads and writes as the files that come along are written, with their comments."""
    ours = YAML()
    ours.width, ours.allow_unicode, ours.preserve_quotes = LONGEST, True, True  # no line is broken that was not
    ours.indent(mapping=2, sequence=4, offset=2)
    return ours


def look_through(text: str) -> None:
    """Refuse what no scenario has and what takes a reader minutes: parts that refer to one another, or lie too deep."""
    depth = 0
    for event in YAML().parse(io.StringIO(text)):
        if isinstance(event, AliasEvent):
            raise ScenarioRefused(["A scenario refers to no other part of itself (*name): write it out."])
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > DEEPEST:
            line = event.start_mark.line + 1
            raise ScenarioRefused([f"Line {line}: this lies too deep in lists or parts. Check the brackets."])


def write(scenario: Scenario) -> str:
    """The same as YAML, for export; reading it gives the same scenario."""
    out = io.StringIO()
    yaml().dump(scenario.model_dump(mode="json", exclude_defaults=True), out)
    return out.getvalue()


def plain(node: Any) -> Any:
    """What ruamel read, as Python's own dictionaries, lists and values; no word holds what nobody sees."""
    if isinstance(node, Mapping):
        return {str(key): plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [plain(value) for value in node]
    return cleaning.visible(str(node)) if isinstance(node, str) else node


def said(error: ErrorDetails, written: Any) -> Problem:
    """One problem in an author's words."""
    location = [part for part in error["loc"] if part not in ("none",)]
    return Problem(line_of(written, location), tuple(location), in_words(error, location))


def in_words(error: ErrorDetails, location: Sequence[int | str]) -> str:
    """What is wrong at this place, and what to write instead."""
    field = next((part for part in reversed(location) if isinstance(part, str)), "scenario")
    if error["type"] == "extra_forbidden":
        return f"nothing is called `{field}` here{meant(field, known_at(location[:-1]))}."
    facts = {"field": field, "given": str(error["input"])[:60], **error.get("ctx", {})}
    words = SAID.get(error["type"], "`{field}` is not right: {message}")
    try:
        return f"{words.format(**facts, message=error['msg'])}."
    except KeyError:
        return f"`{field}`: {error['msg']}."


def line_of(node: Any, location: Sequence[int | str]) -> int:
    """The line on which this part begins, counted from 1; its parent's where it is not there."""
    line = node.lc.line
    for part in location:
        try:
            marks: Any = node
            line = (marks.lc.item if isinstance(node, list) else marks.lc.key)(part)[0]
            node = node[part]
        except (KeyError, IndexError, TypeError, AttributeError):
            break
    return int(line) + 1


def meant(field: str, known: list[str]) -> str:
    """What an author may have meant by a name that there is not."""
    near = difflib.get_close_matches(field, known, n=1)
    return f": did you mean `{near[0]}`?".removesuffix("?") if near else f". Here go: {', '.join(known)}"


def known_at(location: Sequence[int | str]) -> list[str]:
    """The names that may stand in this part of a scenario."""
    model: type[BaseModel] = Scenario
    for part in location:
        if isinstance(part, str):
            model = next(_models(model.model_fields[part].annotation), model)
    return list(model.model_fields)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models(inner)
