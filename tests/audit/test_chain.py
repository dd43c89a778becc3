"""The audit's chain: nobody rewrites it unseen, not even whoever owns the database."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from smartalert import config
from smartalert.alerts import drafts
from smartalert.audit import chain, entries, signed_heads
from smartalert.audit.chain import Verdict
from smartalert.audit.signed_heads import Head
from smartalert.database import connection
from smartalert.database.cluster import Cluster
from smartalert.errors import ChainBroken
from tests.conftest import forget_settings
from tests.databases import Database, fresh_database
from tests.factories import NOW, OFFICER, complete_draft, make_draft

ROLES = ("smartalert_control", "smartalert_worker", "smartalert_public")
KEPT = ("audit", "audit_chain", "audit_heads", "draft_changes")
CHANGES = ("update {} set {}", "delete from {}", "truncate {}")
COLUMN = {
    "audit": "action = 'x'",
    "audit_chain": "hash = ''",
    "audit_heads": "signature = ''",
    "draft_changes": "version = 9",
}


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SMARTALERT_SECRET_KEY", "only for tests")
    forget_settings()
    config.signer.cache_clear()
    yield
    config.signer.cache_clear()


@pytest.fixture(scope="module")
def story(cluster: Cluster) -> Iterator[Database]:
    """Ten entries, signed at the fourth and the eighth; tests look at it and roll back what they do."""
    with pytest.MonkeyPatch.context() as patch, fresh_database(cluster) as made:
        patch.setenv("SMARTALERT_SECRET_KEY", "only for tests")
        forget_settings()
        config.signer.cache_clear()
        for number in range(1, 11):
            write(made, f"step {number}", why="„Größe“ \t\x1f", people=number)
            if number in (4, 8):
                with connection.transaction(made.engine("smartalert_worker")) as conn:
                    chain.sign(conn, NOW + timedelta(minutes=number))
        yield made


def write(database: Database, action: str, **detail: object) -> None:
    with connection.transaction(database.engine("smartalert_control")) as conn:
        entries.record(conn, OFFICER, action, alert_id=7, **detail)


@contextmanager
def tampered(database: Database, *statements: str) -> Iterator[psycopg.Connection]:
    """The owner switches every trigger off and does as they like; undone at the end."""
    with database.connect() as conn:
        conn.execute("set local session_replication_role = replica")
        for statement in statements:
            conn.execute(statement)
        yield conn
        conn.rollback()


def found(database: Database, *statements: str, kept: list[Head] | None = None) -> str:
    with tampered(database, *statements) as conn:
        return " ".join(chain.verify(conn, kept or []).findings)


def test_an_untouched_chain_is_unbroken(story):
    with connection.transaction(story.engine("smartalert_control")) as conn:
        verdict = chain.verify(conn)
    assert (verdict.entries, verdict.unbroken, verdict.last_head.position) == (10, True, 8)


def test_an_entry_says_of_itself_in_which_deployment_and_when_it_was_written(story):
    with story.connect("smartalert_control") as conn:
        assert {row.mode for row in conn.execute("select mode from audit")} == {"training"}
        for column, value in (("mode", "live"), ("at", "2020-01-01"), ("id", "5")):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), conn.transaction():
                conn.execute(
                    f"insert into audit (officer, action, {column}) overriding system value"
                    f" values ('x', 'x', '{value}')"
                )


@pytest.mark.parametrize(
    "column",
    [
        "at = at - interval '1 us'",
        "officer = 'x'",
        "action = 'x'",
        "mode = 'live'",
        "alert_id = null",
        "draft_id = gen_random_uuid()",
        "detail = detail || '{\"people\": 4}'",
    ],
)
def test_a_changed_entry_is_found_whatever_was_changed(story, column):
    assert "position 3, is not what was written" in found(story, f"update audit set {column} where id = 3")


def test_a_deleted_entry_is_found(story):
    assert found(story, "delete from audit where id = 3") == "Entry 3, position 3, was deleted."


def test_an_entry_deleted_with_its_link_is_found(story):
    said = found(story, "delete from audit where id = 3", "delete from audit_chain where entry = 3")
    assert "Links 3 to 3 of the chain are missing" in said


def test_an_entry_slipped_in_is_found(story):
    assert "slipped in" in found(story, "insert into audit (officer, action) values ('x', 'x')")


def test_two_entries_that_changed_places_are_found(story):
    said = found(
        story,
        "update audit_chain set entry = entry + 100 where entry in (5, 6)",
        "update audit_chain set entry = case entry when 105 then 6 else 5 end where entry > 100",
    )
    assert "position 5, is not what" in said


def test_entries_cut_off_the_end_are_found_by_the_signed_head(story):
    cut = ("delete from audit where id > 7", "delete from audit_chain where entry > 7")
    assert "Entries are missing at the end: position 8" in found(story, *cut)


def test_a_cut_that_takes_the_signed_head_with_it_is_found_by_the_copy_outside(story, tmp_path):
    with story.connect("smartalert_control") as conn:
        (tmp_path / "audit-heads").write_text("".join(f"{head}\n" for head in signed_heads.in_database(conn)))
    kept = signed_heads.kept(tmp_path / "audit-heads")
    cut = (
        "delete from audit where id > 7",
        "delete from audit_chain where entry > 7",
        "delete from audit_heads where number = 2",
    )
    assert found(story, *cut, kept=kept) == "Signed head 2, kept outside the database, is not in it any more."
    with tampered(story, *cut) as conn, pytest.raises(ChainBroken, match="Signed head 2 is gone"):
        chain.sign(conn, NOW, known=kept[-1])


ANEW = """
    do $$ declare link record; tip bytea := decode(repeat('00', 32), 'hex'); begin
      for link in select c.position, a as entry from audit_chain c join audit a on a.id = c.entry order by position loop
        tip := sha256(tip || sha256(audit_content(link.entry)));
        update audit_chain set hash = tip where position = link.position;
      end loop;
    end $$
