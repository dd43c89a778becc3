"""Everything that happened in a drill as lines of one timeline: what came, and what officers decided."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from smartalert.cleaning import isolated
from smartalert.control.audit.words import action_words
from smartalert.control.drills.speakers import ICONS, label
from smartalert.control.drills.times import stopwatch
from smartalert.control.names import name_of
from smartalert.control.words import count
from smartalert.drills import injects
from smartalert.drills.ending import LEFT, QUIET
from smartalert.drills.runs import Event, Kind
from smartalert.drills.scenario import Speaker
from smartalert.drills.watch import Decision, Look

#: What the log tells → in words, and its icon.
DID = {
    Kind.STARTED: ("started the drill", "play_arrow"), Kind.PAUSED: ("paused it", "pause"),
    Kind.WENT_ON: ("let it go on", "play_arrow"), Kind.ENDED: ("ended it", "stop"),
    Kind.NOTED: ("noted what had come", "done"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One line."""

    at: datetime
    #: The drill's clock, as "04:12".
    clock: str
    icon: str
    who: str
    words: str
    #: An officer decided it: not what came to them.
    is_act: bool


def lines(seen: Look) -> list[Line]:
    """The newest first."""
    found = [*(of_event(event) for event in seen.events), *of_decisions(seen)]
    return sorted(found, key=lambda one: one.at, reverse=True)


def of_event(event: Event) -> Line:
    """A line of the drill's own log."""
    clock = stopwatch(event.clock)
    if event.kind is Kind.ANSWER:
        words = f"“{isolated(event.detail['says'])}” ({event.detail['tone']})"
        return Line(event.at, clock, "chat_bubble", "A resident", words, is_act=False)
    if event.kind is Kind.ENDED and event.officer is None:
        return Line(event.at, clock, "stop", "The drill", "ended by itself", is_act=False)
    if event.kind is not Kind.INJECT:
        words, icon = DID.get(event.kind, (event.kind.value, "info"))
        return Line(event.at, clock, icon, name_of(event.officer), words, is_act=event.kind is Kind.NOTED)
    by = Speaker(event.detail["by"])
    spoken = f"{label(by)} (by {name_of(event.officer)})" if event.officer else label(by)
    return Line(event.at, clock, ICONS[by], spoken, event.detail["says"], is_act=False)


def how_ended(events: Iterable[Event]) -> str:
    """By whom a drill that is over was ended, or why it ended by itself; empty where its log does not say."""
    last = next((one for one in events if one.kind is Kind.ENDED), None)
    if last is None:
        return ""
    if last.officer is None:
        quiet = f"its story was over, and for {injects.minutes(QUIET):.0f} minutes nobody had acted"
        left = f"for {injects.minutes(LEFT) / 60:.0f} hours nobody had acted"
        return f"It ended by itself: {quiet if last.detail['story_over'] else left}."
    return f"Ended by {name_of(last.officer)}."


def of_decisions(seen: Look) -> Iterator[Line]:
    """What is in the audit."""
    for one in seen.decisions:
        clock = stopwatch(injects.clock_at(seen.run, seen.events, one.at))
        yield Line(one.at, clock, "person", name_of(one.officer), decided(one), is_act=True)


def decided(one: Decision) -> str:
    """ "sent an alert: “Missing: Maisie, 7”, 312 people"."""
    about = [f"“{isolated(one.headline)}”"] if one.headline else []
    if isinstance(people := one.detail.get("people"), int):
        about.append(count(people, "person", "people"))
    return f"{action_words(one.action)}: {', '.join(about)}" if about else action_words(one.action)
