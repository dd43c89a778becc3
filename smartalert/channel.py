"""How people are told: on their phones and by e-mail."""

from enum import StrEnum


class Channel(StrEnum):
    """One way to tell people, as the database, jobs and receipts spell it."""

    PUSH = "push"
    EMAIL = "email"

    @property
    def bit(self) -> int:
        """Its place in a mask of channels, as the matching table holds them: never another's."""
        return 1 if self is Channel.PUSH else 2

    @property
    def label(self) -> str:
        """Its name on screens and charts."""
        return "Phones" if self is Channel.PUSH else "E-mail"

    @property
    def plural(self) -> str:
        """As in "1,011 phones"."""
        return "phones" if self is Channel.PUSH else "e-mails"

    @property
    def by(self) -> str:
        """As in "told by e-mail"."""
        return "on phones" if self is Channel.PUSH else "by e-mail"

    @property
    def icon(self) -> str:
        """Its Material symbol."""
        return "smartphone" if self is Channel.PUSH else "mail"
