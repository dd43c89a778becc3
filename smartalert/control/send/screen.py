"""What this tab shows beside its draft: the step, notices, counts, and the area as it is being drawn or typed.

Everybody may read it; it is changed by the functions here and in no other way.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import streamlit as st

from smartalert.alerts.checks import Counted, Nowhere
from smartalert.alerts.drafts import Draft
from smartalert.alerts.proofreading import Finding
from smartalert.audience.preview import Preview
from smartalert.control.send import address
from smartalert.control.send.address import Step

SESSION_KEY = "send:screen"
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the officer should know, and perhaps undo."""

    text: str
    #: Fields to put back, or None where there is nothing to undo.
    undo: dict[str, Any] | None = None
    tone: Literal["info", "bad"] = "info"


@dataclass(slots=True)
class Screen:
    """One tab's screen, for as long as it shows the same draft."""

    step: Step = "compose"
    #: Review was asked for while something was missing.
    asked_too_early: bool = False
    notice: Notice | None = None
    #: The last counts, and the area and choice that they are of.
    counted: Counted | Nowhere | None = None
    counted_of: tuple[Any, ...] = ()
    #: The draft that was proofread last, in which minute, and what was found in it.
    read_of: Draft | None = None
    read_at: datetime | None = None
    found: list[Finding] = field(default_factory=list)
    #: The version and counts drawn on the review, which issuing must meet.
    reviewed: tuple[int, Preview] | None = None
    #: Presses of the button that issues or asks: each refused one gets a fresh button.
    presses: int = 0
    #: The choice of topics is open, whether or not one is chosen.
    narrowing: bool = False
    #: Where the map should look next: west, south, east, north.
    focus: Box | None = None
    #: Where a street was last picked or found: latitude and longitude.
    spot: tuple[float, float] | None = None
    #: The area changed and the rest of the page does not show it yet.
    moved: bool = False
    #: Which of several areas the map changes, and whether what is drawn next is another one.
    part: int = 0
    adding: bool = False
    #: The area that was widened last, and what it was before.
    widened: tuple[dict[str, Any], dict[str, Any]] | None = None
    #: Why what was just drawn is no area.
    area_refusal: str = ""
    #: What became of an area that was to be saved, and how often one was.
    saved_words: str = ""
    saved: int = 0
    #: What the typed fields say, the area it was typed or filled in for, and why it is none.
    typed: dict[str, str] = field(default_factory=dict)
    typed_for: dict[str, Any] | None = None
    typed_refusal: str = ""


def begin() -> None:
    """A clear screen, for another draft."""
    st.session_state[SESSION_KEY] = Screen()


def current() -> Screen:
    """This tab's screen; a clear one for an approver, who reads another officer's draft."""
    shown: Screen = st.session_state.setdefault(SESSION_KEY, Screen())
    return shown


def tell(text: str, *, undo: dict[str, Any] | None = None, tone: Literal["info", "bad"] = "info") -> None:
    """Say something above the form, with the fields that an undo would put back."""
    current().notice = Notice(text, undo, tone)


def dismiss() -> None:
    """Callback: the notice has been read."""
    current().notice = None


def compose(*, asked_too_early: bool = False) -> None:
    """Show the form; also where the review was asked for and something is missing."""
    shown = current()
    shown.step, shown.asked_too_early = "compose", asked_too_early
    address.write(address.draft(), shown.step)


def review() -> None:
    """Show everything that would leave."""
    shown = current()
    shown.step, shown.asked_too_early = "review", False
    address.write(address.draft(), shown.step)


def keep_reviewed(version: int, counted: Preview) -> None:
    """Remember what the review shows: issuing must meet it."""
    current().reviewed = version, counted


def keep_counts(counted: Counted | Nowhere, of: tuple[Any, ...]) -> Counted | Nowhere:
    """Remember the counts, and which area and choice they are of."""
    shown = current()
    shown.counted, shown.counted_of = counted, of
    return counted


def keep_found(found: list[Finding], of: Draft, at: datetime) -> list[Finding]:
    """Remember what proofreading found, in which draft, and in which minute."""
    shown = current()
    shown.found, shown.read_of, shown.read_at = found, of, at
    return found


def forget_counts() -> None:
    """Count anew when the page is drawn next."""
    current().counted = None


def fresh_button() -> None:
    """Draw the button that issues or asks as a new one: the browser closed the one that was pressed."""
    current().presses += 1


def refused(words: str) -> None:
    """What the button should have done was refused: say why, count anew, and offer a fresh button."""
    fresh_button()
    forget_counts()
    tell(words, tone="bad")


def narrow(*, by_topic: bool) -> None:
    """Open the choice of topics, or close it."""
    current().narrowing = by_topic


def area_changed(area: dict[str, Any] | None, focus: Box | None, *, typed: bool) -> None:
    """The draft has another area, which the map and the counts show first and the rest of the page then."""
    shown = current()
    shown.moved, shown.focus, shown.area_refusal = True, focus, ""
    shown.adding = False
    if typed:
        shown.typed_for = area
    else:
        shown.typed_refusal = ""


def add_part() -> None:
    """What is drawn next is another area."""
    shown = current()
    shown.adding, shown.area_refusal = True, ""


def choose_part(number: int) -> None:
    """This one of several areas is what the map changes."""
    shown = current()
    shown.adding, shown.part = False, number


def keep_spot(lat: float, lon: float) -> None:
    """Remember where a street was picked or found: narrowing it begins there."""
    current().spot = lat, lon


def keep_widened(area: dict[str, Any], before: dict[str, Any]) -> None:
    """This area was made of that one by widening it."""
    current().widened = area, before


def refuse_area(words: str) -> None:
    """What was just drawn is no area, and why."""
    current().area_refusal = words


def say_of_saved(words: str) -> None:
    """What became of an area that was to be saved."""
    shown = current()
    shown.saved_words, shown.saved = words, shown.saved + 1


def area_shown() -> None:
    """The whole page shows the area."""
    current().moved = False


def fill_typed(words: dict[str, str], area: dict[str, Any] | None) -> None:
    """Let the typed fields say this area."""
    shown = current()
    shown.typed, shown.typed_for = words, area


def keep_typed(name: str, words: str) -> None:
    """One of the typed fields says something else."""
    shown = current()
    shown.typed, shown.typed_refusal = {**shown.typed, name: words}, ""


def refuse_typed(words: str) -> None:
    """What is typed is no area, and why."""
    current().typed_refusal = words
