"""The order in which the kinds of alert stand on the send screen: ours, or the force's own within each group."""

from datetime import datetime, timedelta

from smartalert.alerts import hidden_kinds
from smartalert.alerts.incidents import KINDS, Group
from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.database.connection import Connection, queries
from smartalert.errors import WordsRefused

#: How long ago an alert may be that counts for how often its kind is used.
LATELY = timedelta(days=365)


def in_order(conn: Connection) -> list[str]:
    """Every kind, group by group; those that the force has put in no order of its own come last in theirs, as ours."""
    own = list(queries("alerts/kind_order").load(conn) or ())
    place = {kind: number for number, kind in enumerate([*own, *KINDS])} | {kind: n for n, kind in enumerate(own)}
    groups = list(Group)
    return sorted(KINDS, key=lambda kind: (groups.index(KINDS[kind].group), place[kind]))


def offered(conn: Connection) -> tuple[str, ...]:
    """Those on the send screen."""
    away = hidden_kinds.hidden(conn)
    return tuple(kind for kind in in_order(conn) if kind not in away)


def neighbours(conn: Connection, kind: str) -> list[str]:
    """Those on the send screen in this kind's group, itself among them."""
    away = hidden_kinds.hidden(conn)
    members = [other for other in in_order(conn) if KINDS[other].group is KINDS[kind].group]
    return [other for other in members if other == kind or other not in away]


def move(conn: Connection, kind: str, by: int, officer: str, now: datetime) -> None:
    """Put a kind one place earlier (-1) or later (1) among those of its group that are shown; at the end it stays."""
    if kind not in KINDS:
        raise WordsRefused("There is no such kind. Reload the page.")
    queries("alerts/kind_order").hold(conn)
    shown = neighbours(conn, kind)
    before, after = shown.index(kind), shown.index(kind) + by
    if not 0 <= after < len(shown):
        return
    order = in_order(conn)
    place = order.index(shown[after])
    order.remove(kind)
    order.insert(place, kind)
    queries("alerts/kind_order").keep(conn, kinds=order, officer=officer, now=now)
    entries.record(conn, officer, Action.KIND_MOVED, kind=kind, before=before + 1, after=after + 1)


def used(conn: Connection, now: datetime) -> dict[str, int]:
    """Kind → how many alerts of it went out in the last year; only those that did."""
    rows = queries("alerts/kind_order").used(conn, since=now - LATELY)
    return {row.kind: row.alerts for row in rows}
