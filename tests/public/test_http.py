"""The small print of HTTP, over real connections: nothing anybody may write in an address or a header is a fault."""

import json
import socket
from collections.abc import Iterator
from uuid import UUID

import httpx
import pytest
from starlette.routing import Route

from smartalert.config import settings
from smartalert.dispatch import link_tests
from smartalert.public.api import app as api
from smartalert.public.app import app
from tests.conftest import forget_settings
from tests.databases import Database
from tests.public.api.phone import Phone, app_api, registration
from tests.public.served import issue

#: As raw bytes, as percent signs: what no text holds.
NO_TEXT = ["%00", "ab%00c", "%ED%A0%80", "%ff", "%C0%80"]
PAGES = ["/alerts/{}", "/alerts/{}.cap", "/alerts/{}/report", "/report/{}", "/reported/{}", "/confirm/{}",
         "/my-alerts/open/{}", "/unsubscribe/{}", "/sign-up/where?q={}", "/my-alerts?done={}", "/static/{}",
         "/api/v1/alerts/{}", "/api/v1/places?q={}", "/api/v1/alerts?cursor={}", "/{}", "/health?{}=1"]  # fmt: skip


@pytest.fixture(scope="module")
def public(module_database: Database) -> Iterator[httpx.Client]:
    with app_api(module_database) as client:
        Phone(client)
        yield client


@pytest.fixture(scope="module")
def identifier(public: httpx.Client) -> UUID:
    """An alert to the phone there is."""
    return issue()[1]


def raw(public: httpx.Client, request: bytes) -> bytes:
    """What comes back for bytes that no client library would write."""
    with socket.create_connection((public.base_url.host, public.base_url.port or 80), 10) as line:
        line.sendall(request)
        line.shutdown(socket.SHUT_WR)
        answer = b""
        while part := line.recv(65_536):
            answer += part
    return answer


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 400  # uvicorn hangs up on what it cannot read


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("no_text", NO_TEXT)
def test_what_is_no_text_in_an_address_is_a_bad_request(public: httpx.Client, path: str, no_text: str) -> None:
    answer = public.get(path.format(no_text))
    assert answer.status_code == 400
    assert answer.headers["x-content-type-options"] == "nosniff"
    problem = path.startswith("/api/")
    assert answer.headers["content-type"].startswith("application/problem+json" if problem else "text/html")


