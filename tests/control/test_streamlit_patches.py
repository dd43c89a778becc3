"""What the browser sent is taken over to its end, and what was drawn reaches it, whatever comes in between.

Streamlit's own server side, without a browser: the test decides in which moment which message arrives.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import Runtime, RuntimeConfig
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from smartalert.control import streamlit_patches

SCREEN = """
import time
import streamlit as st

class Lingers:
    # Streamlit clears away at the end of each run; this makes it take a while.

    def __init__(self):
        self.ring = self

    def __del__(self):
        time.sleep(0.3)

@st.fragment
def part():
    st.text("part")
    Lingers()

def take_over():
    time.sleep(0.4)
    st.session_state["heard"] = st.session_state["words"]

runs = st.session_state["runs"] = st.session_state.get("runs", 0) + 1
if st.session_state.get("other") == "away":
    st.text("nobody may be here")
    st.stop()
with st.container():
    part()
st.text_input("words", key="words", on_change=take_over)
st.text_input("other", key="other")
for line in range(20):
    st.text(f"run {runs}, line {line}: {st.session_state.get('heard', 'nothing')}")
"""
LONG_ENOUGH_S = 10.0
#: Longer than two runs take with all that is cleared away.
BUSY_S = 2.0


class Browser:
    """What a browser at this screen was sent, and what it sends."""

    client_context = None

    def __init__(self, runtime: Runtime) -> None:
        self.messages: list[ForwardMsg] = []
        self.when_finished: Callable[[], None] = lambda: None
        self.runtime, self.session = runtime, runtime.connect_session(self, {})

    def write_forward_msg(self, message: ForwardMsg) -> None:
        """Streamlit hands the next message over."""
        self.messages.append(message)
        if message.WhichOneof("type") == "script_finished":
            self.when_finished()

    def send(self, fragment: str = "", **says: str) -> None:
        """Ask for a run of the screen, or of one fragment, with what the fields say."""
        message = BackMsg()
        message.rerun_script.fragment_id = fragment
        for label, words in says.items():
            message.rerun_script.widget_states.widgets.add(id=self.field(label), string_value=words)
        self.runtime.handle_backmsg(self.session, message)

    def field(self, label: str) -> str:
        """The identity of the field so called."""
        inputs = [message.delta.new_element.text_input for message in self.messages]
        return next(one.id for one in inputs if one.label == label)

    def fragment(self) -> str:
        """The identity of the screen's only fragment."""
        return next(one.delta.fragment_id for one in self.messages if one.delta.fragment_id)

    def lines(self) -> list[str]:
        """The lines of text it was sent, in order."""
        return [text for message in self.messages if (text := message.delta.new_element.text.body)]

    def places(self, run: int) -> list[list[int]]:
        """Where the lines of this run were drawn."""
        drawn = [one for one in self.messages if one.delta.new_element.text.body.startswith(f"run {run}, ")]
        return [list(one.metadata.delta_path) for one in drawn]

    async def sees(self, ending: str) -> None:
        """It is sent a line that ends so, sooner or later."""
        began = time.monotonic()
        while not any(line.endswith(ending) for line in self.lines()):
            assert time.monotonic() - began < LONG_ENOUGH_S, self.lines()
            await asyncio.sleep(0.01)

    async def is_left_with(self, ending: str) -> None:
        """It sees this, and nothing else comes after it."""
        await self.sees(ending)
        await asyncio.sleep(1.0)
        assert self.lines()[-1].endswith(ending)


@pytest.fixture
def at_the_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Callable[[Browser], Awaitable[None]]], None]:
    """Run a story of one browser at the screen, once it is drawn."""
    monkeypatch.setattr(Runtime, "_instance", None)
    script = tmp_path / "screen.py"
    script.write_text(SCREEN)
    streamlit_patches.install()

    async def run(story: Callable[[Browser], Awaitable[None]]) -> None:
        runtime = Runtime(
            RuntimeConfig(str(script), MemoryMediaFileStorage("/media"), MemoryUploadedFileManager("/uploads"))
        )
        await runtime.start()
        browser = Browser(runtime)
        browser.send()
        await browser.sees("run 1, line 19: nothing")
        await story(browser)
        runtime.stop()
        await runtime.stopped

    return lambda story: asyncio.run(run(story))


def test_a_run_that_ended_reaches_the_browser_although_a_fragment_is_asked_for_before_it_left(
    at_the_screen: Callable[..., None],
) -> None:
    async def story(browser: Browser) -> None:
        browser.send()
        # The loop is busy with something else, while the run is drawn to its end …
        time.sleep(BUSY_S)
        # … and when it looks again, a fragment's own timer is what it sees first.
        browser.send(fragment=browser.fragment())
        await browser.sees("run 2, line 19: nothing")

    at_the_screen(story)


def test_what_is_sent_in_that_moment_is_heard_in_order(at_the_screen: Callable[..., None]) -> None:
    async def story(browser: Browser) -> None:
        browser.send()
        time.sleep(BUSY_S)
        browser.send(words="first")
        browser.send(words="second")
        await browser.is_left_with("line 19: second")

    at_the_screen(story)


@pytest.mark.parametrize("after_s", [0.0, 0.002, 0.2])
def test_a_callback_ends_and_shows_although_the_next_event_has_come(
    at_the_screen: Callable[..., None], after_s: float
) -> None:
    async def story(browser: Browser) -> None:
        browser.send(words="heard")
        await asyncio.sleep(after_s)
        browser.send(words="heard", other="anything")
        await browser.is_left_with("line 19: heard")

    at_the_screen(story)


def test_a_run_that_follows_a_fragments_is_drawn_from_the_top_of_the_page(at_the_screen: Callable[..., None]) -> None:
    async def story(browser: Browser) -> None:
        def once() -> None:
            browser.when_finished = lambda: None
            browser.send()

        browser.when_finished = once
        browser.send(fragment=browser.fragment())
        await browser.sees("run 2, line 19: nothing")
        assert browser.places(2) == browser.places(1)

    at_the_screen(story)


def test_no_fragment_of_the_page_before_draws_on_one_that_ended_early(at_the_screen: Callable[..., None]) -> None:
    async def story(browser: Browser) -> None:
        browser.send(other="away")
        browser.send(fragment=browser.fragment(), other="away")
        await browser.is_left_with("nobody may be here")

    at_the_screen(story)
