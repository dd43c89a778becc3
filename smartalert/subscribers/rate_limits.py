"""How often one address or network did something lately. Counted in the database, so that it holds across processes."""

from datetime import timedelta

from smartalert.database.connection import Connection, queries

HOUR = timedelta(hours=1)


def attempt(conn: Connection, what: str, who: str, at_most: int, per: timedelta = HOUR) -> bool:
    """Count one more; whether it is still within the limit. Counts only if the transaction commits."""
    return bool(queries("subscribers/rate_limits").attempt(conn, what=what, who=who, per=per, at_most=at_most))
