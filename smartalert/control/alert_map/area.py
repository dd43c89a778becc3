"""The area of an issued alert, on a map that is only looked at."""

import json
from collections.abc import Sequence

import pydeck as pdk

from smartalert.alerts.lifecycle import Alert
from smartalert.control.alert_map import alert_map
from smartalert.control.alert_map.county import county


def show(alert: Alert, layers: Sequence[pdk.Layer] = (), *, key: str, height: int) -> None:
    """Draw the county, what lies on it, and the alert's area."""
    ground, place = json.loads(alert.area), county()
    circle = street = shape = None
    if ground["type"] == "Point":
        lon, lat = ground["coordinates"]
        circle = {"lat": lat, "lon": lon, "radius_m": alert.within_m}
    elif alert.street_id is None:
        shape = {"name": alert.area_desc, "outline": json.loads(alert.outline)}
    else:
        street = {
            "id": alert.street_id,
            "name": alert.area_desc,
            "buffer_m": alert.within_m,
            "line": ground,
            "outline": json.loads(alert.outline),
        }
    alert_map(
        deck=place.deck,
        added=layers,
        home=place.home,
        key=key,
        circle=circle,
        street=street,
        shape=shape,
        caption=place.caption,
        attribution=place.attribution,
        height=height,
        read_only=True,
    )
