"""Short transactions in which the control room looks and cannot write; `access.acting` writes.

Each sees the world of whoever is at the screen: the drill that runs for them, or the ordinary one.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Concatenate, Generic, Literal, ParamSpec, TypeVar

import streamlit as st

from smartalert.config import Mode, settings
from smartalert.database import connection
from smartalert.database.connection import Connection

ROLE = "smartalert_control"
T = TypeVar("T")
P = ParamSpec("P")
World = int | None | Literal["every"]


@contextmanager
def reading(role: str = ROLE, *, world: World | Literal["mine"] = "mine") -> Iterator[Connection]:
    """One transaction that looks and cannot write; in another world than one's own only for whoever watches over it."""
    if role != ROLE:  # figures are of the ordinary world alone
        world = None
    drill = my_drill() if world == "mine" else world
    with connection.reading(connection.engine(role)) as conn:
        connection.enter_world(conn, drill)
        yield conn


def in_transaction(work: Callable[..., T], *args: Any, role: str = ROLE, world: World | Literal["mine"] = "mine") -> T:
    """Run work(conn, …) in a transaction of its own, which cannot write."""
    with reading(role, world=world) as conn:
        return work(conn, *args)


def my_drill() -> int | None:
    """The drill that runs for the officer at this screen. Routes beside Streamlit have no screen: they say which."""
    from smartalert.control import access, streamlit_patches

    if settings().mode is not Mode.TRAINING or streamlit_patches.this_run() is None:
        return None
    officer = access.present_officer()
    return officer.drill if officer else None


class Kept(Generic[P, T]):
    """What officers of one world share for a while, and those of another never see."""

    def __init__(self, read: Callable[P, T], **how: Any) -> None:
        def kept(drill: int | None, /, *args: P.args, **more: P.kwargs) -> T:
            return read(*args, **more)

        kept.__module__, kept.__qualname__ = read.__module__, read.__qualname__
        self.__doc__ = read.__doc__
        self._kept: Callable[Concatenate[int | None, P], T] = st.cache_resource(show_spinner=False, **how)(kept)

    def __call__(self, *args: P.args, **more: P.kwargs) -> T:
        """As it was read last in this world."""
        return self._kept(my_drill(), *args, **more)

    def clear(self) -> None:
        """Read it again, in every world."""
        self._kept.clear()  # type: ignore[attr-defined]


def kept_by_world(**how: Any) -> Callable[[Callable[P, T]], Kept[P, T]]:
    """`st.cache_resource` for what is read of alerts, drafts and answers."""
    return lambda read: Kept(read, **how)