"""


def test_a_chain_made_anew_around_a_lie_is_found_by_the_signed_head(story):
    said = found(story, "update audit set action = 'x' where id = 3", ANEW)
    assert "The chain was made anew: position 4 had another hash" in said
    assert "is not what was written" not in said


def test_heads_signed_by_somebody_without_the_key_are_found(story):
    forged = "update audit_heads h set hash = c.hash from audit_chain c where c.position = h.position"
    said = found(story, "update audit set action = 'x' where id = 3", ANEW, forged)
    assert "Signed head 1 is not signed with this deployment's key" in said


def test_a_head_taken_out_of_the_middle_is_found(story):
    assert "Signed head 2" in found(story, "delete from audit_heads where number = 1")


def test_a_broken_chain_is_never_signed(story):
    with tampered(story, "update audit set action = 'x' where id = 9") as conn, pytest.raises(ChainBroken, match="9"):
        chain.sign(conn, NOW)
    with tampered(story, "update audit_chain set hash = '' where position = 8") as conn, pytest.raises(ChainBroken):
        chain.sign(conn, NOW)


def test_signing_goes_on_from_the_last_head_and_signs_nothing_twice(story):
    with story.connect() as conn:
        head = chain.sign(conn, NOW)
        assert (head.number, head.position) == (3, 10)
        assert chain.sign(conn, NOW, known=head) is None
        assert chain.verify(conn).unbroken
        conn.rollback()


@pytest.mark.parametrize("role", [*ROLES, "owner"])
@pytest.mark.parametrize("table", KEPT)
@pytest.mark.parametrize("change", CHANGES)
def test_nobody_changes_deletes_or_empties_what_is_kept(story, role, table, change):
    with story.connect() as conn:
        make_draft(conn)
        conn.execute("set constraints all immediate")
        if role != "owner":
            conn.execute(f"set local role {role}")
        refusals = psycopg.errors.InsufficientPrivilege, psycopg.errors.RaiseException
        with pytest.raises(refusals[role == "owner"]):
            conn.execute(change.format(table, COLUMN[table]))
        conn.rollback()


def test_many_officers_at_once_make_one_chain(database):
    with ThreadPoolExecutor(8) as officers:
        list(officers.map(lambda number: write(database, f"step {number}"), range(80)))
    with database.connect() as conn:
        verdict = chain.verify(conn)
    assert (verdict.entries, verdict.findings) == (80, [])


def test_a_long_transaction_with_an_entry_keeps_nobody_waiting(database):
    with database.connect("smartalert_control") as issuing:
        entries.record(issuing, OFFICER, "issued")
        with database.connect("smartalert_control") as other:
            other.execute("set local lock_timeout = '2s'")
            entries.record(other, OFFICER, "stopped")
            other.commit()
        issuing.commit()
        actions = issuing.execute("select a.action from audit_chain c join audit a on a.id = c.entry order by position")
        assert [row.action for row in actions] == ["stopped", "issued"]


def test_what_is_rolled_back_leaves_no_link(database):
    with database.connect("smartalert_control") as conn:
        entries.record(conn, OFFICER, "never")
        conn.rollback()
    write(database, "then")
    with database.connect() as conn:
        verdict = chain.verify(conn)
    assert (verdict.entries, verdict.findings) == (1, [])


def test_findings_are_told_up_to_a_number_and_counted_beyond(story):
    verdict = Verdict()
    for number in range(25):
        verdict.note(str(number))
    assert (len(verdict.findings), verdict.more, verdict.unbroken) == (20, 5, False)


def test_every_change_of_a_draft_is_kept_with_before_and_after(conn):
    draft_id, version = make_draft(conn, complete_draft(headline="First"))
    drafts.change(conn, draft_id, OFFICER, {"headline": "Second"})
    rows = conn.execute(
        "select version, officer, changed from draft_changes where draft_id = %s order by 1", (draft_id,)
    )
    *_, last = rows.fetchall()
    assert (last.version, last.officer, last.changed) == (version + 1, OFFICER, {"headline": ["First", "Second"]})


def test_a_worker_keeps_its_heads_outside_and_notices_when_one_is_gone(database, tmp_path, caplog):
    file = tmp_path / "audit-heads"
    for action in ("one", "two"):
        write(database, action)
        with connection.transaction(database.engine("smartalert_worker")) as conn:
            chain.sign_and_keep(conn, file, NOW)
    assert [head.position for head in signed_heads.kept(file)] == [1, 2]
    with tampered(database, "delete from audit_heads where number = 2") as conn, pytest.raises(ChainBroken):
        chain.sign_and_keep(conn, file, NOW)
    assert "the audit is broken and is not signed" in caplog.text
    file.write_text("nonsense")
    with pytest.raises(ChainBroken, match="not as a worker wrote it"):
        signed_heads.kept(file)


def test_a_head_reads_back_what_it_wrote():
    head = Head(1, 2, b"\x01" * 32, datetime(2026, 11, 24, 14, 2, 3, 4, tzinfo=UTC), "sig")
    assert Head.parse(str(head)) == head
