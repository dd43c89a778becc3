"""Officers' names, for screens."""

import streamlit as st

from smartalert.cleaning import isolated
from smartalert.control.access import officers
from smartalert.control.transactions import in_transaction
from smartalert.officers import register


def name_of(officer_id: str | None) -> str:
    """An officer's name; their id where nobody of that id ever signed in, empty for nobody."""
    if officer_id is None:
        return ""
    made_up = officers().get(officer_id)
    return isolated(made_up.name if made_up else _registered_name(officer_id))


@st.cache_resource(ttl=60, max_entries=2_000, show_spinner=False)
def _registered_name(officer_id: str) -> str:
    return in_transaction(register.name_of, officer_id)
