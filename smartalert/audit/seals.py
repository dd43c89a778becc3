"""What the audit's chain seals beside entries: rows that must stay as they were written, whoever owns the database.

A trigger seals each row as its transaction commits; here every row is read again and compared. A field that is erased
with a person, or with a photograph, is covered by no seal, so that it may go and the rest still holds.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any, LiteralString

from psycopg import sql
from psycopg.rows import namedtuple_row

from smartalert.database.connection import Connection, queries

ROWS_AT_ONCE = 2_000
#: The settings by which triggers make text of a row.
SETTINGS = {"timezone": "UTC", "datestyle": "ISO, YMD", "extra_float_digits": "1", "bytea_output": "hex"}


@dataclass(frozen=True, slots=True)
class Covered:
    """One kind of sealed row: where it is, which of them, and the fields, as the trigger of its table has them too."""

    sealed: LiteralString
    table: LiteralString
    key: LiteralString
    fields: LiteralString
    #: Sealed anew whenever it changes, and the newest seal counts. Otherwise sealed once.
    changes: bool = False
    #: Of which nothing can be said now.
    unless: LiteralString = "false"

    @property
    def query(self) -> sql.Composed:
        """Each row beside its newest seal; either is null where there is none."""
        parts = {name: sql.SQL(getattr(self, name)) for name in ("table", "key", "fields", "unless")}
        return sql.SQL("""
            with seals as (
              select key, (array_agg(digest order by position desc))[1] as digest, count(*) as times
              from audit_chain where sealed = {sealed} group by key
            ), rows as (
              select ({key})::text as key, row({fields})::text as fields, {unless} as is_open from {table}
            )
            select key, rows.fields, seals.digest, seals.times
            from rows full join seals using (key) where is_open is not true
        """).format(sealed=sql.Literal(self.sealed), **parts)

    def fault(self, row: Any) -> str | None:
        """What is wrong with one row, in words; None where nothing is."""
        what = f"{self.sealed} {row.key}"
        if row.fields is None:
            return f"Deleted since it was sealed: {what}."
        if row.digest is None:
            # What says nothing yet is not sealed.
            return f"Slipped in, for nothing sealed it: {what}." if row.fields.strip("(,)") else None
        if hashlib.sha256(row.fields.encode()).digest() != row.digest:
            return f"Changed since it was sealed: {what}."
        return f"Sealed twice: {what}." if row.times > 1 and not self.changes else None


#: Each kind with the fields of its trigger; a field that is added later makes another kind, for older rows lack it.
COVERED = (
    Covered("change of draft", "draft_changes", "draft_id || ' ' || version", "at, officer, changed"),
    Covered(
        "request for approval", "approval_requests", "id",
        "draft_id, author, version, submitted_by, submitted_at, lapses_at, reason, document, sha256",
    ),
    Covered("decision on request for approval", "approval_requests", "id", "decision, decided_by, decided_at, note"),
    Covered("words of kind", "kind_words", "id", "kind, message, words, why, proposed_by, proposed_at"),
    Covered("decision on words of kind", "kind_words", "id", "decision, decided_by, decided_at, note"),
    Covered(
        "alert", "alerts", "id",
        "identifier, draft_id, status, msg_type, follows, follow_up, thread, urgent, incident_kind, about_person,"
        " incident_number, headline, description, instruction, contact, area, within_m, street_id, area_desc, topics,"
        " sectors, channels, searched, people, approval_rule, approval_id, override_reason, issued_by, issued_at,"
        " expires_at, drill",
    ),
    Covered("times of alert", "alerts", "id", "release_at, withdrawn_at, stopped_at", changes=True),
    Covered("words of alert", "messages", "alert_id || ' ' || channel", "title, body, html"),
    Covered("CAP document of alert", "cap_documents", "alert_id", "sender, sha256(document)"),
    Covered("review of alert", "alert_reviews", "alert_id", "issued_by, reviewed_by, reviewed_at, concern"),
    Covered(
        "photograph of alert", "alert_photos", "alert_id",
        "width, height, alt, sha256, jpeg is null or sha256(jpeg) = sha256",
    ),
    Covered(
        "taking down of photograph of alert", "alert_photos", "alert_id", "taken_down_at, taken_down_by", changes=True
    ),
    Covered(
        "response", "responses", "id",
        "reference, form_key, alert_id, received_at, saw, seen_at, happening_now, place, point, point_from, near,"
        " name, contact, may_contact, urgent_words, searched",
    ),
    Covered(
        "handling of response", "responses", "id",
        "first_look_at, first_look_by, claimed_at, claimed_by, verdict, verdict_at, verdict_by, outcome, team,"
        " passed_at, passed_by, grade, graded_at, graded_by",
        changes=True,
    ),
    Covered("photograph of response", "response_photos", "response_id", "width, height, sha256(jpeg)"),
    Covered("note", "response_notes", "id", "response_id, at, officer, words"),
    Covered("outcome", "outcomes", "id", "alert_id, told_at, officer, words, people"),
    Covered("result", "results", "id", "alert_id, result, recorded_at, recorded_by"),
    Covered("taking back of result", "results", "id", "taken_back_at, taken_back_by", changes=True),
    Covered(
        "ledger of alert",
        """(
          select alert_id, channel, count(*) as deliveries, count(handed_over_at) as handed_over,
                 count(delivered_at) as delivered, count(opened_at) as opened,
                 count(*) filter (where state = 'failed') as failed,
                 count(*) filter (where state in ('expired', 'cancelled')) as cancelled,
                 bool_or(state in ('pending', 'sending', 'unknown')) as moving
          from deliveries group by alert_id, channel
        ) ledger""",
        "alert_id || ' ' || channel",
        "deliveries, handed_over, delivered, opened, failed, cancelled",
        changes=True,
        # A change that came in order waits to be counted again, and to be sealed with that.
        unless="moving or exists (select from figures_due d where d.alert_id = ledger.alert_id)",
    ),
)  # fmt: skip


def faults(conn: Connection) -> Iterator[str]:
    """What is wrong with any row that is sealed, or ought to be."""
    for name, value in SETTINGS.items():
        conn.execute("select set_config(%s, %s, true)", (name, value))
    for covered in COVERED:
        # Read as they come: of some kinds there are hundreds of thousands.
        with conn.cursor(name="seals", row_factory=namedtuple_row) as rows:
            rows.itersize = ROWS_AT_ONCE
            yield from filter(None, map(covered.fault, rows.execute(covered.query)))
    yield from shrunk(conn)


def shrunk(conn: Connection) -> Iterator[str]:
    """A ledger whose sealed counts say that deliveries were added or taken away, or came less far than before."""
    for key, seals in groupby(queries("audit/chain").sealed_counts(conn), key=lambda seal: seal.key):
        for before, after in pairwise(counts(seal.content) for seal in seals):
            (all_before, *far_before), (all_after, *far_after) = before[:4], after[:4]
            if all_before != all_after or any(map(int.__gt__, far_before, far_after)):
                yield f"Went back: ledger of alert {key}, from {before} to {after}."
                break


def counts(content: str) -> tuple[int, ...]:
    """The ledger's counts as they were sealed: all, handed over, delivered, opened, failed, cancelled."""
    return tuple(map(int, content.strip("()").split(",")))
