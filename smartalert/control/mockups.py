"""How an alert looks on a phone's lock screen and in a mail program, in exactly the words that leave."""

from datetime import datetime
from html import escape
from pathlib import Path

import streamlit as st

from smartalert.clock import LONDON
from smartalert.dispatch.links import CHOICES, PAGE, PHOTO, REPORT, UNSUBSCRIBE
from smartalert.wording import Wording

_mail_frame = st.components.v2.component(
    "smartalert_mail", js=(Path(__file__).parent / "static" / "mail.js").read_text(), isolate_styles=False
)


def phone(wording: Wording, *, at: datetime, full: bool = False, photo: str = "") -> None:
    """Draw a lock screen with the alert on it; `full` unfolds text that it would cut. `photo` is an address."""
    st.html(phone_html(wording, at=at, full=full, photo=photo))


def phone_html(wording: Wording, *, at: datetime, full: bool = False, photo: str = "") -> str:
    """The lock screen as safe HTML; its style is in look.css."""
    local = at.astimezone(LONDON)
    body = "<br>".join(escape(line) for line in wording.body.splitlines() if line.strip())
    image = f'<img class="sa-push-photo" src="{photo}" alt="">' if photo else ""
    return (
        f'<figure class="sa-phone{" sa-full" if full else ""}" aria-label="On a phone">'
        f'<div class="sa-lock"><b>{local:%H:%M}</b><span>{local:%A %-d %B}</span></div>'
        '<div class="sa-push"><div class="sa-app"><img src="/look/icon.svg" alt=""><span>Smart Alert</span>'
        "<i>now</i></div>"
        f"<strong>{escape(wording.title)}</strong><p>{body}</p>{image}</div></figure>"
    )


def mail(wording: Wording, *, sender: str, key: str, height: int = 520, photo: str = "") -> None:
    """Draw the mail in a frame of its own that runs no scripts, under its subject and sender."""
    html = wording.html.replace(PHOTO, photo)
    for link in (UNSUBSCRIBE, REPORT, PAGE, CHOICES):
        html = html.replace(link, "#")
    data = {
        "subject": wording.title,
        "sender": sender,
        "html": html,
        "height": height,
    }
    _mail_frame(key=key, data=data)
