"""What administrators do on the Ground screen: each a request, which the importer carries out."""

import streamlit as st

from smartalert.clock import utc_now
from smartalert.control import access
from smartalert.control.access import Role, power
from smartalert.database.connection import Connection
from smartalert.dispatch import jobs
from smartalert.importers import requests
from smartalert.importers.ground import Import
from smartalert.importers.requests import Request

IMPORT = power("Import the ground, and undo an import of it", Role.ADMINISTRATOR)
#: Session keys: the source whose files are being chosen, the import that somebody asks to undo, what an act led to;
#: what is ticked, and which file on the server is chosen.
CHOOSING, UNDOING, NOTE = "ground:choosing", "ground:undoing", "ground:note"
MEANT, FILE = "ground:meant", "ground:file"


def choose(source: str | None) -> None:
    """Callback: show the fields for the files of one source, or of none."""
    st.session_state[CHOOSING] = source
    st.session_state.pop(UNDOING, None)


def ask_undo(number: int | None) -> None:
    """Callback: ask whether an import is to be undone, or leave the question."""
    st.session_state[UNDOING] = number
    st.session_state.pop(CHOOSING, None)


def look_at(source: str) -> None:
    """Callback: have the file that is chosen on the server looked at."""
    name = str(st.session_state.get(FILE) or "")
    if name:
        _, refusal = access.act(
            IMPORT, lambda conn, by: queued(conn, requests.ask(conn, source, [name], by, is_sent=False))
        )
        after(refusal)


def agree(request: Request) -> None:
    """Callback: import what was looked at."""
    meant = bool(st.session_state.get(f"{MEANT}:{request.id}"))

    def do(conn: Connection, by: str) -> None:
        requests.agree(conn, request, by, utc_now(), removal_is_meant=meant)
        queued(conn, request.id)

    _, refusal = access.act(IMPORT, do)
    after(refusal)


def cancel(request: Request) -> None:
    """Callback: stop it; nothing is changed."""
    _, refusal = access.act(IMPORT, lambda conn, by: requests.cancel(conn, request.id, by, utc_now()))
    after(refusal)


def undo(one: Import) -> None:
    """Callback: have an import undone."""
    _, refusal = access.act(IMPORT, lambda conn, by: queued(conn, requests.ask_undo(conn, one.id, by, utc_now())))
    after(refusal)


def queued(conn: Connection, request: int) -> int:
    """Call the importer for a request."""
    jobs.queue_ground(conn, request)
    return request


def after(refusal: str) -> None:
    """Leave what was asked, and say why it was not done."""
    choose(None)
    st.session_state[NOTE] = refusal
