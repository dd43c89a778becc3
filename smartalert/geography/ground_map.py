"""The map that everything is drawn on: which one is in force, and its file on this machine's own disk."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from smartalert.config import settings
from smartalert.database.connection import Connection, queries


@dataclass(frozen=True, slots=True)
class GroundMap:
    """A PMTiles file in the database."""

    id: int
    source: str
    attribution: str
    bytes: int


def newest(conn: Connection) -> GroundMap | None:
    """The map that is drawn now; None before the first import."""
    row = queries("geography/ground_map").newest(conn)
    return GroundMap(**row._asdict()) if row else None


def load(conn: Connection, number: int) -> GroundMap | None:
    """One of the maps that are kept; None if it is not."""
    row = queries("geography/ground_map").load(conn, id=number)
    return GroundMap(**row._asdict()) if row else None


def on_disk(conn: Connection, ground: GroundMap) -> Path:
    """Its file, written here the first time it is asked for."""
    folder = settings().data_dir / "maps"
    path = folder / f"ground-{ground.id}-{ground.bytes}.pmtiles"
    if path.exists():
        return path
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        for row in queries("geography/ground_map").parts(conn, map=ground.id):
            file.write(row.body)
    os.replace(file.name, path)
    return path
