"""Heads of the audit's chain, signed with a key the database never sees, and kept outside of it too."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from smartalert.config import signer
from smartalert.database.connection import Connection, queries
from smartalert.errors import ChainBroken


@dataclass(frozen=True, slots=True)
class Head:
    """The chain up to a position, signed by a worker."""

    number: int
    position: int
    hash: bytes
    signed_at: datetime
    signature: str

    def __str__(self) -> str:
        return f"{self.number} {self.position} {self.hash.hex()} {self.signed_at.isoformat()} {self.signature}"

    @classmethod
    def parse(cls, line: str) -> "Head":
        """Read what str() wrote; raises ValueError."""
        number, position, digest, at, signature = line.split()
        return cls(int(number), int(position), bytes.fromhex(digest), datetime.fromisoformat(at), signature)

    def is_signed(self, previous: str) -> bool:
        """Whether the signature is this deployment's, given the one before."""
        signed = what_is_signed(self.number, self.position, self.hash, self.signed_at, previous)
        return signer("audit head").verify_signature(signed.encode(), self.signature.encode())


def in_database(conn: Connection) -> list[Head]:
    """Every signed head in the database."""
    return [Head(*row) for row in queries("audit/chain").heads(conn)]


def kept(file: Path) -> list[Head]:
    """The heads a worker wrote down outside the database; none where there is no such file. Raises ChainBroken."""
    try:
        return [Head.parse(line) for line in file.read_text().splitlines()] if file.exists() else []
    except ValueError:
        raise ChainBroken(f"{file} is not as a worker wrote it.") from None


def signature_of(number: int, position: int, tip: bytes, signed_at: datetime, previous: str) -> str:
    """A worker's signature under a head."""
    signed = what_is_signed(number, position, tip, signed_at, previous)
    return signer("audit head").get_signature(signed).decode()


def what_is_signed(number: int, position: int, tip: bytes, signed_at: datetime, previous: str) -> str:
    """The head, and the signature before it."""
    return f"{number} {position} {tip.hex()} {signed_at.astimezone(UTC).isoformat()} {previous}"


def said(head: Head) -> str:
    """When a head was signed, in words."""
    return f"head {head.number:,} was signed on {head.signed_at.astimezone(UTC):%d %B %Y at %H:%M:%S} UTC"
