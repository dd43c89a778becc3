"""Forms people post to us: from our own pages only, small, and not too often. No cookie is trusted for that."""

import asyncio
from collections.abc import Callable
from typing import Annotated, TypeVar
from urllib.parse import parse_qsl

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from smartalert import cleaning, web
from smartalert.config import settings
from smartalert.database import connection
from smartalert.errors import SmartAlertError
from smartalert.public import pages
from smartalert.subscribers import rate_limits
from smartalert.subscribers.addresses import kept_address

ROLE = "smartalert_public"
T = TypeVar("T")
#: Our longest form, five places and all topics, is a tenth of this.
LARGEST_FORM = 32_000
MOST_FIELDS = 100
#: Longer than any answer about an address takes, so that its time says nothing about the address.
EQUAL_TIME_S = 0.25
#: Service mails to one address, and forms from one network that ask for one, in an hour. Mobile networks and
#: offices put many people behind one address.
NETWORK_AN_HOUR = 120


class Refused(SmartAlertError):
    """We could not accept this form. Go back, reload the page and try again."""

    status = 403
    title = "Sorry, there is a problem"


class Unreadable(Refused):
    """This form did not arrive whole. Go back, open the page again and try once more."""

    status = 400


class TooLarge(Refused):
    """You have entered too much text. Go back and shorten your answers."""

    status = 413


class TooMany(Refused):
    """There have been too many attempts from your network. Try again in an hour."""

    status = 429
    title = "Try again later"


def refuse(_request: Request, refused: Exception) -> Response:
    """The page that says so."""
    assert isinstance(refused, Refused)  # noqa: S101 registered for nothing else
    return pages.sorry(refused.title, str(refused), refused.status)


async def own_form(request: Request) -> FormData:
    """The fields that one of our own pages posted; raises Refused, Unreadable, TooLarge."""
    if not is_our_own(request):
        raise Refused
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM:
            raise TooLarge
    try:
        fields = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except UnicodeDecodeError:
        raise Unreadable from None
    except ValueError:
        raise TooLarge from None
    return FormData([(name, cleaning.visible(value)) for name, value in fields])


OwnForm = Annotated[FormData, Depends(own_form)]


def is_our_own(request: Request) -> bool:
    """Whether one of our own pages posted this."""
    return web.from_our_own_page(request, settings().public_url)


def text(form: FormData, name: str, longest: int) -> str:
    """One field in one line, cut to its longest; empty where it is missing."""
    return cleaning.one_line(str(form.get(name, "")), longest)


def address_in(form: FormData) -> str:
    """The e-mail address as we keep it; empty if mail cannot reach it."""
    return kept_address(typed_address(form))


def typed_address(form: FormData) -> str:
    """What was typed for an e-mail address, to show it again."""
    return text(form, "address", 254).lower()


async def write_service_mail(request: Request, work: Callable[[connection.Connection], None]) -> None:
    """Do what ends in a mail, taking the same time whoever it is for; raises TooMany for the network."""

    def counted() -> None:
        engine = connection.engine(ROLE)
        with connection.transaction(engine) as conn:
            if not rate_limits.attempt(conn, "service mails from", web.network(request), NETWORK_AN_HOUR):
                raise TooMany
        with connection.transaction(engine) as conn:
            work(conn)

    await in_equal_time(counted)


async def in_equal_time(work: Callable[[], T]) -> T:
    """The result of work, after the same time whatever it found."""
    loop = asyncio.get_running_loop()
    until = loop.time() + EQUAL_TIME_S
    result = await run_in_threadpool(work)
    await asyncio.sleep(until - loop.time())
    return result


def go(path: str) -> RedirectResponse:
    """On to another page of ours, by GET: going back and reloading post nothing twice."""
    return RedirectResponse(path, 303, {"cache-control": "no-store"})


def set_cookie(response: Response, name: str, value: str, *, path: str, seconds: int) -> None:
    """Keep something in this browser, out of reach of scripts and other sites; an empty value takes it away."""
    response.set_cookie(
        name,
        value,
        max_age=seconds if value else 0,
        path=path,
        httponly=True,
        samesite="lax",
        secure=settings().public_base.startswith("https:"),
    )
