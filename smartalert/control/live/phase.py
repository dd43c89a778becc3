"""The phase an alert is in, and its words: the one line an officer reads first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from smartalert.alerts.lifecycle import Alert
from smartalert.alerts.listing import ListedAlert
from smartalert.audit.entries import Action
from smartalert.control.live.snapshot import Snapshot
from smartalert.control.words import count, day_and_clock, outage_words, span, until

#: Receipts come for a while after the last hand-over; a page looks less often then.
RECEIPTS_FOR = timedelta(hours=1)
#: With more than this to go, an alert is said to be sent later.
SECONDS_LEFT = timedelta(minutes=1)


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
class PhaseWords:
    """A phase in words: one line, and what more there is to know."""

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


def phase_words(seen: Snapshot, now: datetime) -> PhaseWords:
    """The alert's state in words."""
    alert = seen.alert
    phase = phase_of(alert, is_open=seen.still_open > 0, now=now)
    line, more = LINES[phase](seen, now)
    marred = phase is Phase.DONE and bool(seen.states["failed"] or seen.states["unknown"])
    return PhaseWords(phase, line, more, "rule" if marred else ICONS[phase], marred)


def held(seen: Snapshot, now: datetime) -> tuple[str, str]:
    people = count(seen.alert.people, "person is", "people are")
    if is_later(seen.alert, now):
        return f"To be sent at {until(seen.alert.release_at, now)}", f"{people} told then: you can undo it until then."
    return "Nobody has been told yet", f"{people} told when the seconds run out: you can still undo."


def is_later(alert: Alert | ListedAlert, now: datetime) -> bool:
    """Whether it waits for a time that its sender chose, rather than for the seconds to undo."""
    return alert.release_at - now > SECONDS_LEFT


def running(seen: Snapshot, now: datetime) -> tuple[str, str]:
    waiting = sum(channel.trying_again for channel in seen.channels)
    due = [channel.next_try_at for channel in seen.channels if channel.trying_again and channel.next_try_at]
    line = f"Going out now: {seen.handed_over:,} of {seen.total:,} handed over"
    if out := [*outages(seen, now)]:
        return line, " ".join(out)
    if not waiting:
        return line, f"{seen.still_open:,} still to go."
    at = f", the first in {span((min(due) - now).total_seconds())}" if due and min(due) > now else ""
    return line, f"{count(waiting, 'delivery', 'deliveries')} will be tried again{at}."


def outages(seen: Snapshot, now: datetime) -> Iterator[str]:
    """What is said of each channel that something of this alert waits for, and whose provider takes nothing."""
    for outage in seen.outages:
        own = next((channel for channel in seen.channels if channel.channel == outage.channel), None)
        waiting = own.states["pending"] - own.for_digest if own else 0
        if waiting:
            yield outage_words(outage, waiting, now)


def done(seen: Snapshot, now: datetime) -> tuple[str, str]:
    failed, unknown, delivered = seen.states["failed"], seen.states["unknown"], seen.states["delivered"]
    handed = f"{seen.handed_over:,} of {seen.total:,} deliveries handed over."
    if unknown:
        restored = seen.doubt.is_restored
        what = count(unknown, *(("delivery", "deliveries") if restored else ("e-mail", "e-mails")))
        why = (
            "They waited when the backup was taken that this comes from. You can decide below."
            if restored
            else "SendGrid may still report on them. If it does not, you can decide below."
        )
        return f"In doubt: {what} may or may not have been sent", f"{handed} {why}"
    if failed:
        return f"Finished: {count(failed, 'delivery', 'deliveries')} failed", f"{handed} The reasons are below."
    if seen.for_digest:
        day = min(channel.digest_on for channel in seen.channels if channel.digest_on)
        wait = count(seen.for_digest, "delivery waits", "deliveries wait")
        return (
            f"Handed over. {wait} for the daily digest",
            f"{handed} The rest go out in the digest of {day:%-d %B}: those people have had this week’s updates.",
        )
    if delivered < seen.total:
        return "Handed over to everyone", f"{delivered:,} of {seen.total:,} deliveries have arrived so far."
    return "Everyone has been told", f"All {count(seen.total, 'delivery has', 'deliveries have')} arrived."


def stopped(seen: Snapshot, now: datetime) -> tuple[str, str]:
    unsent, who = seen.states["cancelled"], seen.by(Action.STOPPED) or "an officer"
    line = f"Stopped by {who} at {day_and_clock(seen.alert.stopped_at, now)}"
    line += f": {unsent:,} not sent" if unsent else ""
    gone = f"{seen.handed_over:,} of {seen.total:,} deliveries had been handed over"
    return line, f"{gone} and cannot be called back."


def withdrawn(seen: Snapshot, now: datetime) -> tuple[str, str]:
    who = seen.by(Action.WITHDRAWN) or "an officer"
    return "Undone: nobody was told", f"{who}, at {day_and_clock(seen.alert.withdrawn_at, now)}."


def over(seen: Snapshot, now: datetime) -> tuple[str, str]:
    late = seen.states["expired"] + seen.still_open + seen.for_digest
    told = f"{seen.handed_over:,} of {seen.total:,} deliveries handed over."
    missed = (
        f" {count(late, 'delivery', 'deliveries')} could not be handed over before the alert ended." if late else ""
    )
    return f"Ended at {until(seen.alert.expires_at, now)}", told + missed


#: How a newer message follows → what that did to this one.
REPLACED = {
    "update": "Updated at {at}",
    "correction": "Corrected at {at}",
    "all_clear": "All clear sent at {at}",
    "false_alarm": "Cancelled as a false alarm at {at}",
    "outcome": "Outcome told at {at}",
}


def replaced(seen: Snapshot, now: datetime) -> tuple[str, str]:
    alert, unsent = seen.alert, seen.states["cancelled"]
    line = REPLACED[str(alert.replaced_how)].format(at=day_and_clock(alert.replaced_at, now))
    more = f"{seen.handed_over:,} of {seen.total:,} deliveries of this message had been handed over."
    return line, f"{more} {count(unsent, 'was', 'were')} not sent." if unsent else more


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
    """How often a page looks again: every second while it goes out, never once nothing more can change."""
    if phase is Phase.HELD:
        return 5.0 if is_later(alert, now) else 0.5
    if phase is Phase.RUNNING:
        return 1.0
    if phase is Phase.WITHDRAWN:
        return None
    if now < alert.release_at + RECEIPTS_FOR:
        return 2.0
    return None if phase is Phase.OVER else 10.0
