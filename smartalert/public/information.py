"""What this service is, who runs it, and what the law asks it to say; and what search engines may keep of it."""

import re
from datetime import date, timedelta

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from smartalert.alerts.incidents import KINDS
from smartalert.clock import utc_now
from smartalert.config import settings
from smartalert.public import alert_pages
from smartalert.public.alert_pages import HTML, shelved
from smartalert.public.force import particulars
from smartalert.public.pages import page, render, sorry
from smartalert.subscribers.subscriptions import CONSENT, CONSENT_VERSION

#: The pages that search engines may keep: about nobody.
FOR_SEARCH_ENGINES = frozenset({"/", "/privacy", "/cookies", "/accessibility", "/terms", "/genuine"})
#: When these pages last said something else, and when the accessibility tests last ran.
PREPARED, TESTED = date(2026, 11, 27), date(2026, 11, 27)
#: What belongs to one person, or is not for people.
PERSONAL = ("/my-alerts/", "/confirm/", "/report/", "/reported/", "/unsubscribe/", "/api/", "/webhooks/")
#: Those that keep copies for ever, or learn them by heart, are asked to stay away from what is to be forgotten.
KEEPERS = (
    "ia_archiver", "archive.org_bot", "CCBot", "GPTBot", "ClaudeBot", "Google-Extended", "Applebot-Extended",
    "Bytespider", "PerplexityBot", "meta-externalagent",
)  # fmt: skip
#: What other sites' pages may read.
FOR_PROGRAMS = re.compile(r"/feeds/alerts\.[a-z]+|/alerts/[^/]+\.cap")
#: How long a security.txt may be believed: whoever keeps it asks again within the year.
GOOD_FOR = timedelta(days=180)
router = APIRouter(include_in_schema=False)


class NotForSearchEngines:
    """Says on every answer but those pages that search engines may keep no copy of it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, with the header on what comes back."""

        async def send_with_header(message: Message) -> None:
            if message["type"] == "http.response.start" and scope["path"] not in FOR_SEARCH_ENGINES:
                MutableHeaders(scope=message)["x-robots-tag"] = "noindex, noarchive"
            await send(message)

        await self.app(scope, receive, send_with_header if scope["type"] == "http" else send)


class OpenToOtherSites:
    """Lets pages of other sites read what is for programs and about nobody: the feeds, and CAP documents."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, with the header on what comes back from there, refusals too."""

        async def send_with_header(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["access-control-allow-origin"] = "*"
            await send(message)

        is_open = scope["type"] == "http" and FOR_PROGRAMS.fullmatch(scope["path"])
        await self.app(scope, receive, send_with_header if is_open else send)


@router.get("/.well-known/security.txt")
def security() -> Response:
    """Whom to tell of a hole (RFC 9116); there is no such page where nobody is named."""
    ours = settings()
    contacts = [contact_uri(one) for one in ours.security_contact.replace(",", " ").split()]
    if not contacts:
        return sorry("Page not found", "Nobody has said here whom to tell of a security problem: call 101.", 404)
    lines = [f"Contact: {contact}" for contact in contacts]
    expires = utc_now().replace(hour=0, minute=0, second=0, microsecond=0) + GOOD_FOR
    lines += [f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}", "Preferred-Languages: en"]
    lines += [f"Canonical: {ours.public_base}/.well-known/security.txt"]
    lines += [f"Policy: {policy}" for policy in ours.security_policy.split()[:1]]
    return PlainTextResponse("\n".join([*lines, ""]))


def contact_uri(given: str) -> str:
    """A web or telephone address as it is; anything else is a mailbox."""
    return given if given.startswith(("https://", "mailto:", "tel:")) else f"mailto:{given}"


@router.get("/robots.txt")
def robots() -> Response:
    """Alert pages may be looked at, as only there it says that nobody may keep them."""
    keepers = [f"User-agent: {name}" for name in KEEPERS]
    kept = [f"Disallow: {path}" for path in ("/alerts", "/feeds/", *PERSONAL)]
    everybody = ["User-agent: *", *(f"Disallow: {path}" for path in PERSONAL)]
    return PlainTextResponse("\n".join([*keepers, *kept, "", *everybody, ""]))


@router.get("/")
async def landing(request: Request) -> Response:
    """What this is, who runs it, how to get it, and what there is now."""
    return await shelved(request, "landing", landing_page, HTML)


def landing_page() -> bytes:
    """Its text. Search engines may keep this page, so it names kinds and places and nothing an officer wrote."""
    alerts = alert_pages.active_alerts()
    kinds = {alert.id: KINDS[alert.incident_kind].label for alert in alerts if alert.incident_kind in KINDS}
    times = {alert.id: alert_pages.clock(alert.release_at) for alert in alerts}
    return render(
        "information/landing.html", alerts=alerts, kinds=kinds, labels=alert_pages.labels(alerts), times=times
    ).encode()


def information(name: str) -> Response:
    """One page of information/."""
    ours = settings()
    return page(
        f"information/{name}.html",
        who=particulars(),
        sender=ours.sender,
        host=ours.public_host,
        forget_after_days=ours.forget_after_days,
        consent=CONSENT[CONSENT_VERSION].format(force=ours.force_name),
        prepared=f"{PREPARED:%-d %B %Y}",
        tested=f"{TESTED:%-d %B %Y}",
    )


@router.get("/privacy")
def privacy() -> Response:
    """The privacy notice (UK GDPR, articles 13 and 14)."""
    return information("privacy")


@router.get("/sign-up/privacy")
def privacy_moved() -> Response:
    """Where it was once."""
    return RedirectResponse("/privacy", 308)


@router.get("/cookies")
def cookies() -> Response:
    """What is kept in browsers (PECR, regulation 6)."""
    return information("cookies")


@router.get("/accessibility")
def accessibility() -> Response:
    """The statement that public bodies owe (Accessibility Regulations 2018, regulation 8)."""
    return information("accessibility")


@router.get("/terms")
def terms() -> Response:
    """What people may expect of the service, and what not."""
    return information("terms")


@router.get("/genuine")
def genuine() -> Response:
    """How to tell our messages from fraudsters'."""
    return information("genuine")
