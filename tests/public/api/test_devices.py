"""The app API over real HTTP: a device is registered, changed, paused, given another token, and gone."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from smartalert.clock import utc_now
from smartalert.errors import NotAllowed
from smartalert.officers import duties
from smartalert.officers import register as officers
from smartalert.officers.register import Officer, Role
from smartalert.public import forms
from smartalert.public.api import access
from tests.databases import Database
from tests.public.api.phone import API, Phone, app_api, is_problem, registration


@pytest.fixture(scope="module")
def api(module_database: Database) -> Iterator[httpx.Client]:
    with app_api(module_database) as client:
        yield client


@pytest.fixture
def ada(api: httpx.Client) -> Phone:
    return Phone(api)


def held(database: Database, token: str) -> list[Any]:
    """What the database has of a phone: off_at, consent, whether it is in the matching table, how many places."""
    with database.connect() as conn:
        return conn.execute(
            "select s.id, c.off_at, s.consent_version, s.consented_at, c.platform, c.app_version,"
            " (select count(*) from audience_places m where m.subscriber_id = s.id and m.confirmed) as matched"
            " from contacts c join subscribers s on s.id = c.subscriber_id where c.channel = 'push' and c.address = %s",
            (token,),
        ).fetchall()


def register(api: httpx.Client, **changes: Any) -> httpx.Response:
    return api.post(f"{API}/devices", json=registration(**changes))


def test_what_there_is_to_choose_is_offered_with_the_words_of_the_consent(api: httpx.Client) -> None:
    offer = api.get(f"{API}/offer")
    assert {"name": "horse", "label": "Horses and stables"} in offer.json()["topics"]
    assert offer.json()["consent"]["text"].startswith("I agree that Staffordshire Police may keep my places")
    assert offer.json()["exercise"] is True
    known = {"if-none-match": offer.headers["etag"]}
    assert api.get(f"{API}/offer", headers=known).status_code == 304


def test_a_place_is_searched_for_before_registering(api: httpx.Client) -> None:
    (street,) = api.get(f"{API}/places", params={"q": "tannery"}).json()
    assert (street["kind"], street["label"]) == ("street", "Tannery Row, Stafford")
    place = {"label": "Work", "at": {"street_id": street["street_id"]}, "reach_m": 500}
    phone = Phone(api, choices={"places": [place]})
    (kept,) = phone.registered["device"]["choices"]["places"]
    assert (kept["label"], kept["reach_m"]) == ("Work", 500)
    assert (kept["lat"], kept["lon"]) == pytest.approx((street["lat"], street["lon"]), abs=1e-5)


def test_a_registered_device_counts_at_once(ada: Phone, module_database: Database) -> None:
    (row,) = held(module_database, ada.token)
    assert (row.matched, row.platform, row.app_version, row.consent_version) == (1, "android", "1.4.0", "app-2026-11")
    assert datetime.now(UTC) - row.consented_at < timedelta(minutes=1)
    device = ada.get("/device")
    assert device == ada.registered["device"]
    assert device["choices"]["topics"] == ["rural", "horse"]
    assert device["choices"]["quiet_hours"] == {"begin": "22:00", "end": "07:00"}


def test_the_credential_is_kept_as_a_hash_only(ada: Phone, module_database: Database) -> None:
    credential = ada.registered["credential"]
    with module_database.connect() as conn:
        found = conn.execute(
            "select purpose, hash = sha256(convert_to(%s, 'UTF8')) from secrets where subscriber_id ="
            " (select subscriber_id from contacts where address = %s)",
            (credential, ada.token),
        ).fetchall()
    assert [tuple(row) for row in found] == [("device", True)]
    assert len(credential) == 64


def test_the_same_token_registered_twice_is_one_device_begun_anew(api: httpx.Client, module_database: Database) -> None:
    first = Phone(api)
    again = Phone(api, token=first.token, app_version="2.0")
    (row,) = held(module_database, first.token)
    assert (row.app_version, row.matched) == ("2.0", 1)
    first.ask("GET", "/device", 401)
    assert again.get("/device/alerts")["alerts"] == []


def test_another_token_keeps_the_subscription_and_brings_a_phone_back(ada: Phone, module_database: Database) -> None:
    (before,) = held(module_database, ada.token)
    with module_database.connect() as conn:
        conn.execute("select switch_off(%s, 'push', array['address gone'])", ([before.id],))
    assert ada.get("/device")["off_reason"] == "address gone"
    fresh = {"token": f"{ada.token}-fresh", "app_version": "1.5.0"}
    answer = ada.ask("PUT", "/device/token", json=fresh).json()
    assert (answer["off_reason"], answer["app_version"]) == (None, "1.5.0")
    assert held(module_database, ada.token) == []
    (after,) = held(module_database, fresh["token"])
    assert (after.id, after.matched) == (before.id, 1)
    assert ada.ask("PUT", "/device/token", json=fresh).json() == answer


def test_a_token_that_moves_to_another_device_leaves_one_device(api: httpx.Client, module_database: Database) -> None:
    ada, ben = Phone(api), Phone(api)
    ada.ask("PUT", "/device/token", json={"token": ben.token, "app_version": "1.0"})
    assert len(held(module_database, ben.token)) == 1
    ben.ask("GET", "/device", 401)


def test_choices_are_replaced_as_a_whole(ada: Phone, module_database: Database) -> None:
    choices = {
        "places": [
            {"label": "Mum's", "at": {"lat": 52.8067, "lon": -2.1171}, "reach_m": 3000},
            {"label": "Stables", "at": {"postcode": "st162ld"}},
        ],
        "sector": "equestrian",
        "updates": False,
    }
    device = ada.ask("PUT", "/device/choices", json=choices).json()
    assert [place["label"] for place in device["choices"]["places"]] == ["Mum's", "Stables"]
    assert (device["choices"]["topics"], device["choices"]["sector"]) == ([], "equestrian")
    assert device["choices"]["quiet_hours"] is None
    (row,) = held(module_database, ada.token)
    assert row.matched == 2


def test_a_change_of_something_that_changed_meanwhile_is_refused(ada: Phone) -> None:
    seen = ada.ask("GET", "/device").headers["etag"]
    choices = ada.given["choices"] | {"updates": False}
    after = ada.ask("PUT", "/device/choices", json=choices, headers={"if-match": seen})
    assert after.headers["etag"] != seen
    assert is_problem(
        ada.ask("PUT", "/device/choices", 412, json=choices, headers={"if-match": seen}), "changed-meanwhile"
    )
    ada.ask("GET", "/device", 304, headers={"if-none-match": after.headers["etag"]})


def test_a_pause_ends_by_itself_or_by_hand(ada: Phone) -> None:
    until = (datetime.now(UTC) + timedelta(days=10)).date().isoformat()
    assert ada.ask("PUT", "/device/pause", json={"until": until}).json()["paused_until"]
    assert ada.ask("DELETE", "/device/pause").json()["paused_until"] is None
    for wrong in ("2020-01-01", "2090-01-01"):
        ada.ask("PUT", "/device/pause", 422, json={"until": wrong})


def test_who_deregisters_leaves_nothing_but_a_row_without_a_name(ada: Phone, module_database: Database) -> None:
    (row,) = held(module_database, ada.token)
    ada.ask("DELETE", "/device", 204, params={"reason": "too many"})
    assert held(module_database, ada.token) == []
    ada.ask("GET", "/device", 401)
    with module_database.connect() as conn:
        left = conn.execute("select left_reason, topics from subscribers where id = %s", (row.id,)).fetchone()
        places = conn.execute("select count(*) from places where subscriber_id = %s", (row.id,)).fetchone()
    assert (tuple(left), places[0]) == (("too many", 0), 0)


def test_who_is_erased_leaves_not_even_that(ada: Phone, module_database: Database) -> None:
    held_of_her = ada.get("/device/data")
    assert (held_of_her["token"], held_of_her["consent_version"]) == (ada.token, "app-2026-11")
    assert held_of_her["places"][0]["label"] == "Home"
    (row,) = held(module_database, ada.token)
    ada.ask("DELETE", "/device", 204, params={"erase": "true"})
    with module_database.connect() as conn:
        assert conn.execute("select count(*) from subscribers where id = %s", (row.id,)).fetchone()[0] == 0


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"over_12": False}, "#/over_12"),
        ({"token": "has a space"}, "#/token"),
        ({"platform": "pager"}, "#/platform"),
        ({"choices": {"places": []}}, "#/choices/places"),
        ({"choices": {"places": [{"label": "\x00", "at": {"postcode": "ST16 2LD"}}]}}, "#/choices/places/0/label"),
        ({"choices": {"places": [{"label": "A", "at": {"postcode": "ST99 9ZZ"}}]}}, "#/choices/places/0/at"),
        ({"nickname": "Ada"}, "#/nickname"),
    ],
)
def test_what_is_wrong_with_a_registration_is_said_where_it_is(
    api: httpx.Client, changes: dict[str, Any], where: str
) -> None:
    answer = register(api, **changes)
    assert answer.status_code == 422
    assert is_problem(answer)
    assert where in [fault["where"] for fault in answer.json()["errors"]]
    assert "has a space" not in answer.text


def test_a_place_beyond_the_force_is_refused_in_words(api: httpx.Client) -> None:
    answer = register(api, choices={"places": [{"label": "Plymouth", "at": {"postcode": "PL1 1AA"}}]})
    assert is_problem(answer, "refused")
    assert answer.json()["detail"] == "A place is outside the force's area"


def test_an_old_consent_is_no_consent(api: httpx.Client) -> None:
    answer = register(api, consent_version="app-2020-01")
    assert answer.status_code == 409
    assert is_problem(answer, "consent-out-of-date")


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer no-such-credential", "Basic YTpi", "Bearer ünï"])
def test_without_a_devices_credential_there_is_nothing_to_see(api: httpx.Client, authorization: str) -> None:
    headers = {"authorization": authorization.encode()} if authorization else {}
    answer = api.get(f"{API}/device", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert is_problem(answer, "not-registered")


def test_a_known_token_takes_no_longer_than_an_unknown_one(
    api: httpx.Client, ada: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "EQUAL_TIME_S", 0.4)
    took = [register(api, **changes).elapsed.total_seconds() for changes in ({}, {"token": ada.token}, {})]
    assert min(took) >= 0.4


def test_limits_are_counted_in_the_database(
    api: httpx.Client, ada: Phone, module_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "DEVICE_AN_HOUR", 2)
    answers = [ada.client.get(f"{API}/device", headers=ada.headers) for _ in range(4)]
    assert answers[-1].status_code == 429
    assert is_problem(answers[-1], "too-many")
    assert 0 < int(answers[-1].headers["retry-after"]) <= 3_600
    with module_database.connect() as conn:
        row = conn.execute("select max(count) from attempts").fetchone()
    assert row[0] >= 4


def test_a_code_for_an_officer_is_for_whoever_holds_the_phone_and_links_it_once(
    ada: Phone, module_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = {"authorization": f"Bearer {'x' * 43}"}
    assert is_problem(ada.client.post(f"{API}/device/officer-code", headers=stranger))
    assert ada.client.post(f"{API}/device/officer-code").status_code == 401
    old, code = (ada.ask("POST", "/device/officer-code").json()["code"] for _ in range(2))
    assert re.fullmatch("[A-HJ-NP-Z2-9]{8}", code)
    with module_database.connect() as conn:
        officers.sign_in(conn, Officer("the.chief", "C", "", (Role.APPROVER,)), utc_now())
        for wrong in ("", "ABCDEFGH", old, code[:-1]):
            with pytest.raises(NotAllowed, match="No phone shows this code"):
                duties.link_phone(conn, "the.chief", wrong)
        duties.link_phone(conn, "the.chief", f"{code[:4].lower()} {code[4:]}")
        phone = conn.execute("select phone from officers where id = %s", ("the.chief",)).fetchone()
        assert phone == (ada.token,)
        with pytest.raises(NotAllowed):
            duties.link_phone(conn, "the.chief", code)
    monkeypatch.setattr(access, "DEVICE_AN_HOUR", 2)
    answers = [ada.client.post(f"{API}/device/officer-code", headers=ada.headers) for _ in range(3)]
    assert answers[-1].status_code == 429
    assert is_problem(answers[-1], "too-many")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("PATCH", "/device", 405), ("POST", "/offer", 405), ("GET", "/alerts/x", 422)],
)
def test_every_error_is_a_problem(api: httpx.Client, method: str, path: str, status: int) -> None:
    answer = api.request(method, f"{API}{path}")
    assert answer.status_code == status
    assert is_problem(answer)


def test_large_and_endless_bodies_are_refused_unread(api: httpx.Client) -> None:
    assert is_problem(api.post(f"{API}/devices", content=b"x" * 40_000), "too-large")
    assert is_problem(api.post(f"{API}/devices", content=iter([b"{", b"}"])), "no-length")
    assert is_problem(api.post(f"{API}/devices", content=b"{", headers={"content-type": "application/json"}))


def test_a_database_that_is_away_is_said_calmly(api: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        from sqlalchemy.exc import OperationalError

        raise OperationalError("select 1", {}, Exception("gone"))

    monkeypatch.setattr(access.connection, "transaction", away)
    answer = api.get(f"{API}/device", headers={"authorization": "Bearer x"})
    assert answer.status_code == 503
    assert is_problem(answer, "unavailable")
