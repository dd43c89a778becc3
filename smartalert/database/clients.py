"""PostgreSQL's own programs for copies of a database, pg_dump and pg_restore: found, and told where to go."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from sqlalchemy.engine import make_url

from smartalert.database.postgres import PLACES
from smartalert.errors import SetupError


def program(name: str, server_major: int) -> Path:
    """The newest on this machine, which must be no older than the server. Raises SetupError."""
    places = [place / name for pattern in PLACES for place in Path("/").glob(pattern[1:]) if (place / name).exists()]
    if on_path := shutil.which(name):
        places.append(Path(on_path))
    found = {place: major(place) for place in places}
    newest = max(places, key=lambda place: found[place], default=None)
    if newest is None or found[newest] < server_major:
        has = f"this machine has that of PostgreSQL {found[newest]}" if newest else "it was not found on this machine"
        raise SetupError(
            f"{name} of PostgreSQL {server_major} or newer is needed, and {has}. Install the client programs (Debian, "
            f"Ubuntu: postgresql-client-{server_major})."
        )
    return newest


def major(place: Path) -> int:
    """Of which PostgreSQL a program is."""
    return int(re.findall(r"\d+", subprocess.check_output([place, "--version"], text=True))[0])


def target(url: str) -> tuple[str, dict[str, str]]:
    """A database's address for a command line, which anybody on the machine may read, and the environment that holds
    its password."""
    parts = make_url(url)
    environment = dict(os.environ)
    if parts.password is not None:
        environment["PGPASSWORD"] = str(parts.password)
    bare = parts.set(drivername="postgresql", password=None)
    return bare.render_as_string(), environment
