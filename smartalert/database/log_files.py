"""The log of a process that we start: kept over its crashes and its restarts, and bounded."""

import os
from pathlib import Path

#: Beyond this a log is moved to <name>.1, in the place of the one that lay there.
LARGEST_BYTES = 5_000_000


class LogFile:
    """One process's log; only its owner may read it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._began_at = 0

    def open(self) -> int:
        """A descriptor to append to, for a process that starts now; what earlier ones said stays."""
        self.bound()
        opened = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._began_at = os.fstat(opened).st_size
        return opened

    def bound(self) -> None:
        """Move what is too much out of the way; whoever is writing goes on at the beginning of the file."""
        if not self.path.exists() or self.path.stat().st_size <= LARGEST_BYTES:
            return
        older = self.path.with_name(f"{self.path.name}.1")
        aside = os.open(older, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(aside, "wb") as file, self.path.open("rb") as written:
            written.seek(-LARGEST_BYTES, os.SEEK_END)
            file.write(written.read())
        os.truncate(self.path, 0)
        self._began_at = 0

    def last_words(self, most: int = 4_000) -> str:
        """What the process that was started last has said, as far as its last characters."""
        if not self.path.exists():
            return ""
        with self.path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(self._began_at, size - most))
            return file.read().decode(errors="replace")
