"""Mail about the service itself: written by the database with a secret, worded by the worker, handed over once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from smartalert.config import Mode, settings
from smartalert.database.connection import Connection, queries, row_as
from smartalert.dispatch import jobs
from smartalert.dispatch.sources import Batch
from smartalert.providers.provider import (
    Addressee,
    AddressGone,
    Attachment,
    HandedOver,
    Message,
    Outcome,
    TemporaryFailure,
    placeholder,
)
from smartalert.wording import EXERCISE, Channel, render

#: Where the secret stands in a kind's words. Only the database, which makes it, and the worker ever know it.
SECRET = placeholder("secret")
#: A service mail that could not be handed over for so long is given up: the person has asked again, or gone.
GIVEN_UP_AFTER = timedelta(hours=1)
RETRY_AFTER_S = 10.0


@dataclass(frozen=True, slots=True)
class Kind:
    """What one kind of mail says, and where its button leads."""

    subject: str
    paragraphs: tuple[str, ...]
    button: str
    path: str
    after: str


CONFIRM = Kind(
    "Confirm that you want alerts",
    ("You, or someone who entered your email address, asked for Smart Alert messages from {force}.",),
    "Confirm my sign-up",
    f"/confirm/{SECRET}",
    "The link works once, within 24 hours. If you did not ask for this, ignore this email and you will not get any "
    "alerts.",
)
LINK = Kind(
    "Your link to change your alerts",
    ("You asked for a link to change your Smart Alert messages.",),
    "Open my settings",
    f"/my-alerts/open/{SECRET}",
    "The link works once, within 1 hour. If you did not ask for this, ignore this email. Nothing has changed.",
)
KNOWN = Kind(
    "You are already signed up",
    (
        "You, or someone who entered your email address, asked for Smart Alert messages from {force}.",
        "You already get them. Nothing has changed. You can use the link to change your alerts.",
    ),
    LINK.button,
    LINK.path,
    LINK.after,
)
UNKNOWN = Kind(
    "You are not signed up with this address",
    (
        "You, or someone who entered your email address, asked for a link to change their Smart Alert messages.",
        "No one has signed up with this address. If you used a different address, try that one. You can also sign up "
        "now.",
    ),
    "Sign up",
    "/sign-up",
    "If you did not ask for this, ignore this email.",
)


#: What the public service may have written, as the database calls it.
KINDS = {"confirm": CONFIRM, "link": LINK, "known": KNOWN, "unknown": UNKNOWN}


def word(kind: Kind, base: str = "") -> dict[str, str]:
    """One mail's words, the secret still to come; its button leads to the public service, or below another base."""
    ours = settings()
    return dict(written(kind, ours.mode, ours.force_name, base or ours.public_base))


@lru_cache(maxsize=100)
def written(kind: Kind, mode: Mode, force: str, base: str) -> dict[str, str]:
    """The same, written once for everybody who signs up."""
    exercise = f"{EXERCISE}: " if mode is Mode.TRAINING else ""
    facts: dict[str, object] = {
        "exercise": exercise,
        "force": force,
        "sender": settings().sender,
        "host": settings().public_host,
        "subject": kind.subject,
        "paragraphs": [paragraph.format(force=force) for paragraph in kind.paragraphs],
        "button": kind.button,
        "link": base + kind.path,
        "after": kind.after,
    }
    return {
        "subject": f"{exercise}{kind.subject}",
        "body": render("dispatch/service_mail.txt", facts),
        "html": render("dispatch/service_mail.html", facts),
    }


