"""Where the demonstration plays: one page of a browser, its captions, its pointer, and the pauses to read."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from smartalert.training.demonstration.recording import Recording

STRIP = (Path(__file__).parent / "strip.js").read_text()
#: Whatever comes, comes within this, on a slow machine too.
PATIENCE_MS = 60_000
#: How long to wait between two looks at the page, or whether somebody pressed Pause.
LOOK_MS = 100


class Pace(StrEnum):
    """How much time there is to read."""

    CALM = "calm"
    USUAL = "usual"
    #: None: for tests.
    FAST = "fast"


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds: for each word of a caption, at least for a whole one, and to look at what a press did."""

    word: float
    least: float
    look: float
    #: Milliseconds between two letters that are typed.
    letter_ms: int


TIMINGS = {
    Pace.CALM: Timing(0.42, 3.5, 2.0, 60),
    Pace.USUAL: Timing(0.27, 2.2, 1.2, 35),
    Pace.FAST: Timing(0, 0, 0, 0),
}


class Stage:
    """One page, and what is done on it so that somebody can follow."""

    def __init__(self, page: Page, pace: Pace, parts: int, recording: Recording | None = None) -> None:
        self.page, self.timing, self.caption = page, TIMINGS[pace], ""
        self.is_paused = self._stepped = self._was_looked_at = False
        self._parts, self._part, self._steps, self._recording = parts, 0, 0, recording
        page.context.set_default_timeout(PATIENCE_MS)
        page.expose_binding("demonstrationHears", lambda _source, what: self._hear(what))
        page.add_init_script(STRIP)

    def tell(self, caption: str) -> None:
        """Let what is seen be looked at, then say what comes next and leave time to read it."""
        self._look()
        self._part, self.caption, self._was_looked_at = self._part + 1, caption, False
        self._show()
        self._stepped = self._wait(max(self.timing.least, self.timing.word * len(caption.split())))

    def end(self) -> None:
        """Let the last of it be looked at."""
        self._look()

    def open(self, address: str) -> None:
        """Let what is seen be looked at, then go to another page."""
        self._look()
        self.page.goto(address)

    def click(self, what: Locator) -> None:
        """Point at it, then press it."""
        self._point(what)
        what.click()

    def type(self, field: Locator, words: str) -> None:
        """Point at a field, fill it letter by letter, and leave it."""
        self._point(field)
        field.click()
        if self.timing.letter_ms:
            field.fill("")
            field.press_sequentially(words, delay=self.timing.letter_ms)
        else:
            field.fill(words)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Press at one pixel of the page, let go at another."""
        self._point_at(*start)
        mouse, slowly = self.page.mouse, 24 if self.timing.look else 4
        mouse.move(*start)
        mouse.down()
        for part in range(1, slowly + 1):
            x, y = (a + (b - a) * part / slowly for a, b in zip(start, end, strict=True))
            mouse.move(x, y)
            if self.timing.look:
                self._point_at(x, y, glide_s=0.03)
        mouse.up()

    def sees(self, words: str | re.Pattern[str]) -> None:
        """The page says this, sooner or later."""
        expect(self.page.get_by_text(words).first).to_be_visible(timeout=PATIENCE_MS)

    def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait until this holds. Raises AssertionError."""
        until = time.monotonic() + PATIENCE_MS / 1_000
        while not holds():
            assert time.monotonic() < until, f"Waited in vain until {what}."  # noqa: S101 - as expect() does
            self.page.wait_for_timeout(LOOK_MS)

    def button(self, name: str | re.Pattern[str]) -> Locator:
        """A button by its name, before which an icon may stand."""
        return self.page.get_by_role(
            "button", name=re.compile(f"{re.escape(name)}$") if isinstance(name, str) else name
        )

    def _look(self) -> None:
        """Leave time to look at what the last words led to, once."""
        if self.caption and not self._was_looked_at:
            self._wait(self.timing.look, holds=not self._stepped)  # a step leads to the next words
            self._was_looked_at = True
            if self._recording:
                self._recording.add(self.page.screenshot(type="png"), words=len(self.caption.split()))

    def _hear(self, what: str) -> dict[str, Any]:
        """Somebody pressed a button or a key of the strip, or a new page asks what to show."""
        if what == "pause":
            self.is_paused = not self.is_paused
        elif what == "step":
            self.is_paused, self._steps = True, self._steps + 1
        return self._state()

    def _state(self) -> dict[str, Any]:
        return {"caption": self.caption, "part": f"{self._part} of {self._parts}", "paused": self.is_paused}

    def _show(self) -> None:
        self.page.evaluate("state => window.demonstrationShows?.(state)", self._state())

    def _wait(self, seconds: float, *, holds: bool = True) -> bool:
        """For so long, not counting pauses if it holds for them; whether a step ended it."""
        was_paused = self.is_paused
        while seconds > 0 or (holds and self.is_paused):
            before = time.monotonic()
            self.page.wait_for_timeout(LOOK_MS)
            if self.is_paused != was_paused:
                was_paused = self.is_paused
                self._show()
            if self._steps:
                self._steps = 0
                return True
            if not (holds and self.is_paused):
                seconds -= time.monotonic() - before
        return False

    def _point(self, what: Locator) -> None:
        if not self.timing.look:
            return
        what.evaluate("it => it.scrollIntoView({block: 'nearest'})")  # one that is drawn anew meanwhile is no matter
        if box := what.bounding_box():
            self._point_at(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    def _point_at(self, x: float, y: float, glide_s: float = 0.6) -> None:
        if self.timing.look:
            self.page.evaluate("([x, y]) => window.demonstrationPoints?.(x, y)", [x, y])
            self.page.wait_for_timeout(1_000 * glide_s)
