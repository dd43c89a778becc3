"""How an alert looks on a phone's lock screen and in a mail program, in exactly the words that leave."""

from datetime import datetime
from pathlib import Path

import streamlit as st

from smartalert.clock import LONDON
from smartalert.control.drawing import draw
from smartalert.dispatch.links import PHOTO, SHOWN
from smartalert.wording import Wording

_mail_frame = st.components.v2.component(
    "smartalert_mail", js=(Path(__file__).parent / "static" / "mail.js").read_text(), isolate_styles=False
)


def phone(wording: Wording, *, at: datetime, full: bool = False, photo: str = "") -> None:
    """Draw a lock screen with the alert on it; `full` unfolds text that it would cut. `photo` is an address."""
    lines = [line for line in wording.body.splitlines() if line.strip()]
    local = at.astimezone(LONDON)
    st.html(draw("control/phone.html", title=wording.title, lines=lines, at=local, full=full, photo=photo))


def mail(wording: Wording, *, sender: str, key: str, photo: str = "") -> None:
    """Draw the whole mail in a frame of its own that runs no scripts, under its subject and sender."""
    html = wording.html.replace(PHOTO, photo)
    for link in SHOWN:
        html = html.replace(link, "#")
    data = {
        "subject": wording.title,
        "sender": sender,
        "html": html,
    }
    _mail_frame(key=key, data=data)
