"""The whole story of one alert on one page that prints, or of two beside each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from smartalert.alerts import published, still_map
from smartalert.clock import LONDON, which
from smartalert.control.access import read_cookie
from smartalert.control.downloads import PRIVATE, cookie_of
from smartalert.control.drawing import draw
from smartalert.control.engagement import reading
from smartalert.control.engagement.exports import READERS
from smartalert.control.words import share, span
from smartalert.database.connection import Connection, queries, row_number
from smartalert.engagement import reach
from smartalert.engagement.panels import IN_TENS
from smartalert.engagement.panels.words import cell, seconds
from smartalert.engagement.published import ENOUGH
from smartalert.engagement.speed import Speed
from smartalert.responses import results
from smartalert.responses.results import RESULTS
from smartalert.wording import Channel

#: More beside each other can be neither read nor printed.
MOST = 2
#: What reach.moments() calls what happened → as it is read.
HAPPENED = {
    "composed": "Begun",
    "approval_asked": "Sent for approval",
    "approved": "Approved by a second person",
    "issued": "Confirmed by the officer",
    "released": "Released",
}


#: Columns and rows.
Table = tuple[tuple[str, ...], list[tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Story:
    """One alert as the template takes it."""

    told: reach.Alert
    words: Any
    picture: Markup | None
    #: (what happened, clock and day, how long after release).
    steps: list[tuple[str, str, str]]
    #: (what, how many, share or definition).
    figures: list[tuple[str, str, str]]
    #: Tables of columns and rows, a row a channel: what was handed over, and what is known of its arrival.
    deliveries: list[Table]
    results: list[str]


def page(request: Request) -> Response:
    """One alert, or two. Starlette runs this in a thread."""
    officer = read_cookie(cookie_of(request))
    if officer is None or not officer.may(*READERS):
        return Response(status_code=403)
    asked = [row_number(one) for one in request.query_params.getlist("alert")[:MOST]]
    if not asked:
        return Response("No alert was ticked. Close this tab, tick one or two, and press the button again.", 404)
    numbers = dict.fromkeys(number for number in asked if number is not None)
    if None in asked:
        return Response(status_code=404)
    stories = reading.in_transaction(lambda conn: [story(conn, number) for number in numbers])
    if None in stories:
        return Response("This alert has not been counted yet, or does not exist. Try again in a minute.", 404)
    return HTMLResponse(
        draw("control/engagement/alert_stories.html", stories=stories, in_tens=IN_TENS), headers=PRIVATE
    )


def story(conn: Connection, alert_id: int) -> Story | None:
    """Everything the page says of one alert; None while it has not been counted."""
    told, words = reach.alert(conn, alert_id), queries("engagement/reach").words(conn, alert_id=alert_id)
    if told is None or words is None:
        return None
    picture = None
    if published.identifier_of(conn, alert_id) is not None:
        picture = still_map.draw(still_map.picture(conn, alert_id), told.area_desc)
    return Story(
        told=told,
        words=words,
        picture=picture,
        steps=steps(reach.moments(conn, alert_id), words),
        figures=figures(told.reach),
        deliveries=deliveries(reach.channels_of(conn, [alert_id])),
        results=[
            f"{RESULTS[row.result]}, recorded by {row.recorded_by}, {row.recorded_at.astimezone(LONDON):%-d %B %Y}"
            for row in results.of_alert(conn, alert_id)
        ],
    )


def steps(moments: dict[str, datetime], words: Any) -> list[tuple[str, str, str]]:
    """What happened, in order, each with how long before or after release."""
    issued = {"issued": words.issued_at} if "approved" not in moments else {}
    moments = moments | issued | {"released": words.release_at}
    ended = {"Stopped": words.stopped_at, "Withdrawn": words.withdrawn_at, "Over": words.expires_at}
    said = [(HAPPENED[name], at) for name, at in moments.items() if name in HAPPENED]
    said += [(name, at) for name, at in ended.items() if at is not None]
    return [
        (name, f"{at.astimezone(LONDON):%-d %b, %H:%M:%S}{which(at)}", offset((at - words.release_at).total_seconds()))
        for name, at in sorted(said, key=lambda pair: pair[1])
    ]


def offset(after_s: float) -> str:
    """ "2 min 4 s before release", "3.1 s after"."""
    if after_s == 0:
        return ""
    return f"{span(-after_s)} before release" if after_s < 0 else f"{span(after_s)} after"


def figures(found: reach.Reach) -> list[tuple[str, str, str]]:
    """People, each once, and what came back; in tens."""
    per_1000 = "" if found.per_1000 is None else f"{found.per_1000:.1f} for each 1,000 it reached"
    looked = "" if found.look_s is None else f"half looked at within {seconds(found.look_s)}"
    came = "" if found.response_s is None else f"half within {seconds(found.response_s)}"
    return [
        ("People told", cell(found.people), "in the audience when it was issued"),
        ("Handed over", cell(found.handed_over), of(found.handed_over, found.people)),
        ("Delivered", cell(found.delivered), of(found.delivered, found.handed_over)),
        ("Opened", cell(found.opened), of(found.opened, found.delivered)),
        ("Responses", cell(found.responses), ", ".join(filter(None, [per_1000, came, looked]))),
        ("Useful", cell(found.useful), of(found.useful, found.responses)),
    ]


def of(part: int, whole: int) -> str:
    """A share in words; nothing where there are too few."""
    return f"{share(min(part, whole), whole)} of them" if whole >= ENOUGH else ""


def deliveries(rows: list[reach.Deliveries]) -> list[Table]:
    """Each channel's hand-over, and its arrival beside it."""
    names = [Channel(row.channel).plural for row in rows]
    handed_over = [(cell(row.handed_over), cell(row.failed), *spans(row.speed)) for row in rows]
    arrived = [(cell(row.delivered), cell(row.unconfirmed), *spans(row.arrival)) for row in rows]
    return [
        (("Deliveries", "handed over", "failed", "half within", "95 % within"), named(names, handed_over)),
        (("Arrival", "confirmed", "no confirmation", "half within", "95 % within"), named(names, arrived)),
    ]


def spans(speed: Speed) -> tuple[str, str]:
    """Within which half, and 95 %, came."""
    return seconds(speed.p50_s), seconds(speed.p95_s)


def named(names: list[str], rows: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Each row with its channel in front."""
    return [(name, *row) for name, row in zip(names, rows, strict=True)]
