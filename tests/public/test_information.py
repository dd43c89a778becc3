"""What the law asks of public pages, what search engines may keep, and pages for what went wrong."""

import re
from datetime import datetime, timedelta

import httpx
import pytest

from smartalert.clock import utc_now
from smartalert.config import settings
from smartalert.public import force, information, pages
from smartalert.public.app import app
from smartalert.public.information import FOR_SEARCH_ENGINES
from tests.conftest import forget_settings
from tests.factories import complete_draft
from tests.public.served import issue

INFORMATION = ("/privacy", "/cookies", "/accessibility", "/terms", "/genuine")


def test_the_first_page_says_what_this_is_who_runs_it_and_how_to_get_it(public: httpx.Client) -> None:
    _, identifier = issue()
    page = public.get("/")
    for words in ("Police alerts near you", "Staffordshire Police runs Smart Alert", 'href="/sign-up"', "Call <a href"):
        assert words in page.text
    assert f'href="/alerts/{identifier}">Burglary just happened: ' in page.text
    assert "There are no alerts at the moment" not in page.text


def test_the_page_that_search_engines_keep_names_nobody(public: httpx.Client) -> None:
    _, identifier = issue(
        complete_draft(
            incident_kind="missing_person",
            headline="Missing: Lina, 16, last seen in Tannery Row",
            description="We are looking for Lina, 16, last seen in Tannery Row at 13:50. Slim, plaits.",
        )
    )
    page = public.get("/").text
    assert f'href="/alerts/{identifier}">Missing person: ' in page
    assert "Lina" not in page
    preview = "".join(re.findall(r'<meta property="og:[^>]*>', public.get(f"/alerts/{identifier}").text))
    assert "Missing person" in preview
    assert "Lina" not in preview


@pytest.mark.parametrize("path", INFORMATION)
def test_each_page_is_linked_from_every_page_and_ends_in_no_gap(public: httpx.Client, path: str) -> None:
    page = public.get(path)
    assert page.status_code == 200
    assert f'href="{path}"' in public.get("/alerts").text
    assert "None" not in page.text
    assert "not published yet" not in page.text


def test_the_privacy_notice_says_what_the_law_asks(public: httpx.Client) -> None:
    page = public.get("/privacy").text
    for words in (
        "The controller is", "data protection officer", "lawful basis", "Google", "SendGrid", "adequacy regulations",
        "How long we keep it", "Published statistics", "Your rights", "within 30 days", "without undue delay",
        "Information Commissioner", "13 or over", "withdraw your consent", "30 days after they end",
    ):  # fmt: skip
        assert words in page, words
    moved = public.get("/sign-up/privacy")
    assert (moved.status_code, moved.headers["location"]) == (308, "/privacy")


def test_what_a_live_force_has_not_set_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMARTALERT_MODE", "live")
    monkeypatch.setenv("SMARTALERT_CONTROLLER", "the Chief Constable of Dorset Police")
    forget_settings()
    try:
        page = bytes(information.information("privacy").body).decode()
        missing = force.particulars().missing
    finally:
        monkeypatch.undo()
        forget_settings()
    assert "The controller is the Chief Constable of Dorset Police" in page
    assert "not published yet: call 101" in page
    assert "made up" not in page
    assert set(force.SETTING_OF.values()) - set(missing) == {"SMARTALERT_CONTROLLER", "SMARTALERT_FORCE_PHONE"}


