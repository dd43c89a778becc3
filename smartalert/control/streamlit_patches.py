"""All that the control room replaces or uses of Streamlit's insides, and a refusal to start where they have changed.

What goes wrong without each, and which test says so, is on one page: docs/decisions/0018-whole-runs.md.
"""

import asyncio
import hashlib
import inspect
import logging
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import streamlit as st
from starlette.websockets import WebSocketDisconnect
from streamlit.delta_generator_singletons import context_dg_stack, get_default_dg_stack_value
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.fragment import MemoryFragmentStorage
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import ScriptRunner, ScriptRunnerEvent, get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests, ScriptRequestType
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext
from streamlit.runtime.state import SafeSessionState, SessionState
from streamlit.web.server.starlette.starlette_websocket import StarletteSessionClient

from smartalert.errors import SetupError

log = logging.getLogger(__name__)
WRITTEN_FOR = "1.67.0"
#: Streamlit's page, which app.py dresses.
INDEX = Path(st.__file__).parent / "static" / "index.html"
#: The SHA-256 of each part as it was when ours were written: the methods that are replaced, then what they rely on.
SOURCES: dict[Callable[..., object] | Path, str] = {
    ScriptRunner._maybe_handle_execution_control_request: (
        "5bae9b98a9044a8a4ecfc81125fdb04dd522c8ba24e9a8ca33f8d249fafafbda"
    ),
    ScriptRunner._run_script: "b576d3acf1a5b9055b213b293b991737bf9e6dc5ab0af03d0139781b444e3851",
    AppSession._create_scriptrunner: "1529b64dc24cab50587eb632ca7a3180ce3c7476483364feab89c0b56fa3f9fd",
    AppSession._enqueue_forward_msg: "a8b367aa7116e7202e4038701546168be1f39e7c17d0fc341137106a9c3e1356",
    AppSession._on_scriptrunner_event: "a622d57aa2bacdc2ff56e7ebee6b4307d5be503fd2fb55b4b65483308a868552",
    AppSession._handle_scriptrunner_event_on_event_loop: (
        "ed8b8b01f1b6a039654f68307e1aae02ffc220e1cad612f32bed6e5511d5ab1a"
    ),
    AppSession.request_rerun: "52f29d8973368c8bf5fee4515799135a7465cb65856237dc5f50e467fe4a9ea2",
    app_session._populate_theme_msg: "844b9eb40d0f7d97356dd05beb5c07cf44ee73a95cfdfa0dd02e53868e3c341f",
    MemoryFragmentStorage.clear: "a560def7e81772baeb9e786dd526fc0736050e0a447d5d010efcc6a3607f93aa",
    PagesManager.__init__: "baf7a6f847ae8dcb98c74cb5922e75336b29fb72702d0141739bb3a8caf3f921",
    # a property, of which only its function has a source
    SafeSessionState.filtered_state.fget: "d08f2da73ad67b5e6f3c9980278b3a11d200a2c0da0a292417e79ac4bdc45c40",  # type: ignore[attr-defined]
    ScriptRequests._request_rerun_locked: "5bc72b1577cab5e1dc468b5cde629bbc0accc8e778bc5c5a8f124f62d74d61af",
    ScriptRequests.on_scriptrunner_ready: "89daaa18f02d9fa329008853726e9bc4b1822876dc6bd0754f26593baf2b025d",
    SessionState.filtered_state.fget: "c9cebb3efcc6df9b61a80704ccae7c5fa08b2bedfb2cb5783ae44c8f7f319daf",  # type: ignore[attr-defined]
    StarletteSessionClient._sender: "31401f219f8559f1ff1fc81a9e0f890723cd1365d9ce115aed80cf768ffa62b0",
    ScriptRunContext.reset: "cdaa14383fd495c56c1b6d2793e777b922b7ed791ecdbaa77c28e5a3d433cd43",
    get_default_dg_stack_value: "139a295dda4b0b4532075aa54b5039da030fdb1647bb8ac17b139d63b35f8419",
    INDEX: "ddc07668cbe37c6e6e003786a0df9ffb0cbd320deada94e5fa56197c62400351",
}
#: How often to look whether a session's last run has ended; it mostly has by the first look.
POLL_S = 0.01
#: For so long what is sent to a browser is gathered, to leave in one go.
GATHER_S = 0.002
_waiting: WeakKeyDictionary[AppSession, ScriptRequests] = WeakKeyDictionary()
_break_off = ScriptRunner._maybe_handle_execution_control_request
_begin = AppSession._create_scriptrunner
_run = ScriptRunner._run_script
_request = AppSession.request_rerun
_theme = app_session._populate_theme_msg


