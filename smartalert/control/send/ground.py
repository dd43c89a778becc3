"""What a deployment still lacks before its officers can send well: said plainly, with where it is put right."""

import streamlit as st

from smartalert.config import Mode, settings
from smartalert.control import states
from smartalert.control.access import Officer, Role
from smartalert.control.drawing import draw
from smartalert.control.ground.sources import listed
from smartalert.control.transactions import ROLE, in_transaction
from smartalert.database import connection
from smartalert.importers import coverage
from smartalert.officers import register

#: What is imported shows here as soon.
KEPT_S = 20
SCREEN = ("Open Ground", "ground")


def is_missing(officer: Officer) -> bool:
    """Whether nothing can be sent for want of a boundary; says so in the place of the screen."""
    lacking = missing()
    if coverage.NEEDED not in lacking:
        return False
    text = f"Nothing can be sent before the force’s ground is loaded. Missing: {listed(lacking)}. {to_do(officer)}"
    action = SCREEN if officer.may(Role.ADMINISTRATOR) else None
    states.state("The ground is not loaded yet", text, icon="terrain", action=action)
    return True


def notice(officer: Officer) -> None:
    """In live, what is missing besides."""
    lacking = missing() if settings().mode is Mode.LIVE else []
    if lacking:
        may = officer.may(Role.ADMINISTRATOR)
        st.html(draw("control/send/ground.html", lacking=listed(lacking), to_do=to_do(officer), may=may))


def to_do(officer: Officer) -> str:
    """Whom to ask, or where to begin."""
    if officer.may(Role.ADMINISTRATOR):
        return "Import it on the Ground screen."
    names = list(in_transaction(register.with_role, (Role.ADMINISTRATOR,)).values())
    return f"Ask an administrator to import it: {'; '.join(names[:3])}." if names else "Ask whoever runs Smart Alert."


@st.cache_resource(ttl=KEPT_S, show_spinner=False)
def missing() -> list[str]:
    """The sources of which there is nothing: one look for all browsers."""
    with connection.reading(connection.engine(ROLE)) as conn:
        return coverage.missing(conn)
