"""Where one click ends the e-mails (RFC 8058), by the signed link in every mail."""

from fastapi import APIRouter, Response

from smartalert.database import connection
from smartalert.dispatch import links
from smartalert.dispatch.links import BadLink
from smartalert.public.forms import ROLE
from smartalert.public.pages import page, sorry
from smartalert.subscribers import subscriptions

router = APIRouter(include_in_schema=False)


@router.get("/unsubscribe/{token}")
def ask(token: str) -> Response:
    """A button: mail scanners follow every link, so following this one changes nothing."""
    try:
        links.read("unsubscribe", token)
    except BadLink:
        return no_such_link()
    return page("unsubscribe.html")


@router.post("/unsubscribe/{token}")
def unsubscribe(token: str) -> Response:
    """No cookie, no origin, no question: the link is the proof. Repeats change nothing."""
    try:
        reference = links.read("unsubscribe", token)
    except BadLink:
        return no_such_link()
    with connection.transaction(connection.engine(ROLE)) as conn:
        subscriptions.stop_mails(conn, reference.subscriber_id, reference.proof)
    return page("unsubscribed.html")


def no_such_link() -> Response:
    """For links that were cut or changed on their way."""
    return sorry("This link does not work", "It may be incomplete. Go back to the email and open the link again.", 404)
