"""What the browser sent is taken over to its end, and what was drawn reaches it, whatever comes in between.

Streamlit's own server side, without a browser: the test decides in which moment which message arrives.
"""

import ast
import asyncio
import sys
import threading
import time
import tomllib
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from string import ascii_lowercase

import pytest
from streamlit import config
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import Runtime, RuntimeConfig
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import ScriptRunnerEvent, script_runner
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.runtime.state import SafeSessionState, SessionState
from streamlit.web.server.starlette.starlette_websocket import StarletteSessionClient

from smartalert.control import streamlit_patches
from smartalert.control.streamlit_patches import SOURCES, WRITTEN_FOR
from smartalert.errors import SetupError

PROJECT = Path(__file__).parents[2]
SCREEN = """
import gates
import streamlit as st

def take_over(words):
    gates.go_through("callback")
    st.session_state["heard"] = words or st.session_state["words"]

@st.fragment
def part():
    st.text("part")

gates.runs += 1
runs = st.session_state["runs"] = st.session_state.get("runs", 0) + 1
if st.session_state.get("other") == "hang":
    gates.go_through("body")
if st.session_state.get("other") == "away":
    st.text("nobody may be here")
    st.stop()
with st.container():
    part()
st.text_input("words", key="words", on_change=take_over, args=("",))
st.text_input("other", key="other")
st.button("press", on_click=take_over, args=("the press",))
for line in range(20):
    st.text(f"run {runs}, line {line}: {st.session_state.get('heard', 'nothing')}")
"""
#: The first of two pages has a timer, and a button that leads to the other.
PAGES = """
import gates
import streamlit as st

def hear():
    gates.heard.append(st.session_state["words"])

@st.fragment(run_every=60)
def part():
    st.text_input("words", key="words", on_change=hear)

def one():
    part()
    if st.button("press"):
        st.switch_page(pages[1])
    for line in range(20):
        st.text(f"one, line {line}: nothing")

def two():
    gates.go_through("body")
    for line in range(20):
        st.text(f"two, line {line}: nothing")

pages = [st.Page(one), st.Page(two)]
st.navigation(pages, position="hidden").run()
"""
LONG_ENOUGH_S = 40.0
HANGS_S = 20.0


class Gates:
    """Places at which the test holds a run: its "start", its "callback", its "body" and its "end"."""

    def __init__(self) -> None:
        self.runs, self.given_up = 0, False
        self.heard: list[str] = []
        self._shut: dict[str, threading.Event] = {}
        self._reached: set[str] = set()

    def shut(self, place: str) -> None:
        """Hold whatever run comes there."""
        self._shut[place] = threading.Event()

    def open(self, place: str) -> None:
        """Let it go on."""
        self._shut.pop(place).set()

    def go_through(self, place: str) -> None:
        """A run comes there, and is held, though not for ever."""
        if gate := self._shut.get(place):
            self._reached.add(place)
            self.given_up |= not gate.wait(HANGS_S)

    async def reached(self, place: str) -> None:
        """A run is held there."""
        await until(lambda: place in self._reached)


