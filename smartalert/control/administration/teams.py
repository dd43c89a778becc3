"""Teams to which responses are passed on, on the administration screen: their names, mailboxes and members."""

from functools import partial

import streamlit as st

from smartalert import cleaning
from smartalert.cleaning import isolated
from smartalert.clock import utc_now
from smartalert.control import access, states
from smartalert.control.access import Role, act, power, require_officer
from smartalert.control.drawing import draw, piece
from smartalert.control.names import name_of
from smartalert.control.responses.actions import WORKERS
from smartalert.control.transactions import in_transaction
from smartalert.officers import register
from smartalert.responses import teams
from smartalert.responses.teams import Facts, Team
from smartalert.subscribers.addresses import kept_address

KEEP = power("Add, change and remove teams that responses are passed on to", Role.ADMINISTRATOR)
LONGEST_ADDRESS = 254
#: The place of a team that is not kept yet.
NEW = Team("", "", [], id=0)
#: Session keys: the number of the team being changed, of the one being removed, and what the last act led to.
CHANGING, REMOVING, NOTE = "teams:changing", "teams:removing", "teams:note"
WHAT_FOR = "responses are passed on to them; their members find these under “My team”"


@states.or_failed
def panel() -> None:
    """The teams, each with the way to change and to remove it, and the way to a new one."""
    require_officer(Role.ADMINISTRATOR)
    with st.container(key="panel-teams", gap=None):
        st.html(piece("heading", "Teams", WHAT_FOR))
        st.html(piece("line", st.session_state.pop(NOTE, ""), "sa-note", "status"))
        found = in_transaction(teams.in_force)
        for team in found:
            one(team)
        if not found:
            st.html(piece("line", "No team yet. Until you add one, nobody can pass a response on."))
        if st.session_state.get(CHANGING) == NEW.id:
            editor(NEW)
        else:
            st.button("Add a team", key="team-add", icon=":material/group_add:", on_click=begin, args=(NEW.id,))


def one(team: Team) -> None:
    """A team with its buttons, or with the question that one of them asked."""
    with st.container(key=f"team-{team.id}", horizontal=True, vertical_alignment="center"):
        members = ", ".join(map(name_of, team.members)) or "No members yet"
        st.html(draw("control/administration/team.html", team=team, members=members))
        if st.session_state.get(REMOVING) == team.id:
            asked = f"Remove {isolated(team.name)}? What was passed to it stays with its members."
            st.html(piece("line", asked, "sa-question", "alert"), width=360)
            st.button("Cancel", key="safe-choice", help=team.name, on_click=ask, args=(None,))
            st.button("Remove team", key=f"team-bar-{team.id}", help=team.name, on_click=remove, args=(team,))
        elif st.session_state.get(CHANGING) != team.id:
            st.button("Change …", key=f"team-change-{team.id}", help=team.name, on_click=begin, args=(team.id,))
            st.button("Remove …", key=f"team-ask-{team.id}", help=team.name, on_click=ask, args=(team.id,))
    if st.session_state.get(CHANGING) == team.id:
        editor(team)


def editor(team: Team) -> None:
    """Name, mailbox and members of one team."""
    known = {**{each.id: f"{each.name}, {each.post}" for each in access.officers().values() if each.may(*WORKERS)},
             **in_transaction(register.with_role, WORKERS)}  # fmt: skip
    with st.container(key=f"team-edit-{team.id}"):
        st.text_input("Name of the team", team.name, key=field(team, "name"), max_chars=teams.LONGEST_NAME)
        st.text_input(
            "E-mail address (optional)",
            team.contact,
            key=field(team, "contact"),
            max_chars=LONGEST_ADDRESS,
            help="We e-mail it a link when something is passed to the team, and nothing of what the person said.",
        )
        st.multiselect(
            "Members",
            [*known, *(member for member in team.members if member not in known)],
            team.members,
            format_func=lambda officer: isolated(known.get(officer) or name_of(officer)),
            key=field(team, "members"),
            placeholder="Choose officers",
            help="Officers who may work on responses. They are listed once they have signed in.",
        )
        with st.container(horizontal=True, gap="small"):
            st.button("Cancel", key=f"team-leave-{team.id}", on_click=begin, args=(None,))
            label = "Save the team" if team.id else "Add the team"
            st.button(label, key=f"team-save-{team.id}", type="primary", on_click=partial(save, team))


def field(team: Team, name: str) -> str:
    """Session key of one field."""
    return f"teams:{team.id}:{name}"


def begin(team_id: int | None) -> None:
    """Callback: show the fields of one team, or of none."""
    st.session_state[CHANGING] = team_id
    st.session_state.pop(REMOVING, None)


def ask(team_id: int | None) -> None:
    """Callback: ask whether a team is to be removed, or leave the question."""
    st.session_state[REMOVING] = team_id
    st.session_state.pop(CHANGING, None)


def save(team: Team) -> None:
    """Callback: keep what the fields say; a refusal leaves what was typed."""
    typed = cleaning.one_line(str(st.session_state[field(team, "contact")]), LONGEST_ADDRESS)
    contact = kept_address(typed) if typed else ""
    if typed and not contact:
        st.session_state[NOTE] = "Enter an e-mail address in the right format, like name@example.com."
        return
    wish = Facts(str(st.session_state[field(team, "name")]), contact, list(st.session_state[field(team, "members")]))
    if team.id:
        _, refusal = act(KEEP, lambda conn, by: teams.change(conn, team.id, wish, by))
    else:
        _, refusal = act(KEEP, lambda conn, by: teams.add(conn, wish, by))
    st.session_state[NOTE] = refusal or f"{isolated(cleaning.one_line(wish.name))} is saved."
    if not refusal:
        begin(None)


def remove(team: Team) -> None:
    """Callback: nothing more is passed on to it."""
    _, refusal = act(KEEP, lambda conn, by: teams.remove(conn, team.id, by, utc_now()))
    ask(None)
    st.session_state[NOTE] = refusal or f"{isolated(team.name)} is removed."
