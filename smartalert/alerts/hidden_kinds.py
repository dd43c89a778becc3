"""Kinds of alert that a force takes off its send screen; alerts and drafts of them go on."""

from datetime import datetime

from smartalert import cleaning
from smartalert.alerts.incidents import KINDS
from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.database.connection import Connection, queries
from smartalert.errors import WordsRefused


def hidden(conn: Connection) -> frozenset[str]:
    """The kinds that are not on the send screen."""
    return frozenset(row.kind for row in queries("alerts/hidden_kinds").hidden(conn))


def hide(conn: Connection, kind: str, officer: str, now: datetime, *, why: str) -> None:
    """Take a kind off the send screen. Raises WordsRefused without a reason, and of the last that is there."""
    if kind not in KINDS:
        raise WordsRefused("There is no such kind. Reload the page.")
    if not (why := cleaning.one_line(why, 300)):
        raise WordsRefused("Say why you are hiding it.")
    if set(KINDS) - hidden(conn) == {kind}:
        raise WordsRefused("This is the last kind on the send screen. Show another one first.")
    if queries("alerts/hidden_kinds").hide(conn, kind=kind, why=why, officer=officer, now=now):
        entries.record(conn, officer, Action.KIND_HIDDEN, kind=kind, why=why)


def show(conn: Connection, kind: str, officer: str, now: datetime) -> None:
    """Put a kind back on the send screen."""
    if queries("alerts/hidden_kinds").show(conn, kind=kind, officer=officer, now=now):
        entries.record(conn, officer, Action.KIND_SHOWN, kind=kind)
