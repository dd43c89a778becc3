"""What is chosen on a screen is in its address: it outlives a reload, and Back leads to it.

Streamlit's own binding of a widget to the address forgets it when the page is left and come back to.
"""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

#: Session key: the screen and the address as it was written last.
WRITTEN = "chosen:address"


def adopt(screen: str, read: Mapping[str, Callable[[str], Any]]) -> None:
    """Have widgets show what the address says, unless this screen said so itself: opened, reloaded, or gone back to.

    Session key of a widget, the name in the address too → its value for what the address says, of which anything may
    be wrong; empty for what it does not say.
    """
    asked = st.query_params.to_dict()
    is_drawn = next(iter(read)) in st.session_state  # what widgets hold goes when their page is left
    if is_drawn and st.session_state.get(WRITTEN) == (screen, asked):
        return
    for key, value_of in read.items():
        st.session_state[key] = value_of(asked.get(key, ""))


def write(screen: str, said: Mapping[str, str], usual: Mapping[str, str]) -> None:
    """Put what is chosen into the address, where it differs; what is usual is left out."""
    said = {key: value for key, value in said.items() if value and value != usual.get(key)}
    if st.query_params.to_dict() != said:
        st.query_params.from_dict(said)
    st.session_state[WRITTEN] = (screen, said)


def one_of(options: Mapping[str, object] | list[str] | tuple[str, ...], usual: str) -> Callable[[str], str]:
    """Reads one of these; else the usual one."""
    return lambda asked: asked if asked in options else usual
