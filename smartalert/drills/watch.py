"""A run as its trainer sees it: where each officer is, what they decided, what came and what waits."""

from dataclasses import dataclass
from datetime import datetime

from smartalert.alerts import approvals, drafts, issuing
from smartalert.alerts.approvals import WaitingRequest
from smartalert.alerts.checks import Nowhere
from smartalert.database.connection import Connection, enter_world, queries, rows_as
from smartalert.drills import ending, runs
from smartalert.drills.ending import Ending
from smartalert.drills.runs import Event, Run
from smartalert.errors import AlertRefused, DrillRefused
from smartalert.officers.register import LONGEST_IDLE


@dataclass(frozen=True, slots=True)
class OfficerState:
    """One officer of a drill at this moment."""

    id: str
    post: str
    #: What the rail calls it; empty: they have opened none yet.
    screen: str
    screen_at: datetime | None
    #: The headline of the draft that they are at; empty: of none.
    draft: str
    has_area: bool
    draft_at: datetime | None
    sent: int
    #: Since when a request of theirs waits for an approval.
    asked_at: datetime | None
    #: Signed in, and not idle.
    is_here: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """One entry of the audit about something of the drill's."""

    at: datetime
    officer: str
    action: str
    detail: dict[str, object]
    headline: str


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a run."""

    run: Run
    events: list[Event]
    officers: list[OfficerState]
    decisions: list[Decision]
    answers: int
    unread: int
    waiting: list[WaitingRequest]
    #: How it ends by itself if nobody acts; None: it is not under way.
    ending: Ending | None


def look(conn: Connection, drill: int, now: datetime) -> Look:
    """Everything at once, for whoever is in its world. Raises DrillRefused if there is no such run."""
    run = runs.find(conn, drill)
    if run is None:
        raise DrillRefused("There is no such drill.")
    named = queries("drills/watch")
    answered, history = named.answers(conn, drill=drill), runs.events(conn, drill)
    return Look(
        run,
        history,
        rows_as(OfficerState, named.officers(conn, drill=drill, now=now, idle=LONGEST_IDLE)),
        rows_as(Decision, named.decisions(conn, drill=drill)),
        answered.answers,
        answered.unread,
        approvals.waiting(conn, now),
        ending.of_run(conn, run, history, now),
    )


def at_screen(conn: Connection, drill: int, officer: str, screen: str, now: datetime) -> None:
    """An officer of a drill opened another screen."""
    queries("drills/watch").at_screen(conn, drill=drill, officer=officer, screen=screen, now=now)


def approve(conn: Connection, drill: int, request: int, trainer: str, now: datetime) -> int:
    """Approve in the place of an approver who does not answer, as it is now; the alert's id. Raises AlertRefused."""
    _enter(conn, drill, now)
    asked = approvals.load(conn, request)
    content = drafts.load(conn, asked.draft_id, asked.author).content
    counted = issuing.count(conn, content, asked.author, now)
    if isinstance(counted, Nowhere):
        raise AlertRefused(counted.why)
    return approvals.approve(conn, request, trainer, shown=counted.preview, now=now).id


def send_back(conn: Connection, drill: int, request: int, trainer: str, *, note: str, now: datetime) -> None:
    """Return it in their place, and say why. Raises AlertRefused."""
    _enter(conn, drill, now)
    approvals.send_back(conn, request, trainer, note, now)


def _enter(conn: Connection, drill: int, now: datetime) -> None:
    run = runs.find(conn, drill)
    if run is None or not run.is_running:
        raise DrillRefused("This drill is not running.")
    enter_world(conn, drill)
