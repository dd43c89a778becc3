"""Which draft is on the screen, and at which step, is in the address: there a reload, Back and a link lead.

Presses change it at once, so that where it says something else, the browser was moved.
"""

from typing import Literal
from uuid import UUID

import streamlit as st

Step = Literal["compose", "review"]
DRAFT, STEP = "draft", "step"


def draft() -> UUID | None:
    """The draft that the address names."""
    try:
        return UUID(st.query_params.get(DRAFT, ""))
    except ValueError:
        return None


def step() -> Step:
    """The step that the address names."""
    return "review" if st.query_params.get(STEP) == "review" else "compose"


def write(draft_id: UUID | None, at: Step) -> None:
    """Let the address name this step of this draft; without a draft, nothing."""
    said = {DRAFT: str(draft_id)} if draft_id else {}
    if draft_id and at == "review":
        said[STEP] = at
    if st.query_params.to_dict() != said:
        st.query_params.from_dict(said)
