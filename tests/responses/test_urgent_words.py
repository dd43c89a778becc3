"""Words that put a response on top: found however they are spaced, spelt and set, and not within other words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartalert.responses.urgent_words import LIST, VOCABULARY, spans, triggers


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("He is not  breathing, by the bridge", "not breathing"),
        ("not\nbreathing", "not breathing"),
        ("someone is in the\u00a0water", "in the water"),
        ("kni\u200bfe", "knife"),
        ("not\u2009breathing", "not breathing"),
        ("not\u3000breathing", "not breathing"),
        ("not\u200bbreathing", "notbreathing"),
        ("not-breathing", "not breathing"),
        ("not… breathing", "not breathing"),
        ("She isn’t breathing", "isnt breathing"),
        ("SHE ISNT BREATHING", "isnt breathing"),
        ("he can´t breathe", "cant breathe"),
        ("He stopped breathing", "stopped breathing"),
        ("trouble breathing", "trouble breathing"),
        ("ＫＮＩＦＥ", "knife"),
        ("k\u0301nife", "knife"),
        ("KNİFE", "knife"),
        ("kni\u00adfe", "knife"),
        ("\u202eknife\u202c", "knife"),
        ("un\u200bconscious", "unconscious"),
        ("A man was stabbed", "stabbed"),
        ("blood everywhere", "blood"),
        ("he has a gun!", "gun"),
        ("gunshots", "gunshots"),
        ("my dad is having a heart attack", "heart attack"),
        ("he took an overdose", "overdose"),
        ("fell from the roof", "fell from"),
        ("she's going to jump", "going to jump"),
        ("the shed is on fire", "on fire"),
        ("there is a smell of gas", "smell of gas"),
        ("somebody help me", "help me"),
        ("intruder", "intruder"),
        ("he is outside my house", "outside my"),
        ("fell into the river", "into the river"),
        ("not－breathing", "not breathing"),
        ("not. Breathing", "not breathing"),
        ("*not* (breathing)", "not breathing"),
        ("can＇t breathe", "cant breathe"),
        ("can՚t breathe", "cant breathe"),
        ("𝓴𝓷𝓲𝓯𝓮", "knife"),
        ("kn\U000e0101i\U000e006efe", "knife"),
        ("the knife’s handle", "knifes"),
        ("STABBINGS", "stabbings"),
        ("two shooters", "shooters"),
        ("She is unconcious", "unconcious"),
        ("turning blue", "turning blue"),
        ("hit by the train", "hit by the train"),
        ("they broke in", "broke in"),
        ("kicking in my door", "kicking in my door"),
        ("still in the house", "still in the"),
        ("he swallowed bleach", "swallowed bleach"),
        ("jumped off the bridge", "jumped off"),
        ("face down in the canal", "face down"),
        ("there’s a fire", "theres a fire"),
        ("call an ambulance", "call an ambulance"),
    ],
)  # fmt: skip
def test_danger_is_found_however_it_is_written(said: str, found: str) -> None:
    assert found in triggers(said)


@pytest.mark.parametrize(
    "said",
    [
        "A begun race, an unshot film, the scarecrow",
        "The skill of a therapist, a grape, an alarm, Gunnersbury",
        "He ran towards the bridge, a red car with plate AB12 CDE followed",
        "The dead end by Bladen Road",
        "They were in the yard, not at the water",
        "Snowmachete, weaponless, bloodstock",
        "She is in the park with a bottle of milk, I hope that helps",
        "The stable door, a motorbike, kicking a ball, jumped on a bus",
    ],
)
def test_other_words_are_not(said: str) -> None:
    assert triggers(said) == []


@given(st.sampled_from(["knife", "unconscious", "bleeding", "gun", "drowning"]), st.data())
def test_nothing_that_nobody_sees_hides_a_word(word: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(word)))
    hidden = data.draw(
        st.text("\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u202e\u2066\u2069\ufe0f\u034f", min_size=1, max_size=3)
    )
    text = f"a {word[:place]}{hidden}{word[place:]} here"
    ((start, end),) = [pair for pair in spans(text) if pair[1] - pair[0] >= len(word)][:1]
    assert text[start:end].replace(hidden, "") == word
    assert word in triggers(text)


def test_the_list_is_in_its_plainest_form() -> None:
    assert LIST.read_text().isascii()
    for phrase in VOCABULARY:
        assert phrase == phrase.lower()
        assert not set(phrase) & set("'-\t[]{}")
