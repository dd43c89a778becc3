"""The training screen: by which code and password other computers of the exercise get in."""

import socket
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st

from smartalert.clock import utc_now
from smartalert.config import Mode, settings
from smartalert.control import access, states
from smartalert.control.access import Role, power, require_officer
from smartalert.control.drawing import draw, piece
from smartalert.control.transactions import in_transaction
from smartalert.database.connection import Connection
from smartalert.officers import exercise_code

OPEN = power("In training, let made-up officers sign in from other computers by a code", Role.TRAINER)
STYLE = Path(__file__).with_name("page.css")
LOOK_EVERY_S = 10.0


def page() -> None:
    """Draw the screen; a live control room has nothing to train."""
    if settings().mode is not Mode.TRAINING:
        states.state("This is a live control room", "There is no exercise here.", icon="school")
        return
    st.html(STYLE)
    st.html(piece("title", "Training"))
    if settings().oidc_issuer:
        st.html(piece("line", "Everybody signs in with the force’s account, from any computer."))
    else:
        st.fragment(other_computers, run_every=LOOK_EVERY_S)()
    phones()


@states.or_failed
def other_computers() -> None:
    """The code, if one counts, and how to show or end it."""
    require_officer(Role.TRAINER)
    now = utc_now()
    code = in_transaction(exercise_code.shown, now)
    with st.container(key="panel-code"):
        st.html(draw("control/training/code.html", code=code, now=now, address=address(), is_alone=is_alone()))
        if code is None:
            st.button("Show a code", key="code-show", type="primary", on_click=show)
        else:
            with st.container(horizontal=True, gap="small"):
                st.button("Show another code", key="code-show", on_click=show)
                st.button("End it", key="code-end", on_click=end)


def phones() -> None:
    """How the phones and inboxes are seen on other computers."""
    at, port = urlsplit(address()).hostname, settings().simulator_port
    with st.container(key="panel-phones"):
        st.html(
            draw(
                "control/training/phones.html",
                is_open=not is_here_alone(settings().simulator_host),
                address=f"http://{at}:{port}",
                password=settings().simulator_password.get_secret_value(),
            )
        )


def show() -> None:
    """Callback: a new code counts from now on."""
    act(lambda conn, officer: exercise_code.show(conn, officer, utc_now()))


def end() -> None:
    """Callback: no code counts any more."""
    act(exercise_code.end)


def act(work: Callable[[Connection, str], None]) -> None:
    """Do it as whoever is at the screen now; whoever is none any more reads so from the screen's guard."""
    access.act(OPEN, work)


def is_alone() -> bool:
    """Whether no other computer can reach this control room."""
    return is_here_alone(settings().host)


def is_here_alone(host: str) -> bool:
    """Whether what listens there hears this computer and no other."""
    return host == "localhost" or ip_address(host).is_loopback


def address() -> str:
    """What is typed on another computer."""
    return settings().control_url or f"http://{own_address()}:{settings().control_port}"


def own_address() -> str:
    """What this machine is called on its network; nothing is sent to find out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return socket.gethostname()
        return str(probe.getsockname()[0])
