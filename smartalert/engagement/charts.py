"""Charts, for screen and print. Colours are Okabe and Ito's, told apart by every kind of eye; dashes differ too."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import altair as alt
import pandas as pd
from altair.utils import schemapi

from smartalert.dispatch.progress import CurveStep
from smartalert.engagement.ink import INK, Ink, Theme, dressed
from smartalert.wording import Channel

# A chart is checked whole when it is drawn, not each of its parts as it is made as well.
schemapi.disable_debug_mode()

#: What stands where nothing is known.
UNKNOWN = "–"
#: More bars than these say no more than the table.
MOST_BARS = 15
#: More steps than these are too many to name each.
MOST_TICKS = 14
DASHES = [[1, 0], [6, 3], [2, 2], [8, 2, 2, 2]]


@dataclass(frozen=True, slots=True)
class Limit:
    """A value that is promised or wanted, and what it is called; all along the chart, or from one day to another."""

    value: float
    words: str
    start: date | None = None
    last: date | None = None


def hand_over(curve: Sequence[CurveStep], step_s: float, totals: dict[Channel, int], theme: str) -> Any:
    """Deliveries handed over by seconds since release, one rising line a channel.

    totals: all deliveries of each channel.
    """
    ink = INK[theme]
    shown = [channel.label for channel in totals]
    colours = alt.Scale(domain=shown, range=[ink.lines[list(Channel).index(channel)] for channel in totals])
    dashes = alt.Scale(domain=[channel.label for channel in Channel], range=DASHES[:2])
    chart = (
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
            color=alt.Color("channel:N", scale=colours, legend=alt.Legend(orient="top", title=None, offset=4)),
            strokeDash=alt.StrokeDash("channel:N", scale=dashes, legend=None),
            tooltip=[
                alt.Tooltip("channel:N", title="Channel"),
                alt.Tooltip("seconds:Q", title="Seconds", format=".1f"),
                alt.Tooltip("deliveries:Q", title="Handed over", format=",d"),
            ],
        )
    )
    return dressed(chart, theme)


def cumulative(curve: Sequence[CurveStep], step_s: float) -> pd.DataFrame:
    """The rows as running sums from zero, each line drawn to the end of the last step: channel, seconds, deliveries."""
    last = max((row.slice for row in curve), default=0) + 1
    points = []
    for channel in Channel:
        rows = {row.slice: row.deliveries for row in curve if row.channel == channel}
        if rows:
            so_far = 0
            points.append((channel.label, 0.0, 0))
            for step in sorted({*rows, last - 1}):
                so_far += rows.get(step, 0)
                points.append((channel.label, (step + 1) * step_s, so_far))
    return pd.DataFrame(points, columns=["channel", "seconds", "deliveries"])


def over_time(
    table: pd.DataFrame,
    series: Sequence[str],
    theme: Theme,
    *,
    unit: str,
    marks: Sequence[tuple[date, str]] = (),
    alerts: Sequence[tuple[date, str]] = (),
    limit: Limit | None = None,
) -> Any:
    """One line a series: columns start (date), whole (bool), and a column for each series, None where nothing is known.

    What is not known breaks the line; a step that is cut short is a hollow point. `marks` are days with their words,
    `alerts` the same as small ticks on the axis, `limit` a value that is promised or wanted.
    """
    ink = INK[theme]
    long = table.melt(["start", "whole"], list(series), "series", "value")
    long["start"] = pd.to_datetime(long["start"])
    long["value"] = pd.to_numeric(long["value"])
    drawn = [*_ticks(alerts, ink), *_lines(long, series, ink, unit), *_marks(marks, ink), *_limit(limit, ink)]
    return dressed(alt.layer(*drawn), theme)


def _lines(long: pd.DataFrame, series: Sequence[str], ink: Ink, unit: str) -> list[Any]:
    """The lines and their points; long: start, whole, series, value."""
    colours = alt.Scale(domain=list(series), range=list(ink.lines[: len(series)]))
    dashes = alt.Scale(domain=list(series), range=DASHES[: len(series)])
    # With one line the axis says what is counted, with several the legend does.
    several = len(series) > 1
    legend = alt.Legend(orient="top", title=unit, titleOrient="left", symbolType="stroke") if several else None
    above = _counted(titleAngle=0, titleAnchor="end", titleAlign="left", titleX=0, titleY=-10)
    days = sorted(set(long["start"]))
    # Ticks stand where the points do; with many points, where the axis likes them.
    few = (
        [alt.DateTime(year=day.year, month=day.month, date=day.day) for day in days]
        if len(days) <= MOST_TICKS
        else None
    )
    ticks = {"values": few} if few else {"tickCount": 8}
    base = alt.Chart(long).encode(
        x=alt.X("start:T", title=None, axis=alt.Axis(grid=False, format="%-d %b %y", labelOverlap=True, **ticks)),
        y=alt.Y("value:Q", title=None if several else unit, scale=alt.Scale(zero=True, nice=True), axis=above),
        color=alt.Color("series:N", scale=colours, legend=legend),
        tooltip=[
            alt.Tooltip("start:T", title="From", format="%-d %b %Y"),
            alt.Tooltip("series:N", title="What"),
            alt.Tooltip("value:Q", title=unit.capitalize(), format=",.1~f"),
        ],
    )
    lines = base.mark_line(strokeWidth=2.3, invalid="break-paths-show-domains").encode(
        strokeDash=alt.StrokeDash("series:N", scale=dashes, legend=None)
    )
    plain = alt.Color("series:N", scale=colours, legend=None)
    filled = {"test": "datum.whole", "field": "series", "type": "nominal", "scale": colours, "legend": None}
    points = base.mark_point(size=34, filled=False, strokeWidth=1.6).encode(
        color=plain, fill=alt.FillValue("transparent", condition=filled)
    )
    return [lines, points]


def _marks(marks: Sequence[tuple[date, str]], ink: Ink) -> list[Any]:
    """A dashed line at each day, with its words at the top."""
    if not marks:
        return []
    days = pd.DataFrame([(pd.Timestamp(day), words) for day, words in marks], columns=["start", "words"])
    base = alt.Chart(days).encode(x=alt.X("start:T"), tooltip=[alt.Tooltip("words:N", title="Campaign")])
    rule = base.mark_rule(color=ink.words, strokeDash=[3, 3], strokeWidth=1.2)
    return [rule, *_words(base.encode(y=alt.YValue(2)), ink, align="left", baseline="top", dx=4)]


def _ticks(alerts: Sequence[tuple[date, str]], ink: Ink) -> list[Any]:
    """A small tick on the axis for each alert."""
    if not alerts:
        return []
    days = pd.DataFrame([(pd.Timestamp(day), words) for day, words in alerts], columns=["start", "words"])
    ticks = alt.Chart(days).mark_rule(color=ink.words, strokeWidth=1, opacity=0.55)
    tips = [alt.Tooltip("start:T", title="Released", format="%-d %b %Y"), alt.Tooltip("words:N", title="Alert")]
    return [
        ticks.encode(
            x=alt.X("start:T"),
            y=alt.YValue(alt.ExprRef("height")),
            y2=alt.Y2Value(alt.ExprRef("height - 9")),
            tooltip=tips,
        )
    ]


def _limit(limit: Limit | None, ink: Ink) -> list[Any]:
    """A dashed line at a value, with its words above its right end."""
    if limit is None:
        return []
    row = {"value": limit.value, "words": limit.words, "first": limit.start, "last": limit.last}
    table = pd.DataFrame([row]).astype({"first": "datetime64[ns]", "last": "datetime64[ns]"})
    base = alt.Chart(table).encode(y=alt.Y("value:Q"))
    is_whole = limit.start is None or limit.last is None
    along = base if is_whole else base.encode(x=alt.X("first:T"), x2=alt.X2("last:T"))
    rule = along.mark_rule(color=ink.words, strokeDash=[3, 3], strokeWidth=1.2)
    far = base.encode(x=alt.XValue(alt.ExprRef("width")) if is_whole else alt.X("last:T"))
    return [rule, *_words(far, ink, align="right", baseline="bottom", dy=-4)]


def _words(placed: Any, ink: Ink, **how: Any) -> list[Any]:
    """Words on a chart, with a rim that keeps lines off them."""
    rim = placed.mark_text(fontSize=12, color=ink.paper, stroke=ink.paper, strokeWidth=5, **how)
    text = alt.Text("words:N")
    return [rim.encode(text=text), placed.mark_text(fontSize=12, color=ink.words, **how).encode(text=text)]


def bars(
    table: pd.DataFrame, label: str, value: str, theme: Theme, *, unit: str, most: int = MOST_BARS,
    limit: Limit | None = None,
) -> Any:  # fmt: skip
    """One horizontal bar a row, in the table's order, its number at its end; a dash where it is not known."""
    ink = INK[theme]
    shown = table.head(most)
    known = pd.DataFrame({
        "label": shown[label].astype(str), "value": pd.to_numeric(shown[value], errors="coerce"),
        "unknown": [UNKNOWN if pd.isna(one) else "" for one in shown[value]],
    })  # fmt: skip
    base = alt.Chart(known).encode(
        y=alt.Y("label:N", sort=None, title=None, axis=alt.Axis(domain=False, ticks=False, labelLimit=240)),
        tooltip=[alt.Tooltip("label:N", title=label), alt.Tooltip("value:Q", title=unit.capitalize(), format=",.1~f")],
    )
    far = alt.X("value:Q", title=unit, axis=_counted(titleAnchor="start"), scale=alt.Scale(zero=True, nice=True))
    text = base.mark_text(align="left", dx=5, fontSize=12, color=ink.words)
    layers = [
        base.mark_bar(color=ink.lines[0], height={"band": 0.68}).encode(x=far),
        text.encode(x=far, text=alt.Text("value:Q", format=",.1~f")),
        text.encode(x=alt.XValue(0), text=alt.Text("unknown:N"), tooltip=alt.TooltipValue(None)),
    ]
    if limit is not None:
        promised = alt.Chart(pd.DataFrame([{"value": limit.value}])).encode(x=alt.X("value:Q"))
        rim = base.mark_text(align="left", dx=5, fontSize=12, color=ink.paper, stroke=ink.paper, strokeWidth=5)
        layers[1:1] = [
            promised.mark_rule(color=ink.words, strokeDash=[3, 3], strokeWidth=1.2),
            rim.encode(x=far, text=alt.Text("value:Q", format=",.1~f")),
        ]
    rows = max(1, len(known))
    # A screen fits axis and title into the height, paper adds them to it.
    height = 17 * rows if theme == "print" else 25 * rows + 52
    # Room for the number at the end of the longest bar. Streamlit heeds no padding but the chart's own.
    around = {"left": 2, "top": 2, "right": 46, "bottom": 2 if theme == "print" else 20}
    return dressed(alt.layer(*layers).properties(height=height, padding=around), theme)


