"""The photograph in the composer: taken in, looked at, described, left out again. It is kept with the draft at once."""

from html import escape

import streamlit as st

from smartalert import photos
from smartalert.alerts import photos as alert_photos
from smartalert.alerts.drafts import LONGEST_ALT
from smartalert.config import settings
from smartalert.control.access import acting
from smartalert.control.send import draft, fields
from smartalert.control.send.draft import COMPOSE, Notice, Work
from smartalert.errors import SmartAlertError

FILE, ALT = "photo", "photo_alt"
#: What the field offers; what a file really is, photos.read finds out.
ENDINGS = ["jpg", "jpeg", "png", "webp"]


def show(work: Work) -> None:
    """A field to choose a photograph, or the one there is with what it shows."""
    if not work.content.photo:
        key = fields.follow(FILE, "")
        st.file_uploader(
            "Photograph, if it helps people to help (JPEG, PNG or WebP)",
            type=ENDINGS,
            key=key,
            max_upload_size=photos.LARGEST_BYTES // 1_000_000,
            on_change=take,
            args=(key,),
        )
        return
    with st.container(key="send-photo", horizontal=True, gap="small"):
        st.html(f'<img src="{address(work)}" alt="The photograph as people will see it">')
        with st.container(key="send-photo-words", gap="small"):
            key = fields.follow(ALT, work.content.photo_alt)
            st.text_input(
                "What it shows, for people who cannot see it",
                work.content.photo_alt,
                key=key,
                max_chars=LONGEST_ALT,
                placeholder="Jack, 9, in a blue coat with a red school bag",
                on_change=describe,
                args=(key,),
            )
            with st.container(key="send-photo-acts", horizontal=True, vertical_alignment="center"):
                st.button("Leave it out", key="send:photo-out", icon=":material/delete:", on_click=leave_out)
                st.html('<span class="sd-hint">Comes down with the alert</span>')


def address(work: Work) -> str:
    """Where this screen finds the draft's photograph; empty if there is none."""
    return f"/photos/draft/{escape(work.content.photo)}" if work.content.photo else ""


def take(key: str) -> None:
    """Callback: make the chosen file a photograph of ours and keep it, or say what is wrong with it."""
    work, given = draft.current(), fields.said(key)
    if given is None:
        return
    fields.renew(FILE)
    try:
        photo = alert_photos.prepare(given.getvalue(), settings().mode)
        with acting(COMPOSE) as (conn, _):
            kept = alert_photos.keep(conn, work.draft_id, photo)
    except SmartAlertError as refusal:
        work.notice = Notice(f"{given.name} was not taken. {refusal}", tone="bad")
        return
    draft.change(photo=kept, photo_alt="")


def describe(key: str) -> None:
    """Callback: keep what the photograph shows."""
    if (said := fields.said(key)) is not None:
        draft.change(photo_alt=said)


def leave_out() -> None:
    """Callback: send no photograph, with a way back."""
    work = draft.current()
    before = {"photo": work.content.photo, "photo_alt": work.content.photo_alt}
    draft.change(photo="", photo_alt="")
    work.notice = Notice("The photograph is left out.", undo=before)
