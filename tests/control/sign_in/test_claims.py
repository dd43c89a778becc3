"""How a provider's claims become an officer: what is not said, and what is not known, gives nothing."""

from collections.abc import Callable, Iterator

import pytest

from smartalert.control.sign_in.claims import Unreadable, checked, officer_from, roles_by_value
from smartalert.errors import NotAllowed, SetupError
from smartalert.officers.register import Role
from tests.conftest import forget_settings

Set = Callable[..., None]


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Iterator[Set]:
    """Set what the operator would; begin with nothing set."""

    def set_up(**settings: str) -> None:
        for name, value in settings.items():
            monkeypatch.setenv(f"SMARTALERT_OIDC_{name.upper()}", value)
        forget_settings()

    set_up()
    yield set_up
    forget_settings()


def test_without_a_mapping_the_values_are_the_roles_names(given: Set) -> None:
    officer = officer_from({"sub": "7", "name": "Ada", "roles": ["approver", "sender", "king"]})
    assert (officer.id, officer.name, officer.roles) == ("7", "Ada", (Role.SENDER, Role.APPROVER))


@pytest.mark.parametrize("odd", ["\0", "a\ud800", ["x", "\udfff"], {"deep": {"er": ["\0"]}}, {"\0": 1}])
def test_a_claim_that_is_no_text_is_refused_wherever_it_is(odd: object) -> None:
    assert checked({"sub": "7", "age": 7, "roles": ["sender"]})
    with pytest.raises(Unreadable):
        checked({"sub": "7", "odd": odd})


@pytest.mark.parametrize("known", ["u\u200b7", "u7\u00ad", "\u202eu7", "u  7"])
def test_an_id_that_only_looks_like_another_is_refused(known: str) -> None:
    with pytest.raises(Unreadable):
        officer_from({"sub": known, "roles": ["sender"]})


def test_with_one_only_mapped_values_count(given: Set) -> None:
    given(role_claim="groups", roles='{"SA-Duty": "approver", "SA-PCC": "analyst"}')
    assert officer_from({"sub": "7", "groups": ["SA-Duty", "sender"]}).roles == (Role.APPROVER,)
    assert officer_from({"sub": "7", "groups": "SA-PCC"}).roles == (Role.ANALYST,)
    assert officer_from({"sub": "7", "roles": ["sender"]}).roles == ()


def test_a_role_that_does_not_exist_keeps_the_control_room_from_starting(given: Set) -> None:
    given(roles='{"SA-Chief": "chief"}')
    with pytest.raises(SetupError, match=r"SMARTALERT_OIDC_ROLES.*chief"):
        roles_by_value()


@pytest.mark.parametrize(
    ("claims", "jurisdiction"),
    [
        ({"areas": ["E", "W"]}, ("E", "W")),
        ({"areas": "E"}, ("E",)),
        ({"areas": ["*"]}, None),
        ({"areas": []}, ()),
        ({}, ()),
    ],
)
def test_an_area_that_is_asked_for_and_missing_is_nowhere(given: Set, claims, jurisdiction) -> None:
    given(jurisdiction_claim="areas")
    assert officer_from({"sub": "7", **claims}).jurisdiction == jurisdiction


def test_where_no_area_is_asked_for_it_is_the_whole_force(given: Set) -> None:
    assert officer_from({"sub": "7", "areas": ["E"]}).jurisdiction is None


def test_a_claim_may_lie_within_another(given: Set) -> None:
    given(role_claim="realm_access.roles")
    assert officer_from({"sub": "7", "realm_access": {"roles": ["trainer"]}}).roles == (Role.TRAINER,)
    assert officer_from({"sub": "7", "realm_access": "trainer"}).roles == ()
    assert officer_from({"sub": "7", "realm_access.roles": ["sender"]}).roles == (Role.SENDER,)


def test_who_says_nothing_of_themselves_is_nobody(given: Set) -> None:
    for claims in ({}, {"sub": ""}, {"sub": "  "}, {"name": "Ada"}):
        with pytest.raises(NotAllowed, match="did not say who you are"):
            officer_from(claims)


@pytest.mark.parametrize(
    ("claims", "address"),
    [
        ({"email": "Gwen.Price@Office.example"}, "gwen.price@office.example"),
        ({"email": "gwen@office.example", "email_verified": True}, "gwen@office.example"),
        ({"email": "gwen@office.example", "email_verified": False}, ""),
        ({"email": "no address"}, ""), ({"email": ["gwen@office.example"]}, ""), ({"email": None}, ""), ({}, ""),
    ],
)  # fmt: skip
def test_whose_mailbox_is_not_sure_has_none(given: Set, claims, address) -> None:
    assert officer_from({"sub": "7", **claims}).address == address


def test_nobodys_address_is_written_where_an_officer_is() -> None:
    assert "gwen@office.example" not in repr(officer_from({"sub": "7", "email": "gwen@office.example"}))


@pytest.mark.parametrize(
    "said",
    [
        {"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": "https://graph.example/me"}}},
        {"hasgroups": True},
        {"hasgroups": "true", "groups": []},
    ],
)
def test_who_is_in_too_many_groups_for_a_token_reads_what_to_do(given: Set, said: dict[str, object]) -> None:
    """As Entra ID answers beyond 200 groups (Microsoft, "Groups overage claim")."""
    given(role_claim="groups", roles='{"SA-Duty": "approver"}')
    with pytest.raises(NotAllowed, match="too many groups"):
        officer_from({"sub": "7", **said})
    assert officer_from({"sub": "7", **said, "groups": ["SA-Duty"]}).roles == (Role.APPROVER,)
