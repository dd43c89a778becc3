"""How figures are written, on screens, in exports and on paper alike."""

from collections.abc import Collection
from typing import Any

import pandas as pd

from smartalert.engagement.charts import UNKNOWN
from smartalert.engagement.periods import Step
from smartalert.wording import count

#: docs/decisions/0021 says why.
IN_TENS = (
    "Counts of people, deliveries and responses are rounded up or down to a ten, so that nobody can be picked out. "
    "Parts may not add up exactly to their total, and 0 may be a few."
)
WHAT_A_DASH_IS = f"“{UNKNOWN}”: not known, not published yet, or too few to say."


def readable_steps(table: pd.DataFrame, step: Step) -> pd.DataFrame:
    """The first column as the day, week or month that people know."""
    said = {Step.DAY: "%-d %b %Y", Step.WEEK: "Week of %-d %b %Y", Step.MONTH: "%B %Y"}[step]
    named = table.assign(start=[f"{start:{said}}" for start in table["start"]]).astype(object)
    return named.rename(columns={"start": step.value.capitalize()})


def written(table: pd.DataFrame, in_seconds: Collection[str] = ()) -> pd.DataFrame:
    """Every cell as it is read: thousands separators, spans of time in words, what is not known as a dash."""
    how = {name: seconds if name in in_seconds else cell for name in table.columns}
    read = {name: [how[name](None if is_unknown(value) else value) for value in table[name]] for name in table.columns}
    return pd.DataFrame(read, columns=table.columns, dtype=object)


def is_unknown(value: Any) -> bool:
    """Whether a cell holds nothing."""
    return not isinstance(value, str) and bool(pd.isna(value))


def cell(value: Any) -> str:
    """One cell as it is read."""
    if value is None:
        return UNKNOWN
    if isinstance(value, str):
        return value
    return f"{value:,.1f}" if isinstance(value, float) and value != int(value) else f"{int(value):,}"


def figure(value: float) -> str:
    """ "12,000", "95", "99.5"."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def pence(value: float) -> str:
    """ "3.1 p", "£1.24", "less than 0.1 p"."""
    if 0 < value < 0.1:
        return "less than 0.1 p"
    return f"{value:.1f} p" if value < 99.95 else f"£{value / 100:,.2f}"


def seconds(value: float | None) -> str:
    """ "2.1 s", "42 s", "1 min 22 s", "3 h 5 min": never less than it took."""
    if value is None:
        return UNKNOWN
    if value < 59.5:
        return f"{value:.1f} s" if value < 10 else f"{value:.0f} s"
    minutes, rest = divmod(round(value), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{minutes // 60:,} h {minutes % 60} min"


def per_cent(value: float | None) -> str:
    """ "98.7 %"; never "100.0 %" of what is not all of it."""
    if value is None:
        return UNKNOWN
    return f"{min(value, 0.999):.1%}".replace("%", " %") if value < 1 else "100 %"


def not_all(share: float | None) -> float | None:
    """A share in per cent, for a table; never 100 of what is not all of it."""
    return None if share is None else 100.0 if share >= 1 else round(min(100 * share, 99.9), 1)


def people(number: int) -> str:
    """ "1,240 people"; so few that they are put down to nought: "fewer than ten people"."""
    return some(number, "people")


def some(number: int, what: str) -> str:
    """ "120 responses", "fewer than ten responses"."""
    return f"{number:,} {what}" if number else f"fewer than ten {what}"


def more(number: int) -> str:
    """The change of a count that is in tens."""
    if not number:
        return "about as many as"
    return f"{abs(number):,} {'more' if number > 0 else 'fewer'} than"


def tenth(number: float | None) -> float | None:
    return None if number is None else round(number, 1)


def alerts(number: int, which: str = "") -> str:
    """ "1 alert", "12 alerts", "12 urgent alerts"."""
    return count(number, f"{which}alert", f"{which}alerts")
