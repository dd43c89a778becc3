"""Other words for a kind: proposed, approved by somebody else, used by the next draft, and kept for good."""

from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from smartalert.alerts import (
    draft_words,
    drafts,
    hidden_kinds,
    issuing,
    kind_order,
    kind_words,
    threads,
    word_proposals,
)
from smartalert.alerts.drafts import WORDS, Draft
from smartalert.alerts.incidents import Group
from smartalert.alerts.kind_checks import Known
from smartalert.alerts.kind_words import Template, as_delivered, in_force
from smartalert.config import Mode
from smartalert.database.connection import Connection
from smartalert.errors import NotAllowed, WordsRefused
from smartalert.officers import register
from smartalert.officers.register import Officer, Role
from tests.factories import NOW, OFFICER, complete_draft, make_draft, make_force_area, make_subscriber, preview_of

ADMIN, SECOND, APPROVER = "only.administrator", "second.administrator", "only.approver"
BURGLARY = Template("burglary")
WORDS_OF_OURS = {**as_delivered(BURGLARY), "instruction": "Lock every door now. Check your doorbell footage."}
KNOWN = Known(Mode.TRAINING)
WHY = "Officers ask people to check doorbells first."


@pytest.fixture(autouse=True)
def staff(conn: Connection) -> None:
    """One officer of each role alone, and a second administrator; from here on the control room acts."""
    for name, role in {SECOND: Role.ADMINISTRATOR, **{f"only.{role}": role for role in Role}}.items():
        register.sign_in(conn, Officer(name, name, "", (role,)), NOW)
    make_force_area(conn)
    make_subscriber(conn)
    conn.execute("set local role smartalert_control")


def propose(conn: Connection, template: Template = BURGLARY, **changed: str) -> int:
    words = {**as_delivered(template), **(changed or {"instruction": WORDS_OF_OURS["instruction"]})}
    return word_proposals.propose(conn, template, words, ADMIN, NOW, why=WHY, known=KNOWN)


def approved(conn: Connection, template: Template = BURGLARY, **changed: str) -> int:
    version = propose(conn, template, **changed)
    word_proposals.approve(conn, version, APPROVER, NOW, known=KNOWN)
    return version


def began(conn: Connection) -> Draft:
    """A draft as the send screen begins it."""
    return draft_words.choose_kind("burglary", Draft(where="in Tannery Row, Stafford"), NOW, in_force(conn, BURGLARY))


def test_words_are_used_once_somebody_else_has_approved_them(conn: Connection) -> None:
    before = began(conn)
    version = propose(conn)
    assert [one.id for one in word_proposals.waiting(conn)] == [version]
    assert began(conn) == before
    word_proposals.approve(conn, version, APPROVER, NOW, known=KNOWN)
    assert began(conn).instruction == WORDS_OF_OURS["instruction"]
    assert began(conn).description == before.description
    assert word_proposals.edited(conn) == {BURGLARY}
    assert word_proposals.waiting(conn) == []


def test_a_draft_that_has_begun_keeps_its_words(conn: Connection) -> None:
    draft_id, _ = make_draft(conn, began(conn))
    approved(conn)
    assert drafts.load(conn, draft_id, OFFICER).content.instruction == as_delivered(BURGLARY)["instruction"]


@pytest.mark.parametrize(("officer", "may"), [(ADMIN, False), (SECOND, True), (APPROVER, True)])
def test_nobody_approves_or_refuses_their_own(conn: Connection, officer: str, may: bool) -> None:
    version = propose(conn)
    if may:
        word_proposals.refuse(conn, version, officer, NOW, why="Too long.")
        assert word_proposals.history(conn, BURGLARY)[0].note == "Too long."
        word_proposals.approve(conn, propose(conn), officer, NOW, known=KNOWN)
    else:
        for act in (word_proposals.approve, word_proposals.refuse):
            with pytest.raises(NotAllowed):
                act(
                    conn, version, officer, NOW, **({"known": KNOWN} if act is word_proposals.approve else {"why": "x"})
                )
        word_proposals.take_back(conn, version, officer, NOW)
        assert word_proposals.history(conn, BURGLARY)[0].decision == "withdrawn"


@pytest.mark.parametrize("role", Role)
def test_the_database_lets_only_administrators_propose_and_only_the_two_roles_decide(
    conn: Connection, role: Role
) -> None:
    insert = (
        "insert into kind_words (kind, message, words, why, proposed_by, proposed_at)"
        " values ('burglary', 'update', '{}', 'x', %s, now())"
    )
    decide = "update kind_words set decision = 'approved', decided_by = %s, decided_at = now() where id = %s"
    version = propose(conn)
    for query, values, allowed in (
        (insert, (f"only.{role}",), role is Role.ADMINISTRATOR),
        (decide, (f"only.{role}", version), role is Role.APPROVER),
    ):
        try:
            with conn.transaction():
                conn.execute(query, values)
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.CheckViolation):
            assert not allowed
        else:
            assert allowed


