"""What every public page shares: one template, one style sheet, and headers that let nothing else in."""

from pathlib import Path

from fastapi.responses import HTMLResponse

from smartalert import wording
from smartalert.config import Mode, settings

HERE = Path(__file__).parent
#: No script, no inline style, nothing from elsewhere; forms post only to us.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def page(template: str, status: int = 200, headers: dict[str, str] | None = None, **facts: object) -> HTMLResponse:
    """One page of templates/; kept by nobody unless the headers say otherwise."""
    return HTMLResponse(render(template, **facts), status, {"cache-control": "no-store", **(headers or {})})


def sorry(title: str, text: str, status: int) -> HTMLResponse:
    """A page that says what went wrong and what to do."""
    return page("sorry.html", status, title=title, text=text)


def render(template: str, **facts: object) -> str:
    """The page's text. Every template knows force, exercise (in training) and the way to this service."""
    ours = settings()
    shared = {"force": ours.force_name, "exercise": ours.mode is Mode.TRAINING, "base": ours.public_base}
    return wording.render(f"public/{template}", shared | facts)
