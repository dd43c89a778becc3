"""Charts of the control room. Colours are Okabe and Ito's, told apart by every kind of eye; each line is named too."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

#: Channel → what its line is called.
NAMES = {"push": "Phones", "email": "E-mail"}
#: Theme → colours of the lines, of words, and of the grid.
INK = {
    "light": ({"Phones": "#0072b2", "E-mail": "#b45f00"}, "#4b5a72", "#dde3ec"),
    "dark": ({"Phones": "#56b4e9", "E-mail": "#e69f00"}, "#a3b3c9", "#2c3a50"),
}


def hand_over(curve: Sequence[Any], step_s: float, totals: dict[str, int], theme: str) -> alt.Chart:
    """Deliveries handed over by seconds since release, one rising line a channel.

    curve: rows of channel, slice, deliveries (see deliveries.curve); totals: all deliveries of each channel.
    """
    colours, words, grid = INK["dark" if theme == "dark" else "light"]
    shown = [NAMES[channel] for channel in totals]
    lines = alt.Scale(domain=shown, range=[colours[name] for name in shown])
    dashes = alt.Scale(domain=list(NAMES.values()), range=[[1, 0], [6, 3]])
    chart: alt.Chart = (
        alt.Chart(cumulative(curve, step_s))
        .mark_line(interpolate="step-after", strokeWidth=2.5)
        .encode(
            x=alt.X("seconds:Q", title="seconds since release", axis=alt.Axis(grid=False, tickCount=8)),
            y=alt.Y(
                "deliveries:Q",
                title=None,
                scale=alt.Scale(domain=[0, max(totals.values(), default=1)]),
                axis=alt.Axis(format=",d", tickCount=4, domain=False, ticks=False),
            ),
            color=alt.Color("channel:N", scale=lines, legend=alt.Legend(orient="top", title=None, offset=4)),
            strokeDash=alt.StrokeDash("channel:N", scale=dashes, legend=None),
            tooltip=[
                alt.Tooltip("channel:N", title="Channel"),
                alt.Tooltip("seconds:Q", title="Seconds", format=".1f"),
                alt.Tooltip("deliveries:Q", title="Handed over", format=",d"),
            ],
        )
        .configure(font="Source Sans, sans-serif", background="transparent", padding=2)
        .configure_view(strokeWidth=0)
        .configure_axis(
            labelColor=words, titleColor=words, gridColor=grid, domainColor=grid, tickColor=grid, labelFontSize=12.5,
            titleFontSize=12.5, titleFontWeight="normal",
        )
        .configure_legend(labelColor=words, labelFontSize=13, symbolStrokeWidth=3)
    )  # fmt: skip
    return chart


def cumulative(curve: Sequence[Any], step_s: float) -> pd.DataFrame:
    """The rows as running sums from zero, each line drawn to the end of the last step: channel, seconds, deliveries."""
    last = max((row.slice for row in curve), default=0) + 1
    points = []
    for channel, name in NAMES.items():
        rows = {row.slice: row.deliveries for row in curve if row.channel == channel}
        if rows:
            so_far = 0
            points.append((name, 0.0, 0))
            for step in sorted({*rows, last - 1}):
                so_far += rows.get(step, 0)
                points.append((name, (step + 1) * step_s, so_far))
    return pd.DataFrame(points, columns=["channel", "seconds", "deliveries"])
