"""The database as a whole, as monitoring is told of it: asked in a role that sees nobody, within a bound of time.

Every worker serves these, and each says the same: whoever adds them up counts double, so rules take the largest.
"""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import psycopg
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from smartalert.database import owner
from smartalert.database.connection import queries

log = logging.getLogger(__name__)
#: How long an answer serves everybody who asks, and how long the database may take for one: whoever scrapes waits ten
#: seconds.
FRESH_S, MOST_MS = 10.0, 4_000


class Kind(NamedTuple):
    """One metric: its words, and what its labels say."""

    words: str
    labels: tuple[str, ...] = ()


CHANNEL = ("channel",)
#: Figure of the SQL function → what Prometheus is told; each name with “smartalert_” before it.
FIGURES = {
    "workers": Kind("Workers that live."),
    "alerts": Kind("Alerts: scheduled for later, or in force now.", ("state",)),
    "deliveries": Kind("Deliveries of the last day's alerts and of those in force, in tens.", ("channel", "state")),
    "waiting_seconds": Kind("How long the oldest delivery that is due has waited.", ("channel", "kind")),
    "in_doubt_seconds": Kind("How long the oldest mail in doubt has been.", CHANNEL),
    "hand_over_seconds": Kind("Within so long 95 % of the last hour's urgent alerts were handed over.", CHANNEL),
    "outage_seconds": Kind("How long a provider has taken nothing.", CHANNEL),
    "receipts_lag_seconds": Kind("How long nothing has been reported of what was handed over.", CHANNEL),
    "event_posts_waiting": Kind("Posts of SendGrid's that no worker has read."),
    "link_test_seconds": Kind("How long ago a line's last test began, and the last that arrived.", ("channel", "kind")),
    "jobs": Kind("Jobs by queue and state.", ("queue", "state")),
    "jobs_waiting_seconds": Kind("How long the oldest job that is due has waited.", ("queue",)),
    "audit_links": Kind("Links of the audit's chain."),
    "audit_unsigned_seconds": Kind("How long the oldest entry of the audit has not been signed."),
    "sign_ins_refused": Kind("Sign-ins refused in the last hour."),
}  # fmt: skip


class Row(NamedTuple):
    """One figure, of what, and which kind of it."""

    figure: str
    subject: str
    kind: str
    value: float


class DatabaseFigures(Collector):
    """Asks when it is scraped, and not again for ten seconds."""

    def __init__(self, address: str) -> None:
        self._address, self._turn = address, threading.Lock()
        self._rows: Sequence[Row] | None = None
        self._asked_at = -FRESH_S

    def describe(self) -> Iterator[Metric]:
        """The names, without asking."""
        return families(())

    def collect(self) -> Iterator[Metric]:
        """What the database says; nothing but that it says nothing, where it does not."""
        with self._turn:
            if time.monotonic() - self._asked_at >= FRESH_S:
                self._rows, self._asked_at = self._look(), time.monotonic()
            rows = self._rows
        yield GaugeMetricFamily(
            "smartalert_figures_read", "Whether the database gave its figures.", value=float(rows is not None)
        )
        if rows is not None:
            yield from families(rows)

    def _look(self) -> Sequence[Row] | None:
        try:
            return ask(self._address)
        except psycopg.Error as error:
            log.warning("the database gives no figures: %s", error)
            return None


def ask(address: str) -> list[Row]:
    """One look, over a connection of its own: no work waits for it. Raises psycopg.Error."""
    with owner.connect(address) as conn:
        queries("monitoring/figures").be_nobody(conn)
        queries("monitoring/figures").take_no_longer(conn, milliseconds=MOST_MS)
        return [Row(*row) for row in queries("monitoring/figures").figures(conn)]


def families(rows: Sequence[Row]) -> Iterator[Metric]:
    """Figures as Prometheus takes them."""
    by_figure: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_figure[row.figure].append(row)
    for name, kind in FIGURES.items():
        family = GaugeMetricFamily(f"smartalert_{name}", kind.words, labels=kind.labels)
        for row in by_figure[name]:
            family.add_metric([label for label in (row.subject, row.kind) if label], row.value)
        yield family
