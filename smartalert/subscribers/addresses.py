"""E-mail addresses as people type them, and as we keep them."""

from email_validator import EmailNotValidError, validate_email

from smartalert import cleaning

#: No top-level domain has a single letter (IANA's list).
SHORTEST_LAST_LABEL = 2


def kept_address(typed: str) -> str:
    """The address in lower case and ASCII, a domain of other letters in its xn-- form; empty if mail cannot reach it.

    A name with other letters before the @ is refused too: SendGrid takes none. Nothing is asked of the network.
    """
    try:
        found = validate_email(cleaning.typewritten(typed), check_deliverability=False, strict=True)
    except EmailNotValidError:
        return ""
    address = (found.ascii_email or "").lower()
    return address if len(address.rpartition(".")[2]) >= SHORTEST_LAST_LABEL else ""
