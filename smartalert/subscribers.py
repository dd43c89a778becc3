"""People who asked to be told, and what they change themselves."""

from smartalert.db import Connection, queries


def switch_off(conn: Connection, subscriber_id: int, channel: str, reason: str) -> None:
    """No more on this channel. Repeats change nothing."""
    queries("subscribers").switch_off(conn, subscriber_ids=[subscriber_id], channel=channel, reasons=[reason])
