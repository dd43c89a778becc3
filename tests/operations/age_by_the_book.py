"""age's format read as its specification has it (C2SP, age-encryption.org/v1), by nothing that wrote it."""

import base64
import hashlib
import hmac

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CHUNK = 65_536 + 16
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def decrypt(sealed: bytes, identity: str) -> bytes:
    """The plain bytes, for the identity AGE-SECRET-KEY-1…; an AssertionError or InvalidTag for anything else."""
    key = X25519PrivateKey.from_private_bytes(bech32(identity))
    end = sealed.index(b"\n---") + 4
    mac, _, payload = sealed[end + 1 :].partition(b"\n")
    lines = sealed[:end].decode().split("\n")
    assert lines[0] == "age-encryption.org/v1"
    stanza = next(number for number, line in enumerate(lines) if line.startswith("-> X25519 "))
    share = unpadded(lines[stanza].split()[2])
    ours = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    shared = key.exchange(X25519PublicKey.from_public_bytes(share))
    wrapping = derived(shared, share + ours, b"age-encryption.org/v1/X25519")
    file_key = ChaCha20Poly1305(wrapping).decrypt(bytes(12), unpadded(lines[stanza + 1]), None)
    header = hmac.new(derived(file_key, None, b"header"), sealed[:end], hashlib.sha256).digest()
    assert hmac.compare_digest(header, unpadded(mac.decode()))
    stream = ChaCha20Poly1305(derived(file_key, payload[:16], b"payload"))
    chunks = [payload[at : at + CHUNK] for at in range(16, len(payload), CHUNK)]
    last = len(chunks) - 1
    return b"".join(
        stream.decrypt(number.to_bytes(11, "big") + bytes([number == last]), chunk, None)
        for number, chunk in enumerate(chunks)
    )


def derived(key: bytes, salt: bytes | None, label: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt, label).derive(key)


def unpadded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))


def bech32(identity: str) -> bytes:
    """The bytes of a key, without looking at its checksum."""
    letters = identity.lower().rpartition("1")[2][:-6]
    bits = "".join(f"{BECH32.index(letter):05b}" for letter in letters)
    return int(bits[:256], 2).to_bytes(32, "big")