def test_a_cookie_that_is_no_text_is_a_bad_request(public: httpx.Client) -> None:
    for cookie in ('smartalert_session="\\000abc"', 'smartalert_sign_up="\\000"'):
        for path in ("/my-alerts", "/sign-up/where", "/my-alerts/data"):
            assert public.get(path, headers={"cookie": cookie}).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        '{"receipt":"\\ud800","event":"delivered"}',
        '{"receipt":"a\\u0000","event":"opened"}',
        '{"receipt":1,"event":"opened"}',
        '{"\\ud800":"x"}',
        "[",
        "",
        "[1]",
        '{"receipt":"x","event":"\\udfff"}',
        '{"receipt":"' + "9" * 900 + '","event":"opened"}',
        "[" * 1_500,
    ],
)
def test_a_phones_receipt_that_cannot_be_read_is_a_bad_request(public: httpx.Client, body: str) -> None:
    answer = public.post("/webhooks/phones", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in {400, 404}
    assert link_tests.MARK not in answer.text


@pytest.mark.parametrize(
    "broken",
    [
        {"\ud800": 1},
        {"token": "\ud800" * 20},
        {"choices": {"places": [{"label": "\ud800"}]}},
        {"choices": {"\udfff": 1}},
        {"app_version": "\udead"},
        {"heard_of": "\ud800"},
        {"consent_version": "\ud800"},
    ],
)
def test_half_a_surrogate_pair_is_no_fault_of_the_app_api(public: httpx.Client, broken: dict[str, object]) -> None:
    body = json.dumps(registration() | broken)
    answer = public.post("/api/v1/devices", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in {400, 409, 422}
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("charset", ["utf-7", "utf-16", "unicode_escape", "punycode", "rot13", "nonsense", "\xff"])
@pytest.mark.parametrize("form", ["multipart/form-data; boundary=b", "application/x-www-form-urlencoded"])
def test_no_charset_makes_words_that_a_database_cannot_hold(
    public: httpx.Client, identifier: UUID, form: str, charset: str
) -> None:
    parts = [("saw", b"+2AA- +AAA- \\ud800 \\x00 \x00 \xed\xa0\x80"), ("stamp", b"+AAA-"), ("contact", b"+AAA-")]
    body = b"".join(
        b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (n.encode(), w) for n, w in parts
    )
    kind = f"{form}; charset={charset}".encode("latin-1")
    headers = {b"content-type": kind, b"sec-fetch-site": b"same-origin"}
    answer = public.post(f"/alerts/{identifier}/report", content=body + b"--b--\r\n", headers=headers)
    assert answer.status_code in {400, 422}


def test_a_form_that_is_cut_off_or_in_too_many_parts_is_refused_in_words(
    public: httpx.Client, identifier: UUID
) -> None:
    path, ours = f"/alerts/{identifier}/report", {"sec-fetch-site": "same-origin"}
    many = b"".join(b'--b\r\nContent-Disposition: form-data; name="x%d"\r\n\r\ny\r\n' % n for n in range(40)) + b"--b--"
    for kind, body in (("multipart/form-data", b"--b"), ("multipart/form-data; boundary=b", many),
                       ("multipart/form-data; boundary=b", b"no part of it at all")):  # fmt: skip
        answer = public.post(path, content=body, headers={**ours, "content-type": kind})
        assert answer.status_code in {400, 422}
        assert answer.headers["content-type"].startswith("text/html")


def addresses(routes: list[object], before: str = "") -> Iterator[str]:
    for route in routes:
        if isinstance(route, Route) and "GET" in (route.methods or ()):
            yield before + route.path
        elif inner := getattr(route, "original_router", None):
            yield from addresses(list(inner.routes), before)


def test_head_answers_as_get_does_and_without_the_body(public: httpx.Client, identifier: UUID) -> None:
    found = sorted({*addresses(list(app.routes)), *addresses(list(api.app.routes), api.PATH), "/static/public.css"})
    assert len(found) > 35
    for path in found:
        filled = path.replace("{identifier}", str(identifier)).replace("{token}", "x").replace("{secret}", "x")
        get, head = public.get(filled), public.head(filled)
        assert head.status_code == get.status_code != 405, path
        assert head.content == b""
        same = ("content-type", "cache-control", "etag", "location", "x-content-type-options")
        assert [head.headers.get(name) for name in same] == [get.headers.get(name) for name in same], path


def test_what_is_only_posted_is_not_got(public: httpx.Client) -> None:
    for path in ("/webhooks/phones", "/my-alerts/resume", "/my-alerts/link"):
        assert public.get(path).status_code == public.head(path).status_code == 405
    assert public.request("PATCH", "/alerts").status_code == 405
    assert public.options("/alerts").status_code == 405


def test_the_device_is_changed_by_any_list_that_names_its_state(public: httpx.Client) -> None:
    phone = Phone(public)
    mine, choices = phone.headers, phone.given["choices"]
    put = "/api/v1/device/choices"
    for form in ('"x", {}', "W/{}", 'W/"y",W/{}', "{}", "*"):
        etag = public.get("/api/v1/device", headers=mine).headers["etag"]
        headers = {**mine, "if-match": form.format(etag)}
        assert public.put(put, json=choices, headers=headers).status_code == 200, form
    for form in ('"x"', "", 'W/"x", "y"'):
        assert public.put(put, json=choices, headers={**mine, "if-match": form}).status_code == 412
    etag = public.get("/api/v1/device", headers=mine).headers["etag"]
    gzipped = etag[:-1] + '-gzip"'
    assert public.get("/api/v1/device", headers={**mine, "if-none-match": gzipped}).status_code == 304


@pytest.mark.parametrize(
    "head",
    [
        b"GET /alerts HTTP/1.1\r\nHost:\r\n",
        b"GET /alerts HTTP/1.1\r\nHost: a\x00b\r\n",
        b"GET /alerts\x00 HTTP/1.1\r\nHost: x\r\n",
        b"GET /alerts\xff HTTP/1.1\r\nHost: x\r\n",
        b"GET /sign-up/where?q=\xff HTTP/1.1\r\nHost: x\r\n",
        b"GET /sign-up/where?q=a&q=b&q HTTP/1.1\r\nHost: x\r\n",
        b"GET /confirm/" + b"x" * 30_000 + b" HTTP/1.1\r\nHost: x\r\n",
        b"GET /alerts HTTP/1.1\r\nHost: [\r\n",
        b"GET /alerts/ HTTP/1.1\r\nHost: x:y\r\n",
        b"GET /my-alerts HTTP/1.1\r\nHost: x\r\nCookie: smartalert_session=\xff\xfe\r\n",
        b"GET /api/v1/device HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\xfe\r\n",
        b"GET /alerts HTTP/1.1\r\nHost: x\r\nIf-None-Match: \xff\r\nIf-None-Match: *\r\n",
        b"GET /alerts HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: \xff, [\r\n",
        b"POST /sign-up/where HTTP/1.1\r\nHost: x\r\nOrigin: http://[\r\nContent-Length: 0\r\n",
        b"POST /webhooks/sendgrid HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n",
        b"POST /webhooks/sendgrid HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n",
    ],
)
def test_whatever_is_written_on_the_line_is_no_fault_of_ours(public: httpx.Client, head: bytes) -> None:
    assert status(raw(public, head + b"Connection: close\r\n\r\n")) < 500


def test_a_slash_too_many_leads_on_by_path_alone(public: httpx.Client) -> None:
    for path, found in (("/alerts/", "/alerts"), ("/sign-up/where/?q=x", "/sign-up/where?q=x"), ("//elsewhere.example/",
                         "/elsewhere.example")):  # fmt: skip
        answer = public.get(f"{str(public.base_url).rstrip('/')}{path}", headers={"host": "inside:8702"})
        assert (answer.status_code, answer.headers["location"]) == (307, found)


def test_forms_are_taken_from_the_address_that_the_settings_name(
    public: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMARTALERT_PUBLIC_URL", "https://alerts.force.example")
    forget_settings()
    assert settings().public_base == "https://alerts.force.example"
    for origin, taken in (("https://alerts.force.example", 422), ("http://127.0.0.1:8702", 403), ("null", 403)):
        answer = public.post("/sign-up/where", data={"go": "on"}, headers={"origin": origin, "host": "127.0.0.1:8702"})
        assert answer.status_code == taken
    monkeypatch.undo()
    forget_settings()
