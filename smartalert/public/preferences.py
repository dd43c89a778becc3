"""One's own choices: opened by a mailed link, changed, paused, ended, taken along. No password anywhere."""

from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from smartalert.audience.interests import Sector, Topic
from smartalert.clock import LONDON
from smartalert.database import connection
from smartalert.public import choosing, forms
from smartalert.public.choosing import REACH_WORDS, Edit
from smartalert.public.forms import ROLE, OwnForm, go, text
from smartalert.public.pages import page
from smartalert.subscribers import subscriptions
from smartalert.subscribers.subscriptions import LEFT_REASONS, SignedOut, Subscription

COOKIE, PATH, LASTS_S = "smartalert_session", "/my-alerts", 3_600
#: What was just done → how the page says so.
DONE = {
    "confirmed": "You have signed up. You will now get alerts.",
    "places": "You have changed your places.",
    "choices": "You have changed what you get alerts about.",
    "paused": "You have paused your alerts.",
    "resumed": "Your alerts have started again.",
    "email": "Emails have started again.",
}
KEEP_ONE = "You must keep at least one place. To stop all alerts, go back and select “Stop all alerts”"
PAUSES = {"7": "1 week", "14": "2 weeks", "30": "30 days", "date": "Until a date I choose"}
router = APIRouter(include_in_schema=False)


def session_of(request: Request) -> str:
    """The session's secret; raises SignedOut where there is none."""
    if session := request.cookies.get(COOKIE):
        return session
    raise SignedOut


Session = Annotated[str, Depends(session_of)]


def subscription_of(session: Session) -> Subscription:
    """What the person in front of this browser chose; raises SignedOut."""
    with connection.transaction(connection.engine(ROLE)) as conn:
        return subscriptions.load(conn, session)


Mine = Annotated[Subscription, Depends(subscription_of)]


def ask_who(request: Request, signed_out: Exception) -> Response:
    """The page that asks for the e-mail address; says why to whoever had a link or a session."""
    came_first = request.method == "GET" and COOKIE not in request.cookies
    reason = "" if came_first else str(signed_out)
    return end_here(page("my_alerts/ask.html", 200 if came_first else 401, reason=reason, errors={}, address=""))


def begin_session(response: Response, session: str) -> Response:
    """Let this browser in for an hour."""
    forms.set_cookie(response, COOKIE, session, path=PATH, seconds=LASTS_S)
    return response


def end_here(response: Response) -> Response:
    """Let this browser out."""
    forms.set_cookie(response, COOKIE, "", path=PATH, seconds=0)
    return response


@router.post("/my-alerts/link")
async def ask_for_link(request: Request, form: OwnForm) -> Response:
    """Mail the link. The answer is the same whoever the address belongs to."""
    address = forms.address_in(form)
    if not address:
        return page(
            "my_alerts/ask.html", 422, reason="", address=forms.typed_address(form),
            errors={"address": "Enter an email address in the correct format, like name@example.com"},
        )  # fmt: skip
    if not form.get("website"):
        await forms.write_service_mail(request, lambda conn: subscriptions.ask_for_link(conn, address))
    return go("/my-alerts/check")


@router.get("/my-alerts/check")
def check_your_email() -> Response:
    """What to do now; the same for everybody."""
    return page("my_alerts/check.html")


@router.get("/my-alerts/open/{secret}")
def ask_to_open(secret: str) -> Response:
    """A button, so that a mail scanner uses nothing up."""
    with connection.transaction(connection.engine(ROLE)) as conn:
        good = subscriptions.is_good(conn, secret, "link")
    return page("my_alerts/open.html" if good else "link_over.html", 200 if good else 410)


@router.post("/my-alerts/open/{secret}")
def open_choices(secret: str, form: OwnForm) -> Response:
    """Use the link up and let this browser in."""
    with connection.transaction(connection.engine(ROLE)) as conn:
        session = subscriptions.open_session(conn, secret)
    return begin_session(go("/my-alerts"), session)


@router.get("/my-alerts")
def overview(mine: Mine, done: str = "") -> Response:
    """Everything chosen, on one page."""
    return page(
        "my_alerts/overview.html", mine=mine, done=DONE.get(done, ""), reaches=REACH_WORDS, london=LONDON,
        topics=", ".join(topic.label for topic in Topic if mine.topics & topic),
        sector=next((sector.label for sector in Sector if sector.number == mine.sector), ""),
    )  # fmt: skip


@router.get("/my-alerts/where")
def ask_where(mine: Mine, q: str = "") -> Response:
    """The places, to change."""
    return where_page(mine, q=q)


def where_page(mine: Subscription, *, q: str = "", edit: Edit | None = None) -> Response:
    with connection.transaction(connection.engine(ROLE)) as conn:
        hits = choosing.hits(conn, q)
    return page(
        "my_alerts/where.html", 422 if edit else 200, choices=edit.choices if edit else mine, q=q, hits=hits,
        errors=edit.errors if edit else {}, offered=choosing.offered(),
    )  # fmt: skip


