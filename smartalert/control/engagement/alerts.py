"""The alerts of the period, one by one: tick one to read its whole story, two to see them beside each other."""

import streamlit as st

from smartalert.clock import LONDON
from smartalert.control.drawing import draw, piece
from smartalert.control.engagement import reading
from smartalert.engagement.panels.words import cell, seconds
from smartalert.engagement.reach import Alert

#: More are found by narrowing period and area.
MOST = 200


def show(chosen: str, district: str) -> None:
    """A form of ticks; the browser opens the stories."""
    found = reading.alerts(chosen, reading.today(), district)
    if not found:
        st.html(piece("line", "No alert was issued in this period.", "eng-note"))
        return
    facts = {"alerts": found[:MOST], "older": len(found) - MOST, "released": released, "cell": cell, "seconds": seconds}
    st.html(draw("control/engagement/alerts.html", **facts))


def released(alert: Alert) -> str:
    """When it left."""
    return f"{alert.release_at.astimezone(LONDON):%-d %b %Y %H:%M}"
