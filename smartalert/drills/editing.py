"""Changing a scenario's YAML part by part: comments, order and all that stays are as their author wrote them."""

import io
from collections.abc import Mapping, MutableMapping
from functools import lru_cache
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from smartalert import cleaning
from smartalert.drills import files
from smartalert.errors import ScenarioRefused

#: Keys and places in lists that lead to a part: ("injects", 2, "says").
Location = tuple[int | str, ...]
LONGEST_NAME, COPY_OF = 60, "Copy of "
GONE = "This part of the scenario is no longer there. Look at it again."


def cleaned(text: str) -> str:
    """YAML as it is kept: nothing in it that cannot be seen, and no longer than a story is. Raises ScenarioRefused."""
    if len(text) > files.LONGEST:
        raise ScenarioRefused([files.TOO_LONG])
    return cleaning.visible(text).strip() + "\n"


def change(text: str, location: Location, value: Any) -> str:
    """The text with this part changed, or without it where the value is None."""
    document = _document(text)
    node, last = _parent(document, location), location[-1]
    try:
        if value is not None:
            node[last] = _clean(value)
        elif isinstance(node, MutableMapping):
            node.pop(last, None)
        else:
            del node[last]
    except (IndexError, TypeError):
        raise ScenarioRefused([GONE]) from None
    return _written(document)


def add(text: str, location: Location, item: dict[str, Any]) -> str:
    """The text with one more item at the end of this list."""
    document = _document(text)
    node = _parent(document, location)
    if not isinstance(node.get(location[-1]), list):
        node[location[-1]] = CommentedSeq()
    node[location[-1]].append(CommentedMap(_clean(item)))
    return _written(document)


def copied(text: str) -> str:
    """The same scenario under a name that says so."""
    name = name_of(text)
    return change(text, ("name",), name if name.startswith(COPY_OF) else f"{COPY_OF}{name}"[:LONGEST_NAME].strip())


@lru_cache(maxsize=256)
def name_of(text: str) -> str:
    """What a scenario is called, whatever else is wrong with it."""
    return str(value_at(files.check(text).values, ("name",), ""))


def value_at(values: Any, location: Location, default: Any = None) -> Any:
    """What stands at this place of a document; the default where nothing does."""
    for part in location:
        try:
            values = values[part]
        except (KeyError, IndexError, TypeError):
            return default
    return default if values is None else values


def _document(text: str) -> Any:
    checked = files.check(text)
    if checked.values is None:
        raise ScenarioRefused([str(one) for one in checked.problems])
    return files.yaml().load(text)


def _parent(document: Any, location: Location) -> Any:
    """The part in which the last one of the location stands; made where it is not there."""
    try:
        for part in location[:-1]:
            if isinstance(part, str) and document.get(part) is None:
                document[part] = CommentedMap()
            document = document[part]
    except (AttributeError, IndexError, KeyError, TypeError):
        raise ScenarioRefused([GONE]) from None
    return document


def _written(document: Any) -> str:
    out = io.StringIO()
    files.yaml().dump(document, out)
    return cleaned(out.getvalue())


def _clean(value: Any) -> Any:
    """What came from a browser, without what nobody sees."""
    if isinstance(value, str):
        return cleaning.lines(value, files.LONGEST)
    if isinstance(value, Mapping):
        return {str(key): _clean(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_clean(part) for part in value]
    return value
