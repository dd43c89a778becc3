"""Another place or number in words that named the old one, and in nothing that only holds its letters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartalert.alerts import draft_words
from smartalert.alerts.drafts import Draft


@pytest.mark.parametrize(
    ("old", "new", "words", "wanted"),
    [
        ("near Leek", "near Stone", "Seen near Leekbrook, then near Leek.", "Seen near Leekbrook, then near Stone."),
        (
            "near Stafford",
            "near Rugeley",
            "near Stafford; works near Staffordshire House",
            "near Rugeley; works near Staffordshire House",
        ),
        (
            "near Stafford",
            "near Rugeley",
            "Van near Stafford Road, man near Stafford",
            "Van near Stafford Road, man near Rugeley",
        ),
        (
            "near Stone",
            "in Eccleshall",
            "lives near Stone-by-Water, seen near Stone",
            "lives near Stone-by-Water, seen in Eccleshall",
        ),
        (
            "near King",
            "near Ash",
            "near King's Lane and near King’s Head, near King",
            "near King's Lane and near King’s Head, near Ash",
        ),
        (
            "at 12 Mill Lane",
            "at 3 Ash Row",
            "at 12 Mill Lane, not at 112 Mill Lane",
            "at 3 Ash Row, not at 112 Mill Lane",
        ),
        (
            "12 Mill Lane",
            "3 Ash Row",
            "112 Mill Lane, 1/12 Mill Lane, 2.12 Mill Lane, 12 Mill Lane",
            "112 Mill Lane, 1/12 Mill Lane, 2.12 Mill Lane, 3 Ash Row",
        ),
        ("near the A51", "near Stone", "near the A513, then near the A51.", "near the A513, then near Stone."),
        (
            "near Junction 14",
            "near Stone",
            "near Junction 14.5, near Junction 14: stop",
            "near Junction 14.5, near Stone: stop",
        ),
        ("near Mill Lane", "in Ash Row", "Near Mill Lane. Also near  Mill\nLane!", "In Ash Row. Also in Ash Row!"),
        (
            "near Mill Lane",
            "in Ash Row",
            "seen near Mill Lane Tuesday, near Mill Lane CCTV",
            "seen in Ash Row Tuesday, in Ash Row CCTV",
        ),
        ("near O'Brien", "near Stone", "near O’Brien", "near Stone"),
        (
            "near Leek",
            "near Stone",
            "near Leek Ŵyl, near Leek Éire, near Leek",
            "near Leek Ŵyl, near Leek Éire, near Stone",
        ),
        (
            "near Leek",
            "near Stone",
            "near Leek–Ash line, near Leek‐on‐Dee, near Leek",
            "near Leek–Ash line, near Leek‐on‐Dee, near Stone",
        ),
        (
            "near Leek",
            "near Stone",
            "near Leek\u00adbrook, near Leek\u200bbrook, near Leek\u200b.",
            "near Leek\u00adbrook, near Leek\u200bbrook, near Stone\u200b.",
        ),
        (
            "near Caf",
            "near Stone",
            "near Caf\u0301, near Caf\u0301é, near Caf",
            "near Caf\u0301, near Caf\u0301é, near Stone",
        ),
        (
            "near Unit 1",
            "near Stone",
            "near Unit 1½, near Unit 1–3, near Unit 1٣, near Unit 1",
            "near Unit 1½, near Unit 1–3, near Unit 1٣, near Stone",
        ),
        ("near St Mary’s", "near Stone", "near St Mary's, near St Maryʼs", "near Stone, near Stone"),
        ("near Leek", "near Stone", "near Leek\nGreen van", "near Stone\nGreen van"),
        (" ", "near Stone", "Seen [where]", "Seen near Stone"),
        ("near Leek", "near Leek Road", "near Leek, near Leek", "near Leek Road, near Leek Road"),
        ("near (old) Leek", r"near \1 Stone", "near (old) Leek", r"near \1 Stone"),
        ("", "near Stone", "Seen [where], not [where from]", "Seen near Stone, not [where from]"),
    ],
)
def test_a_place_is_named_by_its_whole_name(old: str, new: str, words: str, wanted: str) -> None:
    draft = Draft(where=old, headline=words, description=words, instruction=words, contact=words)
    found = draft_words.restate(draft, "where", new)
    assert [found.headline, found.description, found.instruction, found.contact] == [wanted] * 4
    assert found.where == new


@pytest.mark.parametrize(
    ("old", "new", "words", "wanted"),
    [
        ("482 of 22 November", "9 of 23 November", "Linked to 2482 of 22 November", "Linked to 2482 of 22 November"),
        (
            "482 of 22 November",
            "9 of 23 November",
            "1,482 of 22 November; 482 of 22 November",
            "1,482 of 22 November; 9 of 23 November",
        ),
        (
            "12 of 2 May",
            "77 of 3 May",
            "Quote 12 of 2 May, not 12 of 2 May 2025 or 12 of 2 May, 2024",
            "Quote 77 of 3 May, not 12 of 2 May 2025 or 12 of 2 May, 2024",
        ),
        (
            "12 of 2 May",
            "77 of 3 May",
            "12 of 2 May. 2 men. 12 of 22 May. 12 of 2 Mayfield",
            "77 of 3 May. 2 men. 12 of 22 May. 12 of 2 Mayfield",
        ),
        (
            "12 of 2 May",
            "77 of 3 May",
            "12 of 2 May (2025), 12 of 2 May of 2024, 12 of 2 May’25, 1\u00a012 of 2 May, 12 of 2 May",
            "12 of 2 May (2025), 12 of 2 May of 2024, 12 of 2 May’25, 1\u00a012 of 2 May, 77 of 3 May",
        ),
        ("12 of 2 May", "77 of 3 May", "12 of 2 May 2030 hours", "77 of 3 May 2030 hours"),
        ("12 of 2 May", "77 of 3 May", "Quote 12 of 2 May Stay away", "Quote 77 of 3 May Stay away"),
        ("12 of 2 May", "", "Quote 12 of 2 May.", "Quote [incident number]."),
        ("", "12 of 2 May", "Quote [incident number].", "Quote 12 of 2 May."),
    ],
)
def test_a_number_is_named_by_all_its_digits(old: str, new: str, words: str, wanted: str) -> None:
    draft = Draft(incident_number=old, contact=words)
    assert draft_words.restate(draft, "incident_number", new).contact == wanted


LETTERS = st.text("abcXY12'’-", min_size=1, max_size=3).filter(lambda text: text[-1].isalnum() and text[0].isalnum())


@given(LETTERS, LETTERS)
def test_nothing_that_goes_on_is_rewritten(before: str, after: str) -> None:
    words = f"{before}Ash Row and Ash Row{after}"
    assert draft_words.restate(Draft(where="Ash Row", headline=words), "where", "Mill Lane").headline == words


@given(
    st.sampled_from(["", " ", "(", '"', ", ", "… ", "\n"]),
    st.sampled_from(["", ".", ", and", ")", "!", '"', " on foot", "\n"]),
)
def test_what_stands_alone_is(before: str, after: str) -> None:
    words = f"{before}Ash Row{after}"
    wanted = f"{before}Mill Lane{after}"
    assert draft_words.restate(Draft(where="Ash Row", headline=words), "where", "Mill Lane").headline == wanted
