"""What officers do with what the public told us; nothing of it changes a word of theirs."""

import csv
import io
import zipfile
from datetime import UTC, datetime

import psycopg
import pytest
from PIL import Image

from smartalert import photos
from smartalert.alerts import lifecycle
from smartalert.audit import entries as audit_entries
from smartalert.audit.entries import Action
from smartalert.dispatch import service_mail
from smartalert.errors import ResponseRefused
from smartalert.responses import case_file, grades, handling, inbox, outcomes, reports, results
from smartalert.responses.inbox import Answers, Unread
from smartalert.responses.reports import Report
from smartalert.responses.urgent_words import triggers
from tests.factories import LAT, LON
from tests.responses.conftest import tell

OKOYE, HUSSAIN = "sergeant.okoye", "desk.hussain"


def now() -> datetime:
    return datetime.now(UTC)


def test_urgent_ones_come_first_and_then_the_newest(conn: psycopg.Connection, alert_id: int) -> None:
    calm, armed, going_on = (
        tell(conn, alert_id, "A red car."),
        tell(conn, alert_id, "He had a KNIFE and a crowbar, a knife!"),
        tell(conn, alert_id, "They are in the yard.", happening_now=True),
    )
    for age, number in enumerate((going_on, calm, armed)):
        conn.execute("update responses set received_at = now() - %s * interval '1 min' where id = %s", (age, number))
    rows = inbox.queue(conn)
    assert [row.id for row in rows] == [going_on, armed, calm]
    assert rows[1].urgent_words == ["knife", "crowbar"]
    assert inbox.counts(conn) == Unread(unread=3, urgent=2)


def test_an_alert_says_how_many_answered_it_and_where_they_saw_something(
    conn: psycopg.Connection, alert_id: int
) -> None:
    assert inbox.alerts_with_responses(conn) == []
    tell(conn, alert_id, "A red car.")
    there = tell(conn, alert_id, "They ran.", point=(LON, LAT), point_from="photo")
    handling.judge(conn, there, "not_useful", OKOYE, now=now())
    handling.look(conn, there, OKOYE, now())
    (row,) = inbox.alerts_with_responses(conn)
    assert (row.id, row.responses, row.open) == (alert_id, 2, 1)
    assert inbox.answers(conn, alert_id) == Answers(responses=2, unread=1)
    assert [(row.id, round(row.lon, 5), round(row.lat, 5)) for row in inbox.sightings(conn, alert_id)] == [
        (there, round(LON, 5), round(LAT, 5))
    ]


def test_what_an_alert_led_to_is_recorded_once_and_can_be_taken_back(conn: psycopg.Connection, alert_id: int) -> None:
    for _ in range(2):
        results.record(conn, alert_id, "arrested", OKOYE, now())
    assert [(row.result, row.recorded_by) for row in results.of_alert(conn, alert_id)] == [("arrested", OKOYE)]
    results.take_back(conn, alert_id, "arrested", OKOYE, now())
    assert results.of_alert(conn, alert_id) == []
    actions = [entry.action for entry in audit_entries.timeline(conn, alert_id)][1:]
    assert actions == [Action.RESULT_RECORDED, Action.RESULT_TAKEN_BACK]
    with pytest.raises(ResponseRefused):
        results.record(conn, alert_id, "a promotion", OKOYE, now())


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("A begun race, unshot film, the scarecrow", []),
        ("Shots fired, she is bleeding", ["shots", "bleeding"]),
        ("He fell in the canal", ["in the canal"]),
        ("They are STILL HERE", ["still here"]),
    ],
)
def test_trigger_words_are_whole_words(words: str, found: list[str]) -> None:
    assert triggers(words) == found


def test_the_first_look_is_kept_and_only_the_first(conn: psycopg.Connection, alert_id: int) -> None:
    number = tell(conn, alert_id)
    assert handling.look(conn, number, OKOYE, now())
    assert not handling.look(conn, number, HUSSAIN, now())
    assert inbox.load(conn, number).first_look_by == OKOYE
    assert inbox.counts(conn).unread == 0


def test_a_claimed_response_is_taken_over_only_on_purpose(conn: psycopg.Connection, alert_id: int) -> None:
    number = tell(conn, alert_id)
    handling.claim(conn, number, OKOYE, now())
    handling.claim(conn, number, OKOYE, now())
    with pytest.raises(ResponseRefused, match="Another officer has just claimed this"):
        handling.claim(conn, number, HUSSAIN, now())
    with pytest.raises(ResponseRefused, match="have not claimed"):
        handling.release(conn, number, HUSSAIN)
    handling.claim(conn, number, HUSSAIN, now(), take_over=True)
    assert [row.id for row in inbox.queue(conn, officer=HUSSAIN)] == [number]
    handling.release(conn, number, HUSSAIN)
    assert inbox.queue(conn, officer=HUSSAIN) == []


