"""The audit's chain: whether all of it is as it was written, and signing how far it has got.

A link's hash is SHA-256 of the hash before it and the SHA-256 of its content: an entry, or the seal of a row. All of it
is worked out here again: what the database says of itself proves nothing about whoever owns it.
"""

import hashlib
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from smartalert.audit import restorations, seals, signed_heads
from smartalert.audit.restorations import Restoration
from smartalert.audit.signed_heads import Head
from smartalert.database.connection import Connection, queries, rows_as
from smartalert.errors import ChainBroken

log = logging.getLogger(__name__)
#: What the first link builds on.
BEGINNING = bytes(32)
LINKS_AT_ONCE = 5_000
#: Findings beyond these are counted and not told: one is as bad as a thousand.
MOST_FINDINGS = 20
ENTRY = ("id", "at", "mode", "officer", "action", "alert_id", "draft_id", "detail")
SEAL = ("sealed", "key", "content", "digest")


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the chain: a seal, or with the entry that it stands for; all of that is None where it is gone."""

    position: int
    #: The number of the entry; None for a seal.
    entry: int | None
    hash: bytes
    #: What was sealed, and which of them.
    sealed: str | None
    key: str | None
    content: str | None
    #: SHA-256 of the row's fields.
    digest: bytes | None
    id: int | None
    at: datetime | None
    mode: str | None
    officer: str | None
    action: str | None
    alert_id: int | None
    draft_id: UUID | None
    #: JSON, in the very signs that the hash covers.
    detail: str | None


@dataclass(slots=True)
class Verdict:
    """What a look at the whole chain found."""

    entries: int = 0
    #: Rows of other tables that were sealed, each as often as it was.
    seals: int = 0
    #: The hash that stands for all of it.
    tip: bytes = BEGINNING
    last_head: Head | None = None
    #: Where the database came from a backup.
    restored: list[Restoration] = field(default_factory=list)
    #: Heads kept outside that were lost with the database before.
    lost: int = 0
    findings: list[str] = field(default_factory=list)
    more: int = 0

    @property
    def unbroken(self) -> bool:
        """Whether every entry is as it was written, and none is missing."""
        return not self.findings

    @property
    def words(self) -> str:
        """The verdict as an officer or operator reads it."""
        if self.findings:
            more = [f"… and {self.more:,} more like these."] if self.more else []
            return "\n".join(
                [f"BROKEN. {self.entries:,} entries and {self.seals:,} seals were read.", *self.findings, *more]
            )
        head = (
            f"; {signed_heads.said(self.last_head)}, at position {self.last_head.position:,}" if self.last_head else ""
        )
        whole = f"{self.entries:,} entries and {self.seals:,} seals, unbroken. They end in {self.tip.hex()[:16]}{head}."
        since = [f"This database was {one.words}: what happened in between is not in it." for one in self.restored]
        if self.lost:
            since.append(f"{self.lost:,} signed heads kept outside are of what was lost.")
        return "\n".join([whole, *since])

    def note(self, finding: str) -> None:
        """Add one finding, or count it."""
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(finding)
        else:
            self.more += 1


def content_of(link: Link) -> bytes:
    """What a link's hash covers, as bytes: each field with its length in bytes before it, "-" for none."""
    return b"".join(framed(getattr(link, name)) for name in (SEAL if link.entry is None else ENTRY))


def framed(value: object) -> bytes:
    """One field; times in UTC to the microsecond, digests in hexadecimal."""
    if value is None:
        return b"-"
    if isinstance(value, bytes):
        value = value.hex()
    if isinstance(value, datetime):
        value = value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    text = str(value).encode()
    return b"%d:%b" % (len(text), text)


def link_hash(previous: bytes, content: bytes) -> bytes:
    """The hash of one link."""
    return hashlib.sha256(previous + hashlib.sha256(content).digest()).digest()


def verify(conn: Connection, kept: Iterable[Head] = ()) -> Verdict:
    """Read the chain, all that it seals and every signed head; `kept` are heads kept outside the database."""
    verdict = Verdict()
    heads = signed_heads.in_database(conn)  # before the chain, which may grow meanwhile
    check_restorations(conn, verdict)
    check_heads(heads, kept, verdict)
    signed = {head.position: head for head in heads}
    for link, fault in walk(conn):
        verdict.tip = link.hash
        if link.entry is None:
            verdict.seals += 1
        else:
            verdict.entries += 1
        if fault:
            verdict.note(fault)
        if (head := signed.pop(link.position, None)) and head.hash != link.hash:
            verdict.note(
                f"The chain was made anew: position {head.position:,} had another hash when {signed_heads.said(head)}."
            )
    for head in signed.values():
        verdict.note(
            f"Entries are missing at the end: position {head.position:,} was there when {signed_heads.said(head)}."
        )
    for fault in seals.faults(conn):
        verdict.note(fault)
    for entry in queries("audit/chain").slipped_in(conn):
        verdict.note(f"Entry {entry.id:,} was slipped in: it is no link of the chain.")
    verdict.last_head = heads[-1] if heads else None
    return verdict


