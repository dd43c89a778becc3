"""Results of drills from training to live: signed, carried, refused where a byte is another, and added once."""

import base64
import csv
import hashlib
import hmac
import io
import json
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from smartalert.database.connection import Connection
from smartalert.drills import exchange, files, runs
from smartalert.errors import DrillRefused
from tests.conftest import forget_settings
from tests.drills.playing import TRAINER, employ_officers
from tests.factories import OFFICER, make_force_area, make_street

NOW = datetime.now(UTC)
KEY = "one long secret of both deployments"


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch):
    def become(mode: str, **more: str) -> None:
        facts = {"MODE": mode, "OIDC_ISSUER": "https://id.force.example", "DRILL_RESULTS_KEY": KEY, **more}
        for name, value in facts.items():
            monkeypatch.setenv(f"SMARTALERT_{name}", value)
        forget_settings()

    become("training")
    return become


@pytest.fixture
def signed(conn: Connection, setting) -> bytes:
    """What a training deployment signed of drills with and without a score, which are not in the database any more."""
    make_force_area(conn)
    make_street(conn)
    employ_officers(conn, OFFICER)
    with conn.transaction() as there:
        drill = runs.make(conn, files.load("horse-theft"), [OFFICER], TRAINER, seed=1, now=NOW)
        conn.execute(
            "insert into drill_results (drill, officer, scenario, ended_at, total) values"
            " (%(drill)s, %(carr)s, '=1+1', %(at)s, 71), (%(drill)s, 'a.stranger', 'Horse theft', %(at)s, 60),"
            " (%(drill)s, 'broken.off', 'Horse theft', %(at)s, null)",
            {"drill": drill, "carr": OFFICER, "at": NOW - timedelta(days=1)},
        )
        body = exchange.export(conn, TRAINER, NOW)
        table = list(csv.reader(io.StringIO(exchange.table(conn, TRAINER).decode("utf-8-sig"))))
        assert table[0] == list(exchange.COLUMNS)
        assert [row[0] for row in table[1:]] == ["EXERCISE"] * 3
        assert {row[3] for row in table[1:]} == {"'=1+1", "Horse theft"}
        raise psycopg.Rollback(there)
    return body


def test_a_file_is_brought_once_and_says_who_is_not_known(conn, setting, signed):
    setting("live")
    assert exchange.bring(conn, signed, "admin.foster", NOW) == exchange.Brought(new=2, known=0, strangers=1)
    assert exchange.bring(conn, signed + b"\n", "admin.foster", NOW) == exchange.Brought(new=0, known=2, strangers=1)
    rows = conn.execute("select officer, total, drill, brought_by from drill_results order by officer").fetchall()
    assert [tuple(row) for row in rows] == [
        ("a.stranger", 60, None, "admin.foster"),
        (OFFICER, 71, None, "admin.foster"),
    ]


def test_the_signature_is_what_anybody_computes_with_the_secret(signed):
    body, _, signature = signed.rpartition(b".")
    derived = hashlib.sha256(b"smartalert drill results" + b"signer" + KEY.encode()).digest()
    by_hand = hmac.new(derived, body, hashlib.sha256).digest()
    assert base64.urlsafe_b64encode(by_hand).rstrip(b"=") == signature
    assert {row["total"] for row in json.loads(body)["results"]} == {71, 60, None}


def test_a_file_with_any_other_byte_is_refused_whole(conn, setting, signed):
    setting("live")
    changed = [signed[:at] + bytes([signed[at] ^ 1]) + signed[at + 1 :] for at in range(0, len(signed) - 1, 3)]
    better = signed.replace(b'"total":60', b'"total":99')
    for wrong in (*changed, better, b"", b".", signed[:-9], signed.rpartition(b".")[0], b"{}", b"\xff" * 99):
        with pytest.raises(DrillRefused):
            exchange.bring(conn, wrong, "admin.foster", NOW)
    with pytest.raises(DrillRefused, match="larger than 5 MB"):
        exchange.bring(conn, b"x" * 5_000_001, "admin.foster", NOW)
    assert conn.execute("select count(*) from drill_results").fetchone() == (0,)


def test_another_secret_made_up_officers_and_the_wrong_deployment_are_refused_in_words(conn, setting, signed):
    with pytest.raises(DrillRefused, match="into the live control room"):
        exchange.bring(conn, signed, "admin.foster", NOW)
    setting("live", DRILL_RESULTS_KEY="another secret of somebody else")
    with pytest.raises(DrillRefused, match="not as a training deployment of this force signed it"):
        exchange.bring(conn, signed, "admin.foster", NOW)
    setting("live", DRILL_RESULTS_KEY=f"the newer of the two secrets,{KEY}")
    assert exchange.bring(conn, signed, "admin.foster", NOW).new == 2
    with pytest.raises(DrillRefused, match="still to come"):
        exchange.bring(conn, signed, "admin.foster", NOW - timedelta(days=2))
    setting("live", DRILL_RESULTS_KEY="short")
    with pytest.raises(DrillRefused, match="SMARTALERT_DRILL_RESULTS_KEY"):
        exchange.bring(conn, signed, "admin.foster", NOW)
    setting("training", OIDC_ISSUER="")
    with pytest.raises(DrillRefused, match="made up"):
        exchange.export(conn, TRAINER, NOW)
