"""The force's OpenID Connect provider, spoken to for real on loopback: what is believed, and what is not."""

import asyncio
import time
from collections.abc import Iterator

import httpx
import pytest
from oidc_provider_mock import User, run_server_in_thread

from smartalert.errors import NotAllowed
from smartalert.providers.identity import Identity, SentBack, Unreachable, _require_fresh
from tests.waiting import PATIENCE_S

BACK = "http://127.0.0.1:8501/sign-in/back"
SCOPE = "openid profile email"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with run_server_in_thread(user_claims=[User(sub="u-1", claims={"name": "Ada", "roles": ["sender"]})]) as provider:
        yield f"http://localhost:{provider.server_port}"


def identity(issuer: str) -> Identity:
    return Identity(issuer, "smart-alert", "only for tests", SCOPE)


def begin(issuer: str) -> dict[str, str]:
    return asyncio.run(identity(issuer).begin(BACK))


def finish(
    issuer: str, answer: dict[str, str], begun: dict[str, str], client: str = "smart-alert"
) -> dict[str, object]:
    return asyncio.run(identity(issuer).finish(answer, begun))


def answer_of(begun: dict[str, str]) -> dict[str, str]:
    """What the provider sends the browser back with, once the officer has signed in there."""
    back = httpx.post(begun["url"], data={"sub": "u-1"}, trust_env=False, timeout=PATIENCE_S).headers["location"]
    assert back.startswith(BACK)
    return dict(httpx.URL(back).params)


def test_the_claims_of_whoever_signed_in_are_believed(issuer: str) -> None:
    begun = begin(issuer)
    said = finish(issuer, answer_of(begun), begun)
    assert (said["sub"], said["name"], said["roles"]) == ("u-1", "Ada", ["sender"])


def test_each_attempt_is_its_own_and_proves_it_to_the_provider(issuer: str) -> None:
    first, second = begin(issuer), begin(issuer)
    for secret in ("state", "nonce", "code_verifier"):
        assert first[secret] != second[secret]
    assert "code_challenge_method=S256" in first["url"]
    assert first["code_verifier"] not in first["url"]


def test_a_token_made_for_another_attempt_is_not_believed(issuer: str) -> None:
    begun = begin(issuer)
    with pytest.raises(NotAllowed, match="could not check the answer"):
        finish(issuer, answer_of(begun), {**begun, "nonce": begin(issuer)["nonce"]})


def test_an_answer_counts_once(issuer: str) -> None:
    begun = begin(issuer)
    answer = answer_of(begun)
    finish(issuer, answer, begun)
    with pytest.raises(NotAllowed):
        finish(issuer, answer, begun)


def test_an_answer_to_nobodys_question_is_refused_before_the_provider_is_asked() -> None:
    for begun in ({}, {"state": "mine", "redirect_uri": BACK}):
        with pytest.raises(NotAllowed, match="started this sign-in in another browser"):
            finish("http://127.0.0.1:1", {"state": "theirs", "code": "x"}, begun)


def test_a_provider_that_is_away_is_nobodys_fault() -> None:
    """Attempts are counted against a machine only for what was refused."""
    with pytest.raises(Unreachable):
        begin("http://127.0.0.1:1")


@pytest.mark.parametrize("issuer_named", ["http://localhost:1", "", "HTTP://LOCALHOST"])
def test_an_answer_of_another_provider_is_refused_before_its_code_is_used(issuer: str, issuer_named: str) -> None:
    """RFC 9207: else a provider that is trusted less could pass its answer off as this one's."""
    begun = begin(issuer)
    answer = answer_of(begun)
    with pytest.raises(NotAllowed, match="not from the force’s sign-in"):
        finish(issuer, {**answer, "iss": issuer_named}, begun)
    assert finish(issuer, {**answer, "iss": issuer}, begun)["sub"] == "u-1"


def test_what_the_provider_is_asked_first_is_the_settings(issuer: str) -> None:
    asked = httpx.URL(begin(issuer)["url"]).params
    assert ("prompt" in asked, "max_age" in asked) == (False, False)
    strict = Identity(issuer, "smart-alert", "only for tests", SCOPE, prompt="login", max_age_s=300)
    asked = httpx.URL(asyncio.run(strict.begin(BACK))["url"]).params
    assert (asked["prompt"], asked["max_age"]) == ("login", "300")


@pytest.mark.parametrize(("ago_s", "counts"), [(0, True), (330, True), (3_600, False), (None, False)])
def test_a_sign_in_there_counts_for_as_long_as_is_set(ago_s: float | None, counts: bool) -> None:
    at = None if ago_s is None else int(time.time() - ago_s)
    if counts:
        _require_fresh(at, 300)
    else:
        with pytest.raises(NotAllowed, match="too long ago"):
            _require_fresh(at, 300)


def test_a_refusal_is_known_by_a_word_that_names_nobody() -> None:
    said = {"error": "access_denied", "error_description": "AADSTS50105: ada@police.uk is not assigned"}
    assert (SentBack(said).code, SentBack({"error": "ada@X 1"}).code, SentBack({}).code) == (
        "access_denied", "ada", "nothing",
    )  # fmt: skip
