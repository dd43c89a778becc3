"""What a backup is: a folder with the database and what is beside it, both encrypted with age (age-encryption.org).

`database.dump.age` is pg_dump's custom format; `beside.json.age` is a `Manifest`, signed with this deployment's key.
Whoever has the identity reads both with age and pg_restore alone.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

import pyrage
from itsdangerous import BadSignature
from pydantic import BaseModel, Field, ValidationError

from smartalert.clock import utc_now
from smartalert.config import Mode, settings, signer
from smartalert.errors import BackupRefused

DUMP, BESIDE, README = "database.dump.age", "beside.json.age", "README.txt"
NAME = re.compile(r"smartalert-(live|training)-\d{8}T\d{6}Z")
#: What stands beside both files for whoever finds them.
ABOUT = """A backup of Smart Alert ({mode}), taken on {taken_at:%d %B %Y at %H:%M} UTC.

It is for: {recipients}
Whoever has an identity of one of these restores it by:
  python -m smartalert restore {name} --identity FILE
Without Smart Alert, age and pg_restore read it. Such a copy must send nothing: no process of ours starts on it.
  age --decrypt --identity FILE {dump} | pg_restore --list
"""


class Manifest(BaseModel):
    """What a backup has beside the database, and what must be found in it again."""

    name: str
    taken_at: datetime
    mode: Mode
    #: Of sql/migrations/.
    step: str
    #: Major version of PostgreSQL.
    server: int
    #: SHA-256 of the encrypted database.
    dump: str
    #: Table → rows.
    tables: dict[str, int]
    #: Deliveries that were waiting or being handed over, by state.
    under_way: dict[str, int]
    #: The audit's signed heads as workers wrote them down outside the database, a line each.
    heads: str
    #: The keys that sign links, receipts, heads and this: the first signs.
    keys: list[str] = Field(repr=False)


@dataclass(frozen=True, slots=True)
class Copy:
    """One backup on disk."""

    folder: Path

    @property
    def name(self) -> str:
        """What it is called."""
        return self.folder.name

    @property
    def dump(self) -> Path:
        """The database."""
        return self.folder / DUMP

    @property
    def bytes(self) -> int:
        """How large it is."""
        return sum(file.stat().st_size for file in self.folder.iterdir())

    @property
    def taken_at(self) -> datetime:
        """When it was begun, as its name says."""
        return datetime.strptime(self.name[-16:] + "+0000", "%Y%m%dT%H%M%SZ%z")


def all_of(folder: Path) -> list[Copy]:
    """The backups in a folder, the oldest first."""
    found = [Copy(place) for place in folder.glob("smartalert-*") if NAME.fullmatch(place.name)]
    return sorted(found, key=lambda copy: copy.taken_at)


def find(given: Path | None) -> Copy:
    """A backup by its folder or name; the newest where none is given. Raises BackupRefused."""
    if given is None:
        if not (kept := all_of(settings().backups)):
            raise BackupRefused(f"There is no backup in {settings().backups}. Name the backup's folder.")
        return kept[-1]
    for place in (given, settings().backups / given):
        if (place / DUMP).is_file() and (place / BESIDE).is_file():
            return Copy(place.resolve())
    raise BackupRefused(f"{given} is no backup: {DUMP} and {BESIDE} belong into its folder.")


def recipients_of(given: str) -> list[pyrage.x25519.Recipient | pyrage.ssh.Recipient]:
    """Public keys, commas or lines between: age1… or ssh-ed25519 …. Raises BackupRefused."""
    made = []
    for one in filter(None, (part.strip() for part in re.split(r"[,\n]", given))):
        kind = pyrage.ssh.Recipient if one.startswith("ssh-") else pyrage.x25519.Recipient
        try:
            made.append(kind.from_str(one))
        except pyrage.RecipientError:
            raise BackupRefused(
                f"{one[:80]} is no public key of age's. It begins with age1, or is a line like ssh-ed25519 AAAA…"
            ) from None
    if not made:
        raise BackupRefused(
            "Nobody is named who could read the backup. Make a key with `python -m smartalert backup --new-key FILE`, "
            "keep FILE off this machine, and set SMARTALERT_BACKUP_RECIPIENTS to the public key that it shows."
        )
    return made


def new_identity(file: Path) -> str:
    """Make a key into a file that nobody else reads, as age-keygen does; its public half. Raises BackupRefused."""
    identity = pyrage.x25519.Identity.generate()
    public = str(identity.to_public())
    write_closed(file, f"# created: {utc_now():%Y-%m-%dT%H:%M:%SZ}\n# public key: {public}\n{identity}\n")
    return public


def write_closed(file: Path, text: str) -> None:
    """Write into a new file that nobody else reads. Raises BackupRefused, where there is one too."""
    try:
        file.touch(mode=0o600, exist_ok=False)
    except OSError as error:
        raise BackupRefused(f"{file} cannot be made: {error.strerror}.") from None
    file.write_text(text)


def identities_in(file: Path) -> list[pyrage.x25519.Identity | pyrage.ssh.Identity]:
    """The private keys in a file of age's, or an SSH key. Raises BackupRefused."""
    try:
        raw = file.read_bytes()
        if b"PRIVATE KEY-----" in raw:
            return [pyrage.ssh.Identity.from_buffer(raw)]
        lines = [line.strip() for line in raw.decode().splitlines()]
        return [pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except OSError as error:
        raise BackupRefused(f"{file} cannot be read: {error.strerror}.") from None
    except (pyrage.IdentityError, ValueError):
        raise BackupRefused(f"{file} is no key of age's: it has a line that begins with AGE-SECRET-KEY-1.") from None


class Summed:
    """A file that is written, and its SHA-256."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.digest = file, hashlib.sha256()

    def write(self, data: bytes) -> int:
        """Write, and count in."""
        self.digest.update(data)
        return self._file.write(data)

    def flush(self) -> None:
        """Pass on what is held back."""
        self._file.flush()


def sign(manifest: Manifest) -> bytes:
    """A manifest as it is kept: whoever only knows whom backups are for can make none up."""
    return signer("backup").sign(manifest.model_dump_json())


def unsign(raw: bytes) -> Manifest:
    """What sign() made, by this deployment's own keys. Raises BackupRefused."""
    try:
        return Manifest.model_validate_json(signer("backup").unsign(raw))
    except (BadSignature, ValidationError):
        raise BackupRefused(
            "This backup was not signed with SMARTALERT_SECRET_KEY as it is set here: the audit and links in messages "
            "could not be checked. `python -m smartalert restore BACKUP --keys FILE` writes the backup's own keys into "
            "a file: set them, if the backup is yours."
        ) from None


def opened(copy: Copy, identities: Sequence[pyrage.x25519.Identity | pyrage.ssh.Identity]) -> bytes:
    """What is beside the database, signed as it is. Raises BackupRefused."""
    try:
        return bytes(pyrage.decrypt((copy.folder / BESIDE).read_bytes(), identities))
    except pyrage.DecryptError:
        raise BackupRefused(
            f"{copy.name} cannot be decrypted: it is for somebody else, or it was damaged. {README} in it says whom it "
            "is for."
        ) from None


def keys_in(raw: bytes) -> list[str]:
    """The keys that a backup says of itself it was signed by."""
    try:
        keys = json.loads(raw.rpartition(b".")[0])["keys"]
    except (ValueError, KeyError, TypeError):
        raise BackupRefused("The backup was damaged.") from None
    return [str(key) for key in keys]