@dataclass(frozen=True, slots=True)
class ServiceMail:
    """One message about the service in a worker's hands. Its secret is live, so it is never logged."""

    id: int
    written_at: datetime
    #: Marks this claim: what somebody else has claimed since is theirs to write down.
    claimed_at: datetime
    #: push or email.
    channel: str
    address: str = field(repr=False)
    #: One of KINDS, with its secret; None for a mail that has words of its own.
    kind: str | None
    secret: str | None = field(repr=False)
    subject: str | None
    body: str | None = field(repr=False)
    html: str | None = field(repr=False)
    #: What the report that goes with it is called, and the report.
    report_name: str | None = None
    report: bytes | None = field(repr=False, default=None)

    @property
    def words(self) -> dict[str, str]:
        """Subject, body and html."""
        if self.kind is None:
            return {"subject": self.subject or "", "body": self.body or "", "html": self.html or ""}
        return {part: text.replace(SECRET, self.secret or "") for part, text in word(KINDS[self.kind]).items()}

    @property
    def message(self) -> Message:
        """As the provider takes it."""
        words = self.words
        return Message(
            alert_id=self.reference,
            title=words["subject"],
            text=words["body"],
            html=words["html"],
            urgent=False,
            expires_at=self.written_at + GIVEN_UP_AFTER,
            attachments=self.attachments,
        )

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """The report, where it is one of those mails."""
        if self.report is None:
            return ()
        exercise = f"{EXERCISE}-" if settings().mode is Mode.TRAINING else ""
        return (Attachment(f"{exercise}{self.report_name}.pdf", "application/pdf", self.report),)

    @property
    def addressee(self) -> Addressee:
        """Whom it is for."""
        return Addressee(self.reference, self.address)

    @property
    def reference(self) -> str:
        """It names no delivery, so its receipts move no ledger."""
        return f"service-mail-{self.id}"


@dataclass(frozen=True, slots=True)
class ServiceMailSource:
    """One service mail, unless somebody has, or had, it."""

    mail_id: int

    def claim(self, conn: Connection, now: datetime) -> list[Batch[ServiceMail]]:
        """Take it into this worker's hands."""
        mail = claim(conn, self.mail_id, now)
        return [Batch(Channel(mail.channel), mail.message, [mail])] if mail else []

    def addressee(self, message: Message, claim: ServiceMail) -> Addressee:
        """Whom it is for."""
        return claim.addressee

    def record(self, conn: Connection, outcomes: Sequence[tuple[ServiceMail, Outcome]], now: datetime) -> None:
        """Write what became of it."""
        for mail, outcome in outcomes:
            record(conn, mail, outcome, now)


def claim(conn: Connection, mail_id: int, now: datetime) -> ServiceMail | None:
    """Take a service mail into this worker's hands; None if somebody has, or had, it. Commit before handing it over."""
    return row_as(ServiceMail, queries("dispatch/service_mail").claim(conn, mail_id=mail_id, now=now))


def record(conn: Connection, mail: ServiceMail, outcome: Outcome, now: datetime) -> None:
    """Write what became of a service mail and forget its words; one that certainly did not leave may be tried again.

    A dead address switches its channel off, as an alert's would, unless the phone has got another token: it goes there.
    """
    if isinstance(outcome, AddressGone):
        if queries("dispatch/service_mail").put_back_moved(
            conn, mail_id=mail.id, claimed_at=mail.claimed_at, address=mail.address
        ):
            jobs.queue_service_mail(conn, mail.id, at=now)
            return
        queries("dispatch/service_mail").switch_off(
            conn, channel=mail.channel, address=mail.address, reason=outcome.reason
        )
    match outcome:
        case TemporaryFailure(perhaps_accepted=False) as failure if now < mail.written_at + GIVEN_UP_AFTER:
            if queries("dispatch/service_mail").put_back(conn, mail_id=mail.id, claimed_at=mail.claimed_at):
                jobs.queue_service_mail(
                    conn, mail.id, at=now + timedelta(seconds=failure.retry_after_s or RETRY_AFTER_S)
                )
        case HandedOver(provider_reference=reference):
            finish(conn, mail, handed_over_at=now, reference=reference)
        case failure:
            finish(conn, mail, reason=failure.reason)


def finish(
    conn: Connection,
    mail: ServiceMail,
    *,
    handed_over_at: datetime | None = None,
    reference: str | None = None,
    reason: str | None = None,
) -> None:
    """Forget address and words, keep when and how it ended."""
    queries("dispatch/service_mail").finish(
        conn, mail_id=mail.id, claimed_at=mail.claimed_at,
        handed_over_at=handed_over_at, reference=reference, reason=reason,
    )  # fmt: skip


def forget_what_is_over(conn: Connection) -> None:
    """Drop sign-ups nobody confirmed, spent secrets, words of mails that got stuck, old counts of attempts."""
    queries("dispatch/service_mail").forget_what_is_over(conn)