def test_a_verdict_takes_it_off_the_queue_and_can_be_taken_back(conn: psycopg.Connection, alert_id: int) -> None:
    number = tell(conn, alert_id)
    handling.judge(conn, number, "resolved", OKOYE, now=now(), outcome="Arrested at the lock.")
    row = inbox.load(conn, number)
    assert (row.verdict, row.verdict_by, row.claimed_by) == ("resolved", OKOYE, OKOYE)
    assert row.outcome == "Arrested at the lock."
    assert inbox.queue(conn) == []
    assert [row.id for row in inbox.queue(conn, state="done")] == [number]
    handling.judge(conn, number, None, OKOYE, now=now())
    row = inbox.load(conn, number)
    assert (row.verdict, row.verdict_by, row.verdict_at, row.outcome) == (None, None, None, None)
    with pytest.raises(ResponseRefused):
        handling.judge(conn, number, "nonsense", OKOYE, now=now())


def test_a_useful_response_stays_open_until_somebody_says_what_was_done_with_it(
    conn: psycopg.Connection, alert_id: int, team: int
) -> None:
    number = tell(conn, alert_id)
    handling.judge(conn, number, "useful", OKOYE, now=now(), outcome="CCTV secured.")
    assert [row.id for row in inbox.queue(conn)] == [number]
    assert inbox.queue(conn, state="done") == []
    assert [row.open for row in inbox.alerts_with_responses(conn)] == [1]
    assert not inbox.load(conn, number).closed
    for verdict in ("passed_on", "resolved", "not_useful"):
        handling.judge(conn, number, verdict, HUSSAIN, now=now(), team=team if verdict == "passed_on" else None)
        assert inbox.queue(conn) == []
        row = inbox.load(conn, number)
        assert (row.closed, row.verdict, row.outcome) == (True, verdict, "CCTV secured.")
        handling.judge(conn, number, "useful", OKOYE, now=now())
        assert [row.id for row in inbox.queue(conn)] == [number]


def test_pages_hold_each_response_once_and_the_counts_say_what_a_filter_hides(
    conn: psycopg.Connection, alert_id: int
) -> None:
    numbers = [tell(conn, alert_id, f"Red car {number}", happening_now=number % 7 == 0) for number in range(95)]
    for number in numbers[:10]:
        handling.judge(conn, number, "resolved", OKOYE, now=now())
    for number in numbers[10:15]:
        handling.claim(conn, number, HUSSAIN, now())
    pages = [[row.id for row in inbox.queue(conn, page=page)] for page in (1, 2, 3, 4)]
    assert list(map(len, pages)) == [40, 40, 5, 0]
    assert sorted(number for page in pages for number in page) == numbers[10:]
    counted = inbox.queue_counts(conn, alert_id=None, officer=HUSSAIN, state="open", ids=None)
    assert (counted, counted.pages) == (inbox.QueueCounts(everything=95, in_state=85, listed=5, rows=5), 1)
    assert inbox.queue_counts(conn, alert_id=alert_id + 1, officer=None, state="all", ids=None).everything == 0
    few = inbox.queue_counts(conn, alert_id=alert_id, officer=None, state="done", ids=numbers[8:12])
    assert few == inbox.QueueCounts(everything=4, in_state=2, listed=2, rows=2)
    assert {row.id for row in inbox.queue(conn, state="all", ids=numbers[8:12])} == set(numbers[8:12])


def test_notes_stay_in_order_and_are_never_empty(conn: psycopg.Connection, alert_id: int) -> None:
    number = tell(conn, alert_id)
    handling.note(conn, number, OKOYE, "Rang back, no answer.", now())
    handling.note(conn, number, HUSSAIN, "CCTV asked for.", now())
    assert [(row.officer, row.words) for row in inbox.notes(conn, number)] == [
        (OKOYE, "Rang back, no answer."),
        (HUSSAIN, "CCTV asked for."),
    ]
    with pytest.raises(ResponseRefused, match="Write the note"):
        handling.note(conn, number, OKOYE, "  ", now())


