"""A backup taken in the middle of a dispatch, restored elsewhere: nobody is told twice, and who left stays out."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pyrage
import pytest
from sqlalchemy.engine import make_url
from typer.testing import CliRunner

from smartalert import config
from smartalert.__main__ import cli
from smartalert.alerts import issuing
from smartalert.audit import chain, entries, restorations, signed_heads
from smartalert.clock import utc_now
from smartalert.config import Mode, settings
from smartalert.control import status
from smartalert.control.live.timeline import did
from smartalert.database import clients, connection
from smartalert.database.cluster import Cluster
from smartalert.database.connection import check_mode
from smartalert.dispatch import deliveries, links, progress
from smartalert.errors import BackupRefused, ModeRefused, NotLetGo, SetupError
from smartalert.operations import backup, copies, readiness, restore, restore_drill
from smartalert.operations.copies import Copy
from smartalert.operations.readiness import EXTENSIONS
from smartalert.operations.restore import Restored, Wanted
from smartalert.providers.provider import HandedOver
from smartalert.subscribers import devices, subscriptions
from smartalert.subscribers.subscriptions import Choices, Place
from smartalert.wording import Channel
from smartalert.worker.alerts import AlertSource
from smartalert.worker.hand_over import Worker
from tests.conftest import forget_settings
from tests.databases import Database, fresh_database
from tests.factories import LAT, LON, OFFICER, employ, make_draft, make_force_area, make_subscriber, preview_of
from tests.operations import age_by_the_book

WORKER = 4_712
#: Who owns the database that it is restored to: no superuser.
FORCE = f"force_{os.getpid()}"
HOME = Choices(places=(Place(label="Home", lat=LAT, lon=LON),))


@dataclass
class Scene:
    """What was backed up, and what it was restored to."""

    copy: Copy
    identity: pyrage.x25519.Identity
    lost: Database
    here: Database
    restored: Restored
    alert: int
    people: dict[str, int]


def session_of(conn: connection.Connection, person: int, purpose: str = "session") -> str:
    (secret,) = conn.execute("select new_secret(%s, %s, '1 hour')", (person, purpose)).fetchone()
    return str(secret)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The settings of a deployment, and its data folder."""
    folder = tmp_path_factory.mktemp("kept")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMARTALERT_SECRET_KEY", "only for tests of backups")
        patch.setenv("SMARTALERT_DATA_DIR", str(folder))
        forget_settings()
        config.signer.cache_clear()
        yield folder
    forget_settings()
    config.signer.cache_clear()


def people_of(conn: connection.Connection) -> dict[str, int]:
    make_force_area(conn)
    stays = {name: make_subscriber(conn) for name in ("ada", "ben", "cleo", "dora", "erik", "fay")}
    phone = devices.register(conn, "token-gil", "android", "1.0", HOME)
    return {**stays, "gil": devices.owner(conn, phone)}


def hand_over_some(lost: Database, alert: int) -> None:
    """One push is taken, one is with Google, all else waits."""
    with lost.connect(autocommit=True) as session:
        employ(session, WORKER)
        now = utc_now()
        with lost.connect() as conn:
            claimed = deliveries.claim_batch(conn, alert, "push", worker=WORKER, limit=2, now=now)
            deliveries.record(
                conn, alert, "push", [(claimed[0], HandedOver("m1"))], worker=WORKER, now=now, repeat_is_harmless=True
            )  # fmt: skip


def go_on(conn: connection.Connection, people: dict[str, int]) -> None:
    """What happens after the backup: four leave in four ways, one comes back, one joins."""
    subscriptions.leave(conn, session_of(conn, people["ada"]), "moved")
    subscriptions.erase(conn, session_of(conn, people["ben"]))
    proof = links.Reference(1, people["cleo"], "email").to(f"person{people['cleo']}@training.example").proof
    subscriptions.stop_mails(conn, people["cleo"], proof)
    phone = session_of(conn, people["gil"], "device")
    devices.change_token(conn, phone, "another-token", "1.1")
    subscriptions.leave(conn, phone, "")
    erik = session_of(conn, people["erik"])
    proof = links.Reference(1, people["erik"], "email").to(f"person{people['erik']}@training.example").proof
    subscriptions.stop_mails(conn, people["erik"], proof)
    subscriptions.switch_on_email(conn, erik)
    devices.register(conn, "token-hal", "ios", "1.0", HOME)