@pytest.mark.parametrize(
    "attack",
    [
        "update kind_words set words = '{}'",
        "delete from kind_words",
        "insert into kind_words (kind, message, why, proposed_by, proposed_at, decision)"
        " values ('fire', 'first', 'x', 'only.administrator', now(), 'approved')",
        "update kind_words set decision = 'refused', decided_by = 'only.approver', decided_at = now()",
        "update kind_words set decision = 'withdrawn', decided_by = 'second.administrator', decided_at = now()",
        "delete from hidden_kinds",
        "insert into hidden_kinds (kind, why, hidden_by, hidden_at) values ('fire', 'x', 'only.sender', now())",
        "insert into kind_order (kinds, set_by, set_at) values ('{fire}', 'only.approver', now())",
    ],
)
def test_the_control_room_cannot_go_round_the_approval(conn: Connection, attack: str) -> None:
    propose(conn)
    with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.CheckViolation)), conn.transaction():
        conn.execute(attack)


def test_what_was_decided_is_decided(conn: Connection) -> None:
    version = approved(conn)
    with pytest.raises(WordsRefused, match="decided already"):
        word_proposals.refuse(conn, version, SECOND, NOW, why="No.")
    with pytest.raises(psycopg.errors.CheckViolation, match="decided before"), conn.transaction():
        conn.execute("update kind_words set decision = 'withdrawn', decided_by = %s, decided_at = now()", (ADMIN,))


@pytest.mark.parametrize(
    ("words", "why", "match"),
    [
        ({"instruction": WORDS_OF_OURS["instruction"]}, " ", "Give a reason"),
        ({"headline": as_delivered(BURGLARY)["headline"]}, WHY, "in use already"),
        ({"headline": "Burglary {place}"}, WHY, "We cannot fill in {place}"),
        ({"contact": "Call 999."}, WHY, "quote the incident number"),
        ({"headline": "\u200b "}, WHY, "Write a headline"),
    ],
)
def test_a_proposal_needs_a_reason_a_change_and_sound_words(
    conn: Connection, words: dict[str, str], why: str, match: str
) -> None:
    with pytest.raises(WordsRefused, match=match):
        word_proposals.propose(conn, BURGLARY, {**as_delivered(BURGLARY), **words}, ADMIN, NOW, why=why, known=KNOWN)
    with pytest.raises(WordsRefused, match="no such message"):
        word_proposals.propose(conn, Template("arson"), None, ADMIN, NOW, why=WHY, known=KNOWN)
    assert word_proposals.history(conn, BURGLARY) == []


def test_one_proposal_waits_at_a_time_for_each_message(conn: Connection) -> None:
    propose(conn)
    with pytest.raises(WordsRefused, match="waiting for approval"):
        propose(conn, headline="Burglary {where}")
    propose(conn, Template("burglary", "all_clear"), description="At {when} we told you about a burglary. It is over.")
    assert word_proposals.how_many_wait(conn) == 2


def test_words_go_back_to_an_earlier_version_and_to_ours(conn: Connection) -> None:
    first, second = approved(conn), approved(conn, instruction="Lock up.")
    assert in_force(conn, BURGLARY)["instruction"] == "Lock up."
    again = next(one for one in word_proposals.history(conn, BURGLARY) if one.id == first).all_words
    version = word_proposals.propose(conn, BURGLARY, again, ADMIN, NOW, why="Better before.", known=KNOWN)
    word_proposals.approve(conn, version, SECOND, NOW, known=KNOWN)
    assert in_force(conn, BURGLARY) == WORDS_OF_OURS
    ours = word_proposals.propose(conn, BURGLARY, None, ADMIN, NOW, why="Ours again.", known=KNOWN)
    word_proposals.approve(conn, ours, SECOND, NOW, known=KNOWN)
    assert in_force(conn, BURGLARY) == as_delivered(BURGLARY)
    assert word_proposals.edited(conn) == set()
    assert [one.id for one in word_proposals.history(conn, BURGLARY)] == [ours, version, second, first]


def test_the_audit_tells_each_act_with_what_was_before(conn: Connection) -> None:
    version = propose(conn)
    word_proposals.refuse(conn, version, SECOND, NOW, why="Too long.")
    word_proposals.take_back(conn, propose(conn), ADMIN, NOW)
    approved(conn)
    hidden_kinds.hide(conn, "fire", ADMIN, NOW, why="The fire service tells people.")
    told = conn.execute(
        "select officer, action, detail from audit where action not like 'signed%' order by id"
    ).fetchall()
    actions = [(row.officer, row.action.split()[0]) for row in told]
    assert actions == [
        (ADMIN, "proposed"), (SECOND, "refused"), (ADMIN, "proposed"), (ADMIN, "took"), (ADMIN, "proposed"),
        (APPROVER, "approved"), (ADMIN, "hid"),
    ]  # fmt: skip
    change = {
        "before": {"instruction": as_delivered(BURGLARY)["instruction"]},
        "after": {"instruction": WORDS_OF_OURS["instruction"]},
    }
    about = {"kind": "burglary", "message": "first"}
    assert told[0].detail == {**about, **change, "proposal": version, "why": WHY}
    assert told[1].detail == {**about, "proposal": version, "why": "Too long."}
    assert {name: told[5].detail[name] for name in ("before", "after")} == change


