"""The line an officer reads first, for every way an alert can stand."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from smartalert.audit.entries import Entry
from smartalert.control.live.phase import Phase, look_every_s, phase_words
from smartalert.control.live.snapshot import ChannelSnapshot, Snapshot, Speed
from smartalert.dispatch.outages import Outage
from smartalert.responses.inbox import Answers
from smartalert.wording import Channel
from tests.factories import NOW, OFFICER, an_alert


def snapshot_of(*, timeline=(), trying_again=0, handed_over=None, alert=None, **states: int) -> Snapshot:
    """An alert released half a minute ago on one channel, its deliveries in these states."""
    counted = Counter(states)
    accepted = counted["handed_over"] + counted["delivered"] if handed_over is None else handed_over
    channel = ChannelSnapshot(Channel.PUSH, counted, accepted, 0, trying_again, NOW + timedelta(minutes=3))
    done = [Entry(NOW, OFFICER, action, {}) for action in timeline]
    return Snapshot(
        an_alert(**alert or {}), [channel], done, Answers(responses=0, unread=0), Speed([], [], 1.0, [], {}),
        states=counted,
    )  # fmt: skip


def test_what_waits_for_the_digest_is_told_and_does_not_count_as_running() -> None:
    channel = ChannelSnapshot(Channel.PUSH, Counter(pending=40, delivered=60), 60, 0, 0, None, 40, NOW.date())
    seen = replace(snapshot_of(pending=40, delivered=60), channels=[channel])
    said = phase_words(seen, NOW)
    assert (said.phase, said.line) == (Phase.DONE, "Handed over. 40 deliveries wait for the daily digest")
    assert said.more.startswith("60 of 100 deliveries handed over. The rest go out in the digest of 22 November")


def test_everyone_has_been_told_only_once_every_delivery_has_arrived() -> None:
    arriving = replace(snapshot_of(delivered=9), states=Counter(handed_over=2, delivered=7))
    said = phase_words(arriving, NOW)
    assert (said.line, said.more) == ("Handed over to everyone", "7 of 9 deliveries have arrived so far.")


def test_while_a_provider_takes_nothing_the_line_says_since_when_and_that_nothing_is_lost() -> None:
    out = Outage("push", NOW - timedelta(minutes=5), "busy", 3, 3, 2, NOW + timedelta(seconds=40), None)
    seen = replace(snapshot_of(pending=2_410, delivered=90, trying_again=64), outages=[out])
    said = phase_words(seen, NOW)
    assert said.line == "Going out now: 90 of 2,500 handed over"
    assert said.more == (
        "Google has taken no messages since 13:57. We try again in 40 s. Nothing is lost: 2,410 phones wait."
    )
    mails = replace(seen, outages=[replace(out, channel="email", by_relay=True)])
    assert phase_words(mails, NOW).more.startswith("64 deliveries"), "this alert goes to phones alone"


@pytest.mark.parametrize(
    ("seen", "phase", "line", "more"),
    [
        (
            snapshot_of(pending=4_500, alert={"release_at": NOW + timedelta(seconds=6.4)}),
            Phase.HELD,
            "Nobody has been told yet",
            "4,000 people are told when the seconds run out: you can still undo.",
        ),
        (
            snapshot_of(pending=1_300, sending=88, handed_over=3_112, delivered=3_112),
            Phase.RUNNING,
            "Going out now: 3,112 of 4,500 handed over",
            "1,388 still to go.",
        ),
        (
            snapshot_of(pending=1, delivered=9, trying_again=1),
            Phase.RUNNING,
            "Going out now: 9 of 10 handed over",
            "1 delivery will be tried again, the first in 3 min.",
        ),
        (
            snapshot_of(delivered=9, handed_over=9),
            Phase.DONE,
            "Everyone has been told",
            "All 9 deliveries have arrived.",
        ),
        (
            snapshot_of(delivered=7, failed=2, handed_over=8),
            Phase.DONE,
            "Finished: 2 deliveries failed",
            "8 of 9 deliveries handed over. The reasons are below.",
        ),
        (
            snapshot_of(delivered=7, unknown=1),
            Phase.DONE,
            "In doubt: 1 e-mail may or may not have been sent",
            "7 of 8 deliveries handed over. SendGrid may still report on them. If it does not, you can decide below.",
        ),
        (
            snapshot_of(delivered=3_688, cancelled=812, alert={"stopped_at": NOW}, timeline=["issued", "stopped"]),
            Phase.STOPPED,
            "Stopped by Insp. Alison Carr at 14:02: 812 not sent",
            "3,688 of 4,500 deliveries had been handed over and cannot be called back.",
        ),
        (
            snapshot_of(cancelled=4_500, alert={"withdrawn_at": NOW}, timeline=["issued", "withdrawn"]),
            Phase.WITHDRAWN,
            "Undone: nobody was told",
            "Insp. Alison Carr, at 14:02.",
        ),
        (
            snapshot_of(delivered=9, expired=1, alert={"expires_at": NOW - timedelta(minutes=2)}),
            Phase.OVER,
            "Ended at 14:00",
            "9 of 10 deliveries handed over. 1 delivery could not be handed over before the alert ended.",
        ),
        (
            snapshot_of(
                delivered=9, cancelled=2, alert={"stopped_at": NOW, "replaced_at": NOW, "replaced_how": "false_alarm"}
            ),
            Phase.REPLACED,
            "Cancelled as a false alarm at 14:02",
            "9 of 11 deliveries of this message had been handed over. 2 were not sent.",
        ),
    ],
    ids=lambda value: str(value) if isinstance(value, Phase) else "",
)
def test_the_line_says_how_the_alert_stands(seen, phase, line, more):
    stands = phase_words(seen, NOW)
    assert (stands.phase, stands.line, stands.more) == (phase, line, more)


def test_done_with_failures_does_not_look_like_done():
    assert phase_words(snapshot_of(delivered=1, failed=1), NOW).marred
    assert not phase_words(snapshot_of(delivered=1), NOW).marred


def test_a_page_looks_often_while_something_moves_and_stops_when_nothing_can():
    alert = an_alert(release_at=NOW)
    later = NOW + timedelta(hours=2)
    assert look_every_s(Phase.HELD, alert, NOW) == 0.5
    assert look_every_s(Phase.RUNNING, alert, NOW) == 1.0
    assert look_every_s(Phase.DONE, alert, NOW) == 2.0
    assert look_every_s(Phase.OVER, alert, NOW) == 2.0
    assert look_every_s(Phase.DONE, alert, later) == 10.0
    assert look_every_s(Phase.OVER, alert, later) is None
    assert look_every_s(Phase.WITHDRAWN, alert, NOW) is None