async def until(true: Callable[[], object]) -> None:
    """It becomes true, sooner or later."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < LONG_ENOUGH_S
        await asyncio.sleep(0.005)


def draw_to_the_end() -> None:
    """Keep the event loop busy with something else, until every run has come to its end."""
    for thread in threading.enumerate():
        if thread.name == "ScriptRunner.scriptThread":
            thread.join(LONG_ENOUGH_S)


class Browser:
    """What a browser at this screen was sent, and what it sends."""

    client_context = None

    def __init__(self, runtime: Runtime) -> None:
        self.messages: list[ForwardMsg] = []
        self.runtime, self.session = runtime, runtime.connect_session(self, {})
        app_session = runtime.get_app_session(self.session)
        assert app_session
        self.app_session = app_session
        app_session.track_settling()

    def write_forward_msg(self, message: ForwardMsg) -> None:
        """Streamlit hands the next message over."""
        self.messages.append(message)

    def send(
        self,
        fragment: str = "",
        press: bool = False,
        page: str = "",
        timer: bool = False,
        back: bool = False,
        **says: str,
    ) -> None:
        """Ask for a run of the screen, of one of its pages or of one fragment, with what the fields say."""
        message = BackMsg()
        message.rerun_script.fragment_id = fragment
        message.rerun_script.page_script_hash = page
        message.rerun_script.is_auto_rerun = timer
        message.rerun_script.is_history_navigation = back
        widgets = message.rerun_script.widget_states.widgets
        for label, words in says.items():
            widgets.add(id=self.widget("text_input", label), string_value=words)
        if press:
            widgets.add(id=self.widget("button", "press"), trigger_value=True)
        self.runtime.handle_backmsg(self.session, message)

    def stop(self) -> None:
        """Ask that the run under way be stopped."""
        self.runtime.handle_backmsg(self.session, BackMsg(stop_script=True))

    def widget(self, kind: str, label: str) -> str:
        """The identity of the field or button so called."""
        drawn = [getattr(message.delta.new_element, kind) for message in self.messages]
        return str(next(one.id for one in drawn if one.label == label))

    def fragment(self) -> str:
        """The identity of the screen's only fragment."""
        return next(one.delta.fragment_id for one in self.messages if one.delta.fragment_id)

    def pages(self) -> list[str]:
        """The identities of the pages it may go to."""
        listed = next(one.navigation.app_pages for one in self.messages if one.HasField("navigation"))
        return [page.page_script_hash for page in listed]

    def lines(self) -> list[str]:
        """The lines of text it was sent, in order."""
        return [text for message in self.messages if (text := message.delta.new_element.text.body)]

    def places(self, run: int) -> list[list[int]]:
        """Where the lines of this run were drawn."""
        drawn = [one for one in self.messages if one.delta.new_element.text.body.startswith(f"run {run}, ")]
        return [list(one.metadata.delta_path) for one in drawn]

    async def sees(self, ending: str) -> None:
        """It is sent a line that ends so, sooner or later."""
        await until(lambda: any(line.endswith(ending) for line in self.lines()))

    async def rests(self) -> None:
        """No run is under way, none waits, and all that was drawn has come."""
        await until(lambda: self.app_session.is_settled and self.app_session not in streamlit_patches._waiting)

    async def is_left_with(self, ending: str) -> None:
        """It sees this last."""
        await self.sees(ending)
        await self.rests()
        assert self.lines()[-1].endswith(ending)


@pytest.fixture
def gates(monkeypatch: pytest.MonkeyPatch) -> Gates:
    """The gates, where the screen imports them and at two places within Streamlit that each run passes."""
    gates = Gates()
    read = ScriptCache.get_bytecode

    def get_bytecode(cache: ScriptCache, path: str) -> object:
        gates.go_through("start")
        return read(cache, path)

    monkeypatch.setitem(sys.modules, "gates", gates)
    monkeypatch.setattr(ScriptCache, "get_bytecode", get_bytecode)
    monkeypatch.setattr(script_runner, "_clean_problem_modules", lambda: gates.go_through("end"))
    return gates


Story = Callable[[Browser], Awaitable[None]]


@pytest.fixture
def at_the_screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gates: Gates) -> Callable[..., None]:
    """Run a story of one browser at the screen, or at another script's, once it is drawn."""
    monkeypatch.setattr(Runtime, "_instance", None)
    path = tmp_path / "screen.py"
    streamlit_patches.install()

    async def run(story: Story, script: str) -> None:
        path.write_text(script)
        runtime = Runtime(
            RuntimeConfig(str(path), MemoryMediaFileStorage("/media"), MemoryUploadedFileManager("/uploads"))
        )
        await runtime.start()
        browser = Browser(runtime)
        browser.send()
        await browser.is_left_with("line 19: nothing")
        await story(browser)
        runtime.stop()
        await runtime.stopped

    return lambda story, script=SCREEN: asyncio.run(run(story, script))


def test_a_run_that_ended_reaches_the_browser_although_a_fragment_is_asked_for_before_it_left(
    at_the_screen: Callable[..., None],
) -> None:
    async def story(browser: Browser) -> None:
        browser.send()
        draw_to_the_end()
        # When the loop looks again, a fragment's own timer is what it sees first.
        browser.send(fragment=browser.fragment())
        await browser.is_left_with("part")
        assert "run 2, line 19: nothing" in browser.lines()

    at_the_screen(story)