def test_training_makes_the_forces_particulars_up(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_settings()
    assert force.particulars() == force.MADE_UP
    assert force.particulars().missing == []


def test_every_cookie_that_is_set_is_named_and_no_other(public: httpx.Client) -> None:
    from smartalert.public import preferences, signup

    named = set(re.findall(r"smartalert_\w+", public.get("/cookies").text.replace("<wbr>", "")))
    assert named == {signup.COOKIE, preferences.COOKIE}


def test_search_engines_keep_pages_about_nobody_and_none_other(public: httpx.Client) -> None:
    _, identifier = issue()
    for path in sorted(FOR_SEARCH_ENGINES):
        answer = public.get(path)
        assert answer.status_code == 200, path
        assert "x-robots-tag" not in answer.headers
        assert 'name="robots"' not in answer.text, path
    address = f"/alerts/{identifier}"
    for path in (
        "/alerts", address, f"{address}/report", "/my-alerts", "/my-alerts/check", "/sign-up/check", "/confirm/x",
        "/unsubscribe/x", "/reported/x", "/no/such/page",
    ):  # fmt: skip
        answer = public.get(path)
        assert answer.headers["x-robots-tag"] == "noindex, noarchive", path
        assert '<meta name="robots" content="noindex, noarchive">' in answer.text, path
    for path in (f"{address}.cap", f"{address}.png", "/feeds/alerts.atom", f"/api/v1{address}", f"{address}/photo.jpg"):
        assert public.get(path).headers["x-robots-tag"] == "noindex, noarchive", path


def test_whoever_finds_a_hole_reads_whom_to_tell(public: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert public.get("/.well-known/security.txt").status_code == 404
    given = "security@force.example, https://force.example/report,tel:+44-101"
    monkeypatch.setattr(settings(), "security_contact", given)
    monkeypatch.setattr(settings(), "security_policy", "https://force.example/policy")
    answer = public.get("/.well-known/security.txt")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    fields = [line.split(": ", 1) for line in answer.text.splitlines()]
    contacts = [value for name, value in fields if name == "Contact"]
    assert contacts == ["mailto:security@force.example", "https://force.example/report", "tel:+44-101"]
    (expires,) = (datetime.fromisoformat(value) for name, value in fields if name == "Expires")
    assert timedelta(days=170) < expires - utc_now() < timedelta(days=365)
    assert ["Policy", "https://force.example/policy"] in fields


def test_robots_may_learn_that_they_keep_no_alert_and_archives_stay_away(public: httpx.Client) -> None:
    from urllib.robotparser import RobotFileParser

    rules = RobotFileParser()
    rules.parse(public.get("/robots.txt").text.splitlines())
    for path in ("/", "/alerts/1", "/privacy"):
        assert rules.can_fetch("Googlebot", path), path
    for path in ("/my-alerts/open/x", "/report/x", "/confirm/x", "/unsubscribe/x", "/api/v1/alerts"):
        assert not rules.can_fetch("Googlebot", path), path
        assert not rules.can_fetch("archive.org_bot", path), path
    assert not rules.can_fetch("archive.org_bot", "/alerts/1")
    assert not rules.can_fetch("GPTBot", "/alerts/1.cap")


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/no/such/page", 404, "Page not found"),
        ("GET", "/alerts/nonsense", 404, "Alert not found"),
        ("DELETE", "/privacy", 405, "You cannot do this here"),
        ("GET", "/confirm/spent", 410, "This link no longer works"),
    ],
)
def test_what_went_wrong_is_said_in_the_forces_look(
    public: httpx.Client, method: str, path: str, status: int, words: str
) -> None:
    answer = public.request(method, path)
    assert answer.status_code == status
    assert f"<h1>{words}</h1>" in answer.text
    assert "Staffordshire Police" in answer.text
    assert re.search(r'<main.*<a [^>]*href="/(alerts|my-alerts)"', answer.text, re.DOTALL)
    if status == 405:
        assert answer.headers["allow"] == "GET"


def test_a_fault_of_ours_is_said_in_the_forces_look_too() -> None:
    handler = app.exception_handlers[500]
    answer = handler(None, RuntimeError("select * from secrets"))  # type: ignore[arg-type]
    text = bytes(answer.body).decode()  # type: ignore[union-attr]
    assert "Sorry, there is a problem with this service" in text
    assert "secrets" not in text


@pytest.mark.parametrize(
    "odd",
    [
        "Take away", "Write me", "We write to", "want it no more", "You have left", "need do nothing", "e-mail",
        "whom", "Please check", "One last press", "any more", "somebody", "grown-up",
    ],
)  # fmt: skip
def test_no_public_page_says_it_oddly(odd: str) -> None:
    texts = {path: re.sub(r"{[#%].*?[#%]}|{{.*?}}", "", path.read_text()) for path in TEMPLATES}
    allowed = {"any more": r"(?:not|cannot) [\w ]+any more"}.get(odd, r"(?!)")
    found = {path.name for path, text in texts.items() if odd in re.sub(allowed, "", text)}
    assert not found


TEMPLATES = [
    *pages.HERE.glob("templates/**/*.html"),
    *(pages.HERE.parent / "dispatch").glob("templates/*"),
    *(pages.HERE.parent / "worker").glob("templates/*"),
    *(pages.HERE.parent / "alerts").glob("templates/email*"),
]
