"""The alerts of the period, one by one: tick one to read its whole story, two to see them beside each other."""

from datetime import datetime

import streamlit as st

from smartalert.clock import LONDON, time_of_day
from smartalert.control.drawing import draw, piece
from smartalert.control.engagement import reading
from smartalert.engagement.panels.words import cell, seconds

#: More are found by narrowing period and area.
MOST = 200


def show(chosen: str, district: str) -> None:
    """A form of ticks; the browser opens the stories."""
    found = reading.alerts(chosen, reading.today(), district)
    if not found:
        st.html(piece("line", "No alerts were issued in this period.", "eng-note"))
        return
    facts = {"alerts": found[:MOST], "older": len(found) - MOST, "released": released, "cell": cell, "seconds": seconds}
    st.html(draw("control/engagement/alerts.html", **facts))


def released(at: datetime) -> str:
    """ "25 Oct 2026, 01:15 BST"."""
    return f"{at.astimezone(LONDON):%-d %b %Y}, {time_of_day(at)}"
