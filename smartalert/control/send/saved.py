"""Saved areas on the send screen: those of the officer's team, the one sent to last, and a name for the present one."""

from functools import partial
from typing import Any
from uuid import UUID

import streamlit as st

from smartalert.alerts import saved_areas
from smartalert.alerts.saved_areas import SavedArea
from smartalert.cleaning import isolated
from smartalert.clock import utc_now
from smartalert.control import transactions
from smartalert.control.access import Role, acting, power
from smartalert.control.drawing import piece
from smartalert.control.send import draft, fields, screen
from smartalert.errors import AreaRefused

SAVE = power("Save, rename and delete the areas of their team", Role.SENDER)
NAME = "saved-name"


def menu(take_area: fields.Take) -> None:
    """The list behind a button: choose, rename, delete, and save the present area; take_area makes one the draft's."""
    opened = draft.current()
    with st.popover("Saved areas", icon=":material/bookmark:", key="saved-areas"):
        known, last = listed(opened.officer, opened.id, screen.current().saved)
        if last:
            st.button(
                "Same as last time", key="send:area-last", icon=":material/history:", on_click=take_area, args=(last,)
            )
        for one in known:
            with st.container(key=f"saved-area-{one.id}", horizontal=True, gap="small", vertical_alignment="bottom"):
                st.button(
                    f"Use {isolated(one.name)}", key=f"send:area-use-{one.id}", on_click=take_area, args=(one.area,),
                    icon=":material/bookmark:",
                )  # fmt: skip
                fields.text(
                    f"area-name-{one.id}", f"New name for {isolated(one.name)}", one.name, partial(rename, one.id)
                )
                st.button("Delete", key=f"send:area-delete-{one.id}", on_click=remove, args=(one.id,), type="tertiary")
        if opened.content.area:
            fields.text(
                NAME, "Save this area as", "", save, placeholder="Town centre", max_chars=saved_areas.LONGEST_NAME
            )
        said = screen.current().saved_words or (
            "" if known else "Draw an area and give it a name: your team finds it here."
        )
        st.html(piece("line", said, "sd-typed", "status"))


@st.cache_data(max_entries=200, ttl=600, show_spinner=False)
def listed(officer: str, draft_id: UUID, changes: int) -> tuple[list[SavedArea], dict[str, Any] | None]:
    """The team's areas and the one sent to last; looked up anew for another draft, and when this screen changed one."""
    with transactions.reading() as conn:
        return saved_areas.of_team(conn, officer), saved_areas.last_sent(conn, officer)


def save(name: str) -> None:
    """Keep the present area under this name."""
    area: dict[str, Any] | None = draft.current().content.area
    try:
        with acting(SAVE) as (conn, officer):
            saved_areas.save(conn, officer.id, name, area, utc_now())
    except AreaRefused as refusal:
        screen.say_of_saved(str(refusal))
        return
    fields.renew(NAME)
    screen.say_of_saved(f"Saved as “{isolated(name.strip())}”.")


def rename(area_id: int, name: str) -> None:
    """Call a saved area otherwise."""
    try:
        with acting(SAVE) as (conn, officer):
            saved_areas.rename(conn, officer.id, area_id, name)
    except AreaRefused as refusal:
        screen.say_of_saved(str(refusal))
        return
    screen.say_of_saved(f"Renamed to “{isolated(name.strip())}”.")


def remove(area_id: int) -> None:
    """Callback: take a saved area off the list."""
    with acting(SAVE) as (conn, officer):
        saved_areas.remove(conn, officer.id, area_id)
    screen.say_of_saved("Deleted.")
