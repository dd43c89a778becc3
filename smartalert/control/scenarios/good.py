"""What good looks like: the words, who they are for, the facts, what follows, and within which time."""

from typing import Any

import streamlit as st

from smartalert.audience.interests import Sector
from smartalert.control.drawing import piece
from smartalert.control.scenarios import choosing
from smartalert.control.scenarios import work as parts
from smartalert.control.scenarios.work import Work
from smartalert.drills.editing import Location
from smartalert.drills.scenario import Elements, Limits, Weights
from smartalert.wording import Channel

GOOD: Location = ("good",)
SEQUELS: Location = ("good", "sequels")
HOW = ["update", "correction", "all_clear", "false_alarm", "outcome"]
#: The five elements of a good warning, and an officer's word for each.
ELEMENTS = {
    "source": "Who says it", "hazard": "What it is", "location": "Where", "time": "When", "guidance": "What to do",
}  # fmt: skip
LIMITS = {
    "alert": "First alert", "approval": "Approval", "correction": "Correction or update", "all_clear": "All clear",
    "outcome": "Outcome told", "answers": "Answers read",
}  # fmt: skip
WEIGHTS = {
    "speed": "Speed", "area": "Area", "audience": "Audience", "facts": "Facts", "sequels": "What follows",
    "answers": "Answers", "outcome": "Outcome",
}  # fmt: skip
assert (list(ELEMENTS), list(LIMITS), list(WEIGHTS)) == (  # noqa: S101 - none may be forgotten here
    list(Elements.model_fields), list(Limits.model_fields), list(Weights.model_fields)
)  # fmt: skip


def show(work: Work) -> None:
    """Words and what follows on the left; for whom, facts, times and weights on the right."""
    parts.say(work, GOOD, inside=False)
    left, right = st.columns([5, 4], gap="medium")
    with left:
        st.html(piece("section", "The alert, as a very good officer wrote it"))
        told(work, ("good", "alert"))
        st.html(piece("section", "What follows it"))
        sequels(work)
    with right:
        st.html(piece("section", "Who it is for"))
        audience(work)
        st.html(piece("section", "Words of which one tells each fact, with commas between"))
        for key, label in ELEMENTS.items():
            parts.words(work, ("good", "elements", key), label)
        st.html(piece("section", "Minutes within which it is done"))
        grid(work, ("good", "limits"), LIMITS)
        st.html(piece("section", "What each part counts for, of a hundred"))
        weights(work)


def told(work: Work, at: Location) -> None:
    """The words of one message."""
    parts.say(work, at, inside=False)
    parts.line(work, (*at, "headline"), "Headline", max_chars=90)
    parts.lines(work, (*at, "description"), "What happened", height=110, max_chars=900)
    parts.lines(work, (*at, "instruction"), "What to do", height=84, max_chars=900)
    parts.lines(work, (*at, "contact"), "Who to call", height=68, max_chars=900)


def audience(work: Work) -> None:
    """How urgent, for which trades, on which channels."""
    parts.switch(work, ("good", "urgent"), "It is urgent", usual=True)
    parts.some_of(
        work, ("good", "sectors"), "Only for these trades; none: for everybody",
        [sector.name.lower() for sector in Sector], format_func=lambda name: Sector[name.upper()].label,
    )  # fmt: skip
    parts.some_of(work, ("good", "channels"), "On these channels", list(Channel), format_func=channel_label)


def channel_label(channel: str) -> str:
    """What a screen calls a channel."""
    return Channel(channel).label


def grid(work: Work, at: Location, labels: dict[str, str]) -> None:
    """Numbers side by side."""
    with st.container(key=f"grid-{at[-1]}", horizontal=True, gap="small"):
        for key, label in labels.items():
            parts.number(work, (*at, key), label, width=150)


def weights(work: Work) -> None:
    """The weights, which are those of every scenario until one is written here."""
    at: Location = ("weights",)
    parts.say(work, at, inside=False)
    usual = Weights().model_dump()
    with st.container(key="grid-weights", horizontal=True, gap="small"):
        for key, label in WEIGHTS.items():
            parts.number(work, (*at, key), label, step=1.0, width=150, usual=float(usual[key]))


def sequels(work: Work) -> None:
    """All of them, and the chosen one."""
    at = choosing.choose(work, SEQUELS, noun="a message", words=in_words, begin=fresh(work))
    if at is None:
        return
    with st.container(key="panel-sequel"):
        parts.say(work, at, inside=False)
        with st.container(horizontal=True, gap="small"):
            parts.one_of(
                work, (*at, "how"), "What it is", HOW, width=200, format_func=lambda how: how.replace("_", " ")
            )
            parts.one_of(work, (*at, "after"), "The event that makes it due", due_injects(work), width=240)
        told(work, at)
        parts.words(work, (*at, "says"), "Words of which one must be in it")
        parts.words(work, (*at, "no_longer"), "Words that must be gone")
        choosing.remove(work, at, "message")


def in_words(sequel: Any) -> tuple[str, str]:
    """What it is, and what makes it due."""
    if not isinstance(sequel, dict):
        return "?", ""
    how = str(sequel.get("how", "")).replace("_", " ").capitalize()
    return f"**{choosing.plain(how)}** after “{choosing.plain(sequel.get('after', ''))}”", ""


def due_injects(work: Work) -> list[str]:
    """The injects that make a message due."""
    injects = [one for one in work.listed(("injects",)) if isinstance(one, dict)]
    return [str(one.get("name")) for one in injects if one.get("due")]


def fresh(work: Work) -> dict[str, Any]:
    """A correction to begin from."""
    alert = work.value(("good", "alert"), {})
    kept = {key: str(alert.get(key, "…")) for key in ("headline", "description", "instruction", "contact")}
    return {"how": "correction", "after": next(iter(due_injects(work)), ""), **kept, "says": ["what is new"]}
