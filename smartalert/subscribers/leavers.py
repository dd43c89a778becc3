"""Who left, written down outside the database: a backup brings people back, and they must not be written to again.

One file a machine and month, a line for each act, only ever added to. A line holds keyed hashes (HMAC with this
deployment's secret) of the person's number and addresses, and a signature: without the secret it says of nobody
anything, and nobody can make one up.
"""

import contextlib
import hmac
import logging
import os
import platform
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from itsdangerous import BadSignature

from smartalert.clock import utc_now
from smartalert.config import settings, signer
from smartalert.errors import SetupError

log = logging.getLogger(__name__)
ENDING = ".leavers"
#: A file is read by the newest backup that could need it, and for a month more.
KEPT_LONGER = timedelta(days=31)


class Act(StrEnum):
    """What somebody did, as the file says it."""

    #: Confirmed a sign-up, or registered a phone.
    JOINED = "joined"
    LEFT = "left"
    ERASED = "erased"
    #: No more e-mails, by the link in one.
    STOPPED = "stopped"
    #: E-mails again.
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Line:
    """One act, with keyed hashes of what stands for whoever did it; the first is of their number."""

    at: datetime
    act: Act
    hashes: Sequence[str]


class Hashing:
    """Keyed hashes by every secret that this deployment knows."""

    def __init__(self) -> None:
        ours = signer("who left")
        self._keys = [ours.derive_key(secret) for secret in reversed(ours.secret_keys)]

    def of(self, mark: str) -> list[str]:
        """The hashes of a mark of the SQL function marks_of(), by the newest key first."""
        return [hmac.digest(key, mark.encode(), sha256).hex() for key in self._keys]


def note(act: Act, marks: Sequence[str], now: datetime | None = None) -> None:
    """Write down what somebody does, on disk before the transaction ends. Whoever leaves is never kept back by a disk
    that fails: that is logged, and `check` finds a folder that cannot be written to."""
    now = now or utc_now()
    try:
        hashing = Hashing()
        text = " ".join([now.astimezone(UTC).isoformat(), act, *(hashing.of(mark)[0] for mark in marks)])
        add(settings().leavers, signer("who left").sign(text) + b"\n", now, at_once=act is not Act.JOINED)
    except (OSError, SetupError) as error:
        log.critical("who left cannot be written down in %s: %s", settings().leavers, error)


def add(folder: Path, line: bytes, now: datetime, *, at_once: bool) -> None:
    """Add a line to this machine's file of the month: by one write, so that processes do not mix theirs."""
    folder.mkdir(mode=0o700, exist_ok=True)
    file = folder / f"{re.sub(r'[^A-Za-z0-9-]', '-', platform.node())}-{now:%Y-%m}{ENDING}"
    is_new = not file.exists()
    with file.open("ab", buffering=0) as lines:
        lines.write(line)
        if at_once:
            os.fsync(lines.fileno())
    if is_new:
        file.chmod(0o600)
        keep_name(folder)
        forget(folder, now)


def keep_name(folder: Path) -> None:
    """A new file's name is on disk as well."""
    place = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(place)
    finally:
        os.close(place)


def forget(folder: Path, now: datetime) -> None:
    """Delete the files of months for which no backup is kept any more."""
    oldest = f"{now - timedelta(days=settings().backup_days) - KEPT_LONGER:%Y-%m}"
    for file in folder.glob(f"*{ENDING}"):
        if re.fullmatch(r"\d{4}-\d\d", month := file.stem[-7:]) and month < oldest:
            with contextlib.suppress(FileNotFoundError):
                file.unlink()


def files_in(folders: Iterable[Path]) -> list[Path]:
    """The files of all machines."""
    return [file for folder in folders for file in sorted(folder.glob(f"*{ENDING}"))]


def read(files: Iterable[Path]) -> tuple[list[Line], int]:
    """What was written down by any machine, the oldest first; and how many lines cannot be relied on."""
    found = [parsed(raw) for file in files for raw in file.read_bytes().splitlines()]
    return sorted(filter(None, found), key=lambda line: line.at), found.count(None)


def parsed(raw: bytes) -> Line | None:
    """One line; None where it is cut, changed, or signed by a secret that is not ours."""
    try:
        at, act, *hashes = signer("who left").unsign(raw).decode().split()
        return Line(datetime.fromisoformat(at), Act(act), hashes)
    except (BadSignature, ValueError):
        return None


@dataclass(frozen=True, slots=True)
class Gone:
    """Who is gone by what was written down."""

    #: Keyed hash → the last that was done, and when: LEFT, ERASED or STOPPED.
    acts: dict[str, tuple[Act, datetime]]
    #: Hashes of the numbers of those who joined since a moment, and did not leave again.
    joined: frozenset[str]


def gone(lines: Iterable[Line], since: datetime) -> Gone:
    """What the lines come to, one after the other: whoever joins again with an address takes it back into use."""
    acts: dict[str, tuple[Act, datetime]] = {}
    joined: set[str] = set()
    for line in lines:
        for one in line.hashes:
            if line.act is Act.JOINED or (line.act is Act.BACK and acts.get(one, ("",))[0] is Act.STOPPED):
                acts.pop(one, None)
            elif line.act is not Act.BACK and not (line.act is Act.STOPPED and one in acts):
                acts[one] = (line.act, line.at)
        if line.act is Act.JOINED and line.at > since:
            joined.update(line.hashes[:1])
    return Gone(acts, frozenset(one for one in joined if acts.get(one, (Act.STOPPED,))[0] is Act.STOPPED))
