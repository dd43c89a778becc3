"""The frame round every screen: top bar, rail of screens, and the mode that nobody may mistake."""

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st

from smartalert.clock import utc_now
from smartalert.config import Mode, settings
from smartalert.control import states
from smartalert.control.access import ON_DUTY, Officer, Role, present_officer
from smartalert.control.alert_map.county import show_new_ground
from smartalert.control.drawing import draw
from smartalert.control.drills import panel
from smartalert.control.names import name_of
from smartalert.control.sign_in.page import LOOPBACK_NAMES
from smartalert.control.status import LOOK_EVERY_S, look
from smartalert.wording import EXERCISE

log = logging.getLogger(__name__)
ROOT = Path(__file__).parents[2]

_living = st.components.v2.component("smartalert_frame", js=(Path(__file__).parent / "static" / "frame.js").read_text())


@dataclass(frozen=True, slots=True)
class Screen:
    """One entry of the rail; no roles means any officer."""

    url: str
    title: str
    icon: str
    roles: tuple[Role, ...] = ()
    #: The browser fetches the map's program along with the page, not once it is drawn.
    has_map: bool = False
    #: In the rail of a training deployment alone.
    in_training: bool = False

    @property
    def file(self) -> Path:
        """The page itself."""
        return ROOT / "pages" / f"{self.url}.py"


SCREENS = (
    Screen("send_alert", "Send an alert", "campaign", (Role.SENDER,), has_map=True),
    Screen("approvals", "Approvals", "how_to_reg", (Role.APPROVER,), has_map=True),
    Screen("live_alerts", "Live alerts", "cell_tower", ON_DUTY, has_map=True),
    Screen("responses", "Responses", "forum", (Role.RESPONDER, Role.SENDER, Role.APPROVER)),
    Screen("engagement", "Engagement", "monitoring", (Role.ANALYST, Role.ADMINISTRATOR)),
    Screen("audit", "Audit", "history_edu", (Role.ADMINISTRATOR, Role.APPROVER)),
    Screen("alert_words", "Alert wording", "edit_note", (Role.ADMINISTRATOR, Role.APPROVER)),
    Screen("ground", "Ground", "terrain", (Role.ADMINISTRATOR,), has_map=True),
    Screen("administration", "Officers and rules", "admin_panel_settings", (Role.ADMINISTRATOR,)),
    Screen("drills", "Drills", "sports_score", (Role.TRAINER,), in_training=True),
    Screen("debrief", "Debrief", "fact_check", ON_DUTY, in_training=True),
    Screen("scenarios", "Scenarios", "theater_comedy", (Role.TRAINER,), has_map=True, in_training=True),
    Screen("training", "Training", "school", (Role.TRAINER,), in_training=True),
)
MODES = {
    Mode.TRAINING: ("TRAINING", "Exercise: no real people are told"),
    Mode.LIVE: ("LIVE", "Real people are told"),
}


def run() -> None:
    """Draw the frame for whoever is signed in, and the screen they chose within it."""
    st.set_page_config(layout="wide")  # A title here would win over the screens' own.
    officer = present_officer()
    panel.enter(officer)
    pages = {screen: st.Page(screen.file, title=title(screen), url_path=screen.url) for screen in SCREENS}
    start = st.Page(lobby, title=title(), default=True, url_path="lobby")
    # All of them: whoever asks for one that is closed to them reads from its guard which role it needs.
    chosen = st.navigation([start, *pages.values()], position="hidden")
    if officer:
        top_bar(officer)
        with st.container(key="rail", gap=None):
            shown = [one for one in SCREENS if not one.in_training or settings().mode is Mode.TRAINING]
            rail({screen: pages[screen] for screen in shown if officer.may(*screen.roles)}, chosen)
        panel.strip(officer, next((screen.title for screen, page in pages.items() if page is chosen), ""))
    known = {"server": utc_now().timestamp() * 1000, "screens": [screen.url for screen in SCREENS]}
    _living(key="frame", data=known, height=1, on_theme_change=lambda: None)
    chosen.run()


