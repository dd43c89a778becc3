"""What the app stores' reports have in common once they are read."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from smartalert import cleaning
from smartalert.errors import ImportRefused

#: No app has more on a day.
MOST = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Day:
    """One app's figures of one day, whole or of one country, device or version. None: the report does not say."""

    app: str
    day: date
    value: str
    installs: int | None = None
    uninstalls: int | None = None
    updates: int | None = None
    active: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What one file says, split by one dimension; overview is the whole day."""

    store: str
    dimension: str
    days: tuple[Day, ...]


def rows(path: Path, lines: Iterator[list[str]], header: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """The number of each line below the header, and its fields by name. Raises ImportRefused."""
    for line, fields in enumerate(lines, start=2):
        if not any(fields):
            continue
        if len(fields) != len(header):
            raise ImportRefused.at_line(
                path.name, line, f"it has {len(fields)} fields, and the first line names {len(header)}"
            )
        yield line, dict(zip(header, map(cleaning.one_line, fields), strict=True))


def number(path: Path, line: int, column: str, text: str) -> int | None:
    """A count; None where the report leaves it empty. Raises ImportRefused."""
    text = text.strip().replace(",", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text[: len(str(MOST)) + 1]) <= MOST):
        raise ImportRefused.at_line(path.name, line, f"“{text}” is no count ({column.capitalize()})")
    return int(text)
