"""The list of alerts on a real database: one row a thread, and what is found in it however officers type it."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from smartalert.alerts import issuing, lifecycle, listing, threads
from smartalert.alerts.drafts import Draft
from smartalert.geography import text_search
from tests.factories import OFFICER, complete_draft, make_draft, make_force_area, make_subscriber, preview_of

ODD = [
    "", " ", "%", "_", "\\", "\\%", "'", "''", '"', "\x00", "\x00tannery", "\ud800", "\u202e", "%_%", "a" * 10_000, "(",
    "[", "*", "\u0301", "\U000e0001", "' or 1=1 --", "{}", "{0}", "%s", "%(x)s", ":x", "\n\n", "-" * 10_000,
]  # fmt: skip


@pytest.fixture
def place(conn: psycopg.Connection) -> psycopg.Connection:
    make_force_area(conn)
    make_subscriber(conn)
    conn.execute(
        "insert into officers (id, name, post, roles) values (%s, 'Insp. Zoë Ó’Brien', 'Stafford', '{sender}')",
        (OFFICER,),
    )
    return conn


def send(
    conn: psycopg.Connection, follows: int | None = None, how: str = "all_clear", undo_s: int = 0, **changes: object
) -> int:
    """An alert whose ten seconds are over."""
    now = datetime.now(UTC) - timedelta(minutes=1)
    if follows is None:
        draft_id, version = make_draft(conn, complete_draft(**changes))
    else:
        draft_id = threads.begin(conn, follows, how, OFFICER, now)
        version = conn.execute("select version from drafts where id = %s", (draft_id,)).fetchone()[0]
    (content,) = conn.execute("select content from drafts where id = %s", (draft_id,)).fetchone()
    shown = preview_of(conn, Draft.model_validate(content), now)
    return issuing.issue(conn, draft_id, version, OFFICER, shown=shown, now=now, undo_s=undo_s).id


def leave(conn: psycopg.Connection, *alerts: int) -> None:
    """All of these is handed over."""
    conn.execute(
        "update deliveries set state = 'handed_over', handed_over_at = now() where state = 'pending'"
        " and alert_id = any(%s)",
        (list(alerts),),
    )


def found(conn: psycopg.Connection, typed: str) -> list[int]:
    return [row.id for row in listing.recent(conn, text_search.wanted(typed)).rows]


@pytest.mark.parametrize(
    "typed",
    [
        "tannery", "TANN", "café", "cafe\u0301", "CAFE", "obrien", "o'brien zoe", "Ó’Brien", OFFICER, "482 november",
        "482 of 22", "burglary", "saint mary", "st marys", "st. mary's", "crowbar", "ab12cde", "AB12 CDE",
        "\uff54annery", "tannery\u200b row",
        "100", "red tannery obrien",
    ],
)  # fmt: skip
def test_words_place_number_kind_and_officer_are_found_however_they_are_typed(place, typed):
    alert = send(
        place,
        headline="Burglary in Tannery Row just now",
        description="By the café at Saint Mary’s, a red van, plate ab12 cde, 100% sure; a crow_bar and a crowbar",
    )
    assert found(place, typed) == [alert]


@pytest.mark.parametrize("typed", ["zeppelin", "tannery zeppelin", "cafeteria", "ab12cdf", "483", "o%brien", "tanner_"])
def test_what_no_alert_has_is_not_found_and_the_list_says_how_many_it_hides(place, typed):
    send(place)
    listed = listing.recent(place, text_search.wanted(typed))
    if typed in {"o%brien", "tanner_"}:
        assert listed.rows
    else:
        assert (listed.rows, listed.listed, listed.everything) == ([], 0, 1)


@pytest.mark.parametrize("typed", ODD)
def test_odd_input_finds_something_or_nothing_and_breaks_nothing(place, typed):
    alert = send(place)
    looked_for, listed = text_search.wanted(typed), found(place, typed)
    assert listed == [alert] if not looked_for or typed == "\x00tannery" else listed in ([], [alert])
    assert max(map(len, looked_for.words + looked_for.codes), default=0) <= text_search.LONGEST


def test_a_thread_is_one_row_what_goes_out_else_its_newest_message_that_was_not_undone(place):
    first = send(place, headline="Burglary, the first words")
    other = send(place, incident_number="483 of 22 November")
    leave(place, first)
    second = send(place, first)
    leave(place, second)
    assert [(row.id, row.messages) for row in listing.recent(place).rows] == [(other, 1), (second, 2)]
    leave(place, other)
    assert [row.id for row in listing.recent(place).rows] == [second, other]
    # what only the first message says leads to the row of the thread, and is told
    listed = listing.recent(place, text_search.wanted("the first words"))
    assert [row.id for row in listed.rows] == [second]
    assert "Burglary, the first words" in listed.said[listed.rows[0].thread]
    assert [row.id for row in listing.recent(place, limit=1).rows] == [second]
    assert listing.recent(place, limit=1).listed == 2
    undone = send(place, other, undo_s=600)
    assert [(row.id, row.messages) for row in listing.recent(place).rows] == [(undone, 2), (second, 2)]
    lifecycle.withdraw(place, undone, OFFICER, datetime.now(UTC))
    assert [(row.id, row.messages) for row in listing.recent(place).rows] == [(second, 2), (other, 1)]


def test_what_was_forgotten_is_found_by_what_is_still_shown_and_by_nothing_else(place):
    alert = send(
        place,
        incident_kind="missing_person",
        headline="Missing: Lina, 16, last seen in Tannery Row",
        description="We are looking for Lina, 16, last seen in Tannery Row at 13:50. Slim, plaits.",
    )
    assert found(place, "lina plaits") == [alert]
    lifecycle.stop(place, alert, OFFICER, datetime.now(UTC))
    assert found(place, "lina") == found(place, "plaits") == []
    assert found(place, "482 obrien missing") == [alert]
    assert "Lina" not in str(listing.recent(place, text_search.wanted("482")))


def test_the_index_answers_and_not_a_look_at_every_alert(place):
    send(place)
    place.execute("set local enable_seqscan = off")  # of so few rows it would be the cheaper
    plan = place.execute("explain select id from alerts where searched like '%%tannery%%'", ()).fetchall()
    assert "alerts_searched" in str(plan)
