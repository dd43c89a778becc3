"""What goes wrong in the app API, as RFC 9457 has it: one table of kinds, and one answer for every error there is."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from psycopg import OperationalError
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from smartalert.errors import SmartAlertError
from smartalert.subscribers.subscriptions import ChoiceRefused, SignedOut

MEDIA_TYPE = "application/problem+json"
URN = "urn:smart-alert:problem:"
#: Kind → status, and what it comes to in a few words. docs/app-api.md tells what the app should do about each.
KINDS = {
    "unreadable": (400, "The request cannot be read"),
    "not-registered": (401, "No device has this credential"),
    "no-such-alert": (404, "There is no such alert"),
    "consent-out-of-date": (409, "The text people agree to has changed"),
    "no-length": (411, "The body's length is not given"),
    "changed-meanwhile": (412, "Something else changed the device meanwhile"),
    "too-large": (413, "The body is too large"),
    "not-valid": (422, "The request is not as it should be"),
    "refused": (422, "This cannot be kept"),
    "photo-refused": (422, "This is no photo that we can take"),
    "too-many": (429, "Too many requests within an hour"),
    "our-fault": (500, "Something went wrong here"),
    "unavailable": (503, "The database cannot be reached"),
}
#: What an operation with a body may refuse.
OF_BODIES = ("no-length", "too-large")
#: What an operation that knows ETags may answer, for its OpenAPI entry.
UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "Nothing changed."}}


class Fault(BaseModel):
    """One thing that is wrong with a request."""

    #: Where: a JSON pointer into the body (#/choices/places/0/label), or the name of a parameter or header.
    where: str
    detail: str


class Problem(BaseModel):
    """RFC 9457's problem details."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Fault] = []


class Refusal(SmartAlertError):
    """This request was refused."""

    def __init__(
        self, kind: str, detail: str, *, errors: Iterable[Fault] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.errors = list(errors)
        self.headers = headers


def answer(
    kind: str, detail: str, *, errors: Iterable[Fault] = (), headers: Mapping[str, str] | None = None
) -> Response:
    """The problem as a response."""
    status, title = KINDS[kind]
    problem = Problem(type=URN + kind, title=title, status=status, detail=detail, errors=list(errors))
    return respond(problem, headers)


def respond(problem: Problem, headers: Mapping[str, str] | None) -> Response:
    """The response, kept by nobody."""
    content = problem.model_dump_json()
    return Response(content, problem.status, {"cache-control": "no-store", **(headers or {})}, MEDIA_TYPE)


def refuse(_request: Request, refusal: Exception) -> Response:
    """What our own code refuses."""
    assert isinstance(refusal, Refusal)  # noqa: S101 registered for nothing else
    return answer(refusal.kind, str(refusal), errors=refusal.errors, headers=refusal.headers)


def not_registered(_request: Request, _error: Exception) -> Response:
    """No credential, or one that opens nothing."""
    detail = "Register the device again: its credential is missing, or it was replaced, or the device was deregistered."
    return answer("not-registered", detail, headers={"www-authenticate": "Bearer"})


def not_valid(_request: Request, invalid: Exception) -> Response:
    """What does not fit the OpenAPI document. What was sent is not repeated."""
    assert isinstance(invalid, RequestValidationError)  # noqa: S101 registered for nothing else
    errors = [Fault(where=pointer(error["loc"]), detail=error["msg"]) for error in invalid.errors()]
    return answer("not-valid", "See errors for what to change.", errors=errors)


def pointer(loc: tuple[int | str, ...]) -> str:
    """Where an error is, as the app's developer looks for it."""
    source, *path = loc
    return "#" + "".join(f"/{part}" for part in path) if source == "body" else ".".join(map(str, path or [source]))


def http_error(_request: Request, error: Exception) -> Response:
    """No such path, no such method, a body that cannot be read."""
    assert isinstance(error, HTTPException)  # noqa: S101 registered for nothing else
    if error.status_code == 400:
        return answer("unreadable", "Send the media type that the document names, in UTF-8.")
    title = HTTPStatus(error.status_code).phrase
    problem = Problem(type="about:blank", title=title, status=error.status_code, detail=error.detail or title)
    return respond(problem, error.headers)


def install(app: FastAPI) -> None:
    """Answer every error of this application with a problem."""
    app.add_exception_handler(Refusal, refuse)
    app.add_exception_handler(SignedOut, not_registered)
    app.add_exception_handler(ChoiceRefused, lambda _, error: answer("refused", sentence(error)))
    app.add_exception_handler(RequestValidationError, not_valid)
    app.add_exception_handler(HTTPException, http_error)
    for away in (OperationalError, SQLAlchemyError):
        app.add_exception_handler(
            away, lambda *_: answer("unavailable", "Try again in a minute.", headers={"retry-after": "60"})
        )
    app.add_exception_handler(500, lambda *_: answer("our-fault", "It was not the app's fault. Try again later."))


def sentence(error: Exception) -> str:
    """The database's refusals begin small."""
    words = str(error)
    return words[:1].upper() + words[1:]


def documented(*kinds: str) -> dict[int | str, dict[str, Any]]:
    """What an operation may refuse, for its OpenAPI entry; what every operation may, is added."""
    by_status: dict[int, list[str]] = {}
    for kind in (*kinds, "unreadable", "not-valid", "our-fault", "unavailable"):
        status, title = KINDS[kind]
        by_status.setdefault(status, []).append(f"{title} (`{kind}`)")
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        status: {"description": ". ".join(titles) + ".", "content": {MEDIA_TYPE: schema}}
        for status, titles in sorted(by_status.items())
    }
