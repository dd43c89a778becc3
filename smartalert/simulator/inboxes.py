"""Simulated inboxes: each mail as its reader gets it, newest first, in bounded memory."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

MOST_IN_AN_INBOX = 200
MOST_IN_ALL = 20_000
#: The personal link by which a reader may answer, as mails write it.
REPORT = re.compile(r"https?://[^\s<>\"/]+/report/[^\s<>\"]+")


@dataclass(slots=True)
class Mail:
    """One mail to one reader. The request is shared by its thousand readers; words are made when looked at."""

    number: int
    address: str
    request: dict[str, Any]
    personalization: dict[str, Any]
    message_id: str
    landed_at: float
    #: How the reader's own answer fared, as on a card.
    answer: str = ""

    @property
    def arguments(self) -> dict[str, Any]:
        """The custom arguments, the reader's own over the request's."""
        return {**(self.request.get("custom_args") or {}), **(self.personalization.get("custom_args") or {})}

    @property
    def alert_id(self) -> str:
        """The alert it tells of: the custom argument alert or alert_id."""
        arguments = self.arguments
        return str(arguments.get("alert") or arguments.get("alert_id") or "")

    @property
    def report_link(self) -> str:
        """Where the reader may answer; empty where the mail does not say."""
        own = self.personalization.get("substitutions") or {}
        return next((str(value) for value in own.values() if REPORT.fullmatch(str(value))), "")


class Inboxes:
    """Every inbox that was reached. Past its bounds the oldest mail goes; the ledger still counts it."""

    def __init__(self) -> None:
        self._mails: dict[int, Mail] = {}
        self._inboxes: dict[str, dict[int, Mail]] = {}

    def __len__(self) -> int:
        return len(self._inboxes)

    @property
    def mails(self) -> int:
        """Mails in all inboxes together."""
        return len(self._mails)

    def land(self, mail: Mail) -> None:
        """A mail arrives."""
        inbox = self._inboxes.setdefault(mail.address.casefold(), {})
        inbox[mail.number] = self._mails[mail.number] = mail
        if len(inbox) > MOST_IN_AN_INBOX:
            self._forget(next(iter(inbox.values())))
        if len(self._mails) > MOST_IN_ALL:
            self._forget(next(iter(self._mails.values())))

    def _forget(self, mail: Mail) -> None:
        del self._mails[mail.number]
        inbox = self._inboxes[mail.address.casefold()]
        del inbox[mail.number]
        if not inbox:
            del self._inboxes[mail.address.casefold()]

    def find(self, number: int) -> Mail | None:
        """The mail, unless there is none or it is forgotten."""
        return self._mails.get(number)

    def newest(self, *, limit: int, alert_id: str = "", q: str = "") -> list[Mail]:
        """The latest mails, newest first."""
        found: list[Mail] = []
        for mail in self._wanted(alert_id, q):
            found.append(mail)
            if len(found) >= limit:
                break
        return found

    def _wanted(self, alert_id: str, q: str) -> Iterator[Mail]:
        wanted = q.casefold()
        for mail in reversed(self._mails.values()):
            if wanted in mail.address.casefold() and alert_id in ("", mail.alert_id):
                yield mail


def shown(mail: Mail) -> dict[str, Any]:
    """What the reader sees, with the headers a mail program acts on. Times are ISO 8601, UTC."""
    request, own = mail.request, mail.personalization
    sender = own.get("from") or request["from"]
    contents = {part["type"]: _filled(part["value"], own) for part in request.get("content") or ()}
    return {
        "number": mail.number,
        "to": mail.address,
        "from": f"{sender['name']} <{sender['email']}>" if sender.get("name") else sender["email"],
        "subject": _filled(own.get("subject") or request.get("subject") or "", own),
        "text": contents.get("text/plain", ""),
        "html": contents.get("text/html", ""),
        "headers": {**(request.get("headers") or {}), **(own.get("headers") or {})},
        "alert_id": mail.alert_id,
        "custom_args": mail.arguments,
        "message_id": mail.message_id,
        "answer": mail.answer,
        "landed_at": datetime.fromtimestamp(mail.landed_at, UTC).isoformat(timespec="milliseconds"),
    }


def _filled(words: str, personalization: dict[str, Any]) -> str:
    for gap, value in (personalization.get("substitutions") or {}).items():
        words = words.replace(gap, str(value))
    return words