@router.post("/my-alerts/where")
def change_where(form: OwnForm, session: Session, mine: Mine) -> Response:
    """Each press is kept at once; the last place cannot be taken away."""
    with connection.transaction(connection.engine(ROLE)) as conn:
        edit = choosing.where(conn, form, mine)
        if not edit.choices.places:
            edit = Edit(mine, {"q": KEEP_ONE})
        if edit.choices != mine:
            subscriptions.change(conn, session, edit.choices)
    if edit.errors:
        return where_page(mine, q=text(form, "q", choosing.LONGEST_SEARCH), edit=edit)
    return go("/my-alerts?done=places" if edit.done else f"/my-alerts/where{edit.back_to}")


@router.get("/my-alerts/what")
def ask_what(mine: Mine) -> Response:
    """Topics and the rest, to change."""
    return page("my_alerts/what.html", choices=mine, offered=choosing.offered())


@router.post("/my-alerts/what")
def change_what(form: OwnForm, session: Session, mine: Mine) -> Response:
    """Keep them."""
    with connection.transaction(connection.engine(ROLE)) as conn:
        subscriptions.change(conn, session, choosing.what(form, mine).choices)
    return go("/my-alerts?done=choices")


@router.get("/my-alerts/pause")
def ask_pause(mine: Mine) -> Response:
    """How long?"""
    return pause_page({})


def pause_page(errors: dict[str, str]) -> Response:
    today = datetime.now(LONDON).date()
    return page("my_alerts/pause.html", 422 if errors else 200, errors=errors, pauses=PAUSES, today=today)


@router.post("/my-alerts/pause")
def pause(form: OwnForm, session: Session, mine: Mine) -> Response:
    """No alerts until then."""
    until = chosen_date(str(form.get("until", "")), str(form.get("date", "")))
    if until is None:
        return pause_page({"date": "Enter a date after today and within a year"})
    with connection.transaction(connection.engine(ROLE)) as conn:
        subscriptions.pause(conn, session, until)
    return go("/my-alerts?done=paused")


def chosen_date(choice: str, typed: str) -> date | None:
    """The first day with alerts again; None where it is not to be understood or not within a year."""
    today = datetime.now(LONDON).date()
    if choice in PAUSES and choice != "date":
        return today + timedelta(days=int(choice))
    try:
        until = date.fromisoformat(typed)
    except ValueError:
        return None
    return until if today < until <= today + timedelta(days=366) else None


@router.post("/my-alerts/resume")
def resume(form: OwnForm, session: Session) -> Response:
    """Alerts again from now on."""
    with connection.transaction(connection.engine(ROLE)) as conn:
        subscriptions.pause(conn, session, None)
    return go("/my-alerts?done=resumed")


@router.post("/my-alerts/email")
def switch_on_email(form: OwnForm, session: Session) -> Response:
    """E-mails again."""
    with connection.transaction(connection.engine(ROLE)) as conn:
        subscriptions.switch_on_email(conn, session)
    return go("/my-alerts?done=email")


@router.get("/my-alerts/data")
def my_data(session: Session) -> Response:
    """All that is held, as a file."""
    with connection.transaction(connection.engine(ROLE)) as conn:
        held = subscriptions.everything_held(conn, session)
    headers = {"content-disposition": 'attachment; filename="smart-alert.json"', "cache-control": "no-store"}
    return JSONResponse(held, headers=headers)


@router.get("/my-alerts/leave")
def ask_leave(mine: Mine) -> Response:
    """Sure? And, if they like, why?"""
    return page("my_alerts/leave.html", reasons=LEFT_REASONS)


@router.post("/my-alerts/leave")
def leave(form: OwnForm, session: Session) -> Response:
    """No more alerts, on any channel, or nothing left at all."""
    reason = str(form.get("reason", ""))
    with connection.transaction(connection.engine(ROLE)) as conn:
        if form.get("go") == "erase":
            subscriptions.erase(conn, session)
        else:
            subscriptions.leave(conn, session, reason if reason in LEFT_REASONS else "")
    return end_here(go("/sign-up/left?done=erased" if form.get("go") == "erase" else "/sign-up/left"))


@router.get("/sign-up/left")
def left(done: str = "") -> Response:
    """Goodbye: alerts stopped, or everything erased."""
    return page("my_alerts/left.html", erased=done == "erased")


@router.get("/my-alerts/erase")
def ask_erase(mine: Mine) -> Response:
    """Sure?"""
    return page("my_alerts/erase.html")


@router.post("/my-alerts/close")
def close(form: OwnForm, session: Session) -> Response:
    """Sign out."""
    with connection.transaction(connection.engine(ROLE)) as conn:
        subscriptions.end_session(conn, session)
    return end_here(go("/sign-up/where"))
