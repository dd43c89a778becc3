"""How approvers are called, and whether an emergency may go without one: one row that administrators change."""

from dataclasses import dataclass
from datetime import timedelta

from smartalert import cleaning
from smartalert.alerts import approval_policy
from smartalert.database.connection import Connection, queries
from smartalert.errors import NotAllowed, PolicyRefused

#: The longest that the next approver may be left alone. Minutes.
LONGEST_MINUTES = 30


@dataclass(frozen=True, slots=True)
class ApprovalSettings:
    """How long one approver has before the next is called, and whether an emergency may override approval."""

    call_next_after: timedelta
    #: Only for senders who are approvers too.
    may_override: bool


def load(conn: Connection) -> ApprovalSettings:
    """As they are."""
    row = queries("alerts/approval_settings").load(conn)
    return ApprovalSettings(row.call_next_after, row.may_override)


def change(conn: Connection, wanted: ApprovalSettings, officer: str, *, why: str) -> None:
    """Change them; the audit says what was before. Raises NotAllowed, or PolicyRefused for a time that will not do."""
    if not approval_policy.may_change(conn, officer):
        raise NotAllowed("You send alerts, so you cannot change what needs approval. Ask another administrator.")
    if not (why := cleaning.lines(why)):
        raise PolicyRefused("Give a reason for the change.")
    if not timedelta() < wanted.call_next_after <= timedelta(minutes=LONGEST_MINUTES):
        raise PolicyRefused(f"Enter 1 to {LONGEST_MINUTES} minutes.")
    queries("alerts/approval_settings").change(
        conn, officer=officer, why=why, call_next_after=wanted.call_next_after, may_override=wanted.may_override
    )


def may_override(conn: Connection, officer: str) -> bool:
    """Whether this officer may send without approval in an emergency. The database asks the same of every alert."""
    return bool(queries("alerts/approval_settings").may_override(conn, officer=officer))