class Told:
    """What a session's runs have told it, and whether the event loop is about to take it over."""

    def __init__(self) -> None:
        self.events: deque[tuple[ScriptRunner | None, ScriptRunnerEvent, dict[str, Any]]] = deque()
        self.is_awaited = False


_told: WeakKeyDictionary[AppSession, Told] = WeakKeyDictionary()


def install() -> None:
    """Replace Streamlit's own parts, for the whole process. Raises SetupError where Streamlit has other ones."""
    if changed := [name_of(part) for part, digest in SOURCES.items() if digest_of(part) != digest]:
        raise SetupError(
            f"Install streamlit=={WRITTEN_FOR}: the installed {st.__version__} has another {', '.join(changed)} than "
            "the control room was written for."
        )
    ScriptRunner._maybe_handle_execution_control_request = _break_off_once_drawing  # type: ignore[method-assign, assignment]
    AppSession._create_scriptrunner = _begin_when_the_last_has_ended  # type: ignore[method-assign, assignment]
    ScriptRunner._run_script = _run_from_the_top  # type: ignore[method-assign, assignment]
    AppSession.request_rerun = _request_unless_it_leads_back  # type: ignore[method-assign, assignment]
    AppSession._on_scriptrunner_event = _tell  # type: ignore[method-assign, assignment]
    StarletteSessionClient._sender = _send_together  # type: ignore[method-assign, assignment]
    SafeSessionState.filtered_state = property(StateByKey)  # type: ignore[method-assign, assignment]
    app_session._populate_theme_msg = _fill_in_theme  # type: ignore[assignment]
    PagesManager.uses_pages_directory = False


def name_of(part: Callable[..., object] | Path) -> str:
    """What a part is called in the refusal."""
    return part.name if isinstance(part, Path) else part.__qualname__


def digest_of(part: Callable[..., object] | Path) -> str:
    """The SHA-256 of a part's source as it is installed here."""
    source = part.read_bytes() if isinstance(part, Path) else inspect.getsource(part).encode()
    return hashlib.sha256(source).hexdigest()


def runs_fragments_only() -> bool:
    """Whether this run draws fragments alone, as their timers ask, and not the whole page."""
    context = get_script_run_ctx()
    return bool(context and context.fragment_ids_this_run)


def leads_back() -> bool:
    """Whether this run was asked for by Back or Forward."""
    context = get_script_run_ctx(suppress_warning=True)
    return bool(context and context.is_history_navigation)


def this_run() -> object | None:
    """What lives exactly as long as this run of a page or of fragments; None outside of one."""
    context = get_script_run_ctx(suppress_warning=True)
    return context.parallel_coordinator if context else None


def _break_off_once_drawing(runner: ScriptRunner) -> None:
    """Let a newer event break off drawing, but not the callbacks before it."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is None or context.has_script_started:
        _break_off(runner)


def _begin_when_the_last_has_ended(session: AppSession, rerun_data: RerunData) -> None:
    """Begin a run when the session's last has ended and all that it drew is passed on; the event loop never waits.

    Called where the last run takes no more requests. What is asked for meanwhile is put together in order, as
    Streamlit does with what comes during a run.
    """
    if session in _waiting:
        _waiting[session].request_rerun(rerun_data)
    elif session._scriptrunner is None:
        _begin(session, rerun_data)
    else:
        _waiting[session] = ScriptRequests()
        _waiting[session].request_rerun(rerun_data)
        _look_whether_the_last_has_ended(session)


def _request_unless_it_leads_back(session: AppSession, client_state: ClientState | None) -> None:
    """Take a request; of one of the page from which another is about to lead away, only what was typed or pressed.

    Streamlit would put both together as a run of the page that is being left, and the officer would stay there.
    """
    waits = _waiting.get(session) or (session._scriptrunner and session._scriptrunner._requests)
    if client_state and waits and waits._state is ScriptRequestType.RERUN:
        ahead = waits._rerun_data
        if ahead.page_script_hash not in ("", client_state.page_script_hash):
            if client_state.is_auto_rerun:
                return
            shown = session._pages_manager.current_page_script_hash
            if client_state.page_script_hash == shown and _says_something(client_state, ahead):
                client_state = _led_away(client_state, ahead)
    _request(session, client_state)


def _says_something(client_state: ClientState, ahead: RerunData) -> bool:
    """Whether a request has something from its page; what only leads there has the frame's fields, as they were."""
    known = ahead.widget_states.widgets if ahead.widget_states else ()
    return bool(client_state.fragment_id) or any(one not in known for one in client_state.widget_states.widgets)


