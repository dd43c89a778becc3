"""The map that everything is drawn on: which files make it, and each on this machine's own disk."""

import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from smartalert.config import settings
from smartalert.database.connection import Connection, queries, rows_as


@dataclass(frozen=True, slots=True)
class GroundMap:
    """A PMTiles file in the database."""

    id: int
    shows: str
    source: str
    attribution: str
    bytes: int

    @property
    def on_disk(self) -> Path:
        """Where its file lies on this machine."""
        return settings().data_dir / "maps" / f"ground-{self.id}-{self.bytes}.pmtiles"


def drawn(conn: Connection) -> list[GroundMap]:
    """What is drawn now, from the bottom up; nothing before the first import."""
    return rows_as(GroundMap, queries("geography/ground_map").drawn(conn))


def version(conn: Connection) -> str:
    """Another one once any ground was imported, drawn or taken back."""
    return str(queries("geography/ground_map").version(conn))


def load(conn: Connection, number: int) -> GroundMap | None:
    """One of the maps that are kept; None if it is not."""
    row = queries("geography/ground_map").load(conn, id=number)
    return GroundMap(**row._asdict()) if row else None


def file_of(conn: Connection, ground: GroundMap) -> Path:
    """Its file, written here the first time it is asked for; files of maps that are not drawn any more go then."""
    path = ground.on_disk
    if path.exists():
        return path
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        for row in queries("geography/ground_map").parts(conn, map=ground.id):
            file.write(row.body)
    os.replace(file.name, path)
    tidy([path, *(one.on_disk for one in drawn(conn))])
    return path


def tidy(kept: Iterable[Path]) -> None:
    """Remove the files of every other map."""
    for path in set(settings().data_dir.glob("maps/ground-*.pmtiles")) - set(kept):
        path.unlink(missing_ok=True)
