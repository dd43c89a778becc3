"""What the app stores' reports have in common once they are read."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from smartalert.errors import ImportRefused


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


def number(path: Path, line: int, column: str, text: str) -> int | None:
    """A count; None where the report leaves it empty. Raises ImportRefused."""
    text = text.strip().replace(",", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise ImportRefused.at_line(path.name, line, f"“{text}” is no count ({column.capitalize()})")
    return int(text)
