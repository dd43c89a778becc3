"""How a chart looks, on screen and in print. Colours are Okabe and Ito's, told apart by every kind of eye."""

from dataclasses import dataclass
from typing import Any, Literal

Theme = Literal["light", "dark", "print"]


@dataclass(frozen=True, slots=True)
class Ink:
    """One theme's colours; lines in the order in which series are named."""

    lines: tuple[str, ...]
    words: str
    grid: str
    #: Light to dark, or dark to light: little to much.
    ramp: tuple[str, ...]
    nothing: str
    #: What lies beneath, for a rim around words on lines.
    paper: str = "#ffffff"


INK: dict[str, Ink] = {
    "light": Ink(
        ("#0072b2", "#b45f00", "#007a5e", "#a2487f"), "#4b5a72", "#dde3ec",
        ("#d3ebe6", "#8fcdc2", "#4ba596", "#187c6f", "#00524a"), "#eef1f5",
    ),
    "dark": Ink(
        ("#56b4e9", "#e69f00", "#2dbf9a", "#cc79a7"), "#a3b3c9", "#2c3a50",
        ("#12403c", "#1a6a61", "#2b9486", "#62c2b3", "#b5ece2"), "#222c3a", "#141e2c",
    ),
}  # fmt: skip
INK["print"] = INK["light"]


def dressed(chart: Any, theme: str) -> Any:
    """The same letters, colours and quiet axes for every chart."""
    ink = INK[theme]
    font = "Source Sans Pro" if theme == "print" else "Source Sans, sans-serif"
    axis = {
        "labelColor": ink.words, "titleColor": ink.words, "gridColor": ink.grid, "domainColor": ink.grid,
        "tickColor": ink.grid, "labelFontSize": 12.5, "titleFontSize": 12.5, "titleFontWeight": "normal",
        "labelFont": font, "titleFont": font,
    }  # fmt: skip
    legend = {
        "labelColor": ink.words, "labelFontSize": 13, "symbolStrokeWidth": 3, "titleColor": ink.words,
        "titleFontWeight": "normal", "labelFont": font, "titleFont": font,
    }  # fmt: skip
    # Altair's own methods would copy the whole chart for it.
    chart.config = {
        "font": font, "background": "transparent", "padding": 2, "view": {"strokeWidth": 0}, "axis": axis,
        "legend": legend,
    }  # fmt: skip
    return chart
