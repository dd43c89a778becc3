"""What the force's identity provider says of a person, read as an officer: by the claims that the settings name."""

from collections.abc import Mapping
from typing import Any

from smartalert import cleaning, web
from smartalert.config import settings
from smartalert.errors import NotAllowed, SetupError
from smartalert.officers.register import Officer, Role
from smartalert.subscribers.addresses import kept_address

#: A screen has room for no more of a name or a post.
LONGEST_NAME = 120
#: In the jurisdiction claim: the whole force.
EVERYWHERE = "*"


class Unreadable(NotAllowed):
    """The force’s sign-in sent text that we cannot read. Tell the person who runs Smart Alert."""


def checked(claims: Mapping[str, Any]) -> Mapping[str, Any]:
    """The claims, if all of them can be read and kept. Raises Unreadable."""
    if not is_readable(claims):
        raise Unreadable
    return claims


def is_readable(claim: object) -> bool:
    """Whether every text in a claim is one."""
    match claim:
        case str():
            return web.is_text(claim)
        case Mapping():
            return all(is_readable(name) and is_readable(inner) for name, inner in claim.items())
        case list():
            return all(map(is_readable, claim))
        case _:
            return True


def lack(claims: Mapping[str, Any]) -> bool:
    """Whether any that the settings name is missing: the provider may know it elsewhere."""
    given = settings()
    return not claims.get("name") or not all(
        values(claims, path) for path in (given.oidc_role_claim, given.oidc_jurisdiction_claim) if path
    )


def are_left_out(claims: Mapping[str, Any], path: str) -> bool:
    """Whether somebody is in so many groups that Entra ID names none, but where they could be asked for."""
    elsewhere = claims.get("_claim_names")
    return values(claims, path) == [] and (
        claims.get("hasgroups") in (True, "true") or (isinstance(elsewhere, Mapping) and path in elsewhere)
    )


def officer_from(claims: Mapping[str, Any]) -> Officer:
    """The officer that claims describe. Raises NotAllowed for one without an id.

    Fails closed: no role that is mapped means none, and a jurisdiction claim that is named but missing means nowhere.
    """
    given = settings()
    said = str(claims.get(given.oidc_id_claim) or "").strip()
    known = cleaning.one_line(said)
    if known != said:
        raise Unreadable  # made readable it could be somebody else's
    if not known:
        raise NotAllowed("The force’s sign-in did not say who you are. Tell the person who runs Smart Alert.")
    if are_left_out(claims, given.oidc_role_claim):
        raise NotAllowed(
            "You are in too many groups for the force’s sign-in to list. Tell the person who runs Smart Alert: it must "
            "be given app roles, or only the groups that are assigned to it."
        )
    granted = {roles_by_value().get(value) for value in values(claims, given.oidc_role_claim)}
    return Officer(
        id=known,
        name=cleaning.one_line(str(claims.get("name") or claims.get("preferred_username") or known), LONGEST_NAME),
        post=cleaning.one_line(str(claims.get("job_title") or ""), LONGEST_NAME),
        roles=tuple(role for role in Role if role in granted),
        jurisdiction=jurisdiction(claims),
        address=address(claims),
    )


def address(claims: Mapping[str, Any]) -> str:
    """Their own mailbox; empty where it is no address, or the provider says that it did not check whose it is."""
    said = claims.get(settings().oidc_address_claim)
    return kept_address(said) if isinstance(said, str) and claims.get("email_verified") is not False else ""


def roles_by_value() -> dict[str, Role]:
    """Value of the role claim → our role. Raises SetupError for a role that we don't have."""
    try:
        return {value: Role(role) for value, role in (settings().oidc_roles or {role: role for role in Role}).items()}
    except ValueError as error:
        raise SetupError(f"SMARTALERT_OIDC_ROLES: {error}. Roles are {', '.join(Role)}.") from None


def jurisdiction(claims: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Codes of neighbourhoods; None, the whole force, where no claim is named or it says so."""
    if not settings().oidc_jurisdiction_claim:
        return None
    found = values(claims, settings().oidc_jurisdiction_claim)
    return None if EVERYWHERE in found else tuple(found)


def values(claims: Mapping[str, Any], path: str) -> list[str]:
    """A claim as a list; "realm_access.roles" looks inside, unless a claim has that very name."""
    found: Any = claims.get(path)
    if found is None:
        found = claims
        for step in path.split("."):
            found = found.get(step) if isinstance(found, Mapping) else None
    return [str(value) for value in (found if isinstance(found, list) else [found] if found else [])]