def test_everything_done_is_in_the_audit_and_nothing_anybody_said(
    conn: psycopg.Connection, alert_id: int, team: int
) -> None:
    number = tell(conn, alert_id, "Mrs Smith of 4 Mill Lane did it")
    handling.look(conn, number, OKOYE, now())
    handling.claim(conn, number, OKOYE, now())
    handling.note(conn, number, OKOYE, "Spoke to Mrs Smith", now())
    grades.grade(conn, number, "B", OKOYE, now())
    handling.judge(conn, number, "passed_on", OKOYE, now=now(), outcome="Mrs Smith", team=team)
    entries = audit_entries.timeline(conn, alert_id)
    assert [entry.action for entry in entries][1:] == [
        "first looked at a response",
        "claimed a response",
        "wrote a note on a response",
        "graded a response",
        "passed a response on",
    ]
    assert entries[-1].detail["team"] == "CID, Stafford"
    assert "Smith" not in str([entry.detail for entry in entries])


def test_a_response_to_nothing_is_refused(conn: psycopg.Connection, alert_id: int) -> None:
    assert reports.receive(conn, alert_id + 1, None, Report(saw="x"), "key") is None
    with pytest.raises(ResponseRefused, match="no such response"):
        handling.claim(conn, 10**9, OKOYE, now())


def test_only_somebody_the_alert_went_to_is_kept_as_a_person(conn: psycopg.Connection, alert_id: int) -> None:
    (ada,) = conn.execute("select subscriber_id from deliveries limit 1").fetchone()
    for key, person, kept in (("1", ada, ada), ("2", ada + 999, None)):
        reference = reports.receive(conn, alert_id, person, Report(saw="x", may_contact=True), key)
        found = conn.execute("select subscriber_id from responses where reference = %s", (reference,)).fetchone()
        assert found == (kept,)


def test_the_officers_role_can_work_on_responses_and_never_change_a_word(
    conn: psycopg.Connection, alert_id: int
) -> None:
    number = tell(conn, alert_id)
    conn.execute("set local role smartalert_control")
    handling.look(conn, number, OKOYE, now())
    handling.judge(conn, number, "resolved", OKOYE, now=now())
    assert inbox.queue(conn, state="done")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute("update responses set saw = 'nothing'")


def test_the_case_file_of_an_incident_holds_words_table_and_photographs(
    conn: psycopg.Connection, alert_id: int, team: int
) -> None:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "PNG")
    photo = photos.read(out.getvalue(), keep_place=False)
    first = tell(
        conn, alert_id, "=cmd|'/c calc'!A1 <script>x</script>", photo=photo, point=(LON, LAT), point_from="photo"
    )
    tell(conn, alert_id, "A red car.")
    handling.note(conn, first, OKOYE, "CCTV asked for.", now())
    handling.judge(conn, first, "useful", OKOYE, now=now(), outcome="Arrest.")
    near = tell(conn, alert_id, "I heard of it.", point=(LON, LAT), point_from="street")
    grades.grade(conn, near, "C", OKOYE, now())
    handling.judge(conn, near, "passed_on", OKOYE, now=now(), team=team)
    handling.judge(conn, near, "resolved", HUSSAIN, now=now())
    made = zipfile.ZipFile(io.BytesIO(case_file.bundle(conn, "482 of 22 November", HUSSAIN, now())))
    reference = inbox.load(conn, first).reference
    assert sorted(made.namelist()) == sorted(["case-file.html", "responses.csv", f"photos/{reference}.jpg"])
    page = made.read("case-file.html").decode()
    for words in ("482 of 22 November", "CCTV asked for.", "Arrest.", "&lt;script&gt;", f"photos/{reference}.jpg"):
        assert words in page
    assert "<script>" not in page
    rows = list(csv.DictReader(io.StringIO(made.read("responses.csv").decode("utf-8-sig"))))
    assert next(row["reference"] for row in rows) == reference
    assert rows[0]["saw"].startswith("'=cmd")
    assert rows[0]["latitude"].startswith("52.8")
    passed = rows[-1]
    assert (passed["passed_to"], passed["passed_by"], passed["grade"]) == ("CID, Stafford", OKOYE, "C")
    assert (passed["verdict"], passed["near"], rows[0]["near"]) == ("Resolved", reference, reference)
    assert "C: Known indirectly" in page
    assert f"{reference}: within 150 metres" in page
    assert audit_entries.timeline(conn, alert_id)[-1].action == "exported the case file"