def issued(conn: Connection, content: Draft) -> int:
    draft_id, version = make_draft(conn, content)
    shown = preview_of(conn, content, NOW)
    return issuing.issue(conn, draft_id, version, OFFICER, shown=shown, now=NOW, undo_s=0).id


def test_what_follows_an_alert_begins_with_the_words_of_its_kind(conn: Connection) -> None:
    conn.execute("reset role")
    alert = issued(conn, complete_draft())
    later = NOW + timedelta(minutes=5)
    approved(
        conn, Template("burglary", "all_clear"), description="At {when} we wrote: {headline}. Two people are arrested.",
        contact="Call 101 and quote incident {incident}.",
    )  # fmt: skip
    clear = threads.prefilled(threads.followed(conn, alert), "all_clear", later)
    assert clear.description.endswith(f"we wrote: {complete_draft().headline}. Two people are arrested.")
    assert clear.contact == f"Call 101 and quote incident {complete_draft().incident_number}."
    assert clear.headline == complete_draft().headline
    other = threads.prefilled(threads.followed(conn, alert), "false_alarm", later)
    assert "That was a false alarm. Nothing happened." in other.description


def test_words_of_a_kind_never_tell_again_of_a_person_that_only_the_alert_names(conn: Connection) -> None:
    conn.execute("reset role")
    person = complete_draft(description="Maisie, 14, is missing since 13:50, last seen in Stafford.")
    alert = replace(threads.followed(conn, issued(conn, person)), about_person=True)
    approved(conn, Template("burglary", "all_clear"), description="At {when} we wrote: {description} It is over.")
    told = threads.prefilled(
        replace(alert, edited=threads.followed(conn, alert.id).edited), "all_clear", NOW + timedelta(minutes=5)
    )
    assert "Maisie" not in " ".join(getattr(told, field) for field in WORDS)


def test_a_hidden_kind_is_off_the_send_screen_until_it_is_shown_again(conn: Connection) -> None:
    hidden_kinds.hide(conn, "canal", ADMIN, NOW, why="There is no canal here.")
    hidden_kinds.hide(conn, "canal", ADMIN, NOW, why="Pressed twice.")
    assert hidden_kinds.hidden(conn) == {"canal"}
    hidden_kinds.show(conn, "canal", SECOND, NOW)
    assert hidden_kinds.hidden(conn) == frozenset()
    for kind, why, match in (("canal", " ", "Say why"), ("arson", "x", "no such kind")):
        with pytest.raises(WordsRefused, match=match):
            hidden_kinds.hide(conn, kind, ADMIN, NOW, why=why)
    *others, last = kind_words.KINDS
    for kind in others:
        hidden_kinds.hide(conn, kind, ADMIN, NOW, why="Not ours.")
    with pytest.raises(WordsRefused, match="last kind"):
        hidden_kinds.hide(conn, last, ADMIN, NOW, why="Not ours.")


def crime(conn: Connection) -> list[str]:
    """The kinds of that group on the send screen, in their order."""
    return [kind for kind in kind_order.offered(conn) if kind_words.KINDS[kind].group is Group.CRIME]


def test_kinds_stand_in_the_order_of_the_force_within_their_group(conn: Connection) -> None:
    first, second, third, *rest = ours = crime(conn)
    assert kind_order.offered(conn) == tuple(kind_words.KINDS)
    kind_order.move(conn, third, -1, ADMIN, NOW)
    kind_order.move(conn, first, -1, ADMIN, NOW)  # it is the first already
    assert crime(conn) == [first, third, second, *rest]
    hidden_kinds.hide(conn, third, ADMIN, NOW, why="Not here.")
    assert crime(conn) == [first, second, *rest]
    kind_order.move(conn, second, -1, SECOND, NOW)  # past what is hidden
    kind_order.move(conn, ours[-1], 1, SECOND, NOW)
    assert crime(conn) == [second, first, *rest]
    hidden_kinds.show(conn, third, ADMIN, NOW)
    assert crime(conn) == [second, first, third, *rest]
    assert [kind for kind in kind_order.in_order(conn) if kind not in ours] == [
        kind for kind in kind_words.KINDS if kind not in ours
    ]
    moved = conn.execute("select detail from audit where action = 'moved a kind of alert' order by id").fetchall()
    assert [row.detail for row in moved] == [
        {"kind": third, "before": 3, "after": 2}, {"kind": second, "before": 2, "after": 1},
    ]  # fmt: skip
    with pytest.raises(WordsRefused, match="no such kind"):
        kind_order.move(conn, "arson", 1, ADMIN, NOW)


def test_a_kind_of_a_later_release_and_one_of_an_earlier_are_no_matter(conn: Connection) -> None:
    ours = crime(conn)
    order = [kind for kind in reversed(ours) if kind != ours[0]]
    conn.execute("insert into kind_order values (true, %s, %s, now())", (["long.gone", *order], ADMIN))
    assert crime(conn) == [*order, ours[0]]
