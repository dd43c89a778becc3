"""Who did what about an alert, in words."""

from datetime import datetime

import streamlit as st

from smartalert.audit.entries import Action, Entry
from smartalert.control.drawing import draw
from smartalert.control.live.snapshot import Snapshot
from smartalert.control.names import name_of
from smartalert.control.words import count
from smartalert.wording import Channel

#: Audit action → what happened, as a line of the timeline.
DID = {
    Action.ISSUED: "sent it to {people}",
    Action.COUNTED_AGAIN: "sent it later: {again}",
    Action.APPROVAL_ASKED: "asked for approval to tell {people}",
    Action.APPROVAL_RETURNED: "returned it for changes: “{note}”",
    Action.APPROVAL_WITHDRAWN: "took back the request for approval",
    Action.APPROVED: "approved it",
    Action.APPROVER_CALLED: "asked for approval: {officer} was called",
    Action.CALL_HANDED_OVER: "asked for approval: the call to {officer}’s {device} was handed over",
    Action.CALL_NOT_HANDED_OVER: "asked for approval: the call to {officer}’s {device} was not handed over",
    Action.SENT_WITHOUT_APPROVAL: "sent it without the approval it needed: “{why}”",
    Action.SEEN_AND_RIGHT: "reviewed it: no concern",
    Action.CONCERN_RAISED: "reviewed it and raised a concern: “{concern}”",
    Action.WITHDRAWN: "undid it: nobody was told",
    Action.RELEASED_AT_ONCE: "pressed “Tell them now”",
    Action.STOPPED: "stopped it: {spared}",
    Action.WENT_ON: "undid the message that stopped it: {deliveries} go out after all",
    Action.TRIED_AGAIN: "tried {failed} again",
    Action.SENT_IN_DOUBT: "sent {mails} again that may have been sent before",
    Action.LEFT_IN_DOUBT: "chose not to send {mails} again that may or may not have been sent",
    Action.SENT_BY_RELAY: "had e-mails sent by the force’s own mail, as SendGrid took none",
    Action.BEGAN_UPDATE: "began an update",
    Action.BEGAN_CORRECTION: "began a correction",
    Action.BEGAN_ALL_CLEAR: "began an all clear",
    Action.BEGAN_FALSE_ALARM: "began a false alarm message",
    Action.BEGAN_OUTCOME: "began a message about the outcome",
    Action.TOOK_PHOTO_DOWN: "took the photograph down",
    Action.TOLD_THE_OUTCOME: "told {people} who answered what came of it",
    Action.RESTORED: "restored this from the backup of {since}",
    Action.LOOKED_AT_FORGOTTEN: "looked at details that are no longer public",
    Action.EXPORTED_STORY: "downloaded the full record",
    Action.EXPORTED_CASE_FILE: "downloaded the case file",
}


def show(seen: Snapshot, now: datetime) -> None:
    """Who did what, oldest first."""
    st.html(draw("control/live/timeline.html", entries=seen.timeline, now=now, name_of=name_of, did=did))


def did(entry: Entry) -> str:
    """One audit entry in words; an action without words of its own is named as it stands."""
    try:
        return DID[Action(entry.action)].format(**entry.detail | counts_of(entry.detail))
    except (KeyError, ValueError, TypeError):
        return entry.action


def counts_of(detail: dict[str, object]) -> dict[str, str]:
    """The numbers of an entry as words: "1 person", "402 e-mails"."""
    said = {}
    if isinstance(of := detail.get("of"), str):
        said["officer"] = name_of(of)
        said["device"] = "phone" if detail.get("channel") == Channel.PUSH else "mailbox"
    if isinstance(number := detail.get("people"), int):
        said["people"] = count(number, "person", "people")
    if "confirmed" in detail:
        said["again"] = again_words(detail)
    if isinstance(number := detail.get("spared"), int):
        unsent = f"{count(number, 'delivery', 'deliveries')} not sent"
        said["spared"] = unsent if number else "everything had been sent"
    if isinstance(number := detail.get("deliveries"), int):
        noun = Channel(str(detail.get("channel", Channel.EMAIL))).noun(number)
        said["deliveries"] = count(number, "delivery", "deliveries")
        said["failed"] = f"{number:,} failed {noun}"
        said["mails"] = said["deliveries"] if detail.get("restored") else count(number, "e-mail", "e-mails")
    return said


def again_words(detail: dict[str, object]) -> str:
    """Who an alert that left later went to, against those it was confirmed for."""
    numbers = {name: int(str(detail[name])) for name in ("confirmed", "people", "joined", "dropped", "kept_out")}
    parts = [f"confirmed for {count(numbers['confirmed'], 'person', 'people')}, told {numbers['people']:,}"]
    if numbers["joined"]:
        parts.append(f"{numbers['joined']:,} who joined since")
    if numbers["dropped"]:
        parts.append(f"without {numbers['dropped']:,} who left or chose otherwise")
    if numbers["kept_out"]:
        parts.append(f"without {numbers['kept_out']:,} who joined since: telling so many needs an approval")
    return ", ".join(parts)
