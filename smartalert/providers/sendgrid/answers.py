"""What SendGrid answers to one request → what it means for everybody in it, and for the one it names."""

import re
from datetime import datetime
from typing import Any

from smartalert.providers.pacing import QUOTA_WAIT_S, not_from_there, retry_after_s
from smartalert.providers.provider import HandedOver, Outcome, PermanentFailure, TemporaryFailure
from smartalert.providers.reporting import without_addresses
from smartalert.providers.transport import Answer

#: How long to leave everybody's mails when our key is refused: an operator has to act.
KEY_WAIT_S = 60.0
SHORTEST_WAIT_S = 10.0

NOT_REACHED = TemporaryFailure("SendGrid could not be reached.", retry_after_s=SHORTEST_WAIT_S)
IN_DOUBT = TemporaryFailure(
    "SendGrid did not answer; it may have accepted the mail.", retry_after_s=SHORTEST_WAIT_S, perhaps_accepted=True
)
#: What an operator has to look at, before SendGrid's own words.
_REFUSED_US = {
    401: "SendGrid refused our key. Check SMARTALERT_SENDGRID_API_KEY: ",
    403: "SendGrid refused our key or sender. Check that the key may send mail, and SMARTALERT_SENDER: ",
}
_NAMED = re.compile(r"personalizations\.(\d{1,4})\b")


def outcome_of(answer: Answer, now: datetime) -> Outcome:
    """What an answer means for everybody in the request."""
    match answer.status_code:
        case 202:
            return HandedOver(answer.header("x-message-id"))
        case 401 | 403:
            words = _REFUSED_US[answer.status_code] + _words(answer)
            return TemporaryFailure(words, KEY_WAIT_S, whole_channel=True)
        case 429:
            return TemporaryFailure("SendGrid asked everybody to wait.", _reset_s(answer, now), whole_channel=True)
        case status if status == 413 or (status == 400 and errors_of(answer)):
            return PermanentFailure(f"SendGrid refused the mail: {_words(answer)}")
        case _:
            return _of_server(answer, now)


def _of_server(answer: Answer, now: datetime) -> Outcome:
    """What says nothing about the mails."""
    match answer.status_code:
        case 504:  # whoever stands before SendGrid heard nothing from it in time
            return IN_DOUBT
        case status if status >= 500:  # SendGrid accepts by 202 alone
            wait_s = max(retry_after_s(answer, now) or 0.0, SHORTEST_WAIT_S)
            return TemporaryFailure(f"SendGrid answered {status} and took no mail.", wait_s)
        case status if 200 <= status < 300:
            return IN_DOUBT
        case _:
            return not_from_there("SendGrid", answer, "SMARTALERT_SENDGRID_ENDPOINT")


def refused_places(answer: Answer, places: int) -> dict[int, PermanentFailure]:
    """Which places of a request a 400 names, and what is wrong with each. Nobody in such a request was accepted."""
    refused: dict[int, PermanentFailure] = {}
    for error in errors_of(answer) if answer.status_code == 400 else ():
        named = _NAMED.match(str(error.get("field") or ""))
        if named and int(named[1]) < places:
            words = without_addresses(str(error.get("message") or "no reason given"))
            refused[int(named[1])] = PermanentFailure(f"SendGrid refused this addressee: {words}")
    return refused


def errors_of(answer: Answer) -> list[dict[str, Any]]:
    """SendGrid's list of what is wrong; empty where the body is none of its own."""
    try:
        errors = answer.json()["errors"]
    except (ValueError, KeyError, TypeError):
        return []
    return [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []


def _reset_s(answer: Answer, now: datetime) -> float:
    """X-RateLimit-Reset is the second, since 1970, at which SendGrid counts anew."""
    reset = answer.header("x-ratelimit-reset")
    if reset.isdecimal():
        return max(1.0, float(reset) - now.timestamp())
    wait_s = retry_after_s(answer, now)
    return QUOTA_WAIT_S if wait_s is None else max(1.0, wait_s)


def _words(answer: Answer) -> str:
    words = "; ".join(str(error.get("message")) for error in errors_of(answer))
    return without_addresses(words) if words else f"status {answer.status_code}"
