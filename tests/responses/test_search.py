"""Search among responses, on a real database: what officers type against what people wrote."""

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartalert.responses import search
from smartalert.responses.search import NOTHING, Wanted
from tests.responses.conftest import tell

SEEN = "A Ford at the café by Saint Mary’s, plate ab12 cde. O’Brien’s van went up Mill Rd. 100% sure_thing"


def holds(conn: psycopg.Connection, typed: str) -> bool:
    return bool(search.found(conn, search.wanted(typed)))


@pytest.mark.parametrize(
    ("typed", "marked"),
    [
        ("ford", ["Ford"]),
        ("fo caf", ["Fo", "caf"]),
        ("CAFE", ["café"]),
        ("cafe\u0301", ["café"]),
        ("o'brien", ["O’Brien"]),
        ("O´BRIENS", ["O’Brien’s"]),
        ("brien", ["Brien"]),
        ("st marys", ["Saint", "Mary’s"]),
        ("Saint Mary's", ["Saint", "Mary’s"]),
        ("sain", ["Sain"]),
        ("mill road", ["Mill", "Rd"]),
        ("AB12CDE", ["ab12 cde"]),
        ("ab12-cde", ["ab12", "cde"]),
        ("  ford\u200b\t ", ["Ford"]),
        ("100%", ["100"]),
        ("\uff46\uff4f\uff52\uff44", ["Ford"]),
    ],
)
def test_what_is_typed_is_found_however_it_is_spelt_and_marked(conn, alert_id, typed, marked):
    tell(conn, alert_id, "Nothing of the kind.", key="other")
    number = tell(conn, alert_id, SEEN)
    assert search.found(conn, search.wanted(typed)) == [number]
    assert [SEEN[start:end] for start, end in search.spans(SEEN, search.wanted(typed))] == marked


@pytest.mark.parametrize("typed", ["ford focus", "zq%", "tford", "marysp", "ab12 cdf", "zz12cde", "\\"])
def test_what_nobody_wrote_is_not_found(conn, alert_id, typed):
    tell(conn, alert_id, SEEN)
    looked_for = search.wanted(typed)
    assert looked_for == NOTHING or search.found(conn, looked_for) == []


def test_a_reference_is_found_with_and_without_its_hyphen_and_in_part(conn, alert_id):
    number = tell(conn, alert_id)
    tell(conn, alert_id, "Another.")
    (reference,) = conn.execute("select reference from responses where id = %s", (number,)).fetchone()
    for typed in (reference, reference.lower(), reference.replace("-", ""), reference.replace("-", " ")):
        assert search.found(conn, search.wanted(typed)) == [number]
    assert number in search.found(conn, search.wanted(reference[:3]))
    for one in ("PYW-LXV", "K7F-3QM"):
        assert search.spans(one, search.wanted(one.replace("-", "").lower())) == [(0, 7)]


def test_places_are_found_the_person_s_own_and_the_alert_s(conn, alert_id):
    number = tell(conn, alert_id, "They ran.", place="Tixall Road, by the Lock-keeper’s", seen_at="about ten")
    for typed in ("tixall rd", "lock keepers", "about ten", "482 november"):
        assert search.found(conn, search.wanted(typed)) == [number]
    (area,) = conn.execute("select area_desc from alerts where id = %s", (alert_id,)).fetchone()
    assert search.found(conn, search.wanted(area)) == [number]


def test_nothing_typed_looks_for_nothing(conn):
    for typed in ("", "  ", "'-'", "\u200b\u202e", "\x00"):
        assert search.wanted(typed) == NOTHING
        assert search.found(conn, search.wanted(typed)) is None


def test_a_box_full_of_words_is_bounded():
    assert len(search.wanted(" ".join(map(chr, range(97, 123)))).words) == search.MOST_WORDS
    assert max(map(len, search.wanted("x" * 10_000).words)) == search.LONGEST


@given(st.text(max_size=120))
def test_each_word_of_a_text_finds_and_marks_it(text):
    kept = search.searched("K7F-3QM", text)
    for word in text.split():
        looked_for = search.wanted(word)
        assert all(one in kept for one in looked_for.words)
        assert all(one in kept.replace(" ", "") for one in looked_for.codes)
        if looked_for:
            spans = search.spans(text, looked_for)
            assert all(0 <= start < end <= len(text) for start, end in spans)
            assert spans


def test_the_index_answers_and_not_a_look_at_every_response(conn, alert_id):
    conn.execute(
        "insert into responses (reference, form_key, alert_id, saw, may_contact, searched)"
        " select n::text, int4send(n), %s, 'x', false, 'k' || n || ' a red car by the mill number ' || n"
        " from generate_series(1, 4000) n",
        (alert_id,),
    )
    conn.execute("analyze responses")
    conn.execute("set local enable_seqscan = off")  # of so few rows it would be the cheaper
    number = tell(conn, alert_id, SEEN)
    for typed in ("brien van", "AB12CDE"):
        assert search.found(conn, search.wanted(typed)) == [number]
    for column, index in (("searched", "responses_searched"), ("replace(searched, ' ', '')", "responses_squeezed")):
        plan = conn.execute(f"explain select id from responses where {column} like '%%ab12cde%%'", ()).fetchall()
        assert index in str(plan)
    assert len(search.found(conn, Wanted(words=("red",)))) == search.MOST_FOUND