def walk(conn: Connection, after: int = 0, previous: bytes = BEGINNING) -> Iterator[tuple[Link, str | None]]:
    """Every link from there on, and what is wrong with it, in words."""
    position = after
    while links := rows_as(Link, queries("audit/chain").links(conn, after=position, at_most=LINKS_AT_ONCE)):
        for link in links:
            yield link, fault_of(link, position, previous)
            position, previous = link.position, link.hash


def fault_of(link: Link, before: int, previous: bytes) -> str | None:
    """What is wrong with one link, given the one before; None when nothing is."""
    if link.position != before + 1:
        return f"Links {before + 1:,} to {link.position - 1:,} of the chain are missing."
    what = "The seal at" if link.entry is None else f"Entry {link.entry:,},"
    if link.entry is not None and link.id is None:
        return f"{what} position {link.position:,}, was deleted."
    if link_hash(previous, content_of(link)) != link.hash:
        return f"{what} position {link.position:,}, is not what was written there."
    return None


def check_restorations(conn: Connection, verdict: Verdict) -> None:
    """A restoration explains what is missing only if it is signed: the database's owner could make one up."""
    verdict.restored = restorations.all_of(conn)
    for one in verdict.restored:
        if not one.is_signed:
            verdict.note(f"That the database was {one.words} is not signed with this deployment's key.")


def is_lost(head: Head, restored: Iterable[Restoration]) -> bool:
    """Whether a head kept outside is of a database that was lost, from a backup of which this one came."""
    return any(one.explains(head.number, head.signed_at) and one.is_signed for one in restored)


def check_heads(heads: list[Head], kept: Iterable[Head], verdict: Verdict) -> None:
    """Heads are numbered without a gap and signed; those kept elsewhere are still here, or were lost with a backup."""
    previous = ""
    for number, head in enumerate(heads, 1):
        if head.number != number or not head.is_signed(previous):
            verdict.note(f"Signed head {head.number:,} is not signed with this deployment's key, or follows no other.")
            break
        previous = head.signature
    here = {head.number: head for head in heads}
    for head in kept:
        if here.get(head.number) == head:
            continue
        if is_lost(head, verdict.restored):
            verdict.lost += 1
        else:
            verdict.note(f"Signed head {head.number:,}, kept outside the database, is not in it any more.")


def sign(conn: Connection, now: datetime, known: Head | None = None) -> Head | None:
    """Sign how far the chain has got; None when there is nothing new. `known` is the last head this worker knows of.

    Raises ChainBroken where the chain does not continue what was signed before: a broken one is never signed.
    """
    row = queries("audit/chain").last_head(conn)
    last = Head(*row) if row else None
    if known and (last is None or last.number < known.number):
        raise ChainBroken(f"Signed head {known.number:,} is gone from the database.")
    tip = stretch_after(conn, last)
    if tip is None:
        return None
    number, previous = (last.number + 1, last.signature) if last else (1, "")
    head = Head(
        number, tip.position, tip.hash, now, signed_heads.signature_of(number, tip.position, tip.hash, now, previous)
    )
    kept = queries("audit/chain").keep_head(
        conn, number=number, position=tip.position, hash=tip.hash, signed_at=now, signature=head.signature
    )
    return head if kept else None


def stretch_after(conn: Connection, last: Head | None) -> Link | None:
    """The last link of what is new since a head, each link checked; None when nothing is new. Raises ChainBroken."""
    if last:
        link = queries("audit/chain").link(conn, position=last.position)
        if link is None or link.hash != last.hash:
            raise ChainBroken(f"Position {last.position:,} is not what was signed there.")
    tip = None
    for link, fault in walk(conn, last.position if last else 0, last.hash if last else BEGINNING):
        if fault:
            raise ChainBroken(fault)
        tip = link
    return tip


def sign_and_keep(conn: Connection, file: Path, now: datetime) -> None:
    """Sign what is new and write the head down where the owner of the database cannot reach. Raises ChainBroken."""
    restored = restorations.all_of(conn)
    known = [head for head in signed_heads.kept(file) if not is_lost(head, restored)]
    try:
        head = sign(conn, now, known[-1] if known else None)
    except ChainBroken as broken:
        log.critical("the audit is broken and is not signed: %s", broken)
        raise
    if head:
        log.info("signed audit head %s", head)
        if file.parent.is_dir():
            with file.open("a") as lines:
                lines.write(f"{head}\n")
