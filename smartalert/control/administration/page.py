"""The administration screen: who is signed in, whose access was taken away, refused sign-ins, who approves, teams."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

import streamlit as st

from smartalert.cleaning import isolated
from smartalert.clock import utc_now
from smartalert.control import access, states
from smartalert.control.access import Officer, Role, power, require_officer
from smartalert.control.administration import approval_rules, on_duty, practice, teams
from smartalert.control.drawing import draw, piece
from smartalert.control.names import name_of
from smartalert.control.transactions import in_transaction
from smartalert.control.words import ago, count, when
from smartalert.database.connection import Connection
from smartalert.officers import register
from smartalert.officers.register import BarredOfficer, SignIn

STYLE = Path(__file__).with_name("page.css")
ADMINISTER = power("End sign-ins, remove access and give it back", Role.ADMINISTRATOR)
LOOK_EVERY_S = 3.0
#: Session keys: the question being asked, (what, of which sign-in); and what the last act led to.
ASKING, NOTE = "administration:asking", "administration:note"


def page(officer: Officer) -> None:
    """Draw the screen."""
    st.html(STYLE)
    st.html(piece("title", "Officers and rules"))
    st.fragment(people, run_every=LOOK_EVERY_S)(officer.id)
    st.fragment(on_duty.panel, run_every=on_duty.LOOK_EVERY_S)()
    st.fragment(approval_rules.panel)()
    st.fragment(practice.panel)()
    st.fragment(teams.panel)()


@states.or_failed
def people(_officer_id: str) -> None:
    """The three lists, looked at again every few seconds."""
    officer = require_officer(Role.ADMINISTRATOR)
    now = utc_now()
    st.html(piece("line", st.session_state.get(NOTE, ""), "sa-note", "status"))
    signed_in = in_transaction(register.signed_in, now)
    with st.container(key="panel-signed-in"):
        st.html(piece("heading", "Signed in now", count(len(signed_in), "sign-in", "sign-ins")))
        how_many = Counter(row.officer for row in signed_in)
        for row in signed_in:
            one(row, how_many[row.officer], now, is_own=row.officer == officer.id)
    if barred := in_transaction(register.barred):
        with st.container(key="panel-barred"):
            st.html(piece("heading", "Access removed"))
            for officer_out in barred:
                barred_one(officer_out, now)
    with st.container(key="panel-refused"):
        lately = in_transaction(register.refused_lately, now)
        st.html(draw("control/administration/refused.html", rows=lately, now=now))


def one(row: SignIn, sign_ins: int, now: datetime, *, is_own: bool) -> None:
    """One sign-in with its buttons, or with the question that one of them asked, as high as they are."""
    with st.container(key=f"sign-in-{row.id}", horizontal=True, vertical_alignment="center"):
        last_click = ago((now - row.last_seen_at).total_seconds())
        facts = ", ".join(row.roles), f"Signed in {when(row.signed_in_at, now)} · last click {last_click}"
        st.html(draw("control/administration/person.html", row=row, facts=facts))
        asking = st.session_state.get(ASKING)
        if asking == ("end", row.id):
            say(f"End {isolated(row.name)}’s sign-in? They are signed out at their next click. Their drafts are saved.")
            st.button("Cancel", key="safe-choice", help=row.name, on_click=leave)
            button("End sign-in", end, row, of=row)
        elif asking == ("bar", row.id):
            ends = count(sign_ins, "sign-in ends", "sign-ins end")
            name = isolated(row.name)
            say(f"Remove {name}’s access? {ends} at the next click. Only an administrator can give access back.")
            st.button("Cancel", key="safe-choice", help=row.name, on_click=leave)
            button("Remove access", bar, row, of=row)
        else:
            say("This is you. Sign out at the top of the screen." if is_own else "", alert=False)
            button("End sign-in …", ask, "end", row.id, of=row, disabled=is_own)
            button("Remove access …", ask, "bar", row.id, of=row, disabled=is_own)


def say(text: str, *, alert: bool = True) -> None:
    """What an act would do; the place of these words is kept when there are none."""
    st.html(piece("line", text, "sa-question", "alert" if alert else ""), width=360)


def button(
    label: str, act: Callable[..., None], *args: object, of: SignIn | BarredOfficer, disabled: bool = False
) -> None:
    """A button of one row, which says to screen readers whose it is."""
    key = f"{act.__name__}-{label}-{of.id}"
    st.button(label, key=key, help=of.name, on_click=partial(act, *args), disabled=disabled)


def barred_one(row: BarredOfficer, now: datetime) -> None:
    """Somebody who may not come in, and the way back."""
    with st.container(key=f"barred-{row.id}", horizontal=True, vertical_alignment="center"):
        by = f"Removed {when(row.barred_at, now)} by {name_of(row.barred_by)}"
        st.html(draw("control/administration/person.html", row=row, facts=[by]))
        button("Give access back", let_back, row, of=row)


def ask(what: str, session_id: int) -> None:
    """Callback: show what it would do first."""
    st.session_state[ASKING] = what, session_id
    st.session_state.pop(NOTE, None)


def leave() -> None:
    """Callback: leave the question."""
    st.session_state.pop(ASKING, None)


def end(row: SignIn) -> None:
    """Callback: end one sign-in."""
    act(
        lambda conn, by: register.end_sign_in(conn, row.id, by, utc_now()), f"{isolated(row.name)}’s sign-in has ended."
    )


def bar(row: SignIn) -> None:
    """Callback: take an officer's access away."""
    act(lambda conn, by: register.bar(conn, row.officer, by, utc_now()), f"{isolated(row.name)} can no longer sign in.")


def let_back(row: BarredOfficer) -> None:
    """Callback: give it back."""
    act(lambda conn, by: register.let_back(conn, row.id, by), f"{isolated(row.name)} can sign in again.")


def act(work: Callable[[Connection, str], None], done: str) -> None:
    """Do it in one transaction as whoever is at the screen now, and say what came of it."""
    leave()
    _, refusal = access.act(ADMINISTER, work)
    st.session_state[NOTE] = refusal or done
