"""How an alert stands, said in words: the one line an officer reads first."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil

from smartalert.alerts.lifecycle import Alert, ListedAlert
from smartalert.audit.entries import Action
from smartalert.control.live.snapshot import Snapshot
from smartalert.control.words import count, day_and_clock, span

#: Receipts come for a while after the last hand-over; a page looks less often then.
RECEIPTS_FOR = timedelta(hours=1)


class Phase(StrEnum):
    """Where an alert is in its life."""

    HELD = "held"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    WITHDRAWN = "withdrawn"
    OVER = "over"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Standing:
    """A phase, its line, and what else there is to say."""

    phase: Phase
    line: str
    more: str
    icon: str
    #: Done, but not as it should be.
    marred: bool = False


#: Phase → Material symbol, always beside the words.
ICONS = {
    Phase.HELD: "hourglass_top",
    Phase.RUNNING: "cell_tower",
    Phase.DONE: "task_alt",
    Phase.STOPPED: "front_hand",
    Phase.WITHDRAWN: "undo",
    Phase.OVER: "event_busy",
    Phase.REPLACED: "move_up",
}


def phase_of(alert: Alert | ListedAlert, *, is_open: bool, now: datetime) -> Phase:
    """The phase an alert is in now."""
    if alert.withdrawn_at:
        return Phase.WITHDRAWN
    if alert.replaced_at and alert.replaced_at <= now:
        return Phase.REPLACED
    if alert.stopped_at:
        return Phase.STOPPED
    if alert.release_at > now:
        return Phase.HELD
    if alert.expires_at <= now:
        return Phase.OVER
    return Phase.RUNNING if is_open else Phase.DONE


def standing(picture: Snapshot, now: datetime) -> Standing:
    """The alert's state in words."""
    alert = picture.alert
    phase = phase_of(alert, is_open=picture.still_open > 0, now=now)
    line, more = LINES[phase](picture, now)
    marred = phase is Phase.DONE and bool(picture.states["failed"] or picture.states["unknown"])
    return Standing(phase, line, more, "rule" if marred else ICONS[phase], marred)


def held(picture: Snapshot, now: datetime) -> tuple[str, str]:
    seconds = max(1, ceil((picture.alert.release_at - now).total_seconds()))
    people = count(picture.alert.people, "person has", "people have")
    return f"Held for {seconds} s: you can still undo", f"{people} not been told yet."


def running(picture: Snapshot, now: datetime) -> tuple[str, str]:
    waiting = sum(channel.trying_again for channel in picture.channels)
    due = [channel.next_try_at for channel in picture.channels if channel.trying_again and channel.next_try_at]
    line = f"Going out now: {picture.handed_over:,} of {picture.total:,} handed over"
    if not waiting:
        return line, f"{picture.still_open:,} still to go."
    at = f", the first in {span((min(due) - now).total_seconds())}" if due and min(due) > now else ""
    return line, f"{count(waiting, 'delivery waits', 'deliveries wait')} for another try{at}."


def done(picture: Snapshot, now: datetime) -> tuple[str, str]:
    failed, unknown = picture.states["failed"], picture.states["unknown"]
    handed = f"{picture.handed_over:,} of {picture.total:,} deliveries handed over."
    if unknown:
        mails = count(unknown, "e-mail may or may not have left", "e-mails may or may not have left")
        return f"In doubt: {mails}", f"{handed} SendGrid's reports decide about the rest."
    if failed:
        return f"Done, and {count(failed, 'delivery', 'deliveries')} failed", f"{handed} The reasons are below."
    if picture.for_digest:
        day = min(channel.digest_on for channel in picture.channels if channel.digest_on)
        wait = count(picture.for_digest, "delivery waits", "deliveries wait")
        line = f"Told singly; {wait} for the digest"
        return line, f"{handed} The digest of {day:%-d %B} takes the rest to people who have had enough this week."
    return "Everyone has been told", handed


def stopped(picture: Snapshot, now: datetime) -> tuple[str, str]:
    spared = picture.states["cancelled"]
    who = picture.by(Action.STOPPED) or "an officer"
    line = f"Stopped by {who} at {day_and_clock(picture.alert.stopped_at, now)}: {spared:,} spared"
    return (
        line,
        f"{picture.handed_over:,} of {picture.total:,} deliveries had been handed over and cannot be called back.",
    )


def withdrawn(picture: Snapshot, now: datetime) -> tuple[str, str]:
    who = picture.by(Action.WITHDRAWN) or "an officer"
    return "Withdrawn: nobody was told", f"{who}, at {day_and_clock(picture.alert.withdrawn_at, now)}."


def over(picture: Snapshot, now: datetime) -> tuple[str, str]:
    late = picture.states["expired"] + picture.still_open + picture.for_digest
    told = f"{picture.handed_over:,} of {picture.total:,} deliveries handed over."
    missed = (
        f" {count(late, 'delivery', 'deliveries')} could not be handed over before the alert was over." if late else ""
    )
    return f"Over since {day_and_clock(picture.alert.expires_at, now)}", told + missed


#: How a newer message follows → what that did to this one.
REPLACED = {
    "update": "Updated at {at}",
    "correction": "Corrected at {at}",
    "all_clear": "All clear since {at}",
    "false_alarm": "Called a false alarm at {at}",
    "outcome": "What came of it was told at {at}",
}


def replaced(picture: Snapshot, now: datetime) -> tuple[str, str]:
    alert, spared = picture.alert, picture.states["cancelled"]
    line = REPLACED[str(alert.replaced_how)].format(at=day_and_clock(alert.replaced_at, now))
    more = f"{picture.handed_over:,} of {picture.total:,} deliveries of this message had been handed over."
    return line, f"{more} {count(spared, 'was', 'were')} spared." if spared else more


LINES = {
    Phase.HELD: held,
    Phase.RUNNING: running,
    Phase.DONE: done,
    Phase.STOPPED: stopped,
    Phase.WITHDRAWN: withdrawn,
    Phase.OVER: over,
    Phase.REPLACED: replaced,
}


def look_every_s(phase: Phase, alert: Alert, now: datetime) -> float | None:
    """How often a page looks again: twice a second while it goes out, never once nothing more can change."""
    if phase in {Phase.HELD, Phase.RUNNING}:
        return 0.5
    if phase is Phase.WITHDRAWN:
        return None
    if now < alert.release_at + RECEIPTS_FOR:
        return 2.0
    return None if phase is Phase.OVER else 10.0
