"""All that the control room replaces or uses of Streamlit's insides, and a refusal to start where they have changed.

What goes wrong without each, and which test says so, is on one page: docs/decisions/0018-whole-runs.md.
"""

import hashlib
import inspect
from collections.abc import Callable
from pathlib import Path
from weakref import WeakKeyDictionary

import streamlit as st
from streamlit.delta_generator_singletons import context_dg_stack, get_default_dg_stack_value
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.fragment import MemoryFragmentStorage
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import ScriptRunner, get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests, ScriptRequestType
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext

from smartalert.errors import SetupError

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
    AppSession._handle_scriptrunner_event_on_event_loop: (
        "ed8b8b01f1b6a039654f68307e1aae02ffc220e1cad612f32bed6e5511d5ab1a"
    ),
    AppSession.request_rerun: "52f29d8973368c8bf5fee4515799135a7465cb65856237dc5f50e467fe4a9ea2",
    MemoryFragmentStorage.clear: "a560def7e81772baeb9e786dd526fc0736050e0a447d5d010efcc6a3607f93aa",
    PagesManager.__init__: "baf7a6f847ae8dcb98c74cb5922e75336b29fb72702d0141739bb3a8caf3f921",
    ScriptRequests._request_rerun_locked: "5bc72b1577cab5e1dc468b5cde629bbc0accc8e778bc5c5a8f124f62d74d61af",
    ScriptRequests.on_scriptrunner_ready: "89daaa18f02d9fa329008853726e9bc4b1822876dc6bd0754f26593baf2b025d",
    ScriptRunContext.reset: "cdaa14383fd495c56c1b6d2793e777b922b7ed791ecdbaa77c28e5a3d433cd43",
    get_default_dg_stack_value: "139a295dda4b0b4532075aa54b5039da030fdb1647bb8ac17b139d63b35f8419",
    INDEX: "ddc07668cbe37c6e6e003786a0df9ffb0cbd320deada94e5fa56197c62400351",
}
#: How often to look whether a session's last run has ended; it mostly has by the first look.
POLL_S = 0.01
_waiting: WeakKeyDictionary[AppSession, ScriptRequests] = WeakKeyDictionary()
_break_off = ScriptRunner._maybe_handle_execution_control_request
_begin = AppSession._create_scriptrunner
_run = ScriptRunner._run_script
_request = AppSession.request_rerun


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
    """Take a request, but not that of a timer on a page from which another request is about to lead away.

    Streamlit would put both together as a run of the timer's page, and the officer would stay there.
    """
    waits = _waiting.get(session) or (session._scriptrunner and session._scriptrunner._requests)
    if client_state and client_state.is_auto_rerun and waits and waits._state is ScriptRequestType.RERUN:
        leads_to = waits._rerun_data.page_script_hash
        if leads_to and leads_to != client_state.page_script_hash:
            return
    _request(session, client_state)


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
