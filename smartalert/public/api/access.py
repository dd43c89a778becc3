"""Who a request of the app comes from: its credential, and how often it may ask."""

import time
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from smartalert import web
from smartalert.database import connection
from smartalert.public import forms
from smartalert.public.api.problems import Refusal
from smartalert.subscribers import devices, rate_limits
from smartalert.subscribers.subscriptions import SignedOut

#: In an hour: of one device; new devices, searches and wrong credentials from one network. Mobile networks put many
#: thousands of people behind one address.
DEVICE_AN_HOUR, NEW_DEVICES_AN_HOUR, SEARCHES_AN_HOUR, STRANGERS_AN_HOUR = 1_200, 1_200, 2_400, 1_200

bearer = HTTPBearer(auto_error=False, scheme_name="device", description="The credential from the registration.")


@dataclass(frozen=True, slots=True)
class Caller:
    """The device a request comes from."""

    secret: str
    #: The subscriber it is.
    person: int


def caller_of(request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)]) -> Caller:
    """The device whose credential came along; raises SignedOut, Refusal."""
    try:
        if given is None:
            raise SignedOut
        with connection.transaction(connection.engine(forms.ROLE)) as conn:
            person = devices.owner(conn, given.credentials)
            allowed = rate_limits.attempt(conn, "app", str(person), DEVICE_AN_HOUR)
    except SignedOut:
        count(request, "strangers from", STRANGERS_AN_HOUR)
        raise
    if not allowed:
        raise too_many()
    return Caller(given.credentials, person)


Mine = Annotated[Caller, Depends(caller_of)]


def count(request: Request, what: str, at_most: int) -> None:
    """Count one try of this network; raises Refusal beyond the limit."""
    with connection.transaction(connection.engine(forms.ROLE)) as conn:
        allowed = rate_limits.attempt(conn, what, web.network(request), at_most)
    if not allowed:
        raise too_many()


def too_many(detail: str = "Wait until the hour is over.") -> Refusal:
    """The refusal, and how long until the hour is over in which attempts are counted."""
    wait_s = int(rate_limits.HOUR.total_seconds() - time.time() % rate_limits.HOUR.total_seconds()) + 1
    return Refusal("too-many", detail, headers={"retry-after": str(wait_s)})
