"""Carries out one request, as a program of its own: python -m smartalert.importers.carry_out NUMBER.

Files of strangers are read here: this process may fill its own memory, ends alone, and whoever cancels ends it. Looking
imports everything and takes it back; importing does it again, and stays only where the same would change.
"""

import os
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

from psycopg.types.json import Jsonb
from sqlalchemy.engine import make_url

from smartalert.config import settings
from smartalert.database import connection, owner
from smartalert.database.connection import Connection, queries
from smartalert.database.progress import Progress, Say, followed
from smartalert.errors import ImportRefused, SmartAlertError
from smartalert.importers import ground, requests, sent_files
from smartalert.importers.ground import Counts, Order
from smartalert.importers.requests import Request, State

#: What this process may take for itself; a whole country needs less than 2 GB.
MEMORY_BYTES = 4_000_000_000
TELL_EVERY_S = 0.5
#: PostgreSQL breaks off what it does for a process that has ended, rather than do it to its end.
NOTICES_THE_END = "-cclient_connection_check_interval=1000"
OTHERWISE = (
    "What would change is no longer what was shown, because something else was imported meanwhile. Nothing was "
    "changed. Import it again, and look."
)
Run = Callable[[str, Sequence[Path], Say], object]


class Looked(Exception):
    """All is known that was to be known; what was tried is taken back."""


def main() -> None:
    """Carry out the request of this number."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(5)
    carry_out(owner.running_url(), int(sys.argv[1]), on_cancel=leave)


def leave() -> NoReturn:
    """End at once: what was not committed is gone."""
    os._exit(0)


def carry_out(url: str, number: int, on_cancel: Callable[[], object]) -> None:
    """Look, import or undo, as this request asks, and write down what came of it."""
    url = make_url(url).update_query_dict({"options": NOTICES_THE_END}).render_as_string(hide_password=False)
    with connection.only_transaction(url) as conn:
        request = requests.one(conn, number)
        if request is None or request.state.is_over or request.state is State.LOOKED:
            return
        queries("importers/requests").begin(conn, id=number)
    said: list[str] = []
    teller = Teller(url, number, on_cancel)
    try:
        with followed(teller.follow):
            outcome, why = outcome_of(url, request, said)
    finally:
        teller.end()
    if outcome:
        finish(url, number, outcome, why, said)


def outcome_of(url: str, request: Request, said: list[str]) -> tuple[str, str]:
    """Do it; what came of it, and why not more. Empty where it was only to be looked at."""
    if request.imported is not None:
        return "done", ""  # all was there when the importer was stopped, but for these words
    try:
        attempt(url, request, said)
    except Looked:
        return "", ""
    except MemoryError:
        return "refused", "The files need more memory than an import may take. Nothing was changed."
    except SmartAlertError as refusal:
        return "refused", str(refusal)
    return "done", ""


def attempt(url: str, request: Request, said: list[str]) -> None:
    """Import or undo. Raises Looked where it was only to be looked at, ImportRefused, or MemoryError."""
    counted: list[Counts] = []

    def decide(conn: Connection, number: int, counts: Sequence[Counts]) -> None:
        counted.extend(counts)
        if not request.agreed_at:
            raise Looked
        if not request.undoes and list(counts) != request.changes:
            raise ImportRefused(OTHERWISE)
        if queries("importers/requests").imported(conn, id=request.id, number=number) is None:
            raise ImportRefused("It was cancelled. Nothing was changed.")

    try:
        with (
            ground.ordered(Order(request.agreed_by or request.asked_by, decide)),
            tempfile.TemporaryDirectory(prefix="smartalert-import-") as folder,
        ):
            if request.undoes:
                ground.undo(url, request.source, said.append, request.undoes)
            else:
                runs()[request.source](url, files_of(url, request, Path(folder)), said.append)
    except Looked:
        with connection.only_transaction(url) as conn:
            # the last words are the counts, which the screen says itself
            words, counts = said[:-1], Jsonb([asdict(rows) for rows in counted])
            queries("importers/requests").looked(conn, id=request.id, said=words, counts=counts)
        raise


def finish(url: str, number: int, outcome: str, why: str, said: list[str]) -> None:
    """Write down what came of it; what was cancelled meanwhile was."""
    with connection.only_transaction(url) as conn:
        request = requests.one(conn, number)
        if request and request.cancelled_at and request.imported is None:
            outcome, why = "cancelled", ""
        queries("importers/requests").end_it(conn, id=number, outcome=outcome, why=why, said=said)


def files_of(url: str, request: Request, folder: Path) -> list[Path]:
    """The files of a request on this machine, bounded and of the right kind. Raises ImportRefused."""
    if request.is_sent:
        paths = fetched(url, request, folder)
    else:
        paths = [sent_files.in_folder(settings().ground_folder, name) for name in request.files]
    return sent_files.ready(request.source, paths, folder / "unpacked")


def fetched(url: str, request: Request, folder: Path) -> list[Path]:
    """What a browser sent, each file in a folder of its own."""
    paths = []
    with connection.only_transaction(url) as conn:
        for number, name in enumerate(request.files, 1):
            path = folder / f"sent-{number}" / sent_files.name_of(name)
            path.parent.mkdir()
            with path.open("wb") as file:
                for piece in queries("importers/requests").pieces(conn, request=request.id, file=number):
                    file.write(piece.body)
            paths.append(path)
    return paths


def runs() -> dict[str, Run]:
    """Source → what imports its files. Loaded where it is needed: it takes a second."""
    from smartalert.importers.areas import import_force_area, import_neighbourhoods
    from smartalert.importers.base_map import import_map
    from smartalert.importers.places import import_places
    from smartalert.importers.population import import_population
    from smartalert.importers.postcodes import import_postcodes
    from smartalert.importers.streets import import_streets

    return {
        "area": lambda url, paths, say: import_force_area(url, paths[0], None, say),
        "streets": lambda url, paths, say: import_streets(url, paths[0], say, and_map=True),
        "map": lambda url, paths, say: import_map(url, paths[0], say),
        "places": import_places,
        "postcodes": import_postcodes,
        "neighbourhoods": import_neighbourhoods,
        "population": import_population,
    }


class Teller:
    """Writes down how far the present step is, and hears that nobody wants it any more."""

    def __init__(self, url: str, number: int, on_cancel: Callable[[], object]) -> None:
        self._url, self._number, self._on_cancel = url, number, on_cancel
        self._step: Progress | None = None
        self._parent = os.getppid()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._tell, daemon=True)
        self._thread.start()

    def follow(self, step: Progress) -> None:
        """This is the present step."""
        self._step = step

    def end(self) -> None:
        """There is no more to tell."""
        self._over.set()
        self._thread.join()

    def _tell(self) -> None:
        engine = connection.make_engine(self._url, pool_size=1)
        while not self._over.wait(TELL_EVERY_S):
            with connection.transaction(engine) as conn:
                is_wanted = self._tell_once(conn)
            if not is_wanted or os.getppid() != self._parent:  # whoever started this would start it again
                self._on_cancel()
                break
        engine.dispose()

    def _tell_once(self, conn: Connection) -> bool:
        step = self._step
        what, share, left_s = (step.what, step.share, step.left_s(time.monotonic())) if step else ("", 0.0, None)
        told = queries("importers/requests").tell(conn, id=self._number, step=what, share=share, left_s=left_s)
        if told is False:
            queries("importers/requests").end_it(conn, id=self._number, outcome="cancelled", why="", said=[])
        return told is not False


if __name__ == "__main__":
    main()