def regions(shapes: list[dict[str, Any]], theme: Theme, *, unit: str) -> Any:
    """A shaded map: GeoJSON features with properties name and value (None: nobody knows). A fifth each shade."""
    ink = INK[theme]
    named, colours = banded(shapes, ink.ramp)
    land = alt.Chart(alt.InlineData(values=named)).properties(height=330 if theme == "print" else 520)
    known = land.transform_filter("isValid(datum.properties.value)").mark_geoshape(stroke=ink.grid, strokeWidth=0.7)
    tips = [
        alt.Tooltip("properties.name:N", title="Neighbourhood"),
        alt.Tooltip("properties.value:Q", title=unit.capitalize(), format=",.1f"),
    ]
    shaded = known.encode(
        color=alt.Color(
            "properties.band:N",
            scale=alt.Scale(domain=list(colours), range=list(colours.values())),
            legend=alt.Legend(title=unit, orient="right", symbolType="square"),
        ),
        tooltip=tips,
    )
    empty = land.mark_geoshape(fill=ink.nothing, stroke=ink.grid, strokeWidth=0.7).encode(tooltip=tips[:1])
    # reflectY: the shapes are metres on the grid, north up, and a screen counts downwards.
    return dressed(alt.layer(empty, shaded).project(type="identity", reflectY=True), theme)


def banded(shapes: list[dict[str, Any]], ramp: Sequence[str]) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The features with the fifth that each value is in, in words, and the colour of each fifth that has any."""
    values = sorted(one["properties"]["value"] for one in shapes if one["properties"]["value"] is not None)
    if not values:
        return shapes, {}
    edges = [values[len(values) * place // len(ramp)] for place in range(1, len(ramp))]
    inside: dict[int, list[float]] = {}
    for value in values:
        inside.setdefault(bisect_right(edges, value), []).append(value)
    words = {band: f"{found[0]:,.1f} to {found[-1]:,.1f}" for band, found in inside.items()}
    named = [
        {**one, "properties": {**one["properties"], "band": words[bisect_right(edges, one["properties"]["value"])]}}
        if one["properties"]["value"] is not None
        else one
        for one in shapes
    ]
    return named, {words[band]: ramp[band] for band in sorted(inside)}


def _counted(**placed: Any) -> alt.Axis:
    """An axis of counts that keeps out of the way."""
    return alt.Axis(format=",.1~f", tickCount=5, tickMinStep=1, domain=False, ticks=False, **placed)
