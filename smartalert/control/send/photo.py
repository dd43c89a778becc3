"""The photograph in the composer: taken in, looked at, described, left out again. It is kept with the draft at once."""

from typing import Any

import streamlit as st

from smartalert import photos
from smartalert.alerts import photos as alert_photos
from smartalert.alerts.drafts import LONGEST_ALT, Draft
from smartalert.config import settings
from smartalert.control.access import acting
from smartalert.control.drawing import draw, piece
from smartalert.control.send import draft, fields, screen
from smartalert.control.send.draft import COMPOSE
from smartalert.errors import SmartAlertError

FILE = "photo"
#: What the field offers; what a file really is, photos.read finds out.
ENDINGS = ["jpg", "jpeg", "png", "webp"]


def show(content: Draft) -> None:
    """A field to choose a photograph, or the one there is with what it shows."""
    if not content.photo:
        fields.file(
            FILE, "Add a photograph (JPEG, PNG or WebP)", take, type=ENDINGS,
            max_upload_size=photos.LARGEST_BYTES // 1_000_000,
        )  # fmt: skip
        return
    with st.container(key="send-photo", horizontal=True, gap="small"):
        st.html(draw("control/send/photo.html", photo=address(content)))
        with st.container(key="send-photo-words", gap="small"):
            fields.text(
                "photo_alt", "What it shows, for people who cannot see it", content.photo_alt, max_chars=LONGEST_ALT,
                placeholder="Jack, 9, in a blue coat with a red school bag",
            )  # fmt: skip
            with st.container(key="send-photo-acts", horizontal=True, vertical_alignment="center"):
                st.button("Remove it", key="send:photo-out", icon=":material/delete:", on_click=leave_out)
                st.html(piece("line", "Taken down when the alert ends", "sd-hint", "", "span"))


def address(content: Draft) -> str:
    """Where this screen finds the draft's photograph; empty if there is none."""
    return f"/photos/draft/{content.photo}" if content.photo else ""


def take(given: Any) -> None:
    """Make the chosen file a photograph of ours and keep it, or say what is wrong with it."""
    fields.renew(FILE)
    try:
        photo = alert_photos.prepare(given.getvalue(), settings().mode)
        with acting(COMPOSE) as (conn, officer):
            draft.keep(conn, officer.id)
            kept = alert_photos.keep(conn, draft.current().id, photo)
    except SmartAlertError as refusal:
        screen.tell(f"{given.name} was not added. {refusal}", tone="bad")
        return
    draft.change(photo=kept, photo_alt="")


def leave_out() -> None:
    """Callback: send no photograph, with a way back."""
    content = draft.current().content
    before = {"photo": content.photo, "photo_alt": content.photo_alt}
    draft.change(photo="", photo_alt="")
    screen.tell("Photograph removed.", undo=before)
