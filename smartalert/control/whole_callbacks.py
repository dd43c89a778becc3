"""What an officer typed or pressed is taken over to its end, also while the browser already sends the next thing."""

from streamlit.runtime.scriptrunner import script_runner
from streamlit.runtime.scriptrunner_utils.script_run_context import RunLocation, ThreadState

Runner = script_runner.ScriptRunner
_break_off = Runner._maybe_handle_execution_control_request


def install() -> None:
    """Let no callback be broken off by an event that came after it: decision 0024.

    Streamlit asks at every look into the session whether something newer waits, and if so raises; out of a callback it
    then drops the exception, and with it whatever the callback was for. The run that follows may be broken off as ever.
    """
    Runner._maybe_handle_execution_control_request = _break_off_unless_in_a_callback  # type: ignore[method-assign, assignment]


def _break_off_unless_in_a_callback(runner: Runner) -> None:
    if not (runner._is_in_script_thread() and ThreadState.get().run_location is RunLocation.CALLBACK):
        _break_off(runner)