@pytest.fixture(scope="module")
def scene(kept: Path, cluster: Cluster) -> Iterator[Scene]:
    identity = pyrage.x25519.Identity.generate()
    restored_to = Database(cluster, f"restored_{os.getpid()}")
    with pytest.MonkeyPatch.context() as patch, fresh_database(cluster) as lost:
        patch.setenv("DATABASE_URL", lost.url())
        patch.setenv("SMARTALERT_BACKUP_RECIPIENTS", str(identity.to_public()))
        forget_settings()
        with lost.connect() as conn:
            people = people_of(conn)
            draft, version = make_draft(conn)
            now = utc_now()
            alert = issuing.issue(conn, draft, version, OFFICER, shown=preview_of(conn, now=now), now=now, undo_s=0).id
            subscriptions.ask_for_link(conn, f"person{people['fay']}@training.example")
        hand_over_some(lost, alert)
        with lost.connect() as conn:
            chain.sign_and_keep(conn, settings().audit_heads, utc_now())
        copy = backup.take(print)
        with lost.connect() as conn:
            go_on(conn, people)
            entries.record(conn, OFFICER, entries.Action.STOPPED, alert_id=alert)
        with lost.connect() as conn:
            chain.sign_and_keep(conn, settings().audit_heads, utc_now())
        restored = restore.into(made_by_a_superuser(restored_to), wanted(copy, identity))
        yield Scene(copy, identity, lost, restored_to, restored, alert, people)
    cluster.drop_database(restored_to.name)
    with cluster.connect("postgres") as conn:
        conn.execute(f"drop role {FORCE}")


def made_by_a_superuser(empty: Database) -> str:
    """An empty database as a force's own PostgreSQL has it, with the extensions; its address as a plain owner."""
    empty.cluster.create_database(empty.name)
    with empty.connect(autocommit=True) as conn:
        conn.execute(f"create role {FORCE} createrole")
        conn.execute(f"alter database {empty.name} owner to {FORCE}")
        for extension in EXTENSIONS:
            conn.execute(f"create extension {extension}")
    return make_url(empty.url()).update_query_dict({"options": f"-crole={FORCE}"}).render_as_string()


def wanted(copy: Copy, identity: pyrage.x25519.Identity) -> Wanted:
    return Wanted(copy, [identity], [settings().leavers], signed_heads.kept(settings().audit_heads))


def test_all_rows_are_there(scene: Scene) -> None:
    assert scene.restored.manifest.tables["subscribers"] == 7
    assert scene.restored.manifest.tables["deliveries"] == 13
    assert scene.restored.manifest.under_way == {"pending": 11, "sending": 1}


def test_what_waited_is_in_doubt_and_nothing_of_it_leaves_by_itself(scene: Scene) -> None:
    with scene.here.connect() as conn:
        states = dict(conn.execute("select state::text, count(*) from deliveries group by state").fetchall())
        assert states == {"handed_over": 1, "unknown": 12}
        reasons = conn.execute("select distinct failure_reason from deliveries where state = 'unknown'").fetchall()
        assert [row[0].partition(" of ")[0] for row in reasons] == ["waiting in the backup"]
        deliveries.recover(conn, utc_now() + timedelta(minutes=5))
        assert conn.execute("select count(*) from procrastinate_jobs").fetchone() == (0,)
        assert conn.execute("select count(*) from service_mails where address is not null").fetchone() == (0,)


def test_silence_does_not_make_what_waited_count_as_never_sent(scene: Scene) -> None:
    later = utc_now() + timedelta(days=3)
    with scene.here.connect() as conn:
        conn.execute("insert into receipt_clock values ('email', %s), ('push', %s)", (later, later))
        deliveries.recover(conn, later)
        assert conn.execute("select count(*) from deliveries where state = 'failed'").fetchone() == (0,)
        doubt = progress.in_doubt(conn, scene.alert)
        assert (doubt.is_restored, doubt.is_passed_over) == (True, False)
        conn.rollback()


def test_whoever_may_have_been_told_gets_what_follows(scene: Scene) -> None:
    with scene.here.connect() as conn:
        (told,) = conn.execute("select count(*) from told_of(%s, false)", (scene.alert,)).fetchone()
        assert told == 7


