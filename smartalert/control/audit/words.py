"""An entry of the audit in words. The entry itself, with its hashes and codes, is in the table to download."""

import re
from datetime import datetime

from smartalert.alerts import approval_policy
from smartalert.alerts.approval_policy import PolicyRow
from smartalert.alerts.incidents import KINDS
from smartalert.alerts.kind_words import MESSAGES
from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.clock import LONDON
from smartalert.control.drawing import draw
from smartalert.control.names import name_of
from smartalert.responses.inbox import VERDICTS
from smartalert.responses.results import RESULTS
from smartalert.wording import Channel

#: Actions whose own words say too little; the others are shown as they stand.
ACTIONS = {
    Action.DRAFT_THROWN_AWAY: "threw a draft away",
    Action.DRAFT_BROUGHT_BACK: "brought a draft back",
    Action.APPROVAL_ASKED: "asked for approval",
    Action.APPROVED: "approved an alert",
    Action.APPROVAL_RETURNED: "returned an alert for changes",
    Action.APPROVAL_WITHDRAWN: "took back a request for approval",
    Action.APPROVAL_POLICY_CHANGED: "changed an approval rule",
    Action.APPROVAL_SETTINGS_CHANGED: "changed how approvers are called",
    Action.APPROVER_CALLED: "asked for approval: an approver was called",
    Action.CALL_HANDED_OVER: "asked for approval: a call was handed over",
    Action.CALL_NOT_HANDED_OVER: "asked for approval: a call could not be handed over",
    Action.SENT_WITHOUT_APPROVAL: "sent an alert without the approval it needed",
    Action.ON_DUTY: "put an approver on duty",
    Action.OFF_DUTY: "took an approver off duty",
    Action.WORDS_PROPOSED: "proposed new words for a kind of alert",
    Action.WORDS_APPROVED: "approved new words for a kind of alert",
    Action.WORDS_REFUSED: "refused new words for a kind of alert",
    Action.WORDS_TAKEN_BACK: "took back new words for a kind of alert",
    Action.KIND_HIDDEN: "hid a kind of alert from the send screen",
    Action.KIND_SHOWN: "put a kind of alert back on the send screen",
    Action.KIND_MOVED: "moved a kind of alert on the send screen",
    Action.BARRED: "removed an officer’s access",
    Action.LET_BACK: "gave an officer access again",
    Action.ENDED_A_SIGN_IN: "signed another officer out",
    Action.RESPONSE_TAKEN_OVER: "took over a response from another officer",
    Action.RESPONSE_GIVEN_BACK: "put a response back for others",
    Action.ADDED_A_READER: "added somebody who gets the monthly report",
    Action.REMOVED_A_READER: "removed somebody who got the monthly report",
    Action.MAILED_THEMSELVES: "e-mailed themselves a report",
    Action.REMOVED_A_TARGET: "removed a target",
    Action.REMOVED_A_COST: "removed a cost",
    Action.NOTED_A_CAMPAIGN: "added a campaign",
    Action.ISSUED: "sent an alert",
    Action.WITHDRAWN: "undid an alert before it went out",
    Action.RELEASED_AT_ONCE: "sent an alert without waiting the ten seconds",
    Action.STOPPED: "stopped an alert",
    Action.WENT_ON: "undid the message that had stopped an alert",
    Action.TRIED_AGAIN: "tried failed deliveries again",
    Action.SENT_IN_DOUBT: "sent e-mails again that were in doubt",
    Action.LEFT_IN_DOUBT: "did not send e-mails again that were in doubt",
    Action.SENT_BY_RELAY: "had e-mails sent by the force’s own mail while SendGrid took none",
    Action.SEEN_AND_RIGHT: "reviewed an alert: no concern",
    Action.CONCERN_RAISED: "reviewed an alert: raised a concern",
    Action.BEGAN_UPDATE: "began an update",
    Action.BEGAN_CORRECTION: "began a correction",
    Action.BEGAN_ALL_CLEAR: "began an all clear",
    Action.BEGAN_FALSE_ALARM: "began a false alarm message",
    Action.BEGAN_OUTCOME: "began a message about the outcome",
    Action.RESPONSE_LOOKED_AT: "was first to read a response",
    Action.RESPONSE_OPENED_AGAIN: "reopened a response",
    Action.RESULT_TAKEN_BACK: "removed what an alert led to",
    Action.TOLD_THE_OUTCOME: "told people who responded what came of it",
    Action.LOOKED_AT_FORGOTTEN: "looked at details that are no longer public",
    Action.EXPORTED_STORY: "downloaded the full record of an alert",
    Action.EXPORTED_CASE_FILE: "downloaded a case file",
    Action.EXPORTED_AUDIT: "downloaded the audit",
    Action.DRILL_RULE: "changed whether a drill is needed before sending live",
    Action.EXPORTED_RESULTS: "downloaded results of drills",
    Action.BROUGHT_RESULTS: "brought results of drills from the training deployment",
}
#: Fact → what it is called, where its own name says too little.
FACTS = {
    "spared": "not sent", "of": "officer", "sign_ins": "sign-ins ended", "channel": "channel", "at": "where",
    "starts_on": "began on", "reader": "number in the list", "campaign": "number in the list",
    "call_next_after": "call the next after", "may_override": "emergency override",
}  # fmt: skip
#: Codes of the database → as officers know them.
CODES = {**VERDICTS, **RESULTS, **{channel.value: channel.label for channel in Channel}}
#: Fact whose codes are names of their own → code → name.
NAMED = {"kind": {kind.key: kind.label for kind in KINDS.values()}, "message": MESSAGES}
HASH = re.compile(r"[0-9a-f]{64}")
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}.*")


