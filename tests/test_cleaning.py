"""Text from outside: what nobody can see goes, what anybody wrote stays, and nothing turns its neighbours round."""

import re
import unicodedata

import pytest
from bidi import get_display
from hypothesis import example, given
from hypothesis import strategies as st

from smartalert import cleaning, wording

#: Any text, with much of what hides in some.
ODD = st.text(
    st.sampled_from(
        "\u200b\u200c\u200d\u200e\u202e\u2066\u2069\u2060\ufeff\u00ad\u0301\u034f\u3164\u2800\ufe0f\ufdd0\x00\x1b\ud800"
    )
    | st.sampled_from(" \t\r\n\u00a0\u2028\x85aZ1.א٣é👮")
    | st.characters()
)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("pat@example.com\u200b", "pat@example.com"),
        ("\u202apat@\u2060example.com\u202c", "pat@example.com"),
        ("ZZ1\u200d1AA", "ZZ11AA"),
        ("Mill\u00a0 Lane\u202e\r\n", "Mill Lane"),
        ("kni\u00adfe", "knife"),
        ("Sta\u0301fford", "St\u00e1fford"),
        ("nul\x00 and \ud83dhalf", "nul and half"),
        ("mine \ufdd0page\ufdd1 \ue000", "mine page"),
        ("گفت می\u200cخواهم", "گفت می\u200cخواهم"),
        ("👨\u200d👩\u200d👧 1\ufe0f\u20e3 ❤\ufe0f", "👨\u200d👩\u200d👧 1\ufe0f\u20e3 ❤\ufe0f"),
        ("नमस्\u200dते", "नमस्\u200dते"),
        ("e" + "\u0301" * 40 + "!", "\u00e9" + "\u0301" * 4 + "!"),
    ],
)
def test_what_nobody_sees_goes_and_what_anybody_wrote_stays(typed: str, kept: str) -> None:
    assert cleaning.one_line(typed) == kept


@pytest.mark.parametrize(
    "text", ["", " \n", "\u200b\u2060", "\u3164\u115f\u2800", "\u0301", "\ufe0f", "\u202e\u00a0\u200f", "\ue000\ufdd0"]
)
def test_a_text_of_what_nobody_sees_alone_is_empty(text: str) -> None:
    assert cleaning.one_line(text) == cleaning.lines(text) == ""


def test_lines_stay_lines_however_they_ended() -> None:
    assert cleaning.lines("one\r\ntwo\rthree\u2028four\x85five\n\n\n \n\nsix\n") == "one\ntwo\nthree\nfour\nfive\n\nsix"
    assert cleaning.lines("one\n \ntwo\n\u00a0\u200b\r\nthree") == "one\n\ntwo\n\nthree"


@given(ODD, st.integers(0, 30) | st.none())
def test_cleaning_is_done_once_and_for_all(text: str, longest: int | None) -> None:
    for clean in (cleaning.one_line, cleaning.lines):
        kept = clean(text, longest)
        assert clean(kept, longest) == kept
        assert longest is None or len(kept) <= longest
        assert kept == unicodedata.normalize("NFC", kept)
        kept.encode()
        for char in kept:
            assert char == "\n" or unicodedata.category(char) not in {"Cc", "Cs", "Co", "Zl", "Zp"}
            assert char not in "\u200b\u200e\u202e\u2066\u2069\ufeff\ufdd0\ufdd1"


@given(st.text(st.characters(categories=("L", "N", "P", "S"), max_codepoint=0x2FFF)))
@example("Mill Lane, O’Brien’s – 50 % off & more <b>")
def test_what_can_be_seen_is_kept(text: str) -> None:
    shown = text.translate(dict.fromkeys(map(ord, "\u115f\u1160\u2800")))
    assert cleaning.one_line(text) == unicodedata.normalize("NFC", shown)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("NOT  Breathing", "not\u00a0\nbreathing"),
        ("can’t", "cant"),
        ("ＫＮＩＦＥ", "kni\u200bfe"),
        ("Stáfford", "STA\u0301FFORD"),
        ("Newcastle‑under–Lyme", "newcastle under lyme"),
        ("ﬁre", "fire"),
        ("not－breathing… (please)", "NOT breathing, please"),
        ("٤٨٢ ４８２", "482 482"),
        ("can＇t", "can՚t"),
        ("\U0001d4db\U000e0061 🔥½", "l 1/2"),
    ],
)
def test_texts_that_read_alike_compare_alike(one: str, other: str) -> None:
    assert cleaning.compared(one) == cleaning.compared(other)


@pytest.mark.parametrize(
    ("pasted", "typed"),
    [
        ("\u202eＳＴ１６\u3000２ＬＤ\u200b", "ST16 2LD"),
        ("ST١٦ 2LD", "ST16 2LD"),
        ("Newcastle‑under–Lyme − o’clock", "Newcastle-under-Lyme - o'clock"),
        ("oﬃce@example。com", "office@example.com"),
        ("Sta\u0301fford ŵ", "Stáfford ŵ"),
    ],
)
def test_what_was_pasted_reads_as_if_it_were_typed(pasted: str, typed: str) -> None:
    assert cleaning.typewritten(pasted) == typed == cleaning.typewritten(typed)


@given(ODD)
def test_the_plainest_form_knows_where_it_stands(text: str) -> None:
    plain = cleaning.plain(text)
    assert len(plain.text) == len(plain.places)
    assert plain.places == sorted(plain.places)
    for said, place in zip(plain.text, plain.places, strict=True):
        assert said in cleaning.plainest(text[place])


#: What an officer must read as it stands, beside a name that somebody gave.
NUMBER = "07700 900123"


def read(line: str) -> str:
    """A line as eyes meet it, by another's implementation of UAX 9."""
    return re.sub("[\u2066-\u2069\u202a-\u202e]", "", get_display(line, base_dir="L"))


@pytest.mark.parametrize(
    "name", ["שרה", "سارة ٣", "Pat\u202e", "\u2067Pat", "Pat\u2069\u202e", "א 1", "\u202eשרה\u2066"]
)
def test_no_name_turns_a_number_beside_it_round(name: str) -> None:
    assert read(f"{cleaning.isolated(name)} {NUMBER}").endswith(f" {NUMBER}")


def test_without_isolation_it_would() -> None:
    assert not read(f"שרה {NUMBER}").endswith(f" {NUMBER}")


@given(st.text(st.sampled_from("aא٣1 .-+()\u202e\u202a\u202c\u2066\u2067\u2068\u2069\u200f"), max_size=12))
def test_whatever_stands_beside_a_number_leaves_it(name: str) -> None:
    assert read(f"incident 482 {cleaning.isolated(name)} {NUMBER}").startswith("incident 482 ")
    assert read(f"incident 482 {cleaning.isolated(name)} {NUMBER}").endswith(f" {NUMBER}")


def test_a_text_from_left_to_right_stays_as_it_is() -> None:
    assert cleaning.isolated("Mill Lane, Zoë’s 👮") == "Mill Lane, Zoë’s 👮"


def test_each_line_is_isolated_by_itself() -> None:
    assert cleaning.isolated("שרה\nPat") == "\u2068שרה\u2069\nPat"


@pytest.mark.parametrize("markup", [True, False])
def test_every_template_isolates_what_it_writes(markup: bool) -> None:
    text = "{{ name }} {{ number }}|{{ [name, number] | join(' · ') }}"
    made = wording.templates().overlay(autoescape=markup).from_string(text)
    assert all(read(line).endswith(NUMBER) for line in made.render(name="שרה", number=NUMBER).split("|"))
