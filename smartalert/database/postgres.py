"""Where PostgreSQL with PostGIS is on this machine, how it is sized, and which account may run it."""

import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from smartalert.errors import SetupError

MISSING = (
    "PostgreSQL with PostGIS was not found on this machine. Install it (Debian, Ubuntu: sudo apt-get install "
    "--no-install-recommends postgresql postgis postgresql-15-postgis-3, with your PostgreSQL's number), or set "
    "DATABASE_URL to a PostGIS database, or start the one in compose.yaml."
)
PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin")
MIB = 2**20


def programs(major: str | None = None) -> Path:
    """The folder of the newest PostgreSQL that has PostGIS; of that major version, if one is named."""
    found = [place for pattern in PLACES for place in Path("/").glob(pattern[1:]) if _has_postgis(place)]
    if on_path := shutil.which("pg_config"):
        found.append(Path(on_path).resolve().parent)
    found = [place for place in found if (place / "initdb").exists() and _has_postgis(place)]
    if major:
        found = [place for place in found if _major(place) == major]
    if not found:
        raise SetupError(f"The database here was made by PostgreSQL {major}. {MISSING}" if major else MISSING)
    return max(found, key=lambda place: int(_major(place)))


def _ask(place: Path, option: str) -> str:
    config = place / "pg_config"
    command = [config if config.exists() else "pg_config", option]
    return str(subprocess.check_output(command, text=True)).strip()


def _major(place: Path) -> str:
    version = subprocess.check_output([place / "postgres", "--version"], text=True)
    return str(re.findall(r"\d+", version)[0])


def _has_postgis(place: Path) -> bool:
    if not (place / "postgres").exists():
        return False
    share = Path(f"/usr/share/postgresql/{place.parent.name}")
    if not share.exists() and (place / "pg_config").exists():
        share = Path(_ask(place, "--sharedir"))
    return (share / "extension" / "postgis.control").exists()


def memory_settings() -> dict[str, str]:
    """Memory for a training county: a twenty-fourth of the machine for shared pages, a quarter assumed cached."""
    mib = _memory_bytes() // MIB
    return {
        "shared_buffers": f"{min(max(mib // 24, 64), 1024)}MB",
        "effective_cache_size": f"{max(mib // 4, 256)}MB",
        "work_mem": f"{min(max(mib // 384, 4), 64)}MB",
        "maintenance_work_mem": f"{min(max(mib // 64, 32), 384)}MB",
    }


def _memory_bytes() -> int:
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = Path("/sys/fs/cgroup/memory.max")  # what a container may use of it
    text = limit.read_text().strip() if limit.exists() else "max"
    return min(machine, int(text)) if text.isdigit() else machine


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs the server: PostgreSQL refuses root, so root needs somebody else, or to look like somebody else."""

    uid: int
    gid: int
    #: What to put before a command so that it runs under this account; empty: as ourselves.
    prefix: tuple[str, ...] = ()

    def command(self, *words: str | Path, dies_with_us: str = "") -> list[str]:
        """The command under this account; dies_with_us names the signal it gets when the calling thread ends."""
        tie = ["setpriv", "--pdeathsig", dies_with_us, "--"] if dies_with_us and shutil.which("setpriv") else []
        return [*self.prefix, *tie, *map(str, words)]

    @classmethod
    def ourselves(cls) -> "Account":
        """The account of this process."""
        return cls(os.geteuid(), os.getegid())

    @classmethod
    def of(cls, uid: int) -> "Account":
        """Another account, for root to run as."""
        entry = pwd.getpwuid(uid)
        words = ("setpriv", f"--reuid={uid}", f"--regid={entry.pw_gid}", "--init-groups", "--")
        return cls(uid, entry.pw_gid, words)

    @classmethod
    def disguised(cls, uid: int) -> "Account":
        """Root looking like that account in a user namespace: files stay root's, so a folder closed to it will do."""
        entry = pwd.getpwuid(uid)
        words = ("unshare", "--user", f"--map-user={uid}", f"--map-group={entry.pw_gid}", "--")
        return cls(os.geteuid(), os.getegid(), words)


def account_for(folder: Path, data: Path) -> Account:
    """Who runs the server kept in that folder, which is made theirs; raises SetupError where nobody can."""
    if os.geteuid() != 0:
        return Account.ourselves()
    if data.exists() and (owner := data.stat().st_uid) != 0:
        return Account.of(owner)
    candidates = [Account.disguised(_postgres_uid())]
    if not data.exists():
        candidates.insert(0, Account.of(_postgres_uid()))
    for account in candidates:
        os.chown(folder, account.uid, account.gid)
        if _may_write(account.command("test", "-w", folder)):
            return account
    raise SetupError(
        f"{folder} cannot be reached by any account but root's, and PostgreSQL refuses to run as root. "
        "Choose a folder others may pass through (--data-dir /var/lib/smartalert), or run as an ordinary user."
    )


def _may_write(command: Sequence[str]) -> bool:
    return subprocess.run(command, capture_output=True, cwd="/", check=False).returncode == 0


def _postgres_uid() -> int:
    try:
        return pwd.getpwnam("postgres").pw_uid
    except KeyError:
        raise SetupError("PostgreSQL refuses to run as root and there is no account named postgres.") from None
