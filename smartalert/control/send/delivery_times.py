"""Above the composer: what becomes of an alert that is sent now, by channel, in seconds and in words."""

from pathlib import Path

import streamlit as st

from smartalert.alerts.checks import Counted
from smartalert.audience.preview import Preview
from smartalert.control import states, status
from smartalert.control.access import Role, acting, power, require_officer
from smartalert.control.drawing import draw
from smartalert.control.send import screen
from smartalert.control.send.preview import PER_SECOND
from smartalert.control.status import Health
from smartalert.dispatch import jobs
from smartalert.wording import Channel

STYLE = Path(__file__).with_name("delivery_times.css")
TEST = power("Have each channel’s line tested at once", Role.SENDER)


@st.fragment(run_every=status.LOOK_EVERY_S)
@states.or_failed
def show() -> None:
    """The line, looked at again every few seconds; with trouble, a way to test again."""
    require_officer(Role.SENDER)
    found = status.look().channels
    counted = screen.current().counted
    said = sentences(found, counted.preview if isinstance(counted, Counted) else None)
    if not said:
        return
    trouble = any(one.level in ("slow", "bad") for one in found)
    st.html(STYLE)
    with st.container(
        key="delivery-times-trouble" if trouble else "delivery-times", horizontal=True, vertical_alignment="center"
    ):
        st.html(draw("control/send/delivery_times.html", words=said, trouble=trouble))
        if trouble:
            st.button("Test now", key="test-links", on_click=test_again)


def sentences(found: list[Health], counted: Preview | None) -> str:
    """ "If you send now: phones get it in about 4 s; e-mails are late: about 12 min."; empty where nothing is known."""
    if any(one.level == "bad" and not one.channel for one in found):
        return f"If you send now, it will wait. {found[0].text}."
    told = {Channel.PUSH: counted.push, Channel.EMAIL: counted.email} if counted else {}
    well: list[str] = []
    badly: list[str] = []
    for one in found:
        if one.channel is None:
            continue
        many = one.channel.plural
        if one.level == "bad":
            badly.append(f"{many} are not getting through: we keep trying until the alert ends")
        elif one.arrives_s is not None:
            takes = about(one.arrives_s + told.get(one.channel, 0) / PER_SECOND[one.channel])
            if one.level == "slow":
                badly.append(f"{many} are late: about {takes}")
            else:
                well.append(f"{many} {'get it ' if not well else ''}in about {takes}")
    said = [" and ".join(well), *badly] if well else badly
    return f"If you send now: {'; '.join(said)}." if said else ""


def waits(found: list[Health]) -> bool:
    """Whether anything would wait that is meant to be fast: nobody then promises seconds."""
    return any(one.level == "bad" for one in found)


def about(seconds: float) -> str:
    """ "4 s", "12 min"."""
    return f"{max(1, round(seconds))} s" if seconds < 90 else f"{round(seconds / 60)} min"


def test_again() -> None:
    """Callback: have the lines tested at once, not in a few minutes."""
    with acting(TEST) as (conn, _):
        jobs.queue_link_tests(conn)
