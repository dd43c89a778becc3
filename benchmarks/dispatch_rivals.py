"""How one would otherwise reach the same phones and inboxes: each sends to so many addresses and keeps no ledger."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import firebase_admin
import requests
import sendgrid
from firebase_admin import credentials, messaging
from google.oauth2 import service_account
from pyfcm import FCMNotification
from sendgrid.helpers.mail import Mail, Personalization, To

from smartalert.simulator.credentials import PROJECT, Credentials
from smartalert.wording import Wording

#: As many as send_each and a mail of SendGrid's take at once.
MOST_PUSHES, MOST_MAILS = 500, 1_000
LIFE_S = 21_600


class Sample(NamedTuple):
    """Messages a second, and CPU microseconds a message of all who sent them."""

    per_s: float
    cpu_us: float


class Rival:
    """Somebody else's way."""

    name: str
    #: The name of the figure that says how many times slower it is.
    figure: str
    channel = "push"
    #: Messages in each round, with and without --quick.
    quick: int
    full: int

    def send(self, addresses: list[str], words: Wording) -> None:
        """Send these words to every address; raises when one is not taken."""
        raise NotImplementedError

    def sample(self, addresses: list[str], words: Wording) -> Sample:
        """Send them, and say how that went."""
        began, used = time.perf_counter(), time.process_time()
        self.send(addresses, words)
        took, cpu = time.perf_counter() - began, time.process_time() - used
        return Sample(len(addresses) / took, cpu / len(addresses) * 1e6)


class FirebaseAdmin(Rival):
    """Google's own library: send_each, a thread a message, with as many threads as are best for it."""

    figure, quick, full = "vs_firebase_admin", 600, 3_000
    #: send_each has a thread for each message of a call.
    THREADS = (25, 100, MOST_PUSHES)

    def __init__(self, keys: Credentials) -> None:
        connect_firebase(keys.simulator_url, str(keys.service_account))
        self.threads: int | None = None

    @property
    def name(self) -> str:  # type: ignore[override]
        """With how many it is best."""
        return f"firebase-admin send_each, {self.threads} threads"

    def send(self, addresses: list[str], words: Wording) -> None:
        if self.threads is None:
            self.threads = max(self.THREADS, key=lambda threads: self._trial(addresses[:300], words, threads))
        for part in in_parts(addresses, self.threads):
            all_taken(messaging.send_each([message(address, words) for address in part]))

    def _trial(self, addresses: list[str], words: Wording, threads: int) -> float:
        self.threads = threads
        return Rival.sample(self, addresses, words).per_s

    def sample(self, addresses: list[str], words: Wording) -> Sample:
        if self.threads is None:
            self.send(addresses[:1], words)  # tries which number is best
        return super().sample(addresses, words)


class FirebaseAdminAsync(Rival):
    """The same library's async send, over httpx, on one event loop."""

    name, figure, quick, full = "firebase-admin send_each_async", "vs_firebase_admin_async", 200, 600

    def __init__(self, _keys: Credentials) -> None:
        self._loop = asyncio.new_event_loop()

    def send(self, addresses: list[str], words: Wording) -> None:
        self._loop.run_until_complete(self._send(addresses, words))

    async def _send(self, addresses: list[str], words: Wording) -> None:
        for part in in_parts(addresses, MOST_PUSHES):
            all_taken(await messaging.send_each_async([message(address, words) for address in part]))


class PyfcmLoop(Rival):
    """pyfcm as its README shows it: one notify() after another."""

    name, figure, quick, full = "pyfcm, one by one", "vs_pyfcm", 60, 200

    def __init__(self, keys: Credentials) -> None:
        self.fcm = FCMNotification(service_account_file=str(keys.service_account), project_id=PROJECT)
        self.fcm.FCM_END_POINT_BASE = f"{keys.simulator_url}/v1/projects"

    def send(self, addresses: list[str], words: Wording) -> None:
        for address in addresses:
            self.fcm.notify(**parameters(address, words))


class PyfcmThreads(PyfcmLoop):
    """notify() from many threads, each with the connection that pyfcm keeps for it."""

    name, figure, quick, full = "pyfcm, 64 threads", "vs_pyfcm_threads", 600, 2_000

    def __init__(self, keys: Credentials) -> None:
        super().__init__(keys)
        self.fcm.request_headers()  # begun by many threads at once, it has no token
        self._threads = ThreadPoolExecutor(64)

    def send(self, addresses: list[str], words: Wording) -> None:
        for _ in self._threads.map(lambda address: self.fcm.notify(**parameters(address, words)), addresses):
            pass


