"""One alert's whole story, for an inquiry: how it came to be, who agreed, what was said, how far it got, and the proof.

It names officers and counts people; nobody who was told or who answered is in it.
"""

import hashlib
import io
import zipfile
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import NamedTuple

import orjson

from smartalert import cleaning
from smartalert.alerts import forgetting, lifecycle
from smartalert.audit import chain, signed_heads
from smartalert.audit import entries as audit_entries
from smartalert.audit.entries import Action
from smartalert.clock import stamp
from smartalert.config import settings
from smartalert.database.connection import Connection, queries, rows_as
from smartalert.dispatch import links, progress
from smartalert.errors import AlertRefused
from smartalert.wording import EXERCISE, render

HOW_TO_CHECK = (
    "Take the SHA-256 of each entry's `content` (UTF-8). Beginning with `before`, the hash of each link is the SHA-256 "
    "of the hash before it followed by that of its entry's content. The last link must be what the signed head says; "
    "heads are kept in the workers' logs, outside the database."
)


def find(conn: Connection, wanted: str) -> int:
    """The alert of this number or identifier. Raises AlertRefused if there is none."""
    alert_id = queries("alerts/story").find(conn, wanted=cleaning.one_line(wanted))
    if alert_id is None:
        raise AlertRefused(f"There is no alert {wanted}.")
    return int(alert_id)


def bundle(conn: Connection, alert_id: int, officer: str, now: datetime) -> tuple[str, bytes]:
    """A file name, and a zip of story.html and story.json; the audit says who took it."""
    forgetting.note_look(conn, alert_id, officer, at="its whole story")
    told = story(conn, alert_id, now)
    page = render(
        "alerts/alert_story.html",
        {"story": told, "clock": stamp, "made_by": officer, "written": audit_entries.written, "shown": links.shown},
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("story.html", page)
        archive.writestr("story.json", orjson.dumps(told, default=str, option=orjson.OPT_INDENT_2))
    audit_entries.record(conn, officer, Action.EXPORTED_STORY, alert_id=alert_id)
    beginning = f"{EXERCISE}-" if told["exercise"] else ""
    return f"{beginning}alert-{alert_id}-story.zip", out.getvalue()


def story(conn: Connection, alert_id: int, now: datetime) -> dict[str, object]:
    """Everything kept about one alert. Times are UTC. Raises AlertRefused if there is none."""
    named = queries("alerts/story")
    alert = named.alert(conn, id=alert_id)
    if alert is None:
        raise AlertRefused("There is no such alert.")
    return {
        "exercise": EXERCISE if alert.status == "Exercise" else "",
        "force": settings().force_name,
        "made_at": now,
        "alert": {"id": alert_id, **alert._asdict()},
        "thread": facts(named.thread(conn, id=alert_id)),
        "draft_changes": facts(named.draft_changes(conn, draft_id=alert.draft_id)),
        "approval": facts(named.approvals(conn, draft_id=alert.draft_id)),
        "looked_at_afterwards": facts(named.looked_at_afterwards(conn, id=alert_id)),
        "words": {
            channel.value: {"title": words.title, "body": words.body, "html": words.html}
            for channel, words in lifecycle.words(conn, alert_id).items()
        },
        "deliveries": [asdict(row) for row in progress.by_channel(conn, alert_id)],
        "speed": [asdict(row) for row in progress.speed(conn, alert_id)],
        "failures": [asdict(row) for row in progress.failures(conn, alert_id)],
        "responses": named.responses(conn, id=alert_id)._asdict(),
        **with_proof(conn, alert_id),
    }


def facts(rows: Iterable[NamedTuple]) -> list[dict[str, object]]:
    """Rows by the names of their columns."""
    return [row._asdict() for row in rows]


def with_proof(conn: Connection, alert_id: int) -> dict[str, object]:
    """The alert's entries in the audit, and the stretch of the chain that holds them up to the next signed head."""
    entries = rows_as(chain.Link, queries("alerts/story").entries(conn, id=alert_id))
    if not entries:
        return {"audit": [], "proof": None}
    first, last = entries[0].position, entries[-1].position
    head = next((head for head in signed_heads.in_database(conn) if head.position >= last), None)
    before = queries("audit/chain").link(conn, position=first - 1)
    previous = before.hash if before else chain.BEGINNING
    links = []
    for link, _ in chain.walk(conn, first - 1, previous):
        if link.position > (head.position if head else last):
            break
        content = hashlib.sha256(chain.content_of(link)).hexdigest()
        links.append({"position": link.position, "content_sha256": content, "hash": link.hash.hex()})
    return {
        "audit": [entry_facts(entry) for entry in entries],
        "proof": {
            "how_to_check": HOW_TO_CHECK,
            "before": previous.hex(),
            "links": links,
            "head": str(head) if head else None,
        },
    }


def entry_facts(entry: chain.Link) -> dict[str, object]:
    """One entry, with the very bytes that its hash covers."""
    return {
        "position": entry.position,
        "at": entry.at,
        "mode": entry.mode,
        "officer": entry.officer,
        "action": entry.action,
        "detail": orjson.loads(entry.detail or "null"),
        "content": chain.content_of(entry).decode(),
        "hash": entry.hash.hex(),
    }
