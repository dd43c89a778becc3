"""Settings of one process, read once from the environment (SMARTALERT_…, and DATABASE_URL)."""

import hashlib
import os
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import typer
from itsdangerous import Signer
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from smartalert.errors import SetupError
from smartalert.wording import Channel

#: Options that several verbs of the command line take.
DataDir = Annotated[Path | None, typer.Option(help="Where the private database, keys and logs live. [default: var]")]
Port = Annotated[int | None, typer.Option(min=1, max=65_535, help="Port on this machine.")]

#: Where a training deployment tests its lines: the simulator answers as any phone and mailbox would.
TEST_ADDRESSES = {Channel.PUSH: "android-link-test", Channel.EMAIL: "link-test@training.example"}


class Mode(StrEnum):
    """What a database is, for ever."""

    LIVE = "live"
    TRAINING = "training"


class LogFormat(StrEnum):
    """How what is logged is written: for people, or for programs."""

    TEXT = "text"
    JSON = "json"


class Settings(BaseSettings):
    """Everything that differs between deployments; docs/operators.md explains each."""

    model_config = SettingsConfigDict(env_prefix="SMARTALERT_", extra="ignore")

    #: Live reaches real phones; training only ever the simulator. Must equal what the database says of itself.
    mode: Mode = Mode.TRAINING
    #: The force's own PostgreSQL. Empty: the private cluster under data_dir.
    database_url: str = Field(default="", validation_alias="DATABASE_URL")
    #: Where the private cluster, the training credentials and the logs live.
    data_dir: Path = Path("var")

    #: Where is written down who left, beside the database. Empty: leavers in data_dir.
    leavers_folder: Path | None = None
    #: Where backups go, whom they are encrypted to (age's public keys, commas between), how many days they are kept.
    backup_folder: Path | None = None
    backup_recipients: str = ""
    backup_days: int = Field(default=30, ge=1, le=3_650)

    force_name: str = "Staffordshire Police"
    #: The CAP sender, and the name mails come from.
    sender: str = "alerts@staffordshire.example"

    #: What the law asks the public pages to say of who answers for them; empty in training: made up.
    controller: str = ""
    force_address: str = ""
    force_phone: str = "101"
    data_protection_officer: str = ""
    #: Complaints about personal data: the law wants them acknowledged within 30 days.
    complaints: str = ""
    #: Whom to tell of a hole in it (mailbox, https:// or tel:, commas between), and a page that says what happens then.
    security_contact: str = ""
    security_policy: str = ""
    #: Who helps with the website, and answers for its accessibility.
    help: str = ""

    host: str = "127.0.0.1"
    control_port: int = 8501
    public_port: int = 8000
    simulator_port: int = 9000
    #: Where the phones and inboxes of an exercise are looked at. Beyond this machine they ask for a password.
    simulator_host: str = "127.0.0.1"
    #: That password, for the trainer's screen. `up` makes it.
    simulator_password: SecretStr = SecretStr("")

    #: Where operators watch this process: figures, and whether it is alive and ready. No port: nowhere.
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = Field(default=None, ge=1, le=65_535)
    #: One line an event either way.
    log_format: LogFormat = LogFormat.TEXT

    #: What the public's links begin with. Empty: the public service on this machine.
    public_url: str = ""
    #: Signs personal links, receipts and sign-in cookies. `up` makes one for training; live must set it. Several,
    #: separated by commas: the first signs, all verify, so that links in mails outlive a change of key.
    secret_key: SecretStr = SecretStr("")
    #: Signs results of drills on their way from the training deployment to the live one: the same in both.
    drill_results_key: SecretStr = SecretStr("")

    #: The force's OpenID Connect provider. Empty: nobody comes in live, and made-up officers do in training.
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_scope: str = "openid profile email"
    #: What the provider is asked to do first. Control rooms share machines: by "login" everybody shows who they are,
    #: whoever signed in there last. Empty: nothing, for providers that take no such words.
    oidc_prompt: str = "login"
    #: Seconds for which a sign-in at the provider counts. Empty: as long as the provider has it.
    oidc_max_age: int | None = Field(default=None, ge=0)
    #: Whether signing out here signs out of the provider too, and so of whatever else the officer has open there.
    oidc_sign_out: bool = False
    #: The claim by which officers are known for ever; never one that is given to somebody else later.
    oidc_id_claim: str = "sub"
    oidc_role_claim: str = "roles"
    #: Value of the role claim → role, as JSON. Empty: the values are our roles' names.
    oidc_roles: dict[str, str] = {}
    #: Holds the codes of neighbourhoods an officer may send to, or "*". Empty: everybody may send to the whole force.
    oidc_jurisdiction_claim: str = ""
    #: Their own e-mail address, to which they may have a report mailed.
    oidc_address_claim: str = "email"
    #: What officers' browsers call the control room. Empty: as each request has it; in messages, this machine.
    control_url: str = ""

    fcm_endpoint: str = "https://fcm.googleapis.com"
    fcm_service_account: Path | None = None
    sendgrid_endpoint: str = "https://api.sendgrid.com"
    sendgrid_api_key: SecretStr = SecretStr("")
    #: The most that all workers together hand over in a second: a little under FCM's 600,000 a minute for a project;
    #: of mails only where the account has a limit.
    pushes_per_s: float = Field(default=9_500, ge=1, le=1_000_000)
    mails_per_s: float | None = Field(default=None, ge=1, le=1_000_000)
    #: Base64 DER public key that SendGrid signs its events with.
    sendgrid_webhook_key: str = ""

    #: The force's own mail relay, smtp://user:password@host:587 or smtps://: a second road where SendGrid takes none.
    mail_relay: SecretStr = SecretStr("")
    #: When mails go that way: once an officer says so, or by themselves.
    mail_relay_when: Literal["press", "automatic"] = "press"
    #: The mailbox that reports of such mails go to, with + and the mail's name before its @. Empty: the sender's.
    mail_bounces: str = ""
    #: Signs such mails where the relay does not: PEM file and selector; the domain is the sender's.
    dkim_key: Path | None = None
    dkim_selector: str = "smartalert"

    #: How often each channel is tested end to end; 0 never.
    test_every_minutes: int = Field(default=3, ge=0, le=60)
    #: The force's own test phone (FCM token) and mailbox. Empty: in training the simulator's, in live no test.
    test_phone: SecretStr = SecretStr("")
    test_mail: str = ""

    #: Routine updates a person gets singly in seven days; what comes after waits for the digest, at this hour (London).
    updates_a_week: int = Field(default=4, ge=1)
    digest_hour: int = Field(default=18, ge=0, le=23)

    #: How far an urgent alert may reach from the middle of its area, in kilometres, however many areas it is made of.
    urgent_reach_km: float = Field(default=3, ge=0.1, le=100)

    #: Which neighbourhood updates must have an incident number: true, false, or kinds with commas between. News from
    #: local officers is about no incident. What is urgent always has one.
    updates_need_number: str = "false"

    #: Where the importer finds files too large to be sent by a browser. Empty: there are none.
    ground_folder: Path | None = None

    #: Days after its end until an alert's details leave the public pages; an appeal for a person's leave at once.
    forget_after_days: int = Field(default=30, ge=0, le=3_650)

    #: Rule of the proofreading → blocking, advisory or off, where this force wants another than ours (JSON).
    proofreading: dict[str, str] = {}
    #: The force's own telephone numbers and the hosts its alerts may link to, beside everybody's; commas between.
    phone_numbers: str = ""
    link_hosts: str = ""

    @property
    def own_phone_numbers(self) -> list[str]:
        """Numbers that alerts may name beside 999, 101 and their like."""
        return [number.strip() for number in self.phone_numbers.split(",") if number.strip()]

    @property
    def own_link_hosts(self) -> list[str]:
        """Hosts that alerts may link to beside police.uk, gov.uk and their like."""
        return [host.strip().lower() for host in self.link_hosts.split(",") if host.strip()]

    @property
    def signing_keys(self) -> list[str]:
        """The keys of secret_key, the one that signs last. Raises SetupError where there is none."""
        keys = [key.strip() for key in self.secret_key.get_secret_value().split(",") if key.strip()]
        if not keys:
            raise SetupError("SMARTALERT_SECRET_KEY is not set: nothing can be signed, and nobody signed in or up.")
        return keys[::-1]

    @property
    def simulator_url(self) -> str:
        """Where the provider simulator answers those it plays a provider for, loopback always."""
        return f"http://127.0.0.1:{self.simulator_port}"

    @property
    def audit_heads(self) -> Path:
        """Where a worker writes down the audit's signed heads, out of the reach of whoever owns the database."""
        return self.data_dir / "audit-heads"

    @property
    def leavers(self) -> Path:
        """Where is written down who left."""
        return self.leavers_folder or self.data_dir / "leavers"

    @property
    def backups(self) -> Path:
        """Where backups go."""
        return self.backup_folder or self.data_dir / "backups"

    @property
    def public_base(self) -> str:
        """What a link to the public service begins with, without a closing slash."""
        return (self.public_url or f"http://{self.host}:{self.public_port}").rstrip("/")

    @property
    def control_base(self) -> str:
        """What a link to the control room begins with, without a closing slash."""
        return (self.control_url or f"http://{self.host}:{self.control_port}").rstrip("/")

    @property
    def public_host(self) -> str:
        """What somebody types to get to the public service."""
        return urlsplit(self.public_base).netloc

    @property
    def near_host(self) -> str:
        """What this machine itself calls the host on which control room and public service listen."""
        return "127.0.0.1" if self.host in ("0.0.0.0", "::", "localhost") else self.host  # noqa: S104

    @property
    def events_url(self) -> str:
        """Where the simulator, on this machine, posts its signed events: the address that people have is another."""
        return f"http://{self.near_host}:{self.public_port}/webhooks/sendgrid"

    @property
    def receipts_url(self) -> str:
        """Where its phones acknowledge an alert."""
        return f"http://{self.near_host}:{self.public_port}/webhooks/phones"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process; in training, what `up` wrote into the data folder fills the gaps."""
    ours = Settings()
    written = ours.data_dir / "training.env"
    if ours.mode is Mode.TRAINING and written.exists():
        return Settings(_env_file=written)  # type: ignore[call-arg]
    return ours


@cache
def signer(purpose: str) -> Signer:
    """Signs links, receipts and the audit's heads; each purpose has its own key, made from the secret ones."""
    return Signer(settings().signing_keys, salt=f"smartalert {purpose}", sep=".", digest_method=hashlib.sha256)


def override(**given: int | Path | None) -> None:
    """Let options win over the environment, in this process and those it starts."""
    for name, value in given.items():
        if value is not None:
            os.environ[f"SMARTALERT_{name.upper()}"] = str(value)
    settings.cache_clear()