@pytest.mark.parametrize("passed_on", [False, True])
def test_what_is_sent_in_that_moment_is_heard_in_order(at_the_screen: Callable[..., None], passed_on: bool) -> None:
    async def story(browser: Browser) -> None:
        browser.send()
        draw_to_the_end()
        browser.send(words="first")
        if passed_on:
            # What the last run drew goes out, and the first of these two has not yet begun.
            await asyncio.sleep(0)
        browser.send(words="second")
        await browser.is_left_with("line 19: second")

    at_the_screen(story)


def test_a_press_in_that_moment_is_not_lost_to_what_comes_after_it(at_the_screen: Callable[..., None]) -> None:
    async def story(browser: Browser) -> None:
        browser.send()
        draw_to_the_end()
        browser.send(press=True)
        browser.send(fragment=browser.fragment())
        browser.send(other="anything")
        await browser.is_left_with("line 19: the press")

    at_the_screen(story)


@pytest.mark.parametrize(
    ("place", "press", "words"), [("start", True, ""), ("callback", True, ""), ("callback", False, "these words")]
)
def test_what_was_sent_is_taken_over_although_something_newer_has_come(
    at_the_screen: Callable[..., None], gates: Gates, place: str, press: bool, words: str
) -> None:
    async def story(browser: Browser) -> None:
        gates.shut(place)
        browser.send(press=press, words=words)
        await gates.reached(place)
        browser.send(words=words, other="anything")
        gates.open(place)
        await browser.is_left_with("line 19: the press" if press else f"line 19: {words}")

    at_the_screen(story)


def test_a_run_that_follows_a_fragments_is_drawn_from_the_top_of_the_page(
    at_the_screen: Callable[..., None], gates: Gates
) -> None:
    async def story(browser: Browser) -> None:
        gates.shut("end")
        browser.send(fragment=browser.fragment())
        await gates.reached("end")
        browser.send()
        gates.open("end")
        await browser.is_left_with("run 2, line 19: nothing")
        assert browser.places(2) == browser.places(1)

    at_the_screen(story)


def test_no_fragment_of_the_page_before_draws_on_one_that_ended_early(at_the_screen: Callable[..., None]) -> None:
    async def story(browser: Browser) -> None:
        browser.send(other="away")
        await browser.is_left_with("nobody may be here")
        browser.send(fragment=browser.fragment(), other="away")
        await browser.is_left_with("nobody may be here")

    at_the_screen(story)


@pytest.mark.parametrize("by_address", [True, False])
def test_a_timer_of_a_page_does_not_lead_back_to_it(
    at_the_screen: Callable[..., None], gates: Gates, by_address: bool
) -> None:
    async def story(browser: Browser) -> None:
        one, two = browser.pages()
        timer = browser.fragment()
        if by_address:
            gates.shut("start")
            browser.send(fragment=timer, page=one)
            await gates.reached("start")
            browser.send(page=two)
        else:
            gates.shut("body")
            browser.send(press=True, page=one)
            await gates.reached("body")
        # The browser has not yet heard that it is elsewhere.
        browser.send(fragment=timer, page=one, timer=True)
        gates.open("start" if by_address else "body")
        await browser.is_left_with("two, line 19: nothing")
        assert browser.app_session._pages_manager.current_page_script_hash == two

    at_the_screen(story, PAGES)


@pytest.mark.parametrize("in_fragment", [True, False])
def test_what_is_typed_on_a_page_is_heard_and_does_not_lead_back_to_it(
    at_the_screen: Callable[..., None], gates: Gates, in_fragment: bool
) -> None:
    async def story(browser: Browser) -> None:
        one, two = browser.pages()
        part = browser.fragment()
        gates.shut("start")
        browser.send(fragment=part, page=one)
        await gates.reached("start")
        browser.send(page=two, back=True)
        browser.send(fragment=part if in_fragment else "", page=one, words="help")
        gates.open("start")
        await browser.is_left_with("two, line 19: nothing")
        assert browser.app_session._pages_manager.current_page_script_hash == two
        assert gates.heard == ["help"]

    at_the_screen(story, PAGES)


