"""SendGrid's signed posts of events: kept as they came by the public service, then checked and read by a worker.

Whoever takes over the public service can pass posts on or keep them back, but makes up none: it cannot sign them.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter

import psycopg

from smartalert.database.connection import Connection, queries, rows_as
from smartalert.dispatch import link_tests, receipts
from smartalert.errors import SetupError, SmartAlertError
from smartalert.providers.sendgrid.events import Event, is_key, is_signed, members, understood

log = logging.getLogger(__name__)

#: Posts that one transaction reads.
MOST_AT_ONCE = 20
NO_KEY = (
    "SMARTALERT_SENDGRID_WEBHOOK_KEY is not set for this worker, or is no key: what SendGrid reports waits until it is."
)


class TooManyWait(SmartAlertError):
    """So many posts wait to be read that no more is taken: SendGrid posts it again."""


@dataclass(frozen=True, slots=True)
class Post:
    """One post that waits."""

    id: int
    body: bytes = field(repr=False)
    signature: str
    signed_at: str


def keep(conn: Connection, body: bytes, signature: str, signed_at: str) -> None:
    """Keep one post until a worker reads it; raises TooManyWait. Commit, then call()."""
    try:
        queries("dispatch/event_posts").keep(conn, body=body, signature=signature, signed_at=signed_at)
    except psycopg.errors.InsufficientResources:
        raise TooManyWait from None


def call(conn: Connection) -> None:
    """Have a worker read what is kept: one that begins after this has committed finds all that was before."""
    queries("dispatch/event_posts").call(conn)


def read(conn: Connection, public_key: str, now: datetime) -> int:
    """Write what the oldest posts say into the ledger and forget them; how many they were.

    Those that the holder of the key did not sign say nothing. Raises SetupError without a key: then they wait.
    """
    taken = rows_as(Post, queries("dispatch/event_posts").take(conn, at_most=MOST_AT_ONCE))
    posts = sorted(taken, key=attrgetter("id"))
    if posts and not is_key(public_key):
        raise SetupError(NO_KEY)
    signed = [post for post in posts if is_signed(post.body, post.signature, post.signed_at, public_key)]
    if len(signed) < len(posts):
        log.error(
            "%s posts of events are not signed by the key in SMARTALERT_SENDGRID_WEBHOOK_KEY and were dropped: "
            "public service and workers have different keys, or somebody forges posts.",
            len(posts) - len(signed),
        )
    write(conn, [events_of(post, now) for post in signed])
    return len(posts)


def events_of(post: Post, now: datetime) -> list[Event]:
    """What one post says to us."""
    try:
        return understood(members(post.body), now)
    except ValueError:
        return []


def write(conn: Connection, posts: Sequence[list[Event]]) -> None:
    """Write the events of posts, all at once; where the ledger refuses them, post by post, without that one."""
    events = [event for post in posts for event in post]
    try:
        with conn.transaction():
            for record in (
                receipts.record_events,
                receipts.record_bounces,
                receipts.record_resets,
                link_tests.record_events,
            ):
                record(conn, events)
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        if len(posts) == 1:
            # Its words may quote a row.
            log.error("The ledger refuses a post of events: %s", error.sqlstate)
            return
        for post in posts:
            write(conn, [post])
