"""A neighbourhood update about no incident has no number: nothing asks to quote one, and nothing mixes them up."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from smartalert.alerts import draft_words, feeds, forgetting, issuing, published, threads
from smartalert.alerts.drafts import Draft
from smartalert.alerts.follow_ups import CHOICES
from smartalert.alerts.incidents import KINDS
from smartalert.alerts.kind_words import Template, as_delivered
from smartalert.config import Mode
from smartalert.control.words import incident_words
from smartalert.database.connection import Connection
from smartalert.errors import AlertRefused, SetupError
from smartalert.responses import case_file, outcomes, reports
from smartalert.responses.reports import Report
from smartalert.worker import digests
from smartalert.worker.digests import Update
from tests.conftest import forget_settings
from tests.factories import NOW, OFFICER, complete_draft, make_draft, make_force_area, make_subscriber, preview_of

NEWS = {
    "incident_kind": "update",
    "urgent": False,
    "incident_number": "",
    "headline": "Meet your officers in Stafford",
    "description": "Your local officers are in the library in Stafford on Saturday at 10:00.",
    "instruction": "Come and tell us what worries you.",
    "contact": "Call 101 or ask your neighbourhood team. In an emergency call 999.",
}

UPDATES = [kind.key for kind in KINDS.values() if not kind.urgent]


@pytest.fixture
def policy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Sets whether updates need a number."""

    def put(value: str) -> None:
        monkeypatch.setenv("SMARTALERT_UPDATES_NEED_NUMBER", value)
        forget_settings()

    yield put
    monkeypatch.undo()
    forget_settings()


def issue(conn: Connection, content: Draft) -> int:
    """An alert that left a minute ago."""
    draft_id, version = make_draft(conn, content)
    shown = preview_of(conn, content, NOW)
    return issuing.issue(conn, draft_id, version, OFFICER, shown=shown, now=NOW, undo_s=0).id


@pytest.fixture
def place(conn: Connection) -> Connection:
    """Somebody to tell."""
    make_force_area(conn)
    make_subscriber(conn)
    return conn


def test_only_what_is_urgent_must_have_a_number_unless_the_force_wants_one_always(
    policy: Callable[[str], None],
) -> None:
    asked = {"incident_number": "Add the incident number."}
    assert complete_draft(**NEWS).lacking() == {}
    assert complete_draft(**NEWS | {"urgent": True}).lacking() == asked
    assert list(complete_draft(**NEWS | {"incident_number": "48x"}).lacking()) == ["incident_number"]
    policy("true")
    assert complete_draft(**NEWS).lacking() == asked
    policy("road_closed, fraud")
    assert complete_draft(**NEWS).lacking() == {}
    assert complete_draft(**NEWS | {"incident_kind": "fraud"}).lacking() == asked
    policy("road_closed, arson")
    with pytest.raises(SetupError, match="arson is none"):
        complete_draft(**NEWS).lacking()


@pytest.mark.parametrize("kind", UPDATES)
def test_an_update_asks_to_quote_a_number_as_long_as_it_has_one(kind: str) -> None:
    ours = as_delivered(Template(kind))
    begun = draft_words.choose_kind(kind, Draft(where="in Stafford"), NOW, ours)
    assert "[incident number]" not in begun.gaps()
    assert "quote" not in begun.contact
    numbered = draft_words.numbered(begun, "482", NOW, ours)
    assert ("quote incident 482 of 22 November" in numbered.contact) is (kind != "update")
    urgent = draft_words.graded(begun, urgent=True, template=ours)
    assert ("[incident number]" in urgent.gaps()) is (kind != "update")
    assert draft_words.numbered(urgent, "482", NOW, ours).contact == numbered.contact
    for again in (
        draft_words.graded(urgent, urgent=False, template=ours),
        draft_words.numbered(numbered, "", NOW, ours),
    ):
        assert again.contact == begun.contact


def test_words_of_the_officers_own_lose_a_number_that_is_none_and_get_none_unasked() -> None:
    begun = draft_words.choose_kind("burglary", Draft(where="in Stafford"), NOW)
    mine = begun.model_copy(update={"own_words": True, "contact": f"Come and see us. {begun.contact}"})
    update = draft_words.choose_kind("cycle_theft", mine, NOW, as_delivered(Template("cycle_theft")))
    assert update.contact == "Come and see us. Call 999. Do not approach anyone."
    numbered = draft_words.numbered(update, "482", NOW, as_delivered(Template("cycle_theft")))
    assert numbered.contact == update.contact
    assert draft_words.numbered(mine, "482", NOW).contact.count("quote incident 482 of 22 November") == 1


def test_it_leaves_without_a_number_where_an_urgent_one_is_refused(place: Connection) -> None:
    assert issue(place, complete_draft(**NEWS))
    with pytest.raises(AlertRefused, match="Add the incident number"):
        issue(place, complete_draft(**NEWS | {"urgent": True}))


def test_nothing_that_people_or_programs_read_names_an_empty_number(place: Connection) -> None:
    alert_id = issue(place, complete_draft(**NEWS))
    alert, at = published.issued(place, alert_id)
    document = ET.fromstring(feeds.document(alert, at))  # noqa: S314 our own
    assert document.find(f"{{{feeds.CAP}}}incidents") is None
    said = issuing.wording(complete_draft(**NEWS), None, Mode.LIVE, NOW)
    update = Update(
        1, alert.identifier, alert.headline, alert.description, alert.instruction, alert.contact, "", "Stafford", NOW
    )
    texts = [text for words in (said, digests.word([update], Mode.LIVE)) for one in words.values()
             for text in (one.body, one.html)]  # fmt: skip
    texts += [str(outcomes.mail_words(alert.identifier, "", "Thank you.")), incident_words("")]
    texts += [str(forgetting.public_words("update", "expired", None, ""))]
    for text in texts:
        assert "ncident ." not in text
        assert "ncident <" not in text
        assert "quote" not in text
    assert "In an emergency always call 999." in texts[2]


def test_what_follows_it_asks_nobody_to_quote_one(place: Connection) -> None:
    earlier = threads.followed(place, issue(place, complete_draft(**NEWS)))
    for follow_up in CHOICES:
        draft = threads.prefilled(earlier, follow_up, NOW + timedelta(minutes=5))
        assert "quote" not in draft.contact
        assert draft.lacking() == {}


def test_a_case_file_without_a_number_holds_one_thread_and_not_every_update(place: Connection) -> None:
    one, other = issue(place, complete_draft(**NEWS)), issue(place, complete_draft(**NEWS))
    reports.receive(place, one, None, Report(saw="About the library."), "one")
    reports.receive(place, other, None, Report(saw="About something else."), "other")
    made = zipfile.ZipFile(io.BytesIO(case_file.bundle(place, "", OFFICER, NOW, alert_id=one)))
    rows = list(csv.DictReader(io.StringIO(made.read("responses.csv").decode("utf-8-sig"))))
    assert [row["saw"] for row in rows] == ["About the library."]
    assert f"<h1>Alert {one}</h1>" in made.read("case-file.html").decode()
