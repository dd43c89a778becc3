"""What a screen shows when it has nothing else: signed out, not allowed, empty, failed. Each says what to do."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

from smartalert.control.drawing import draw
from smartalert.errors import SmartAlertError

log = logging.getLogger(__name__)
P = ParamSpec("P")
#: Every act is one transaction: it is confirmed on screen, or it has not happened.
UNFORESEEN = (
    "Anything not confirmed on screen has not happened. Reload the page. If this message stays, tell the person who "
    "runs Smart Alert."
)


def state(title: str, text: str, *, icon: str = "info", action: tuple[str, str] | None = None, tone: str = "") -> None:
    """A large calm message in the place of the screen; action is (words, address)."""
    st.html(draw("control/state.html", title=title, text=text, icon=icon, action=action, tone=tone))


def signed_out() -> None:
    """Nobody is signed in, or the shift is over."""
    state(
        "Sign in to continue",
        "You are not signed in, or your sign-in has ended. It lasts 12 hours, or one hour if you do nothing. "
        "Your drafts are saved.",
        icon="lock",
        action=("Sign in", "sign-in"),
    )


def not_allowed(name: str, roles: str) -> None:
    """Signed in, without the role."""
    state(
        "You cannot use this screen",
        f"{name}, you need the role of {roles}. Ask your Smart Alert administrator, or sign in as somebody else.",
        icon="block",
        action=("Sign in as somebody else", "sign-in"),
    )


def without_database(problem: str) -> None:
    """The database does not answer, or is away."""
    state(problem, UNFORESEEN, icon="error", action=("Reload", ""), tone="sa-bad")


def or_failed(fragment: Callable[P, None]) -> Callable[P, None]:
    """A fragment that says what went wrong in its own place, and mends itself when it is drawn again."""

    @wraps(fragment)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            fragment(*args, **kwargs)
        except Exception as error:
            log.exception("Part of the screen could not be shown")
            failed(error)

    return drawn


def failed(error: Exception) -> bool:
    """Show an error that nobody caught, without a traceback; for st.App(on_script_error=…)."""
    text = str(error) if isinstance(error, SmartAlertError) else UNFORESEEN
    state("Something went wrong", text, icon="error", action=("Reload", ""), tone="sa-bad")
    return True
