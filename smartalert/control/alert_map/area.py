"""The area of an issued alert, on a map that is only looked at."""

import json
from collections.abc import Sequence

import pydeck as pdk

from smartalert.alerts.lifecycle import Alert
from smartalert.control.alert_map import ShownArea, alert_map
from smartalert.control.alert_map.county import county


def show(alert: Alert, layers: Sequence[pdk.Layer] = (), *, key: str, height: int) -> None:
    """Draw the county, what lies on it, and the alert's area."""
    ground, place = json.loads(alert.area), county()
    if ground["type"] == "Point":
        lon, lat = ground["coordinates"]
        area = ShownArea(circle={"lat": lat, "lon": lon, "radius_m": alert.within_m})
    else:
        shape = {"name": alert.area_desc, "outline": json.loads(alert.outline)}
        along = {"id": alert.street_id, "buffer_m": alert.within_m, "line": ground}
        area = ShownArea(shape=shape) if alert.street_id is None else ShownArea(street=shape | along)
    alert_map(
        deck=place.deck,
        added=layers,
        home=place.home,
        key=key,
        area=area,
        caption=place.caption,
        attribution=place.attribution,
        height=height,
        read_only=True,
    )