def test_whoever_left_since_is_not_written_to_again(scene: Scene) -> None:
    assert (scene.restored.settled.left, scene.restored.settled.stopped, scene.restored.settled.joined) == (3, 1, 1)
    with scene.here.connect() as conn:
        rows = conn.execute("select subscriber_id, channels from audience_places").fetchall()
        people = scene.people
        assert dict(rows) == {people["cleo"]: 1, people["dora"]: 3, people["erik"]: 3, people["fay"]: 3}
        assert conn.execute("select count(*) from subscribers where id = %s", (people["ben"],)).fetchone() == (0,)
        assert conn.execute("select left_at is null from subscribers where id = %s", (people["ada"],)).fetchone() == (
            False,
        )


def test_the_audit_is_whole_and_says_what_it_lacks(scene: Scene) -> None:
    assert "what happened in between is not in it" in scene.restored.verdict.words
    assert "1 signed heads kept outside are of what was lost." in scene.restored.verdict.words
    with scene.here.connect() as conn:
        chain.sign_and_keep(conn, settings().audit_heads, utc_now())
        verdict = chain.verify(conn, signed_heads.kept(settings().audit_heads))
        assert (verdict.unbroken, verdict.lost) == (True, 1)
        conn.rollback()
        conn.execute("set local session_replication_role = replica")
        conn.execute("update restorations set last_head = 0")
        assert "is not signed with this deployment's key" in chain.verify(conn).words
        conn.execute("delete from restorations")
        assert "kept outside the database, is not in it any more" in " ".join(
            chain.verify(conn, signed_heads.kept(settings().audit_heads)).findings
        )
        conn.rollback()


async def refused(worker: Worker, alert: int) -> None:
    with pytest.raises(NotLetGo, match="Nothing is sent until somebody says so"):
        await worker.claim(AlertSource(worker, alert, Channel.PUSH))
    await worker.aclose()


def test_workers_refuse_until_somebody_lets_them_go(scene: Scene) -> None:
    asyncio.run(refused(Worker(scene.here.engine("smartalert_worker"), Mode.TRAINING, {}), scene.alert))
    with scene.here.connect() as conn:
        with pytest.raises(NotLetGo, match=f"from the backup of .*run `{restorations.GO}`"):
            restorations.require_let_go(conn)
        (finding,) = readiness.restored(conn)
        assert "nobody has said yet that it may send" in finding.problem
        assert restorations.let_go(conn, OFFICER, utc_now())
        assert list(readiness.restored(conn)) == []
        restorations.require_let_go(conn)
        assert not restorations.let_go(conn, OFFICER, utc_now())
        conn.rollback()


def test_every_screen_says_that_nothing_is_sent_and_the_alert_that_it_was_restored(scene: Scene) -> None:
    with scene.here.connect() as conn:
        (line,) = status.health(conn, utc_now())
    assert (line.level, line.text.startswith("Nothing is sent: backup of ")) == ("bad", True)
    assert scene.restored.settled.alerts == {scene.alert: "Burglary in Tannery Row just now"}
    with scene.here.connect() as conn:
        last = entries.timeline(conn, scene.alert)[-1]
    assert (last.action, did(last).startswith("restored this from the backup of ")) == (entries.Action.RESTORED, True)


def test_another_program_reads_it_with_age_and_pg_restore(scene: Scene, tmp_path: Path) -> None:
    plain = tmp_path / "plain.dump"
    plain.write_bytes(age_by_the_book.decrypt(scene.copy.dump.read_bytes(), str(scene.identity)))
    program = clients.program("pg_restore", 14)
    listing = subprocess.check_output([program, "--list", plain], text=True)
    assert "TABLE DATA public subscribers" in listing
    assert "TABLE DATA public alembic_version" not in listing
    assert "TABLE DATA public procrastinate_jobs" not in listing


def test_no_process_starts_on_a_copy_that_was_restored_by_hand(scene: Scene) -> None:
    with scene.here.connect() as conn:
        conn.execute("delete from alembic_version")
        conn.commit()
    try:
        with pytest.raises(SetupError, match="The schema of this database is at None"):
            check_mode(scene.here.engine("smartalert_worker"), Mode.TRAINING)
    finally:
        with scene.here.connect() as conn:
            conn.execute("insert into alembic_version values (%s)", (scene.restored.manifest.step,))
            conn.commit()


def test_a_backup_goes_into_an_empty_database_only(scene: Scene) -> None:
    with pytest.raises(BackupRefused, match=r"is not empty, it has \d+ tables.*createdb"):
        restore.into(scene.lost.url(), wanted(scene.copy, scene.identity))


