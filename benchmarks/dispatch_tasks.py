"""A task for each person, as most would build it: Celery's and dramatiq's, over the benchmark's own Redis."""

import os
from threading import Lock

import dramatiq
from celery import Celery
from dramatiq.brokers.redis import RedisBroker
from firebase_admin import messaging

from dispatch_rivals import connect_firebase, message
from smartalert.wording import Wording

REDIS, SIMULATOR, ACCOUNT = (os.environ[f"BENCHMARK_{name}"] for name in ("REDIS", "SIMULATOR", "ACCOUNT"))
celery = Celery("dispatch_tasks", broker=REDIS)
celery.conf.task_ignore_result = True
dramatiq.set_broker(RedisBroker(url=REDIS))
connecting = Lock()


def send(address: str, title: str, body: str) -> None:
    """Push to one phone; raises where it is not taken, so that it is tried again."""
    with connecting:
        connect_firebase(SIMULATOR, ACCOUNT)
    messaging.send(message(address, Wording(title, body)))


by_celery = celery.task(name="send")(send)
by_dramatiq = dramatiq.actor(send)
