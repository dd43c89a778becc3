"""A callback is run to its end, whatever the browser sends meanwhile."""

from streamlit.testing.v1 import AppTest

from smartalert.control import whole_callbacks


def screen() -> None:
    """A button whose callback looks into the session just as the browser's next event arrives."""
    import streamlit as st
    from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx

    def pressed() -> None:
        context = get_script_run_ctx()
        assert context is not None
        assert context.script_requests is not None
        context.script_requests.request_rerun(RerunData())
        st.session_state["pressed"] = st.session_state.get("pressed", 0) + 1

    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    st.button("Press", on_click=pressed)


def test_an_event_that_comes_meanwhile_waits_for_the_callback_and_is_then_heard() -> None:
    whole_callbacks.install()
    at = AppTest.from_function(screen).run()
    at.button[0].click().run()
    assert not at.exception
    assert at.session_state["pressed"] == 1
    assert at.session_state["runs"] >= 2
