"""What happens to a restored database before anything can use it, so that nobody is told twice who was told since."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from psycopg.rows import class_row

from smartalert.audit import entries, restorations, signed_heads
from smartalert.audit.entries import Action
from smartalert.audit.restorations import Restoration
from smartalert.database.connection import Connection, queries
from smartalert.operations.copies import Manifest
from smartalert.subscribers import leavers
from smartalert.subscribers.leavers import Act, Gone, Hashing

#: People looked through at once for those who left.
PEOPLE_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Settled:
    """What was done to a restored database, in numbers for whoever restores."""

    restoration: Restoration
    #: Deliveries that may have left since.
    in_doubt: int
    #: Mails about sign-ups and reports, calls of approvers, and requests for approval that were open.
    mails: int
    calls: int
    requests: int
    #: People who left or erased themselves since, and those who stopped their e-mails.
    left: int
    stopped: int
    #: Who signed up since and is not here.
    joined: int
    #: Lines of the record that cannot be relied on; None where there is no record.
    unreadable: int | None
    #: Alerts in force or still to be sent when it was taken, as far as they are not over: number → headline.
    alerts: dict[int, str]


def settle(conn: Connection, manifest: Manifest, folders: list[Path], who: str, now: datetime) -> Settled:
    """Do all of it, in the caller's transaction, and write it into the audit."""
    q = queries("operations/settling")
    heads = signed_heads.in_database(conn)
    restoration = Restoration(manifest.name, manifest.taken_at, now, heads[-1].number if heads else 0)
    restorations.keep(conn, restoration)
    in_doubt = q.doubt_deliveries(conn, now=now, reason=reason(restoration))
    mails = q.forget_mails(conn, reason=reason(restoration))
    calls = q.end_calls(conn, now=now, reason=reason(restoration))
    requests = q.end_requests(conn, now=now, who=who, note=reason(restoration))
    q.end_sign_ins(conn, now=now, who=who)
    q.forget_secrets(conn)
    files = leavers.files_in(folders)
    lines, unreadable = leavers.read(files)
    left, stopped, joined = take_out(conn, leavers.gone(lines, manifest.taken_at)) if lines else (0, 0, 0)
    alerts = {row.id: row.headline for row in q.alerts_in_force(conn, now=now)}
    for alert in alerts:
        entries.record(conn, who, Action.RESTORED, alert_id=alert, backup=manifest.name, since=restoration.since)
    numbers = {"in_doubt": in_doubt, "left": left, "stopped": stopped, "joined": joined, "alerts": len(alerts)}
    entries.record(conn, who, Action.RESTORED, backup=manifest.name, since=restoration.since, **numbers)
    return Settled(
        restoration, in_doubt, mails, calls, requests, left, stopped, joined, unreadable if files else None, alerts
    )


def reason(restoration: Restoration) -> str:
    """Why something that waited in a backup is not done."""
    return f"waiting in the backup of {restoration.since}: it may have been sent since"


def take_out(conn: Connection, gone: Gone) -> tuple[int, int, int]:
    """Have everybody who left since leave here too; how many left, stopped their e-mails, and are not here at all."""
    q, here = queries("operations/settling"), set[str]()
    found: dict[int, tuple[Act, datetime]] = {}
    for person, acts in known(conn, gone, here):
        if worst := max(acts, key=lambda act: (act[0] is not Act.STOPPED, act[0] is Act.ERASED), default=None):
            found[person] = worst
    for person, (act, at) in found.items():
        if act is Act.STOPPED:
            q.stop_mails(conn, person=person)
        elif act is Act.ERASED:
            q.erase(conn, person=person)
        else:
            q.leave(conn, person=person, at=at)
    stopped = sum(act is Act.STOPPED for act, _ in found.values())
    return len(found) - stopped, stopped, len(gone.joined - here)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is here, by what stands for them outside."""

    id: int
    marks: list[str]


def known(conn: Connection, gone: Gone, here: set[str]) -> Iterator[tuple[int, list[tuple[Act, datetime]]]]:
    """Everybody with what the record says of them; `here` gets the hashes of those who joined and are here."""
    hashing = Hashing()
    with conn.cursor(name="people", row_factory=class_row(Person)) as people:
        people.itersize = PEOPLE_AT_ONCE
        for person in people.execute("select id, marks_of(id) as marks from subscribers where left_at is null"):
            hashes = [one for mark in person.marks for one in hashing.of(mark)]
            here.update(gone.joined.intersection(hashes))
            if acts := [gone.acts[one] for one in hashes if one in gone.acts]:
                yield person.id, acts


def words(settled: Settled) -> Iterable[str]:
    """What was done, as an operator reads it."""
    one = settled
    yield f"{one.in_doubt:,} deliveries waited or were under way: they are in doubt, and officers decide."
    yield (
        f"{one.mails:,} mails about sign-ups, {one.calls:,} calls of approvers and {one.requests:,} requests for "
        "approval were open, and are not taken up again."
    )
    if one.unreadable is None:
        yield (
            "NOT KNOWN: who left since. There is no record of it in the folders given: name those of the public "
            "service's machines with --leavers, or people who left are written to again."
        )
    else:
        yield f"{one.left:,} people left since and {one.stopped:,} stopped their e-mails: they are not written to."
        yield f"{one.joined:,} people signed up since and are not here: let them know that they have to sign up again."
    if one.unreadable:
        yield f"{one.unreadable:,} lines of the record of who left are cut, changed or of another key."
    yield f"{len(one.alerts):,} alerts are shown as in force, whatever became of them since:"
    yield from (f"  {number}: {headline}" for number, headline in one.alerts.items())
