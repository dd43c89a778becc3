"""One alert's whole story: complete, provable by itself, and naming nobody who was told or who answered."""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from smartalert import config
from smartalert.alerts import drafts, issuing, lifecycle
from smartalert.alerts import story as alert_story
from smartalert.audit import chain
from smartalert.audit.signed_heads import Head
from smartalert.database import connection
from smartalert.database.cluster import Cluster
from smartalert.errors import AlertRefused
from tests.conftest import forget_settings
from tests.databases import Database, fresh_database
from tests.factories import OFFICER, complete_draft, make_draft, make_force_area, make_subscriber, preview_of


@pytest.fixture(scope="module")
def told(cluster: Cluster) -> Iterator[tuple[Database, int, dict]]:
    """Ada is told; she answers; the alert is stopped; the chain is signed. The database, the alert and its story."""
    with pytest.MonkeyPatch.context() as patch, fresh_database(cluster) as made:
        patch.setenv("SMARTALERT_SECRET_KEY", "only for tests")
        forget_settings()
        config.signer.cache_clear()
        with made.connect() as owner:
            make_force_area(owner)
            ada = make_subscriber(owner)
        now = datetime.now(UTC)
        with connection.transaction(made.engine("smartalert_control")) as conn:
            draft_id, _ = make_draft(conn, complete_draft(headline="Burglary somewhere"))
            version = drafts.save(conn, draft_id, OFFICER, complete_draft())
            shown = preview_of(conn, complete_draft(), now)
            alert_id = issuing.issue(conn, draft_id, version, OFFICER, shown=shown, now=now, undo_s=0).id
        with made.connect() as owner:
            owner.execute(
                "insert into responses (reference, form_key, alert_id, subscriber_id, saw, name, contact, may_contact,"
                " verdict, verdict_at, verdict_by) values ('K7F-3QM', '\\x01', %s, %s, 'A red van', 'Ada Lovelace',"
                " '07700 900123', true, 'useful', now(), 'x')",
                (alert_id, ada),
            )
        with connection.transaction(made.engine("smartalert_control")) as conn:
            lifecycle.stop(conn, alert_id, OFFICER, datetime.now(UTC))
        with connection.transaction(made.engine("smartalert_worker")) as conn:
            chain.sign(conn, datetime.now(UTC))
        with made.connect("smartalert_control") as conn:
            yield made, alert_id, alert_story.story(conn, alert_id, now)
        config.signer.cache_clear()


def test_it_tells_everything_that_happened(told):
    _, _, story = told
    assert story["alert"]["headline"] == "Burglary in Tannery Row just now"
    assert story["draft_changes"][-1]["changed"] == {"headline": ["Burglary somewhere", story["alert"]["headline"]]}
    assert [entry["action"] for entry in story["audit"]] == ["issued", "stopped"]
    assert set(story["words"]) == {"push", "email"}
    assert {(row["channel"], row["state"], row["deliveries"]) for row in story["deliveries"]} == {
        ("push", "cancelled", 1),
        ("email", "cancelled", 1),
    }
    assert (story["responses"]["received"], story["responses"]["useful"]) == (1, 1)


def test_whoever_reads_it_can_check_the_proof_without_the_database(told):
    _, _, story = told
    proof = story["proof"]
    contents = {entry["position"]: entry["content"].encode() for entry in story["audit"]}
    previous = bytes.fromhex(proof["before"])
    for link in proof["links"]:
        digest = bytes.fromhex(link["content_sha256"])
        if link["position"] in contents:
            assert hashlib.sha256(contents[link["position"]]).digest() == digest
        previous = hashlib.sha256(previous + digest).digest()
        assert previous.hex() == link["hash"]
    head = Head.parse(proof["head"])
    assert (head.position, head.hash) == (proof["links"][-1]["position"], previous)


@pytest.mark.parametrize("change", ["update messages set body = 'x' where channel = 'push'", "delete from messages"])
def test_other_words_than_were_issued_are_found(told, change):
    database, alert_id, _ = told
    with database.connect() as owner:
        assert chain.verify(owner).unbroken
        owner.execute(change)
        assert any(f"words of alert {alert_id} push." in found for found in chain.verify(owner).findings)
        owner.rollback()


def test_nobody_who_was_told_or_who_answered_is_in_it(told):
    database, alert_id, _ = told
    with database.connect("smartalert_control") as conn:
        name, body = alert_story.bundle(conn, alert_id, OFFICER, datetime.now(UTC))
        conn.rollback()
    assert name == f"EXERCISE-alert-{alert_id}-story.zip"
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert archive.namelist() == ["story.html", "story.json"]
        text = "".join(archive.read(part).decode() for part in archive.namelist())
    for personal in ("Ada", "07700", "red van", "token-", "training.example", "K7F"):
        assert personal not in text
    assert "<title>EXERCISE: Alert" in text
    assert json.loads(text[text.index("</html>") + 7 :])["exercise"] == "EXERCISE"


def test_taking_it_is_an_entry_of_its_own(told):
    database, alert_id, _ = told
    with database.connect("smartalert_control") as conn:
        alert_story.bundle(conn, alert_id, "chief.whitlock", datetime.now(UTC))
        last = conn.execute("select officer, action, alert_id from audit order by id desc limit 1").fetchone()
        conn.rollback()
    assert last == ("chief.whitlock", "exported the story", alert_id)


def test_an_alert_is_found_by_number_or_identifier(told):
    database, alert_id, story = told
    with database.connect("smartalert_control") as conn:
        assert alert_story.find(conn, f" {alert_id} ") == alert_id
        assert alert_story.find(conn, str(story["alert"]["identifier"]).upper()) == alert_id
        with pytest.raises(AlertRefused, match="There is no alert 9999"):
            alert_story.find(conn, "9999")
