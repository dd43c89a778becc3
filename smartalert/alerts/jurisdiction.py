"""Where an officer may send: inside their own area, with little over its border."""

from datetime import datetime

from smartalert.alerts.drafts import Draft
from smartalert.database.connection import Connection, queries
from smartalert.geography.areas import Ground
from smartalert.officers.register import LONGEST_IDLE

#: A line on a map is not where people live: so much of an area may lie over the border of an officer's own.
OVER_THE_BORDER = 0.10


def outside_jurisdiction(conn: Connection, officer_id: str, draft: Draft, ground: Ground, now: datetime) -> str:
    """Why this officer may not send this to this area, and who may; empty where they may.

    What ends an alert is never refused: it goes to those who were told, and the sooner the better.
    """
    if draft.sequel and draft.sequel.ends:
        return ""
    row = queries("alerts/jurisdiction").outside_jurisdiction(
        conn, officer=officer_id, geom=ground.geom, within_m=ground.within_m
    )
    if row is None or row.share <= OVER_THE_BORDER:
        return ""
    named = f"{', '.join(row.names[:3])}{' …' if len(row.names) > 3 else ''}" or "none on this map"
    able = queries("alerts/jurisdiction").may_send_there(
        conn, geom=ground.geom, within_m=ground.within_m, share=OVER_THE_BORDER, now=now, idle=LONGEST_IDLE
    )
    signed_in = " or ".join(one.name for one in able)
    whom = f"{signed_in}, signed in now" if signed_in else "an officer who covers it"
    way_out = (
        f"Ask {whom}. You can end the alert yourself with All clear or False alarm, or stop it."
        if draft.sequel
        else f"Move the area, or ask {whom}."
    )
    return f"{row.share:.0%} of this area is outside where you can send alerts ({named}). {way_out}"