def test_only_who_it_is_for_reads_it_and_only_ours_are_restored(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BackupRefused, match="for somebody else, or it was damaged"):
        restore.read_manifest(wanted(scene.copy, pyrage.x25519.Identity.generate()))
    forged = shutil.copytree(scene.copy.folder, tmp_path / "forged")
    (forged / copies.DUMP).write_bytes(pyrage.encrypt(b"another", [scene.identity.to_public()]))
    with pytest.raises(BackupRefused, match="cut, damaged or swapped"):
        restore.read_manifest(wanted(Copy(forged), scene.identity))
    monkeypatch.setenv("SMARTALERT_MODE", "live")
    forget_settings()
    with pytest.raises(ModeRefused, match="a backup of a training deployment"):
        restore.read_manifest(wanted(scene.copy, scene.identity))
    monkeypatch.setenv("SMARTALERT_SECRET_KEY", "another")
    forget_settings()
    config.signer.cache_clear()
    with pytest.raises(BackupRefused, match=r"not signed with SMARTALERT_SECRET_KEY.*--keys FILE"):
        restore.read_manifest(wanted(scene.copy, scene.identity))
    monkeypatch.undo()
    forget_settings()
    config.signer.cache_clear()


def test_a_drill_proves_it_in_one_command(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = tmp_path / "key.txt"
    key.write_text(f"# created by hand\n{scene.identity}\n")
    monkeypatch.setenv("DATABASE_URL", scene.lost.url())
    forget_settings()
    drilled = CliRunner().invoke(cli, ["restore", "--drill", "--identity", str(key)])
    assert drilled.exit_code == 0, drilled.output
    for words in (
        "tables have as many rows as when the backup was taken",
        "unbroken",
        "3 people left since and 1 stopped their e-mails: they are not written to.",
        "1 people signed up since and are not here",
        "Nobody is told twice",
        "The drill is passed.",
    ):
        assert words in drilled.output
    with scene.lost.cluster.connect("postgres") as conn:
        assert conn.execute("select count(*) from pg_database where datname like 'smartalert_drill_%'").fetchone() == (
            0,
        )
    forget_settings()


def test_a_drill_fails_where_somebody_could_be_told_twice_or_nobody_knows_who_left(scene: Scene) -> None:
    with scene.here.connect() as conn:
        assert list(restore_drill.faults(conn, scene.restored)) == []
        conn.execute("update deliveries set state = 'pending' where state = 'unknown' and channel = 'email'")
        conn.execute("update restorations set let_go_at = now(), let_go_by = 'x'")
        unknown = replace(scene.restored, settled=replace(scene.restored.settled, unreadable=None))
        assert list(restore_drill.faults(conn, unknown)) == [
            "6 deliveries wait to leave.",
            "A worker would start on it.",
            "There is no record of who left since the backup: name its folders with --leavers.",
        ]
        conn.rollback()


def test_old_backups_go_and_halves_of_broken_ones(scene: Scene, tmp_path: Path) -> None:
    now = utc_now()
    folder = tmp_path / "backups"
    for days in (1, 29, 31):
        (folder / f"smartalert-training-{now - timedelta(days=days):%Y%m%dT%H%M%SZ}").mkdir(parents=True)
    half = folder / f"smartalert-training-{now:%Y%m%dT%H%M%SZ}-x{backup.PARTIAL}"
    half.mkdir()
    os.utime(half, (0, 0))
    newest = copies.all_of(folder)[-1]
    assert len(backup.forget(folder, now, but_for=newest)) == 1
    assert [copy.taken_at.date() for copy in copies.all_of(folder)] == [
        (now - timedelta(days=days)).date() for days in (29, 1)
    ]
    assert not half.exists()


@pytest.mark.parametrize(
    ("recipients", "words"),
    [
        ("", r"Nobody is named who could read the backup.*--new-key FILE"),
        ("age1nobody", "age1nobody is no public key of age's"),
    ],
)
def test_a_backup_is_encrypted_or_not_taken(recipients: str, words: str) -> None:
    with pytest.raises(BackupRefused, match=words):
        copies.recipients_of(recipients)


def test_a_key_is_made_and_read_again(tmp_path: Path) -> None:
    public = copies.new_identity(tmp_path / "key.txt")
    assert (tmp_path / "key.txt").stat().st_mode & 0o777 == 0o600
    secret = pyrage.encrypt(b"words", copies.recipients_of(public))
    assert pyrage.decrypt(secret, copies.identities_in(tmp_path / "key.txt")) == b"words"
    with pytest.raises(BackupRefused, match="cannot be made"):
        copies.new_identity(tmp_path / "key.txt")
