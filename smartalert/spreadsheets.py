"""Tables to take away, as CSV that any spreadsheet opens and none runs."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

#: A spreadsheet takes words that begin so for a formula, and would run it.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """One row a line; with the mark by which spreadsheets know UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([harmless(value) for value in row])
    return out.getvalue().encode("utf-8-sig")


def harmless(value: Any) -> Any:
    """Somebody's words as words, whatever a spreadsheet would make of them."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
