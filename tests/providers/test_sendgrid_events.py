"""SendGrid's posts of events: believed only with its signature over exactly this body and time, then read with care."""

import json
from base64 import b64encode
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from smartalert.dispatch.receipts import from_sendgrid
from smartalert.providers.sendgrid.events import Event, is_signed, members, understood

BODY, AT = b'[{"event":"bounce","delivery":"1-2-email","timestamp":1795356123}]\r\n', "1795356123"
THEIRS, SOMEBODYS = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())


def signature(key: ec.EllipticCurvePrivateKey = THEIRS) -> str:
    return b64encode(key.sign(AT.encode() + BODY, ec.ECDSA(SHA256()))).decode()


def public(key: ec.EllipticCurvePrivateKey = THEIRS) -> str:
    return b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def test_what_sendgrid_signed_is_believed() -> None:
    assert is_signed(BODY, signature(), AT, public())


@pytest.mark.parametrize(
    "forged",
    [
        (BODY.replace(b"1-2", b"1-3"), signature(), AT, public()),
        (BODY.strip(), signature(), AT, public()),
        (BODY, signature(), "1795356124", public()),
        (BODY, signature(SOMEBODYS), AT, public()),
        (BODY, "", "", public()),
        (BODY, "no base64", AT, public()),
        (b"\xff" + BODY, signature(), AT, public()),
        (BODY, signature(), AT, ""),
    ],
    ids=["another body", "no CRLF", "another time", "another key", "unsigned", "garbage", "no text", "no key of ours"],
)
def test_nothing_else_is(forged: tuple[bytes, str, str, str]) -> None:
    assert not is_signed(*forged)


NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
GOOD = {"event": "delivered", "delivery": "1-2-email", "timestamp": 1_795_356_123, "email": "Ada@Training.example"}
ODD: list[object] = [
    None, 7, "delivered", [], [GOOD], {}, {"event": ["delivered"]}, {"event": {}}, {"event": None},
    {"event": "opened?"},
    {**GOOD, "event": ["delivered"]}, {**GOOD, "event": "DELIVERED"}, {**GOOD, "timestamp": None},
    {**GOOD, "timestamp": "soon"}, {**GOOD, "timestamp": [1]}, {**GOOD, "timestamp": True}, {**GOOD, "timestamp": -1},
    {**GOOD, "timestamp": 10**30}, {**GOOD, "timestamp": float("nan")}, {**GOOD, "timestamp": float("inf")},
    {**GOOD, "timestamp": "1e999"}, {**GOOD, "timestamp": "\ud800"}, {**GOOD, "timestamp": ""},
]  # fmt: skip
#: Members that JSON allows and Python's own reader does not take.
TOO_MUCH_FOR_PYTHON = [
    "[" * 5_000 + "]" * 5_000, '{"a":' * 5_000 + "{}" + "}" * 5_000, "9" * 5_000,
    '{"event":"delivered","timestamp":1' + "0" * 5_000 + ',"delivery":"1-2-email"}',
    '{"event":"],[\\"","deep":' + "[" * 5_000 + "]" * 5_000 + "}",
]  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
def test_what_cannot_be_understood_costs_only_itself(odd: object) -> None:
    one, other = understood([GOOD, odd, GOOD], NOW)
    assert one == other == Event("delivered", one.at, "1-2-email", "ada@training.example", "", None)


@pytest.mark.parametrize("at", [1_795_356_123, 1_795_356_123.9, "1795356123", " 1795356123\n"])
def test_a_time_is_a_number_however_it_is_written(at: object) -> None:
    (event,) = understood([{**GOOD, "timestamp": at}], NOW)
    assert event.at == datetime(2026, 11, 22, 14, 2, 3, tzinfo=UTC)


def test_nothing_is_reported_before_it_happened() -> None:
    (event,) = understood([{**GOOD, "timestamp": 4_000_000_000}], NOW)
    assert event.at == NOW


@pytest.mark.parametrize(
    ("delivery", "found"),
    [
        ("1-2-email", 1),
        ("1-2-email,3-2-email", 2),
        ("1-2-email,nonsense,3-2-email", 2),
        ("1-2-push", 0),
        ("1-2-fax", 0),
        ("-1-2-email", 0),
        ("99999999999999999999-2-email", 0),
        ("١-٢-email", 0),
        ("1-2-email\0", 0),
        ("service-mail-12", 0),
        (12, 0),
        (["1-2-email"], 0),
        ("\ud8001-2-email", 1),
    ],
)
def test_a_mail_is_found_by_what_is_one_of_our_references(delivery: object, found: int) -> None:
    assert len(from_sendgrid(understood([{**GOOD, "delivery": delivery}], NOW))) == found


NAMES = st.sampled_from([*GOOD, "type", "reason", "sg_message_id"])
SINGLE = st.none() | st.booleans() | st.floats() | st.integers() | st.text()


@given(st.recursive(SINGLE, lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner)))
def test_no_json_breaks_it(anything: object) -> None:
    from_sendgrid(understood([anything, *(anything if isinstance(anything, list) else [])], NOW))
    if isinstance(anything, dict):
        from_sendgrid(understood([{**GOOD, **anything}], NOW))


@given(st.lists(st.recursive(SINGLE, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)), min_size=1))
def test_a_list_with_a_member_too_deep_falls_apart_into_the_same_members(given: list[object]) -> None:
    text = json.dumps([*given, "deep"], ensure_ascii=False).replace('"deep"', TOO_MUCH_FOR_PYTHON[0])
    found = members(text.encode(errors="ignore"))
    whole = json.loads(json.dumps(given, ensure_ascii=False).encode(errors="ignore"), parse_int=float)
    assert repr(found) == repr([*whole, None])
