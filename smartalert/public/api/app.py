"""The app API: an application of its own under /api/v1, whose OpenAPI document covers it and nothing else.

Every error is a problem (RFC 9457). What would break an app in somebody's hand becomes a new version beside this one.
"""

from typing import Any

from fastapi import Depends, FastAPI, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from smartalert import photos
from smartalert.public import forms
from smartalert.public.api import alerts, devices, offer, problems, reports

PATH = "/api/v1"
#: A report's photo and words, and everything else.
LARGEST_REPORT, LARGEST_BODY = photos.LARGEST_BYTES + 200_000, forms.LARGEST_FORM
ABOUT = """
For the Android and iOS apps. A device registers itself with its FCM token and is given a credential, once; everything
of its own needs it as `Authorization: Bearer …`. Alerts may be read without one.

Errors are problem details (RFC 9457): `type` says which, `detail` what to do. Lists go on with the cursor in `next`.
Answers with an ETag need not be read again: send it as `If-None-Match`.
"""


class AppAPI(FastAPI):
    """FastAPI with our problems in its document."""

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        if not self.openapi_schema:
            schemas = super().openapi()["components"]["schemas"]
            ours = problems.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas |= {**ours.pop("$defs"), "Problem": ours}
        return super().openapi()


class Bounded:
    """Refuses a body that is too large, or may go on for ever, before any of it is read."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is small enough."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"0")
        most = LARGEST_REPORT if scope["path"].endswith("/reports") else LARGEST_BODY
        app: ASGIApp = self.app
        if b"transfer-encoding" in headers or not length.isdigit():
            app = problems.answer("no-length", "Send Content-Length.")
        elif int(length) > most:
            app = problems.answer("too-large", f"Send {most // 1_000:,} kB at most.")
        return await app(scope, receive, send)


def kept_by_nobody(response: Response) -> None:
    """Unless an answer says otherwise, it is for this device and this moment."""
    response.headers["cache-control"] = "no-store"


app = AppAPI(
    title="Smart Alert app API", version="1", description=ABOUT, docs_url=None, redoc_url=None,
    servers=[{"url": PATH}], root_path_in_servers=False, redirect_slashes=False,
    generate_unique_id_function=lambda route: route.name, dependencies=[Depends(kept_by_nobody)],
)  # fmt: skip
app.add_middleware(Bounded)
for routes in (offer, devices, alerts, reports):
    app.include_router(routes.router)
problems.install(app)
