"""What FCM answers → what it means for one delivery: by pyfcm's exceptions, then by FCM's own errorCode."""

from collections.abc import Callable
from typing import Any

from pyfcm.errors import (
    AuthenticationError,
    FCMError,
    FCMNotRegisteredError,
    FCMSenderIdMismatchError,
    FCMServerError,
    InvalidDataError,
)

from smartalert.clock import utc_now
from smartalert.providers.pacing import QUOTA_WAIT_S, not_from_there, retry_after_s
from smartalert.providers.provider import AddressGone, HandedOver, Outcome, PermanentFailure, TemporaryFailure
from smartalert.providers.reporting import without_addresses
from smartalert.providers.transport import Answer

#: Google asks for at least ten seconds before a repeat.
SHORTEST_WAIT_S = 10.0
#: How long to leave everybody's deliveries when our own credentials are refused: an operator has to act.
CREDENTIALS_WAIT_S = 60.0

_ENDPOINT = "SMARTALERT_FCM_ENDPOINT"

CREDENTIALS_REFUSED = TemporaryFailure(
    "Google refused our service account. Check the file that SMARTALERT_FCM_SERVICE_ACCOUNT names.",
    retry_after_s=CREDENTIALS_WAIT_S,
    whole_channel=True,
)
NO_TOKEN = TemporaryFailure(
    "Google gave us no access token just now.", retry_after_s=SHORTEST_WAIT_S, whole_channel=True
)
NOT_REACHED = TemporaryFailure("FCM could not be reached.", retry_after_s=SHORTEST_WAIT_S)
IN_DOUBT = TemporaryFailure(
    "FCM did not answer; it may have accepted the message.", retry_after_s=SHORTEST_WAIT_S, perhaps_accepted=True
)


def outcome_of(pyfcm: Any, answer: Answer) -> Outcome:
    """What an answer means; never raises, whatever is in it."""
    try:
        return HandedOver(str(pyfcm.parse_response(answer)["name"]))
    except FCMError as refusal:
        return _MEANING.get(type(refusal), _of_server)(answer)
    except (ValueError, KeyError, TypeError):
        return IN_DOUBT


def is_stale_token(answer: Answer) -> bool:
    """Our access token ran out. Apple's refusal of Firebase's key is a 401 too, and no new token would help."""
    return answer.status_code == 401 and _error_code(answer) != "THIRD_PARTY_AUTH_ERROR"


def _of_bad_request(answer: Answer) -> Outcome:
    if not _error(answer):
        return not_from_there("FCM", answer, _ENDPOINT)
    # FCM names the token in its message or in a field violation, depending on what is wrong with it.
    if "registration token" in answer.text.lower() or '"message.token"' in answer.text:
        return AddressGone("FCM does not know this phone's token.")
    return PermanentFailure(_words(answer))


def _of_unauthenticated(answer: Answer) -> Outcome:
    if is_stale_token(answer):
        return CREDENTIALS_REFUSED
    return TemporaryFailure("Apple or the browser refused Firebase's key for us.", retry_after_s=CREDENTIALS_WAIT_S)


def _of_forbidden(answer: Answer) -> Outcome:
    if _error_code(answer) == "SENDER_ID_MISMATCH":
        return AddressGone("This phone registered with another sender.")
    return CREDENTIALS_REFUSED


def _of_not_found(answer: Answer) -> Outcome:
    if _error_code(answer) == "UNREGISTERED":
        return AddressGone("The app was removed from this phone.")
    # A wrong project is a 404 too; taking it for dead phones would switch off everybody's.
    return CREDENTIALS_REFUSED


def _of_server(answer: Answer) -> Outcome:
    wait_s = retry_after_s(answer, utc_now())
    match answer.status_code:
        case 429:
            wait_s = QUOTA_WAIT_S if wait_s is None else max(1.0, wait_s)
            return TemporaryFailure("FCM asked everybody to wait.", wait_s, whole_channel=True)
        case 504:  # whoever stands before FCM heard nothing from it in time
            return IN_DOUBT
        case status if status >= 500:  # FCM accepts by 200 alone
            wait_s = max(wait_s or 0.0, SHORTEST_WAIT_S)
            return TemporaryFailure(f"FCM answered {status} and took nothing.", wait_s)
        case status if 200 <= status < 300:
            return IN_DOUBT
        case status if _error(answer) and status >= 400:
            return PermanentFailure(_words(answer))
        case _:
            return not_from_there("FCM", answer, _ENDPOINT)


#: pyfcm's word for a refusal → what to make of it
_MEANING: dict[type[FCMError], Callable[[Answer], Outcome]] = {
    InvalidDataError: _of_bad_request,
    AuthenticationError: _of_unauthenticated,
    FCMSenderIdMismatchError: _of_forbidden,
    FCMNotRegisteredError: _of_not_found,
    FCMServerError: _of_server,
}


def _error(answer: Answer) -> dict[str, Any]:
    try:
        error = answer.json()["error"]
    except (ValueError, KeyError, TypeError):
        return {}
    return error if isinstance(error, dict) else {}


def _error_code(answer: Answer) -> str:
    details = _error(answer).get("details")
    codes = [detail.get("errorCode") for detail in details or () if isinstance(detail, dict)]
    return next((str(code) for code in codes if code), "")


def _words(answer: Answer) -> str:
    words = str(_error(answer).get("message") or f"status {answer.status_code}")
    return f"FCM refused the message: {without_addresses(words)}"