def title(screen: Screen | None = None) -> str:
    """What a browser's tab and the list of windows say: "EXERCISE · Responses · Smart Alert", in training."""
    parts = [EXERCISE] if settings().mode is Mode.TRAINING else []
    return " · ".join([*parts, *([screen.title] if screen else []), "Smart Alert"])


def lobby() -> None:
    """Where an address leads that names no screen."""
    if present_officer() is None:
        states.signed_out()
    else:
        states.state("Page not found", "Choose a screen from the menu.", icon="explore_off")


def top_bar(officer: Officer) -> None:
    """Name, mode, channel health, officer, clock; always in sight."""
    badge, meaning = MODES[settings().mode]
    with st.container(key="topbar", gap=None):
        st.html(draw("control/brand.html", badge=badge, meaning=meaning), width="content")
        health_line()
        st.html(draw("control/officer.html", officer=officer), width="content")


@st.fragment(run_every=LOOK_EVERY_S)
def health_line() -> None:
    """The channels as the ledger has them; looked at again every few seconds."""
    officer = present_officer()
    if officer is None:
        return
    panel.follow(officer)
    show_new_ground(look().ground)
    channels = look().channels
    if not officer.may(*ON_DUTY):
        channels = [replace(one, why="") for one in channels]  # It counts deliveries one by one.
    st.html(draw("control/channels.html", channels=channels) + call(officer))


def call(officer: Officer) -> str:
    """What waits for this approver, on every screen but the request's own; the browser sounds for a new one."""
    here = st.query_params.get("request", "")
    requests = [one for one in look().requests if one.author != officer.id and str(one.id) != here]
    if not requests or not officer.may(Role.APPROVER):
        return ""
    return draw("control/call.html", requests=requests, name_of=name_of)


@st.fragment(run_every=LOOK_EVERY_S)
def rail(pages: dict[Screen, st.Page], chosen: st.Page) -> None:
    """The screens this officer may open."""
    for screen, page in pages.items():
        with st.container(key=f"rail-{screen.url}{'-here' if page is chosen else ''}", gap=None):
            st.page_link(page, label=label_of(screen), icon=f":material/{screen.icon}:")
    if settings().mode is Mode.TRAINING and (phones := phones_url()):
        with st.container(key="rail-phones", gap=None):
            st.page_link(phones, label="Phones and inboxes", icon=":material/phone_iphone:")


def phones_url() -> str:
    """Where this browser sees the phones and inboxes of the exercise, or of the drill that runs for the officer; empty
    where it cannot.

    On another computer than the exercise's they are for its trainers, and only where they listen to others.
    """
    asked = urlsplit(f"//{st.context.headers.get('host', 'localhost')}").hostname or ""
    officer = present_officer()
    of_drill = f"/drills/{officer.drill}/" if officer and officer.drill else ""
    if asked in LOOPBACK_NAMES:
        return settings().simulator_url + of_drill
    is_for_them = settings().simulator_host not in LOOPBACK_NAMES and officer and officer.may(Role.TRAINER)
    return f"http://{asked}:{settings().simulator_port}{of_drill}" if is_for_them else ""


def label_of(screen: Screen) -> str:
    """Its title, with how many alerts are going out just now, or how many responses nobody has looked at."""
    if screen.url == "live_alerts" and (running := look().running):
        return f"{screen.title} :orange-badge[{running} running]"
    if screen.url == "approvals" and (waiting := look().waiting):
        return f"{screen.title} :orange-badge[{waiting} waiting]"
    if screen.url == "alert_words" and (proposed := look().proposed):
        return f"{screen.title} :orange-badge[{proposed} waiting]"
    if screen.url == "responses" and (unread := look().unread):
        return f"{screen.title} :blue-badge[{unread} new]"
    return screen.title
