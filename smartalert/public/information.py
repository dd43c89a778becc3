"""What this service is, who runs it, and what the law asks it to say; and what search engines may keep of it."""

from datetime import date

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from smartalert.alerts.incidents import KINDS
from smartalert.config import settings
from smartalert.public import alert_pages
from smartalert.public.alert_pages import HTML, shelved
from smartalert.public.force import particulars
from smartalert.public.pages import page, render
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
