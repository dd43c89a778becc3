"""What was imported, newest first; the last imports of each kind can be undone."""

from functools import partial

import streamlit as st

from smartalert.cleaning import isolated
from smartalert.clock import utc_now
from smartalert.control import states
from smartalert.control.access import Role, require_officer
from smartalert.control.drawing import draw, piece
from smartalert.control.ground import acts
from smartalert.control.ground.progress import said
from smartalert.control.ground.stock import title
from smartalert.control.names import name_of
from smartalert.control.transactions import in_transaction
from smartalert.importers import ground, requests
from smartalert.importers.ground import KEPT, Counts, Import, named


@states.or_failed
def panel() -> None:
    """Each import with what it changed, and a way to undo the newest of its kind."""
    require_officer(Role.ADMINISTRATOR)
    rows, newest, importer = in_transaction(
        lambda conn: (ground.imports(conn), requests.newest(conn), requests.importer(conn))
    )
    is_free = importer.is_there and (newest is None or newest.state.is_over)
    with st.container(key="panel-history", gap=None):
        st.html(piece("heading", "Imports", f"the last {KEPT} of each kind can be undone, the newest first"))
        if not rows:
            st.html(piece("line", "Nothing was imported yet."))
        last: set[str] = set()
        for row in rows:
            is_newest = row.undone_at is None and row.source not in last
            last |= {row.source} if row.undone_at is None else set()
            one(row, may_undo=is_newest and row.is_kept, is_free=is_free)


def one(row: Import, *, may_undo: bool, is_free: bool) -> None:
    """One import; with the question where somebody asks to undo it."""
    with st.container(key=f"import-{row.id}", horizontal=True, vertical_alignment="center"):
        facts = {
            "title": title(row.source),
            "files": named(row.files),
            "by": name_of(row.done_by),
            "changed": changed(row),
        }
        st.html(draw("control/ground/import.html", row=row, now=utc_now(), **facts))
        if may_undo and st.session_state.get(acts.UNDOING) == row.id and is_free:
            asked = f"Undo {isolated(named(row.files))}? All that it changed will be as it was before."
            st.html(piece("line", asked, "sa-question", "alert"), width=360)
            st.button("Cancel", key="safe-choice", help=named(row.files), on_click=acts.ask_undo, args=(None,))
            st.button("Undo import", key=f"undo-{row.id}", help=named(row.files), on_click=partial(acts.undo, row))
        elif may_undo:
            key = f"ask-undo-{row.id}"
            st.button(
                "Undo …", key=key, help=named(row.files), on_click=acts.ask_undo, args=(row.id,), disabled=not is_free
            )


def changed(row: Import) -> str:
    """What it changed, in words."""
    return ". ".join(said(Counts(part, **rows)) for part, rows in row.counts.items()) or "Nothing changed"
