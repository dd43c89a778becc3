"""A provider's quota, shared by all workers: each has leave for a part of it, for two seconds at a time."""

from smartalert.database.connection import Connection, queries


def share(conn: Connection, channel: str, worker: int, *, wanted: float, holds: float, most: float) -> float:
    """Messages a second that a worker may hand over from now on; nothing until others have made room.

    It says what it wants, and by what earlier share it goes meanwhile.
    """
    found: float = queries("dispatch/rates").share_rate(
        conn, channel=channel, worker=worker, wanted=wanted, holds=holds, most=most
    )
    return found
