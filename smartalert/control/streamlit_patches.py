"""What an officer typed or pressed is taken over to its end, and what is drawn for it arrives: decision 18.

Each replaces a private method of the pinned Streamlit; the tests say at each new version whether they still hold.
"""

from streamlit.delta_generator_singletons import context_dg_stack, get_default_dg_stack_value
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.scriptrunner import script_runner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

Runner = script_runner.ScriptRunner
#: A run that has ended hangs up at once; whatever keeps it must not keep the whole server.
HANGS_UP_WITHIN_S = 1.0
_break_off = Runner._maybe_handle_execution_control_request
_begin = AppSession._create_scriptrunner
_run = Runner._run_script


def install() -> None:
    """Put them in the place of Streamlit's own, for the whole process."""
    Runner._maybe_handle_execution_control_request = _break_off_once_drawing  # type: ignore[method-assign, assignment]
    AppSession._create_scriptrunner = _begin_once_the_last_is_sent  # type: ignore[method-assign, assignment]
    Runner._run_script = _run_from_top_to_end  # type: ignore[method-assign, assignment]


def _break_off_once_drawing(runner: Runner) -> None:
    """Let no event break off what comes before drawing: taking over what the browser sent, and the callbacks.

    Streamlit asks at every look into the session whether something newer waits, and if so raises; out of a callback it
    then drops the exception, and with it whatever the callback was for. Drawing may be broken off: it begins anew.
    """
    if not runner._is_in_script_thread() or runner._get_script_run_ctx().has_script_started:
        _break_off(runner)


def _begin_once_the_last_is_sent(session: AppSession, rerun_data: RerunData) -> None:
    """Let what the last run drew go out before another is begun; called where the last has ended and takes no more.

    It may have drawn more than the loop has yet passed on. A new one would become the session's at once, and Streamlit
    drops what comes from any other: half a screen was missing until something else drew it. The loop works in order,
    so that a request put behind what was drawn is also put before any later request.
    """
    last = session._scriptrunner
    if session._state is AppSessionState.SHUTDOWN_REQUESTED or (last is not None and last.request_rerun(rerun_data)):
        return
    if last is None or last._script_thread is None:
        _begin(session, rerun_data)
        return
    last._script_thread.join(HANGS_UP_WITHIN_S)
    behind = _begin if last._script_thread.is_alive() else _begin_once_the_last_is_sent
    session._event_loop.call_soon(behind, session, rerun_data)


def _run_from_top_to_end(runner: Runner, rerun_data: RerunData) -> None:
    """Begin at the top of the page, and forget the fragments that it no longer has, also where it ends early.

    Streamlit begins where the last run of the same thread, perhaps a fragment's, was drawing; and after `st.stop`, as
    of a guard, it keeps the fragments of the page before, whose timers then draw where something else stands by now.
    """
    context_dg_stack.set(get_default_dg_stack_value())
    _run(runner, rerun_data)
    context = runner._get_script_run_ctx()
    if not context.fragment_ids_this_run:
        runner._fragment_storage.clear(new_fragment_ids=context.shared.new_fragment_ids.snapshot())
