"""The strip's tab of phones and inboxes: what some residents near the drill see on theirs, now."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from smartalert.clock import LONDON, utc_now
from smartalert.control.drawing import draw
from smartalert.control.transactions import kept_by_world, reading
from smartalert.dispatch import links
from smartalert.drills import phones, runs
from smartalert.drills.phones import Got, Resident
from smartalert.drills.runs import Run
from smartalert.wording import Channel

STYLE = Path(__file__).with_name("phones.css")
#: How old it may be what is shown, in seconds; and for how long the same people are shown without asking.
LOOK_EVERY_S, SAME_FOR_S = 1.0, 3_600
#: So much of a message is drawn, in characters; a lock screen shows less.
BEGINNING = 300


@dataclass(frozen=True, slots=True)
class Screen:
    """One resident's lock screen, or inbox, with what is on it: the newest first."""

    whose: Resident
    messages: list[Got]

    @property
    def where(self) -> str:
        """Where they live: "Tannery Row, 40 metres away"."""
        metres = self.whose.metres
        away = f"{metres / 1_000:.1f} km away" if metres >= 950 else f"{max(10, round(metres, -1)):.0f} metres away"
        return ", ".join(filter(None, (self.whose.street, away)))


def tab(run: Run) -> None:
    """Draw them, for an officer of this drill."""
    now = utc_now().astimezone(LONDON)
    st.html(STYLE)
    st.html(draw("control/drills/phones.html", screens=list(screens(run)), now=now, lines=lines))


def screens(run: Run) -> Iterator[Screen]:
    """Each resident's, those nearest to the place first."""
    here = people(run.id)
    arrived = got(run.id)
    for one in here:
        channel = Channel.PUSH if one.on_phone else Channel.EMAIL
        yield Screen(one, [message for message in arrived if (message.person, message.channel) == (one.id, channel)])


@kept_by_world(ttl=SAME_FOR_S, max_entries=50)
def people(drill: int) -> list[Resident]:
    """Whose phones and inboxes are shown in a drill."""
    with reading() as conn:
        run = runs.find(conn, drill)
        return phones.shown(conn, run.place) if run else []


@kept_by_world(ttl=LOOK_EVERY_S, max_entries=50)
def got(drill: int) -> list[Got]:
    """What has reached them."""
    here = people(drill)
    with reading() as conn:
        return phones.got(conn, drill, here, utc_now())


def lines(message: Got) -> str:
    """How it begins."""
    return " ".join(line for line in links.shown(message.body).splitlines() if line.strip())[:BEGINNING]
