"""Teams to which a response may be passed on: administrators keep them, and a team with a mailbox hears of it there."""

from dataclasses import asdict, dataclass
from datetime import datetime

from psycopg.types.json import Jsonb

from smartalert import cleaning
from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.config import settings
from smartalert.database.connection import Connection, queries, row_as, rows_as
from smartalert.dispatch import service_mail
from smartalert.dispatch.service_mail import Kind
from smartalert.errors import TeamRefused

LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Facts:
    """What is kept of a team: members are officers' ids, contact a mailbox that mail can reach, or empty."""

    name: str
    contact: str
    members: list[str]


@dataclass(frozen=True, slots=True)
class Team(Facts):
    """A team as it is now."""

    id: int


def in_force(conn: Connection) -> list[Team]:
    """Teams that may be passed something, by name."""
    return rows_as(Team, queries("responses/teams").in_force(conn))


def has_one(conn: Connection, officer: str) -> bool:
    """Whether this officer belongs to a team."""
    return bool(queries("responses/teams").has_one(conn, officer=officer))


def add(conn: Connection, wish: Facts, by: str) -> int:
    """A new team; its id. Raises TeamRefused without a name, or with another team's."""
    facts = _checked(conn, wish)
    team_id = int(queries("responses/teams").add(conn, name=facts.name, contact=facts.contact))
    queries("responses/teams").set_members(conn, team=team_id, members=facts.members)
    entries.record(conn, by, Action.ADDED_A_TEAM, after=asdict(facts))
    return team_id


def change(conn: Connection, team_id: int, wish: Facts, by: str) -> None:
    """The team is called so, is reached there and consists of these from now on. Raises TeamRefused."""
    before, after = facts_of(held(conn, team_id)), _checked(conn, wish, team_id)
    if before == after:
        return
    named = queries("responses/teams")
    named.change(conn, id=team_id, name=after.name, contact=after.contact)
    named.let_out(conn, team=team_id, members=after.members)
    named.set_members(conn, team=team_id, members=after.members)
    entries.record(conn, by, Action.CHANGED_A_TEAM, before=asdict(before), after=asdict(after))


def remove(conn: Connection, team_id: int, by: str, now: datetime) -> None:
    """Nothing more is passed on to it; what was stays with its members. Raises TeamRefused."""
    before = facts_of(held(conn, team_id))
    queries("responses/teams").remove(conn, id=team_id, now=now, by=by)
    entries.record(conn, by, Action.REMOVED_A_TEAM, before=asdict(before))


def pass_to(conn: Connection, team_id: int, reference: str, response_id: int) -> str:
    """Tell a team's mailbox, if it has one, that it is passed something, and nothing of what the person said; its name.

    Raises TeamRefused.
    """
    team, ours = held(conn, team_id), settings()
    if team.contact:
        kind = Kind(
            subject=f"Response {reference} was passed to your team",
            paragraphs=("A response from the public was passed to your team in Smart Alert.",),
            button="Read it in Smart Alert",
            path=f"/responses?response={response_id}&team=yes",
            after="An administrator of Smart Alert gave this address as your team’s.",
        )
        words = service_mail.written(kind, ours.mode, ours.force_name, ours.control_base)
        queries("responses/teams").write_to(conn, team=team_id, mail=Jsonb(dict(words)))
    return team.name


def held(conn: Connection, team_id: int) -> Team:
    """One team, held until the transaction ends. Raises TeamRefused if it is no more."""
    found = row_as(Team, queries("responses/teams").hold(conn, id=team_id))
    if found is None:
        raise TeamRefused("This team has been removed. Choose another.")
    return found


def facts_of(team: Team) -> Facts:
    """The team without its number."""
    return Facts(team.name, team.contact, team.members)


def _checked(conn: Connection, wish: Facts, team_id: int | None = None) -> Facts:
    name = cleaning.one_line(wish.name, LONGEST_NAME)
    if not name:
        raise TeamRefused
    if queries("responses/teams").is_taken(conn, name=name, id=team_id):
        raise TeamRefused("There is already a team of that name. Choose another name.")
    return Facts(name, wish.contact, sorted(set(wish.members)))