def _led_away(client_state: ClientState, ahead: RerunData) -> ClientState:
    """The same said on the way to the page ahead."""
    led = ClientState()
    led.CopyFrom(client_state)
    led.page_script_hash, led.query_string = ahead.page_script_hash, ahead.query_string
    led.is_history_navigation = ahead.is_history_navigation
    return led


def _look_whether_the_last_has_ended(session: AppSession) -> None:
    """Begin what waits once Streamlit has forgotten the last run: it does after passing on the last thing drawn."""
    if session._state is AppSessionState.SHUTDOWN_REQUESTED:
        del _waiting[session]
    elif session._scriptrunner is None:
        _begin(session, _waiting.pop(session).on_scriptrunner_ready().rerun_data)
    else:
        session._event_loop.call_later(POLL_S, _look_whether_the_last_has_ended, session)


def _run_from_the_top(runner: ScriptRunner, rerun_data: RerunData) -> None:
    """Draw from the top of the page, and forget the fragments that it no longer has, also where it ends early."""
    context = runner._get_script_run_ctx()
    shown = context.page_script_hash
    if rerun_data.fragment_id_queue and rerun_data.page_script_hash not in ("", shown):
        return  # a timer of the page that the run before led away from: nothing of that is on the screen any more
    context_dg_stack.set(get_default_dg_stack_value())
    _run(runner, rerun_data)
    if not context.fragment_ids_this_run:
        runner._fragment_storage.clear(new_fragment_ids=context.shared.new_fragment_ids.snapshot())


def _tell(session: AppSession, sender: ScriptRunner | None, event: ScriptRunnerEvent, **facts: Any) -> None:
    """Leave what a run draws to the event loop, which is called once for all that comes until it does."""
    told = _told.setdefault(session, Told())
    told.events.append((sender, event, facts))
    if not told.is_awaited:
        told.is_awaited = True
        session._call_soon_on_event_loop(lambda: _take_over(session, told))


def _take_over(session: AppSession, told: Told) -> None:
    """On the event loop: all that was told, in its order; the browser's queue is looked at once."""
    told.is_awaited = False
    drawn = False
    try:
        while told.events:
            sender, event, facts = told.events.popleft()
            if event is not ScriptRunnerEvent.ENQUEUE_FORWARD_MSG:
                session._handle_scriptrunner_event_on_event_loop(sender, event, **facts)
            elif sender is session._scriptrunner:
                session._browser_queue.enqueue(facts["forward_msg"])
                drawn = True
    finally:
        if drawn and session._message_enqueued_callback:
            session._message_enqueued_callback()
        if told.events:  # what failed keeps back nothing else
            session._call_soon_on_event_loop(lambda: _take_over(session, told))


async def _send_together(client: StarletteSessionClient) -> None:
    """Send all that is drawn within a moment in one go: each write costs the event loop a turn and a system call."""
    try:
        while True:
            waiting = [await client._send_queue.get()]
            await asyncio.sleep(GATHER_S)
            while not client._send_queue.empty():
                waiting.append(client._send_queue.get_nowait())
            for one in waiting:
                await client._websocket.send_bytes(one)
    except WebSocketDisconnect:
        pass
    except Exception:
        log.exception("A browser could not be sent what was drawn")
    finally:
        client._closed.set()


class StateByKey(Mapping[str, Any]):
    """What a session keeps, looked up as it is asked for: each field asks for one key, and would have all presented."""

    def __init__(self, state: SafeSessionState) -> None:
        self._safe = state

    def __getitem__(self, key: str) -> Any:
        with self._safe._lock:
            return self._safe._state[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._whole())

    def __len__(self) -> int:
        return len(self._whole())

    def _whole(self) -> dict[str, Any]:
        with self._safe._lock:
            return self._safe._state.filtered_state


def _fill_in_theme(message: CustomThemeConfig, section: str = "theme") -> None:
    """The theme's colours and fonts, which stay as they were set: each run sends them, and would read them anew."""
    if (kept := _theme_of(section)).ByteSize():
        message.MergeFrom(kept)


@cache
def _theme_of(section: str) -> CustomThemeConfig:
    message = CustomThemeConfig()
    _theme(message, section)
    return message