@pytest.mark.parametrize("back", [True, False])
def test_whoever_turns_back_at_once_stays_on_the_page(
    at_the_screen: Callable[..., None], gates: Gates, back: bool
) -> None:
    async def story(browser: Browser) -> None:
        one, two = browser.pages()
        gates.shut("start")
        browser.send(fragment=browser.fragment(), page=one)
        await gates.reached("start")
        browser.send(page=two, back=True)
        browser.send(page=one, back=back)
        gates.open("start")
        await browser.is_left_with("one, line 19: nothing")
        assert browser.app_session._pages_manager.current_page_script_hash == one

    at_the_screen(story, PAGES)


def test_a_run_that_hangs_keeps_only_its_own_officer_waiting(at_the_screen: Callable[..., None], gates: Gates) -> None:
    async def story(ada: Browser) -> None:
        gates.shut("body")
        ada.send(other="hang")
        await gates.reached("body")
        ada.stop()
        for words in ascii_lowercase:
            ada.send(words=words, other="")
        ben = Browser(ada.runtime)
        ben.send()
        await ben.is_left_with("run 1, line 19: nothing")
        assert not gates.given_up, "the hanging run ended before Ben was answered"
        gates.open("body")
        await ada.is_left_with("line 19: z")

    at_the_screen(story)


def test_a_session_that_is_closed_while_its_run_hangs_begins_no_other(
    at_the_screen: Callable[..., None], gates: Gates
) -> None:
    async def story(ada: Browser) -> None:
        gates.shut("body")
        ada.send(other="hang")
        await gates.reached("body")
        ada.stop()
        ada.send(other="")
        ada.runtime.close_session(ada.session)
        gates.open("body")
        await until(lambda: not streamlit_patches._waiting)
        draw_to_the_end()
        assert gates.runs == 2

    at_the_screen(story)


