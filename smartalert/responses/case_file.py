"""One incident's responses as a bundle for the case file: a page to read, a table to work with, the photographs."""

import io
import zipfile
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from smartalert import spreadsheets
from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.clock import stamp
from smartalert.config import settings
from smartalert.database.connection import Connection, queries, rows_as
from smartalert.errors import ResponseRefused
from smartalert.responses import inbox
from smartalert.responses.grades import GRADES
from smartalert.wording import EXERCISE, render

COLUMNS = (
    "exercise", "reference", "received", "alert", "happening_now", "saw", "seen_at", "place", "latitude", "longitude",
    "place_known_from", "near", "may_contact", "name", "contact", "urgent_words", "first_look", "first_look_by",
    "claimed_by", "grade", "graded_by", "verdict", "verdict_by", "passed_to", "passed_at", "passed_by", "outcome",
    "photo",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class IncidentAlert:
    """An alert of an incident, as the case file names it."""

    headline: str
    description: str
    area_desc: str
    people: int
    issued_by: str
    release_at: datetime
    status: str


@dataclass(frozen=True, slots=True)
class IncidentResponse:
    """What the case file tells of one response; lon and lat are EPSG:4326, None where no place is known."""

    id: int
    reference: str
    alert_id: int
    received_at: datetime
    saw: str
    seen_at: str
    happening_now: bool
    place: str
    point_from: str | None
    name: str
    contact: str
    may_contact: bool
    urgent_words: list[str]
    first_look_at: datetime | None
    first_look_by: str | None
    claimed_by: str | None
    verdict: str | None
    verdict_at: datetime | None
    verdict_by: str | None
    team: str | None
    passed_at: datetime | None
    passed_by: str | None
    grade: str | None
    graded_by: str | None
    #: The first response that came from near the same place at the same time.
    near: str | None
    outcome: str | None
    lon: float | None
    lat: float | None
    identifier: UUID
    status: str


def bundle(
    conn: Connection, incident_number: str, officer: str, now: datetime, *, alert_id: int | None = None
) -> bytes:
    """A zip of case-file.html, responses.csv and photos/; the audit says who took it. Raises ResponseRefused.

    Without an incident number it is about one alert and what followed it.
    """
    named = queries("responses/inbox")
    about = {"incident_number": incident_number, "alert_id": alert_id}
    alerts = rows_as(IncidentAlert, named.alerts_of_incident(conn, **about))
    if not alerts:
        raise ResponseRefused("There is no alert of this incident.")
    rows = rows_as(IncidentResponse, named.of_incident(conn, **about))
    photos = {row.reference: photo for row in rows if (photo := inbox.photo(conn, row.id))}
    notes = {row.reference: inbox.notes(conn, row.id) for row in rows}
    page = render(
        "responses/case_file.html",
        {
            "title": f"Incident {incident_number}" if incident_number else f"Alert {alert_id}",
            "alerts": alerts,
            "rows": rows,
            "photos": photos,
            "notes": notes,
            "force": settings().force_name,
            "exercise": f"{EXERCISE}: " if alerts[0].status == "Exercise" else "",
            "verdicts": inbox.VERDICTS,
            "grades": GRADES,
            "clock": stamp,
            "made": stamp(now),
            "officer": officer,
        },
    )
    for answered in sorted({row.alert_id for row in rows}):
        entries.record(conn, officer, Action.EXPORTED_CASE_FILE, alert_id=answered, responses=len(rows))
    return zipped({"case-file.html": page.encode(), "responses.csv": table(rows, set(photos))}, photos)


def zipped(files: dict[str, bytes], photos: dict[str, bytes]) -> bytes:
    """All of it in one file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        for reference, jpeg in photos.items():
            archive.writestr(f"photos/{reference}.jpg", jpeg, zipfile.ZIP_STORED)
    return out.getvalue()


def table(rows: list[IncidentResponse], with_photo: set[str]) -> bytes:
    """The responses as CSV, one a line, times in London."""
    return spreadsheets.table(COLUMNS, (cells(row, row.reference in with_photo) for row in rows))


def cells(row: IncidentResponse, has_photo: bool) -> list[object]:
    """One response's facts in the order of COLUMNS."""
    return [
        EXERCISE if row.status == "Exercise" else "",
        row.reference, stamp(row.received_at), row.identifier, yes(row.happening_now), row.saw, row.seen_at, row.place,
        row.lat, row.lon, row.point_from, row.near, yes(row.may_contact), row.name, row.contact,
        ", ".join(row.urgent_words), stamp(row.first_look_at), row.first_look_by, row.claimed_by, row.grade,
        row.graded_by, inbox.VERDICTS.get(row.verdict or ""), row.verdict_by, row.team, stamp(row.passed_at),
        row.passed_by, row.outcome, f"photos/{row.reference}.jpg" if has_photo else "",
    ]  # fmt: skip


def yes(value: bool) -> str:
    return "yes" if value else "no"
