"""The debrief screen: an officer's own runs and a trainer's all, every reason shown, and why there may be none."""

import re
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest

from smartalert.drills import files, runs
from tests.databases import Database
from tests.drills.playing import TRAINER, employ_officers, play
from tests.factories import OFFICER, make_force_area, make_street, make_subscriber
from tests.pages.conftest import Open, text

BEGAN = datetime.now(UTC) - timedelta(hours=3)


@pytest.fixture
def drills(database: Database) -> dict[str, int]:
    """Runs of every kind: played badly by one officer, and of another broken off, to come, and still running."""
    with database.connect() as owner:
        make_force_area(owner)
        make_street(owner)
        for number in range(12):
            make_subscriber(owner, at=(100 * number, 0))
        employ_officers(owner, OFFICER, "officer.bailey", "sergeant.okoye", "desk.hussain")
        played = play(owner, "missing-child", OFFICER, BEGAN, well=False)
        made = {
            kind: runs.make(owner, files.load("horse-theft"), [officer], TRAINER, seed=1, now=BEGAN)
            for kind, officer in (("short", "officer.bailey"), ("made", "desk.hussain"), ("running", "sergeant.okoye"))
        }
        for kind in ("short", "running"):
            runs.start(owner, made[kind], TRAINER, BEGAN)
        runs.end(owner, made["short"], TRAINER, BEGAN + timedelta(minutes=1))
        owner.commit()
    return {"played": played, **made}


def test_a_debrief_shows_the_score_its_reasons_with_their_rows_and_what_a_very_good_officer_wrote(
    open_screen: Open, drills
):
    said = text(open_screen("debrief", OFFICER, run=drills["played"]))
    for words in (
        "Child missing from a park", "Advice ignored: Exclamation marks.", "Nobody took account of “other coat”.",
        "alert 1", "Insp. Alison Carr", "A channel was left out.", "Alert due: missed", "A very good officer",
        "not shown until 5 other officers have done this drill", "no earlier drill with a score", "Ended by Tom Marsh.",
        "1 message sent", "A drill counts as practice for whoever decided something in it",
    ):  # fmt: skip
        assert words in said, words
    (drawn,) = re.findall(r"data:image/svg\+xml;base64,([^\"]+)", said)
    paths = {path.get("class") for path in ET.fromstring(b64decode(drawn)).findall(".//{*}path")}  # noqa: S314 our own
    assert {"wanted", "sent"} <= paths
    with_map = text(open_screen("debrief", "trainer.marsh", run=drills["played"]))
    assert "of 100" in with_map


def test_an_officer_reads_their_own_and_a_trainer_everybodys(open_screen: Open, drills):
    assert "No debrief here" in text(open_screen("debrief", "officer.bailey", run=drills["played"]))
    own = text(open_screen("debrief", "officer.bailey"))
    assert ("Horse theft from a farm" in own, "Child missing" in own) == (True, False)
    every = text(open_screen("debrief", "trainer.marsh"))
    assert ("Horse theft from a farm" in every, "Child missing" in every) == (True, True)


def test_where_there_is_nothing_to_talk_over_it_says_why(open_screen: Open, drills):
    assert "was broken off" in text(open_screen("debrief", "officer.bailey", run=drills["short"]))
    assert "has not begun" in text(open_screen("debrief", "trainer.marsh", run=drills["made"]))
    assert "still running" in text(open_screen("debrief", "trainer.marsh", run=drills["running"]))
    assert "No debrief here" in text(open_screen("debrief", "trainer.marsh", run="1; drop table drills"))
    assert "No drill has ended yet" in text(open_screen("debrief", "sergeant.okoye"))
