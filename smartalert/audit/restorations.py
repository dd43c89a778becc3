"""That this database came from a backup: what the audit lost with the one before, and whether it may send again."""

from dataclasses import dataclass
from datetime import UTC, datetime

from smartalert.clock import LONDON
from smartalert.config import signer
from smartalert.database.connection import Connection, queries, row_as, rows_as
from smartalert.errors import NotLetGo

GO = "python -m smartalert restore --go"


@dataclass(frozen=True, slots=True)
class Restoration:
    """One time that this database came from a backup."""

    backup: str
    #: What happened later is not here.
    taken_at: datetime
    restored_at: datetime
    #: The newest signed head of the audit in the backup; 0 for none.
    last_head: int
    signature: str = ""
    let_go_at: datetime | None = None

    @property
    def content(self) -> str:
        """What is signed."""
        times = (at.astimezone(UTC).isoformat() for at in (self.taken_at, self.restored_at))
        return " ".join([self.backup, *times, str(self.last_head)])

    @property
    def is_signed(self) -> bool:
        """Whether it was written with this deployment's key, which the database never sees."""
        return bool(signer("restoration").verify_signature(self.content.encode(), self.signature.encode()))

    def explains(self, number: int, signed_at: datetime) -> bool:
        """Whether a head kept outside is of the database that was lost."""
        return number > self.last_head and signed_at <= self.restored_at

    @property
    def words(self) -> str:
        """As an operator reads it."""
        return f"restored on {self.restored_at.astimezone(LONDON):{DAY}} from the backup of {self.since}"

    @property
    def since(self) -> str:
        """When the backup was taken, London time."""
        return f"{self.taken_at.astimezone(LONDON):{DAY}}"


DAY = "%-d %B %Y, %H:%M"


def keep(conn: Connection, restoration: Restoration) -> None:
    """Write a restoration down, signed. Workers send nothing until somebody lets them."""
    queries("audit/restorations").keep(
        conn,
        backup=restoration.backup,
        taken_at=restoration.taken_at,
        restored_at=restoration.restored_at,
        last_head=restoration.last_head,
        signature=signer("restoration").get_signature(restoration.content).decode(),
    )


def all_of(conn: Connection) -> list[Restoration]:
    """Every restoration, the oldest first."""
    return rows_as(Restoration, queries("audit/restorations").everything(conn))


def held(conn: Connection) -> Restoration | None:
    """The restoration because of which nothing may be sent; None where there is none."""
    return row_as(Restoration, queries("audit/restorations").held(conn))


def require_let_go(conn: Connection) -> None:
    """Raise NotLetGo where nothing may be sent."""
    if restoration := held(conn):
        raise NotLetGo(held_words(restoration))


def held_words(restoration: Restoration) -> str:
    """Why nothing is sent, and what to do."""
    return (
        f"This database was {restoration.words}. Nothing is sent until somebody says so: check what it says of the "
        f"alerts in force, then run `{GO}`."
    )


def let_go(conn: Connection, officer: str, now: datetime) -> bool:
    """Have workers send again; False where nothing held them."""
    return bool(queries("audit/restorations").let_go(conn, officer=officer, now=now))
