"""How many officers who send have practised in time: an aggregate, withheld where it would tell on one of them."""

from datetime import datetime

from smartalert.database.connection import Connection, queries
from smartalert.wording import count


def practised_said(conn: Connection, now: datetime) -> str:
    """In a sentence; empty where the force has fewer than ten who send."""
    row = queries("engagement/practised").practised(conn, now=now)
    if row is None:
        return ""
    within = f"a drill within {count(row.within_days, 'day', 'days')}"
    if row.few == "in time":
        return f"Fewer than 5 of {row.senders:,} officers who send alerts have done {within}."
    if row.few == "overdue":
        return f"All but fewer than 5 of {row.senders:,} officers who send alerts have done {within}."
    return f"{row.in_time:,} of {row.senders:,} officers who send alerts have done {within}."
