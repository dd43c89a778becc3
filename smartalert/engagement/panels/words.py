"""How panels write counts, times and steps."""

from typing import Any

import pandas as pd

from smartalert.engagement.charts import HIDDEN
from smartalert.engagement.periods import Step
from smartalert.wording import count

#: docs/pcc.md says when a count is hidden.
__all__ = ["HIDDEN", "UNKNOWN", "WHAT_IS_HIDDEN"]
UNKNOWN = "–"
WHAT_IS_HIDDEN = (
    f"“{HIDDEN}”: a count of people from 1 to 9, or one that would give such a count away. “{UNKNOWN}”: not known, or "
    "nothing to count."
)


def readable_steps(table: pd.DataFrame, step: Step) -> pd.DataFrame:
    """The first column as the day, week or month that people know."""
    said = {Step.DAY: "%-d %b %Y", Step.WEEK: "Week of %-d %b %Y", Step.MONTH: "%B %Y"}[step]
    named = table.assign(start=[f"{start:{said}}" for start in table["start"]]).astype(object)
    return named.rename(columns={"start": step.value.capitalize()})


def written(table: pd.DataFrame) -> pd.DataFrame:
    """Every cell as it is read: thousands separators, what is hidden or not known in words."""
    return table.map(cell)


def cell(value: Any) -> str:
    """One cell as it is read."""
    if pd.isna(value):
        return HIDDEN
    if isinstance(value, str):
        return value
    return f"{value:,.1f}" if isinstance(value, float) and value != int(value) else f"{int(value):,}"


def seconds(value: float | None) -> str:
    """ "2.1 s", "3 min", "2.5 h"."""
    if value is None:
        return UNKNOWN
    if value < 60:
        return f"{value:.1f} s"
    return f"{value / 60:.0f} min" if value < 5_400 else f"{value / 3_600:.1f} h"


def people(number: int | None) -> str:
    return "fewer than ten people" if number is None else count(number, "person", "people")


def more(number: int) -> str:
    return f"{number:,} more" if number >= 0 else f"{-number:,} fewer"


def tenth(number: float | None) -> float | None:
    return None if number is None else round(number, 1)
