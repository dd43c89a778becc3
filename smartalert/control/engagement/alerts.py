"""The alerts of the period, one by one: tick one to read its whole story, two to see them beside each other."""

from html import escape

import streamlit as st

from smartalert.clock import LONDON
from smartalert.control.engagement import reading
from smartalert.engagement.panels.words import cell, seconds
from smartalert.engagement.reach import Alert

#: More are found by narrowing period and area.
MOST = 200


def show(chosen: str, district: str) -> None:
    """A form of ticks; the browser opens the stories."""
    found = reading.alerts(chosen, reading.today(), district)
    if not found:
        st.html('<p class="eng-note">No alert was issued in this period.</p>')
        return
    rows = "".join(map(row_html, found[:MOST]))
    more = f'<p class="eng-note">{len(found) - MOST:,} older ones: narrow the period.</p>' if len(found) > MOST else ""
    columns = ("Alert", "Released", "People", "Delivered", "Opened", "Responses", "Half within")
    head = "".join(f'<th scope="col">{name}</th>' for name in columns)
    st.html(
        '<form class="eng-alerts" action="engagement/alerts" method="get" target="_blank">'
        '<p class="eng-note">Tick one alert to read its whole story, or two to see them beside each other.</p>'
        '<div class="eng-table eng-long" tabindex="0" role="region" aria-label="Alerts of the period">'
        f'<table class="sa-table"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>{more}'
        '<button type="submit" class="eng-report">Show what is ticked</button></form>'
    )


def row_html(alert: Alert) -> str:
    """One alert with its tick."""
    # Named "id" it would be unnamed: what cleans Streamlit's HTML takes names away that a document has itself.
    got = alert.reach
    counts = (got.people, got.delivered, got.opened, got.responses)
    cells = "".join(f"<td>{cell(count)}</td>" for count in counts)
    return (
        f'<tr><th scope="row"><label><input type="checkbox" name="alert" value="{alert.id}">'
        f"<span>{escape(alert.headline)}<small>{escape(alert.kind)} · {escape(alert.area_desc)}</small></span>"
        "</label></th>"
        f"<td>{alert.release_at.astimezone(LONDON):%-d %b %Y %H:%M}</td>{cells}<td>{seconds(got.p50_s)}</td></tr>"
    )
