"""Every import of ground: told before it is done, written in the audit, and undone by one command.

The database keeps what an import changes (sql/migrations/0020_ground_imports.sql) and counts it before anything is
committed: what is told is what happens.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from psycopg.types.json import Jsonb

from smartalert.database import connection, owner
from smartalert.database.connection import Connection, queries, row_as, rows_as
from smartalert.database.progress import Say
from smartalert.errors import ImportRefused
from smartalert.wording import count

#: A file that takes away more than this share of what there is may be a part of one, by mistake.
MOST_GONE = 0.01
#: So many imports of each source can be undone, the newest first.
KEPT = 3
#: Imports in a list of them.
LISTED = 30
#: Table → what its rows are called, where that is not the table's own name.
CALLED = {"force_area": "force area", "towns": "places", "recorded_crimes": "recorded crimes"}
#: Whether what is removed is meant, given in words.
Agree = Callable[[str], bool]


def nobody(_question: str) -> bool:
    """Nobody is there to ask."""
    return False


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of one table that an import adds, changes and removes, and how many there were before it."""

    part: str
    added: int
    changed: int
    removed: int
    before: int

    @property
    def words(self) -> str:
        """For whoever decides: "streets: 12 added, 3 changed, 2 of 900 removed; 910 in all"."""
        if self.part == "ground_maps":
            return "map: drawn anew"
        acts = [f"{self.added:,} added"] * bool(self.added) + [f"{self.changed:,} changed"] * bool(self.changed)
        acts += [f"{self.removed:,} of {self.before:,} removed"] * bool(self.removed)
        in_all = self.before + self.added - self.removed
        return f"{CALLED.get(self.part, self.part)}: {', '.join(acts) or 'nothing changed'}; {in_all:,} in all"

    @property
    def takes_much(self) -> bool:
        """Whether somebody has to say that it is meant."""
        return self.removed > MOST_GONE * self.before


@dataclass(frozen=True, slots=True)
class Order:
    """Who asked at another screen for what is imported or undone here, and what they make of it."""

    by: str
    #: Asked before the commit, with the number of the import and what changes; raises where that is not to be.
    decide: Callable[[Connection, int, Sequence[Counts]], None]


#: None: somebody is at the command line.
_order: ContextVar[Order | None] = ContextVar("order", default=None)


@contextmanager
def ordered(order: Order) -> Iterator[None]:
    """Import and undo in this block as this order says."""
    before = _order.set(order)
    try:
        yield
    finally:
        _order.reset(before)


def doer() -> str:
    """Who imports, as the audit says it."""
    order = _order.get()
    return order.by if order else owner.at_the_command_line()


@dataclass(frozen=True, slots=True)
class Import:
    """One import as the list of them has it."""

    id: int
    source: str
    files: list[str]
    done_by: str
    done_at: datetime
    counts: dict[str, dict[str, int]]
    undone_at: datetime | None
    #: Whether what it changed is still kept.
    is_kept: bool

    @property
    def words(self) -> str:
        """One line of the list; the time in UTC."""
        state = ", undone" if self.undone_at else "" if self.is_kept else ", can no longer be undone"
        changed = "; ".join(Counts(part, **rows).words for part, rows in self.counts.items()) or "nothing changed"
        return (
            f"{self.done_at:%Y-%m-%d %H:%M} UTC  {self.source}  {named(self.files)}, {self.done_by}: {changed}{state}"
        )


@contextmanager
def change(owner_url: str, source: str, files: Sequence[Path], say: Say, agree: Agree = nobody) -> Iterator[Connection]:
    """A transaction that imports: at its end it says what it changes, and asks where much of a table would go.

    Raises ImportRefused where nobody agrees, and then nothing is changed.
    """
    with connection.only_transaction(owner_url) as conn:
        begun = queries("importers/ground").begin(
            conn, source=source, files=[path.name for path in files], done_by=doer()
        )
        yield conn
        from smartalert.importers import transformation  # GDAL is a second to load; the importer itself never needs it

        if any(transformation.in_degrees(path) for path in files):
            say(transformation.words(conn))
        counts = counts_of(conn, begun)
        say("\n".join(one.words.capitalize() + "." for one in counts) or "Nothing changes.")
        if order := _order.get():
            order.decide(conn, begun, counts)
        else:
            require_agreed(counts, agree)
        facts = {one.part: {name: value for name, value in asdict(one).items() if name != "part"} for one in counts}
        queries("importers/ground").finish(conn, id=begun, counts=Jsonb(facts))
        queries("importers/ground").forget_older(conn, source=source, kept=KEPT)
        queries("importers/ground").forget_maps(conn)


def counts_of(conn: Connection, number: int) -> list[Counts]:
    """What an import has changed so far."""
    return rows_as(Counts, queries("importers/ground").counts(conn, id=number))


def require_agreed(counts: Sequence[Counts], agree: Agree) -> None:
    """Ask before much of a table goes. Raises ImportRefused where nobody agrees."""
    for one in counts:
        gone = f"{one.removed:,} of the {one.before:,} {CALLED.get(one.part, one.part)} there are would go"
        if one.takes_much and not agree(f"{gone}: this file does not hold them. Is that meant?"):
            raise ImportRefused(
                f"{gone}: this file does not hold them. If that is meant, say so with --yes. Nothing was changed."
            )


def undo(owner_url: str, source: str, say: Say, number: int | None = None) -> None:
    """Make everything that the newest import of a source changed what it was before it. Raises ImportRefused.

    With a number only if that is the newest.
    """
    with connection.only_transaction(owner_url) as conn:
        newest = row_as(Import, queries("importers/ground").newest(conn, source=source))
        if newest is None or not newest.is_kept or number not in (None, newest.id):
            raise ImportRefused(f"There is no import of {source} that can be undone. Nothing was changed.")
        if above := queries("importers/ground").on_top(conn, id=newest.id):
            raise ImportRefused(
                f"The import of {above.source} from {named(above.files)} came later and changed the same. "
                f"Undo that first: `import undo {above.source}`. Nothing was changed."
            )
        list(queries("importers/ground").undo(conn, id=newest.id))
        queries("importers/ground").set_undone(conn, id=newest.id, undone_by=doer())
        if order := _order.get():
            order.decide(conn, newest.id, [])
    say(f"As it was before {named(newest.files)} was imported.")


def history(owner_url: str) -> list[Import]:
    """What was imported, newest first."""
    with connection.only_transaction(owner_url) as conn:
        return imports(conn)


def imports(conn: Connection) -> list[Import]:
    """The same by somebody's own connection."""
    return rows_as(Import, queries("importers/ground").all_of_them(conn, limit=LISTED))


def named(files: Sequence[str]) -> str:
    """A few files by name, many by their number."""
    return ", ".join(files) if len(files) <= 3 else count(len(files), "file", "files")
