"""SendGrid's posts of events are believed only with SendGrid's signature over exactly this body and time."""

from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from smartalert.providers.sendgrid.events import is_signed

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
