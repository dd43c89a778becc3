"""The request that is under way: how far it is, what it would do, and what came of it."""

from datetime import datetime
from functools import partial

import streamlit as st

from smartalert.cleaning import isolated
from smartalert.control.drawing import draw
from smartalert.control.ground import acts
from smartalert.control.ground.sources import BY_KEY
from smartalert.control.names import name_of
from smartalert.database.progress import in_words
from smartalert.importers.ground import CALLED, Counts, named
from smartalert.importers.requests import Importer, Request, State

ICONS = {State.DONE: "check_circle", State.REFUSED: "block", State.CANCELLED: "cancel"}


def panel(request: Request, importer: Importer, now: datetime) -> None:
    """What the request is at, with what can be done about it."""
    state = request.state
    with st.container(key=f"panel-request-{'over' if state.is_over else 'open'}", gap="small"):
        if state.is_over:
            outcome(request, now)
        elif state is State.LOOKED:
            preview(request)
        else:
            st.html(draw("control/ground/running.html", request=request, title=title(request), words=left(request)))
            if not importer.is_there:
                st.html(draw("control/ground/no_importer.html"))
            if request.may_be_cancelled:
                st.button("Cancel", key="ground-cancel", on_click=partial(acts.cancel, request))


def title(request: Request) -> str:
    """What is being done, to which files."""
    what, files = BY_KEY[request.source].title.lower(), isolated(named(request.files))
    if request.undoes:
        return f"Undoing the import of {files} ({what})"
    doing = {State.WAITING: "Waiting to import" if request.agreed_at else "Waiting to look at",
             State.LOOKING: "Looking at", State.IMPORTING: "Importing", State.STOPPING: "Stopping"}  # fmt: skip
    return f"{doing[request.state]} {files} ({what})"


def left(request: Request) -> str:
    """The step, and how long it still takes."""
    if request.state is State.STOPPING:
        return "Nothing is changed."
    if not request.step:
        return "It begins in a moment."
    return f"{request.step}: {in_words(request.left_s)}" if request.left_s is not None else request.step


def preview(request: Request) -> None:
    """What was found, what would change, and the question."""
    facts = {"called": called, "by": name_of(request.asked_by), "files": isolated(named(request.files))}
    st.html(draw("control/ground/preview.html", request=request, source=BY_KEY[request.source], **facts))
    for rows in request.takes_much:
        st.html(draw("control/ground/removal.html", rows=rows, what=called(rows.part)))
    meant = True
    if request.takes_much:
        meant = st.checkbox("Yes, this removal is meant", key=f"{acts.MEANT}:{request.id}")
    with st.container(horizontal=True, gap="small"):
        st.button("Cancel", key="safe-choice", on_click=partial(acts.cancel, request))
        st.button(
            "Import now", key="ground-agree", type="primary", disabled=not meant, on_click=partial(acts.agree, request)
        )


def called(part: str) -> str:
    """A table, as people call what is in it."""
    return {"neighbourhoods": "areas", "ground_maps": "map"}.get(part) or CALLED.get(part, part)


def outcome(request: Request, now: datetime) -> None:
    """What came of the last request, in a line."""
    facts = {"icon": ICONS[request.state], "words": words(request), "by": name_of(who(request)), "now": now}
    st.html(draw("control/ground/outcome.html", request=request, changes=changes(request), **facts))


def who(request: Request) -> str:
    """Whose act it was that this came of."""
    return request.cancelled_by or request.agreed_by or request.asked_by


def words(request: Request) -> str:
    """What came of it."""
    files = isolated(named(request.files))
    if request.state is State.REFUSED:
        return f"{files}: {request.why}"
    if request.state is State.CANCELLED:
        return f"{files}: cancelled. Nothing was changed."
    return f"All is as it was before {files} was imported." if request.undoes else f"{files} is imported."


def changes(request: Request) -> list[str]:
    """What has changed, table by table; what the importer said besides."""
    if request.state is not State.DONE or request.undoes:
        return []
    return [said(rows) for rows in request.changes]


def said(rows: Counts) -> str:
    """What changed in one table, by the name that people have for it."""
    return f"{called(rows.part).capitalize()}:{rows.words.partition(':')[2]}"
