"""What a process logs: one line an event, with the request or job it belongs to, and nobody's address."""

import asyncio
import json
import logging

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from smartalert.monitoring import counts
from smartalert.monitoring.logs import UNDER_WAY, Json, Text, without_addresses

TOKEN = "dGhpcyBpcyBhIHRva2Vu:APA91b" + "Hx-9_" * 26


def line(formatter: logging.Formatter, message: str, *args: object, error: BaseException | None = None) -> str:
    info = (type(error), error, error.__traceback__) if error else None
    return formatter.format(logging.LogRecord("smartalert.x", logging.WARNING, "x.py", 1, message, args, info))


@pytest.mark.parametrize(
    "words",
    [
        "Key (address)=(ada.lovelace+alerts@training.example) already exists.",
        "“ada@training.example”",
        "<ada@training.example>: host not found",
        "mailto:ada@training.example?subject=x",
        'could not connect to "postgresql://worker:pa55@db.force.example/smartalert"',
        "Adá.Lövelace@exämple.org",
        "ada@xn--exmple-cua.org,ben@training.example;cleo@[192.0.2.1]",
        f"registration {TOKEN} is not registered",
        f'{{"token":"{TOKEN}"}}',
    ],
)
@pytest.mark.parametrize("formatter", [Text(), Json()], ids=["text", "json"])
def test_no_address_is_logged_wherever_it_comes_from(formatter, words):
    try:
        raise ValueError(words)
    except ValueError as error:
        logged = [line(formatter, "it failed: %s", words), line(formatter, words), line(formatter, "x", error=error)]
    for said in logged:
        assert "(address)" in said
        assert not [part for part in ("ada", "lovelace", "Löve", "pa55", "ben@", "APA91b") if part in said]


def test_what_is_no_address_stays():
    kept = (
        "signed audit head 12 345 0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9"
        " 2026-11-27T21:00:00+00:00 QWERTYUIOPasdfghjkl-_zxcvbn"
    )
    assert without_addresses(kept) == kept
    assert without_addresses(
        'File "/opt/smartalert/.venv/lib/python3.11/site-packages/x.py", line 1, in <module>\n  @cache'
    ) == ('File "/opt/smartalert/.venv/lib/python3.11/site-packages/x.py", line 1, in <module>\n  @cache')
    assert len(without_addresses("x" * 1_000_000 + "@")) < 20


def test_json_is_one_object_an_event_whatever_it_holds():
    try:
        raise KeyError("two\nlines \udce9 \0")
    except KeyError as error:
        said = line(Json(), "first\nsecond %s", "\udcff", error=error)
    assert "\n" not in said
    read = json.loads(said)
    assert {"time", "level", "logger", "message", "exception"} == set(read)
    assert read["message"] == "first\nsecond \udcff"
    assert read["level"] == "warning"
    assert read["exception"].startswith("Traceback")


def test_lines_of_one_request_carry_its_number_and_requests_are_counted():
    said: list[str] = []
    before = counts.REGISTRY.get_sample_value("smartalert_requests_total", {"method": "GET", "status": "5xx"}) or 0

    def breaks(_request: Request) -> Response:
        said.append(line(Json(), "from a thread"))
        raise RuntimeError("never on the page")

    async def works(_request: Request) -> Response:
        said.append(line(Json(), "from the loop"))
        return Response("x")

    app = counts.Requests(Starlette(routes=[Route("/breaks", breaks), Route("/works", works)]))
    client = TestClient(app, raise_server_exceptions=False)
    assert [client.get(path).status_code for path in ("/breaks", "/works", "/works")] == [500, 200, 200]
    numbers = [json.loads(one)["request"] for one in said]
    assert len(set(numbers)) == 3
    assert all(len(number) == 16 for number in numbers)
    after = counts.REGISTRY.get_sample_value("smartalert_requests_total", {"method": "GET", "status": "5xx"})
    assert after == before + 1


def test_text_shows_what_a_line_belongs_to_at_its_end():
    async def doing() -> str:
        UNDER_WAY.set({"job": "12", "task": "dispatch"})
        return line(Text(), "taken back")

    assert asyncio.run(doing()).endswith("smartalert.x WARNING taken back [job=12 task=dispatch]")
    assert line(Text(), "taken back").endswith("taken back")
