"""Signed references: proof for one purpose, by a key that can be changed without breaking what was sent."""

from collections.abc import Iterator

import pytest

from smartalert.config import settings, signer
from smartalert.dispatch.links import BadLink, Reference, read, sign
from smartalert.errors import SetupError

DELIVERY = Reference(7, 11, "email")


class Keys:
    """The setting, as an operator changes it between two starts."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.patch = patch

    def set(self, keys: str) -> None:
        self.patch.setenv("SMARTALERT_SECRET_KEY", keys)
        settings.cache_clear()
        signer.cache_clear()


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> Iterator[Keys]:
    yield Keys(monkeypatch)
    settings.cache_clear()
    signer.cache_clear()


def test_a_reference_serves_the_purpose_it_was_signed_for(keys: Keys) -> None:
    keys.set("only for tests")
    assert read("unsubscribe", sign("unsubscribe", DELIVERY)) == DELIVERY
    with pytest.raises(BadLink):
        read("report", sign("unsubscribe", DELIVERY))


def test_links_outlive_a_change_of_key_until_the_old_one_is_taken_away(keys: Keys) -> None:
    keys.set("old")
    sent = sign("unsubscribe", DELIVERY)
    keys.set("new, old")
    assert read("unsubscribe", sent) == DELIVERY
    fresh = sign("unsubscribe", DELIVERY)
    keys.set("new")
    assert read("unsubscribe", fresh) == DELIVERY
    with pytest.raises(BadLink):
        read("unsubscribe", sent)


@pytest.mark.parametrize("nothing", ["", " , "])
def test_without_a_key_nothing_is_signed(keys: Keys, nothing: str) -> None:
    keys.set(nothing)
    with pytest.raises(SetupError):
        sign("report", DELIVERY)