def test_in_the_case_file_no_words_turn_others_round_and_no_two_times_look_alike(
    conn: psycopg.Connection, alert_id: int
) -> None:
    for key, at in (("one", "2026-10-25T00:30Z"), ("two", "2026-10-25T01:30Z")):
        number = tell(
            conn,
            alert_id,
            f"{key}\n\u05d0 482",
            key=key,
            name="\u05e9\u05e8\u05d4",
            contact="07700 900123",
            may_contact=True,
        )
        conn.execute("update responses set received_at = %s where id = %s", (at, number))
    handling.note(conn, number, OKOYE, "First line.\nSecond line.", now())
    made = zipfile.ZipFile(io.BytesIO(case_file.bundle(conn, "482 of 22 November", HUSSAIN, now())))
    page = made.read("case-file.html").decode()
    assert page.count("\u2068\u05e9\u05e8\u05d4\u2069 07700 900123") == 2
    assert "received 2026-10-25 01:30:00 BST" in page
    assert "received 2026-10-25 01:30:00 GMT" in page
    assert "First line.\nSecond line." in page
    assert "dd, li { white-space: pre-line; }" in page
    rows = csv.DictReader(io.StringIO(made.read("responses.csv").decode("utf-8-sig")))
    assert {row["received"][-3:] for row in rows} == {"BST", "GMT"}


def test_a_case_file_of_nothing_is_refused(conn: psycopg.Connection) -> None:
    with pytest.raises(ResponseRefused, match="no alert"):
        case_file.bundle(conn, "1 of 1 January", HUSSAIN, now())


def test_the_outcome_goes_once_to_those_who_let_us_contact_them(conn: psycopg.Connection, alert_id: int) -> None:
    (ada,) = conn.execute("select subscriber_id from deliveries limit 1").fetchone()
    for key, may_contact in (("1", True), ("2", True), ("3", False)):
        reports.receive(conn, alert_id, ada, Report(saw="x", may_contact=may_contact), key)
    reports.receive(conn, alert_id, None, Report(saw="x", may_contact=True, contact="07700 900123"), "4")
    alert = lifecycle.load(conn, alert_id)
    conn.execute("set local role smartalert_control")
    assert outcomes.people(conn, alert_id) == 1
    assert (
        outcomes.tell(
            conn, alert_id, "Two arrests {today}.\nThank you <all> by the front-secret-door: -secret-.", OKOYE, now()
        )
        == 1
    )
    with pytest.raises(ResponseRefused, match="You have already told them exactly this"):
        outcomes.tell(
            conn, alert_id, "Two arrests {today}.\nThank you <all> by the front-secret-door: -secret-.", OKOYE, now()
        )
    conn.execute("reset role")
    (row,) = conn.execute("select * from service_mails").fetchall()
    assert row.address == f"person{ada}@training.example"
    assert row.subject == "EXERCISE: What happened with incident 482 of 22 November"
    assert "Two arrests {today}." in row.body
    assert "&lt;all&gt;" in row.html
    assert "by the front-secret-door: -secret-." in row.html
    assert "by the front-secret-door: -secret-." in row.body
    assert str(alert.identifier) in row.html
    assert [one.people for one in outcomes.told(conn, alert_id)] == [1]


def test_who_has_only_the_app_is_told_on_their_phone_and_not_after_they_left(
    conn: psycopg.Connection, alert_id: int
) -> None:
    (ada,) = conn.execute("select subscriber_id from deliveries limit 1").fetchone()
    reports.receive(conn, alert_id, ada, Report(saw="x", may_contact=True), "1")
    conn.execute("select switch_off(array[%s::bigint], 'email', array['left'])", (ada,))
    conn.execute("set local role smartalert_control")
    assert outcomes.tell(conn, alert_id, "Two arrests. " * 60, OKOYE, now()) == 1
    conn.execute("reset role")
    (number,) = conn.execute("select id from service_mails").fetchone()
    conn.execute("set local role smartalert_worker")
    with conn.transaction(force_rollback=True):
        mail = service_mail.claim(conn, number, now())
    assert mail is not None
    assert (mail.channel, mail.address) == ("push", f"token-{ada}")
    assert mail.subject == "EXERCISE: What happened with incident 482 of 22 November"
    assert len(mail.body) <= 300
    assert mail.body.startswith("Two arrests.")
    conn.execute("reset role")
    conn.execute("delete from contacts where subscriber_id = %s", (ada,))
    assert service_mail.claim(conn, number, now()) is None


def test_nobody_is_told_an_outcome_who_left_or_stayed_anonymous(conn: psycopg.Connection, alert_id: int) -> None:
    (ada,) = conn.execute("select subscriber_id from deliveries limit 1").fetchone()
    reports.receive(conn, alert_id, ada, Report(saw="x", may_contact=True), "1")
    for channel in ("email", "push"):
        conn.execute("select switch_off(array[%s::bigint], %s, array['left'])", (ada, channel))
    with pytest.raises(ResponseRefused, match="Nobody who answered"):
        outcomes.tell(conn, alert_id, "Two arrests.", OKOYE, now())
