"""Signing up by e-mail in three short steps. Until the last, the answers live in the person's own browser, signed."""

import time
from functools import cache
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from itsdangerous import BadData, URLSafeTimedSerializer
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import FormData

from smartalert.config import settings
from smartalert.database import connection
from smartalert.public import choosing, forms
from smartalert.public.choosing import Edit
from smartalert.public.forms import ROLE, OwnForm, go, text
from smartalert.public.pages import page
from smartalert.public.preferences import begin_session
from smartalert.subscribers import subscriptions
from smartalert.subscribers.subscriptions import CONSENT, CONSENT_VERSION, HEARD_OF, Choices

COOKIE, PATH, KEPT_S = "smartalert_sign_up", "/sign-up", 3_600
#: Nobody reads and answers three pages in less.
FASTEST_S = 3.0
router = APIRouter(include_in_schema=False)


class Answers(BaseModel):
    """What somebody answered so far."""

    model_config = ConfigDict(frozen=True)

    choices: Choices = Choices()
    address: str = ""
    heard_of: str = ""
    began_at: float = Field(default_factory=time.time)


@cache
def serializer() -> URLSafeTimedSerializer:
    """Signs and packs the answers."""
    return URLSafeTimedSerializer(settings().signing_keys, salt="smartalert sign-up")


def kept_answers(request: Request) -> Answers:
    """The answers in this browser; a fresh start where there are none, or they are old, or not ours."""
    try:
        return Answers.model_validate(serializer().loads(request.cookies.get(COOKIE, ""), max_age=KEPT_S))
    except (BadData, ValidationError):
        return Answers()


Kept = Annotated[Answers, Depends(kept_answers)]


def keep(response: Response, answers: Answers | None) -> Response:
    """Leave the answers in the browser; None takes them out."""
    value = serializer().dumps(answers.model_dump(mode="json")) if answers else ""
    forms.set_cookie(response, COOKIE, str(value), path=PATH, seconds=KEPT_S)
    return response


@router.get("/sign-up")
def begin() -> Response:
    """The first step."""
    return go("/sign-up/where")


@router.get("/sign-up/where")
def ask_where(answers: Kept, q: str = "") -> Response:
    """Step 1."""
    return where_page(answers, q=q)


def where_page(answers: Answers, *, q: str = "", edit: Edit | None = None) -> Response:
    with connection.transaction(connection.engine(ROLE)) as conn:
        hits = choosing.hits(conn, q)
    return page(
        "sign_up/where.html", 422 if edit else 200, choices=answers.choices, q=q, hits=hits,
        errors=edit.errors if edit else {}, offered=choosing.offered(),
    )  # fmt: skip


@router.post("/sign-up/where")
def choose_where(form: OwnForm, answers: Kept) -> Response:
    """Find, choose, change or take away a place, or go on."""
    with connection.transaction(connection.engine(ROLE)) as conn:
        edit = choosing.where(conn, form, answers.choices)
    answers = answers.model_copy(update={"choices": edit.choices})
    if edit.errors:
        return keep(where_page(answers, q=text(form, "q", choosing.LONGEST_SEARCH), edit=edit), answers)
    return keep(go("/sign-up/what" if edit.done else f"/sign-up/where{edit.back_to}"), answers)


@router.get("/sign-up/what")
def ask_what(answers: Kept) -> Response:
    """Step 2; only with a place."""
    if not answers.choices.places:
        return go("/sign-up/where")
    return page("sign_up/what.html", choices=answers.choices, offered=choosing.offered())


@router.post("/sign-up/what")
def choose_what(form: OwnForm, answers: Kept) -> Response:
    """Keep topics and the rest, and go on or back."""
    kept = answers.model_copy(update={"choices": choosing.what(form, answers.choices).choices})
    return keep(go("/sign-up/where" if form.get("go") == "back" else "/sign-up/who"), kept)


@router.get("/sign-up/who")
def ask_who(answers: Kept) -> Response:
    """Step 3; only with a place."""
    if not answers.choices.places:
        return go("/sign-up/where")
    return who_page(answers, {}, {})


def who_page(answers: Answers, ticked: dict[str, bool], errors: dict[str, str]) -> Response:
    consent = CONSENT[CONSENT_VERSION].format(force=settings().force_name)
    return page(
        "sign_up/who.html", 422 if errors else 200, answers=answers, ticked=ticked, errors=errors, consent=consent,
        consent_version=CONSENT_VERSION, heard_of=HEARD_OF,
    )  # fmt: skip


@router.post("/sign-up/who")
async def sign_up(request: Request, form: OwnForm, answers: Kept) -> Response:
    """Write the mail that asks for confirmation. The answer is the same whoever the address belongs to."""
    answers = answers.model_copy(
        update={
            "address": forms.typed_address(form),
            "heard_of": str(form.get("heard-of", "")) if form.get("heard-of") in HEARD_OF else "",
        }
    )
    if form.get("go") == "back":
        return keep(go("/sign-up/what"), answers)
    if not answers.choices.places:
        return keep(go("/sign-up/where"), answers)
    if errors := missing(form, answers):
        return keep(who_page(answers, ticked_in(form), errors), answers)
    address = forms.address_in(form)
    if not form.get("website"):  # a box nobody sees: whoever fills it in is a program

        def work(conn: connection.Connection) -> None:
            subscriptions.sign_up(conn, address, answers.choices, answers.heard_of)

        await forms.write_service_mail(request, work)
    return keep(go("/sign-up/check"), None)


def missing(form: FormData, answers: Answers) -> dict[str, str]:
    """What still keeps this from being a sign-up: field → what to do."""
    ticked, errors = ticked_in(form), {}
    if not forms.address_in(form):
        errors["address"] = "Enter an email address in the correct format, like name@example.com"
    if not ticked["over-12"]:
        errors["over-12"] = "You must be 13 or over to sign up. If you are younger, ask a parent or guardian to sign up"
    if not ticked["consent"]:
        errors["consent"] = "Select the box if you agree. We cannot email you alerts without it"
    if not errors and time.time() - answers.began_at < FASTEST_S:
        errors["address"] = "That was very quick. Check your answers and try again"
    return errors


def ticked_in(form: FormData) -> dict[str, bool]:
    """The boxes as they are."""
    return {name: form.get(name) == "yes" for name in ("over-12", "consent")}


@router.get("/sign-up/check")
def check_your_email() -> Response:
    """What to do now; the same for everybody."""
    return page("sign_up/check.html")


@router.get("/confirm/{secret}")
def ask_to_confirm(secret: str) -> Response:
    """A button: mail scanners follow every link, so following this one uses nothing up."""
    with connection.transaction(connection.engine(ROLE)) as conn:
        good = subscriptions.is_good(conn, secret, "confirm")
    return page("sign_up/confirm.html" if good else "link_over.html", 200 if good else 410)


@router.post("/confirm/{secret}")
def confirm(secret: str, form: OwnForm) -> Response:
    """The sign-up counts from now on, and this browser may see the choices."""
    with connection.transaction(connection.engine(ROLE)) as conn:
        session = subscriptions.confirm(conn, secret)
    return begin_session(go("/my-alerts?done=confirmed"), session)
