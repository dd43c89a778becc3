"""What both web services ask of a request: who it comes from, whether a page of ours posted it, which tags it names."""

from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from smartalert import web

OURS = "https://alerts.force.example"


def request(client: str = "203.0.113.7", **headers: str) -> Request:
    named = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    return Request(
        {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": named, "client": (client, 1)}
    )


async def forwarded(value: str, *more: str) -> str:
    """The network that a request comes from by what a trusted proxy wrote, as uvicorn reads it."""
    seen: list[str] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(web.network(Request(scope)))

    given = request("127.0.0.1").scope
    given["headers"] = [(b"x-forwarded-for", one.encode("latin-1")) for one in (value, *more)]
    await ProxyHeadersMiddleware(app)(given, None, None)  # type: ignore[arg-type]
    return seen[0]


@pytest.mark.parametrize(
    ("written", "network"),
    [
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("::FFFF:cb00:7107", "203.0.113.7"),
        ("[::ffff:203.0.113.7]:443", "203.0.113.7"),
        ("203.0.113.7:51000", "203.0.113.7"),
        ("198.51.100.9, 203.0.113.7", "203.0.113.7"),
        (" 203.0.113.7 , 127.0.0.1", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::9]:443", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("somebody", "unknown"),
        ("\x80\xff", "unknown"),
        ("[2001:db8::1", "2001:db8::/64"),
        ("64:ff9b::203.0.113.7", "203.0.113.7"),
        ("64:ff9b::c633:6409", "198.51.100.9"),
        ("::ffff:0:203.0.113.7", "203.0.113.7"),
        ("::203.0.113.7", "203.0.113.7"),
        ("2001:0:4136:e378:8000:63bf:34ff:8ef8", "203.0.113.7"),
        ("2002:cb00:7107::1", "2002:cb00:7107::/64"),
        ("::1", "::/64"),
        ("::", "::/64"),
        ("203.0.113.7.9", "unknown"),
    ],
)
def test_tries_are_counted_by_ipv4_address_or_by_the_network_of_a_household(written: str, network: str) -> None:
    import asyncio

    assert asyncio.run(forwarded(written)) == network


@pytest.mark.parametrize(
    "given", ["64:ff9b::7f00:1", "::7f00:1", "::ffff:0:7f00:1", "2001:0:4136:e378:8000:63bf:80ff:fffe"]
)
def test_nobody_is_taken_for_this_machine_by_an_address_of_their_own_making(given: str) -> None:
    found = web.address(request(given))
    assert found is not None
    assert not found.is_loopback


@pytest.mark.parametrize(
    ("path", "status"),
    [("/1", 200), ("/00012", 200), (f"/{2**63}", 404), ("/" + "9" * 5_000, 404), ("/-1", 404), ("/%D9%A3", 404)],
)
def test_a_number_that_no_row_has_is_no_such_page(path: str, status: int) -> None:
    app = Starlette(routes=[Route("/{id:row}", lambda request: Response(str(request.path_params["id"])))])
    assert TestClient(app, raise_server_exceptions=False).get(path).status_code == status


def test_ipv4_written_as_ipv6_is_not_one_network() -> None:
    for form in ("::ffff:203.0.113.{}", "64:ff9b::203.0.113.{}", "::ffff:0:203.0.113.{}"):
        assert len({web.network(request(form.format(n))) for n in range(9)}) == 9
    assert len({web.network(request(f"2001:db8::{n}")) for n in range(9)}) == 1


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({"origin": OURS, "host": "127.0.0.1:8702"}, True),
        ({"origin": OURS, "host": ""}, True),
        ({"origin": "https://alerts.force.example:443", "host": "x"}, True),
        ({"origin": "HTTPS://Alerts.Force.Example", "host": "x"}, True),
        ({"origin": "https://elsewhere.example", "host": "elsewhere.example"}, False),
        ({"origin": "http://alerts.force.example", "host": "alerts.force.example"}, False),
        ({"origin": "https://alerts.force.example:8443", "host": "x"}, False),
        ({"origin": "https://alerts.force.example.elsewhere.example", "host": "x"}, False),
        ({"origin": "https://alerts.force.example@elsewhere.example", "host": "x"}, False),
        ({"origin": "null", "host": "x"}, False),
        ({"origin": "http://[", "host": "x"}, False),
        ({"origin": "https://alerts.force.example:99999999", "host": "x"}, False),
        ({"host": "alerts.force.example"}, False),
        ({"sec_fetch_site": "same-origin", "host": "127.0.0.1:8702"}, True),
        ({"sec_fetch_site": "same-site", "origin": OURS}, False),
        ({"sec_fetch_site": "none", "origin": OURS}, False),
    ],
)
def test_the_settings_say_which_pages_are_ours_whatever_a_proxy_makes_of_host(
    headers: dict[str, str], ours: bool
) -> None:
    for setting in (OURS, f"{OURS}/", f"{OURS}:443", "https://ALERTS.force.example/"):
        assert web.from_our_own_page(request(**headers), setting) is ours


@pytest.mark.parametrize(
    ("host", "posted_from", "ours"),
    [
        ("alerts.force.example:443", OURS, True),
        ("Alerts.Force.Example", OURS, True),
        ("alerts.force.example", f"{OURS}:443", True),
        ("127.0.0.1:8000", "http://127.0.0.1:8000", True),
        ("[::1]:8000", "http://[::1]:8000", True),
        ("alerts.force.example:80", OURS, False),
        ("127.0.0.1:8000", "http://127.0.0.1:8501", False),
        ("", "null", False),
        ("", "https://", False),
        ("alerts.force.example:x", OURS, False),
    ],
)
def test_without_a_setting_host_is_compared_as_browsers_do(host: str, posted_from: str, ours: bool) -> None:
    assert web.from_our_own_page(request(host=host, origin=posted_from), "") is ours


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ('"abc"', True),
        ('W/"abc"', True),
        ('"x", "abc"', True),
        ('"x","abc" , "y"', True),
        ('"abc-gzip"', True),
        ('W/"abc--gzip"', True),
        ('"abc;br"', True),
        ("*", True),
        ('"a,b", "abc"', True),
        ('"abcd"', False),
        ("abc", False),
        ('"x*"', False),
        ("", False),
    ],
)
def test_a_list_of_tags_names_ours_however_it_was_changed_on_its_way(given: str, named: bool) -> None:
    assert web.names(request(if_match=given).headers, "if-match", '"abc"') is named