def test_the_event_loop_is_called_once_for_all_that_is_drawn_meanwhile(
    at_the_screen: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[AppSession] = []
    call = AppSession._call_soon_on_event_loop

    def called(session: AppSession, callback: Callable[[], None]) -> None:
        calls.append(session)
        call(session, callback)

    monkeypatch.setattr(AppSession, "_call_soon_on_event_loop", called)

    async def story(browser: Browser) -> None:
        calls.clear()
        browser.send()
        draw_to_the_end()
        await browser.is_left_with("run 2, line 19: nothing")
        assert len(calls) == 1

    at_the_screen(story)


def test_what_fails_on_the_event_loop_keeps_back_nothing_else(
    at_the_screen: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = AppSession._handle_scriptrunner_event_on_event_loop

    def fails_once(session: AppSession, sender: object, event: ScriptRunnerEvent, **facts: object) -> None:
        if event is ScriptRunnerEvent.SCRIPT_STARTED:
            monkeypatch.setattr(AppSession, "_handle_scriptrunner_event_on_event_loop", handle)
            raise RuntimeError("this run is not announced")
        handle(session, sender, event, **facts)  # type: ignore[arg-type]

    async def story(browser: Browser) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        monkeypatch.setattr(AppSession, "_handle_scriptrunner_event_on_event_loop", fails_once)
        browser.send()
        await browser.is_left_with("run 2, line 19: nothing")

    at_the_screen(story)


def test_what_is_drawn_within_a_moment_leaves_in_one_turn_of_the_event_loop() -> None:
    turns, sent = [0], []

    class Socket:
        """A browser's socket that notes in which turn it was sent what."""

        async def send_bytes(self, payload: bytes) -> None:
            sent.append((payload, turns[0]))

    async def story() -> None:
        client = object.__new__(StarletteSessionClient)
        client._websocket, client._closed, client._send_queue = Socket(), asyncio.Event(), asyncio.Queue()  # type: ignore[assignment]
        sending = asyncio.create_task(streamlit_patches._send_together(client))
        for payload in (b"first", b"second", b"third"):
            client._send_queue.put_nowait(payload)
            await asyncio.sleep(0)  # as Streamlit does after each
        while len(sent) < 3:
            turns[0] += 1
            await asyncio.sleep(0)
        sending.cancel()

    asyncio.run(story())
    assert [payload for payload, _ in sent] == [b"first", b"second", b"third"]
    assert len({turn for _, turn in sent}) == 1


def test_a_field_that_asks_for_one_key_has_no_other_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    streamlit_patches.install()
    state = SessionState()
    state["words"], state["others"] = "these", "those"
    asked: list[str] = []
    look_up = SessionState.__getitem__

    def noted(of: SessionState, key: str) -> object:
        asked.append(key)
        return look_up(of, key)

    monkeypatch.setattr(SessionState, "__getitem__", noted)
    kept = SafeSessionState(state, lambda: None).filtered_state
    assert "words" in kept
    assert kept["words"] == "these"
    assert "nothing" not in kept
    assert set(asked) == {"words", "nothing"}
    assert dict(kept) == {"words": "these", "others": "those"}


def test_the_theme_is_the_one_that_was_set_and_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs, ours, reads = CustomThemeConfig(), CustomThemeConfig(), []

    def options(section: str) -> dict[str, str]:
        reads.append(section)
        return {"base": "dark", "primaryColor": "#123456"}

    monkeypatch.setattr(config, "get_options_for_section", options)
    streamlit_patches._theme_of.cache_clear()
    streamlit_patches._theme(theirs, "theme.light")
    for _ in range(3):
        streamlit_patches._fill_in_theme(ours, "theme.light")
    streamlit_patches._theme_of.cache_clear()
    assert theirs == ours
    assert theirs.primary_color == "#123456"
    assert len(reads) == 2  # theirs, and ours once


@pytest.mark.parametrize("part", SOURCES, ids=streamlit_patches.name_of)
def test_a_streamlit_in_which_a_part_has_changed_is_refused(
    part: Callable[..., object] | Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest_of = streamlit_patches.digest_of
    monkeypatch.setattr(streamlit_patches, "digest_of", lambda one: "changed" if one is part else digest_of(one))
    with pytest.raises(SetupError, match=f"Install streamlit=={WRITTEN_FOR}.* {streamlit_patches.name_of(part)} "):
        streamlit_patches.install()


def test_a_change_of_one_word_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "index.html"
    page.write_bytes(streamlit_patches.INDEX.read_bytes())
    assert streamlit_patches.digest_of(page) == SOURCES[streamlit_patches.INDEX]
    page.write_bytes(page.read_bytes().replace(b"lang", b"long", 1))
    assert streamlit_patches.digest_of(page) != SOURCES[streamlit_patches.INDEX]


def test_the_streamlit_that_is_asked_for_is_the_one_that_is_not_refused() -> None:
    asked_for = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert f"streamlit=={WRITTEN_FOR}" in asked_for
    for name in ("requirements.txt", "requirements-dev.txt"):
        assert f"streamlit=={WRITTEN_FOR}" in (PROJECT / name).read_text().splitlines()
    streamlit_patches.install()


def test_no_run_ends_with_a_search_through_all_that_is_loaded() -> None:
    assert tomllib.loads((PROJECT / ".streamlit" / "config.toml").read_text())["runner"]["postScriptGC"] is False


def test_nothing_else_uses_the_insides_of_streamlit() -> None:
    files = [file for file in (PROJECT / "smartalert").rglob("*.py") if file != Path(streamlit_patches.__file__)]
    used = {str(file): inside for file in files if (inside := set(insides_used(ast.parse(file.read_text()))))}
    assert not used


def insides_used(module: ast.Module) -> Iterator[str]:
    """What of Streamlit a module imports that is not for everybody, and private members of `st`."""
    for node in ast.walk(module):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names if name.name.startswith("streamlit."))
            case ast.ImportFrom(module=str(source)) if source.startswith("streamlit."):
                yield from {source} - {"streamlit.delta_generator"}
            case ast.Attribute(value=ast.Name(id="st"), attr=member) if member.startswith("_"):
                yield f"st.{member}"
