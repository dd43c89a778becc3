"""Short transactions in which the control room looks and cannot write; `access.acting` writes."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from smartalert.database import connection
from smartalert.database.connection import Connection

ROLE = "smartalert_control"
T = TypeVar("T")


def reading(role: str = ROLE) -> AbstractContextManager[Connection]:
    """One transaction that looks and cannot write."""
    return connection.reading(connection.engine(role))


def in_transaction(work: Callable[..., T], *args: Any, role: str = ROLE) -> T:
    """Run work(conn, …) in a transaction of its own, which cannot write."""
    with reading(role) as conn:
        return work(conn, *args)