def action_words(action: str) -> str:
    """What was done, in words."""
    return ACTIONS.get(Action(action), action) if action in set(Action) else action


def action_choice(action: str) -> str:
    """The same as a choice of the filter."""
    return action_words(action) or "Anything"


def detail_html(detail: dict[str, object]) -> str:
    """The facts of an entry: what changed, why, and whatever else it says. Hashes are left to the table."""
    others = dict(detail)
    before, after, why = others.pop("before", None), others.pop("after", None), entries.reason(others)
    changed = before is not None or after is not None
    named = {FACTS.get(name, spelled(name)): fact_words(name, value) for name, value in others.items()}
    said = {name: words for name, words in named.items() if words}
    if not (why or changed or said):
        return ""
    return draw(
        "control/audit/detail.html",
        why=why,
        changed=changed,
        before=value_words(before),
        after=value_words(after),
        others=said,
    )


def fact_words(name: str, value: object) -> str:
    """One fact as text; an officer, a kind of alert and its message by their names."""
    if name == "of" and isinstance(value, str):
        return name_of(value)
    return NAMED.get(name, {}).get(str(value)) or value_words(value)


def value_words(value: object) -> str:
    """A value as text: "1,284", "Phones 3, E-mail 4", "22 Nov 2026 14:02:11"; nothing of a hash."""
    match value:
        case dict() if "kinds" in value and "rule" in value:
            return approval_policy.row_words(PolicyRow(**value))
        case dict():
            parts = {CODES.get(name, spelled(name)): value_words(part) for name, part in value.items()}
            return ", ".join(f"{name} {words}" for name, words in parts.items() if words)
        case list():
            return ", ".join(filter(None, map(value_words, value)))
        case bool() | None:
            return {True: "yes", False: "no", None: ""}[value]
        case int():
            return f"{value:,}"
    return text_words(str(value))


def text_words(text: str) -> str:
    """A text of the database: a hash is left out, a moment is said in London's time, a code by its name."""
    if HASH.fullmatch(text):
        return ""
    if MOMENT.fullmatch(text):
        return f"{datetime.fromisoformat(text).astimezone(LONDON):%-d %b %Y %H:%M:%S}"
    return CODES.get(text, text)


def spelled(name: str) -> str:
    """A name of the code as words."""
    return name.replace("_", " ")
