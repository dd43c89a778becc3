"""How one would otherwise reach the same phones and inboxes: each sends to so many addresses and keeps no ledger."""

import time
from typing import Any, Protocol

import firebase_admin
import requests
import sendgrid
from firebase_admin import credentials, messaging
from google.oauth2 import service_account
from pyfcm import FCMNotification
from sendgrid.helpers.mail import Mail

from smartalert.simulator.credentials import PROJECT, Credentials
from smartalert.wording import Wording

#: As many as send_each takes at once.
MOST_AT_ONCE = 500
LIFE_S = 21_600


class Rival(Protocol):
    """Somebody else's way."""

    name: str

    def send(self, addresses: list[str], words: Wording) -> None:
        """Send these words to every address; raises when one is not taken."""


class FirebaseAdmin:
    """Google's own library: send_each, a thread a message, connections kept as it keeps them for Google."""

    name = "firebase-admin send_each"

    def __init__(self, keys: Credentials) -> None:
        # google-auth asks Google on the internet, in the background, where an account may be used from.
        service_account.Credentials._is_regional_access_boundary_lookup_required = lambda _: False
        firebase_admin.initialize_app(credentials.Certificate(str(keys.service_account)))
        service: Any = messaging._get_messaging_service(firebase_admin.get_app())
        service._fcm_url = f"{keys.simulator_url}/v1/projects/{PROJECT}/messages:send"
        pool = requests.adapters.HTTPAdapter(pool_connections=100, pool_maxsize=100)
        service._client.session.mount(keys.simulator_url, pool)

    def send(self, addresses: list[str], words: Wording) -> None:
        for start in range(0, len(addresses), MOST_AT_ONCE):
            batch = messaging.send_each([_message(a, words) for a in addresses[start : start + MOST_AT_ONCE]])
            assert batch.failure_count == 0, [answer.exception for answer in batch.responses if answer.exception][:1]


class PyfcmLoop:
    """pyfcm as its README shows it: one notify() after another."""

    name = "pyfcm, one by one"

    def __init__(self, keys: Credentials) -> None:
        self._fcm = FCMNotification(service_account_file=str(keys.service_account), project_id=PROJECT)
        self._fcm.FCM_END_POINT_BASE = f"{keys.simulator_url}/v1/projects"

    def send(self, addresses: list[str], words: Wording) -> None:
        for address in addresses:
            self._fcm.notify(
                fcm_token=address,
                data_payload={"title": words.title, "body": words.body},
                android_config={"priority": "high", "ttl": f"{LIFE_S}s"},
                apns_config={"payload": {"aps": {"alert": {"title": words.title, "body": words.body}}}},
            )


class SendGridOneByOne:
    """sendgrid as its README shows it: one Mail, one send() for each person."""

    name = "sendgrid, one by one"

    def __init__(self, keys: Credentials) -> None:
        self._client = sendgrid.SendGridAPIClient(keys.sendgrid_api_key, host=keys.simulator_url)

    def send(self, addresses: list[str], words: Wording) -> None:
        for address in addresses:
            mail = Mail("alerts@training.example", address, words.title, words.body, words.html)
            assert self._client.send(mail).status_code == 202


def _message(token: str, words: Wording) -> messaging.Message:
    alert = messaging.ApsAlert(title=words.title, body=words.body)
    return messaging.Message(
        token=token,
        data={"title": words.title, "body": words.body},
        android=messaging.AndroidConfig(priority="high", ttl=LIFE_S),
        apns=messaging.APNSConfig(payload=messaging.APNSPayload(messaging.Aps(alert=alert))),
    )


def sample(rival: Rival, addresses: list[str], words: Wording) -> tuple[float, float]:
    """Messages a second, and CPU microseconds a message in this process."""
    began, used = time.perf_counter(), time.process_time()
    rival.send(addresses, words)
    took, cpu = time.perf_counter() - began, time.process_time() - used
    return len(addresses) / took, cpu / len(addresses) * 1e6
