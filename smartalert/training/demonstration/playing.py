"""`demo`: everything that runs, a window, and the demonstration in it, to its end."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Error, Page, ViewportSize, sync_playwright

from smartalert.clock import utc_now
from smartalert.config import Settings
from smartalert.database import connection
from smartalert.drills import runs
from smartalert.errors import DemonstrationStopped, DrillRefused, SetupError
from smartalert.training.demonstration import missing_child, story
from smartalert.training.demonstration.addresses import Addresses
from smartalert.training.demonstration.recording import Recording
from smartalert.training.demonstration.stage import Pace, Stage
from smartalert.training.demonstration.story import Story

Say = Callable[[str], None]
#: What a system calls its Chromium.
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: It draws the map without a graphics card too, and asks nothing of the internet by itself.
FLAGS = [
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--start-maximized",
]
SIZE: ViewportSize = {"width": 1440, "height": 900}
#: Scenario → what plays it, and in how many parts.
DEMONSTRATIONS = {"missing-child": (missing_child.play, missing_child.PARTS)}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which demonstration, how fast, and where to record it."""

    scenario: str
    pace: Pace
    recording: Recording | None


def asked_for(scenario: str, pace: str, record: Path | None) -> Asked:
    """What somebody asked for, before anything starts. Raises SetupError."""
    if scenario not in DEMONSTRATIONS:
        raise SetupError(f"There is no demonstration of “{scenario}”. There is: {', '.join(DEMONSTRATIONS)}.")
    if pace not in list(Pace):
        raise SetupError(f"The pace cannot be “{pace}”: choose {', '.join(Pace)}.")
    return Asked(scenario, Pace(pace), Recording(record) if record else None)


def demonstrate(given: Settings, asked: Asked, say: Say) -> None:
    """Play it in a deployment that runs. Where there is no display nobody sees a window, so it is recorded."""
    is_shown, recording = has_display(), asked.recording
    if not is_shown:
        recording = recording or Recording(given.data_dir / "demonstration.gif")
        say(f"There is no display here, so no window opens. It plays all the same, and is recorded: {recording.file}")
    with connection.reading(connection.engine("smartalert_control")) as conn:
        if any(missing_child.OFFICER in run.officers for run in runs.under_way(conn)):
            raise DrillRefused("The officer of the demonstration is in a drill. End the drill first.")
        told = story.find(conn, asked.scenario, utc_now())
    near = f"http://{given.near_host}"
    at = Addresses(f"{near}:{given.control_port}", f"{near}:{given.public_port}", given.simulator_url)
    if is_shown:
        say("A window opens. F8 pauses and goes on, F9 plays the next step; the strip has buttons for both.")
    with window(shown=is_shown) as page:
        play(page, at, told, asked.pace, recording)
    if recording:
        recording.write()
        say(f"Recorded: {recording.file}")
    say("The demonstration has ended: found, and forgotten.")


def play(page: Page, at: Addresses, told: Story, pace: Pace, recording: Recording | None = None) -> None:
    """The whole demonstration on this page. Raises DemonstrationStopped, with what was not as it should be."""
    plays, parts = DEMONSTRATIONS[told.name]
    stage = Stage(page, pace, parts, recording)
    try:
        plays(stage, at, told)
    except (Error, AssertionError) as error:
        where = f"at “{stage.caption}”" if stage.caption else "before its first words"
        if page.is_closed():
            raise DemonstrationStopped(f"The window was closed, {where}.") from None
        first, *rest = str(error).strip().splitlines()
        waited = next((line.strip(" -") for line in rest if "waiting for" in line), "")
        raise DemonstrationStopped(f"The demonstration stopped {where}: {first} {waited}".rstrip()) from None


@contextmanager
def window(*, shown: bool) -> Iterator[Page]:
    """A browser of its own with one page, closed at the end. Raises SetupError where there is none."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    own = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, headless=not shown, args=[*FLAGS, *own])
        except Error as error:
            raise SetupError(f"Chromium does not start: {str(error).splitlines()[0]}") from None
        context = browser.new_context(no_viewport=True) if shown else browser.new_context(viewport=SIZE)
        try:
            yield context.new_page()
        finally:
            browser.close()


def has_display() -> bool:
    """Whether a window would be seen."""
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