class PyfcmAsync(PyfcmLoop):
    """async_notify_multiple_devices(), a hundred at once: it opens a connection for each."""

    name, figure, quick, full = "pyfcm, its async call", "vs_pyfcm_async", 400, 2_000

    def send(self, addresses: list[str], words: Wording) -> None:
        for part in in_parts(addresses, 100):
            answers = self.fcm.async_notify_multiple_devices([parameters(address, words) for address in part])
            assert all("name" in answer for answer in answers), answers[0]


class SendGridOneByOne(Rival):
    """sendgrid as its README shows it: one Mail, one send() for each person."""

    name, figure, channel = "sendgrid, one by one", "vs_sendgrid_one_by_one", "email"
    quick, full = 60, 200

    def __init__(self, keys: Credentials) -> None:
        self.client = sendgrid.SendGridAPIClient(keys.sendgrid_api_key, host=keys.simulator_url)

    def send(self, addresses: list[str], words: Wording) -> None:
        for address in addresses:
            mail = Mail("alerts@training.example", address, words.title, words.body, words.html)
            assert self.client.send(mail).status_code == 202


class SendGridBatches(SendGridOneByOne):
    """Its own helpers with as many people in a request as SendGrid takes, one request after another."""

    name, figure = "sendgrid, a thousand a request", "vs_sendgrid_batches"
    quick, full = 3_000, 20_000

    def send(self, addresses: list[str], words: Wording) -> None:
        for part in in_parts(addresses, MOST_MAILS):
            mail = Mail("alerts@training.example", None, words.title, words.body, words.html)
            for address in part:
                person = Personalization()
                person.add_to(To(address))
                mail.add_personalization(person)
            assert self.client.send(mail).status_code == 202


def connect_firebase(simulator_url: str, account: str) -> None:
    """Have firebase-admin ask the simulator, over connections kept as it keeps them for Google; once a process."""
    if firebase_admin._apps:
        return
    # google-auth asks Google on the internet, in the background, where an account may be used from.
    service_account.Credentials._is_regional_access_boundary_lookup_required = lambda _: False
    firebase_admin.initialize_app(credentials.Certificate(account))
    service: Any = messaging._get_messaging_service(firebase_admin.get_app())
    service._fcm_url = f"{simulator_url}/v1/projects/{PROJECT}/messages:send"
    pool = requests.adapters.HTTPAdapter(pool_connections=100, pool_maxsize=100)
    service._client.session.mount(simulator_url, pool)


def message(token: str, words: Wording) -> messaging.Message:
    """The words for one phone, as firebase-admin takes them."""
    alert = messaging.ApsAlert(title=words.title, body=words.body)
    return messaging.Message(
        token=token,
        data={"title": words.title, "body": words.body},
        android=messaging.AndroidConfig(priority="high", ttl=LIFE_S),
        apns=messaging.APNSConfig(payload=messaging.APNSPayload(messaging.Aps(alert=alert))),
    )


def parameters(token: str, words: Wording) -> dict[str, Any]:
    """The same as pyfcm takes them."""
    return {
        "fcm_token": token,
        "data_payload": {"title": words.title, "body": words.body},
        "android_config": {"priority": "high", "ttl": f"{LIFE_S}s"},
        "apns_config": {"payload": {"aps": {"alert": {"title": words.title, "body": words.body}}}},
    }


def all_taken(batch: messaging.BatchResponse) -> None:
    """Fail where one was not."""
    assert batch.failure_count == 0, [answer.exception for answer in batch.responses if answer.exception][:1]


def in_parts(addresses: Sequence[str], most: int) -> Iterator[Sequence[str]]:
    """So many at a time."""
    for start in range(0, len(addresses), most):
        yield addresses[start : start + most]


LIBRARIES: tuple[Any, ...] = (
    FirebaseAdmin, FirebaseAdminAsync, PyfcmThreads, PyfcmAsync, PyfcmLoop, SendGridBatches, SendGridOneByOne,
)  # fmt: skip
