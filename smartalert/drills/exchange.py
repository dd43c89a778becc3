"""Results of drills on their way from a training deployment to the live one: a signed file that a person carries."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

import orjson
from itsdangerous import BadSignature, Signer
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from smartalert import spreadsheets
from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.config import Mode, settings
from smartalert.database.connection import Connection, queries
from smartalert.errors import DrillRefused
from smartalert.wording import EXERCISE

#: A file is no longer than this, in bytes.
LONGEST = 5_000_000
COLUMNS = ("exercise", "officer", "name", "scenario", "ended_at", "score", "practice")
NO_KEY = (
    "Set SMARTALERT_DRILL_RESULTS_KEY to one long secret in the training and in the live deployment, and start both "
    "again."
)
TAMPERED = "This file is not as a training deployment of this force signed it. Nothing was taken from it."


class Row(BaseModel):
    """One officer's result, as it travels."""

    model_config = ConfigDict(extra="forbid", strict=False)

    id: UUID
    officer: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    scenario: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    ended_at: AwareDatetime
    total: int | None = Field(ge=0, le=100)


class File(BaseModel):
    """All of a training deployment's."""

    model_config = ConfigDict(extra="forbid")

    made_at: AwareDatetime
    results: list[Row] = Field(max_length=20_000)


@dataclass(frozen=True, slots=True)
class Brought:
    """What came of a file: results that are new here, how many were known, and of officers who never signed in here."""

    new: int
    known: int
    strangers: int


def export(conn: Connection, officer: str, now: datetime) -> bytes:
    """Every result that was counted here, signed. Raises DrillRefused."""
    if not settings().oidc_issuer:
        raise DrillRefused(
            "Officers of this exercise are made up, and their drills are nobody’s. Connect the force’s sign-in first."
        )
    rows = [Row(**row._asdict()) for row in queries("drills/exchange").ours(conn)]
    body = orjson.dumps(File(made_at=now, results=rows).model_dump(mode="json"))
    entries.record(conn, officer, Action.EXPORTED_RESULTS, results=len(rows))
    return signer().sign(body)


def bring(conn: Connection, signed: bytes, officer: str, now: datetime) -> Brought:
    """Take what a training deployment signed; the same file twice adds nothing. Raises DrillRefused."""
    if settings().mode is Mode.TRAINING:
        raise DrillRefused("Results are brought into the live control room, and this is a training one.")
    file = read(signed, now)
    named = queries("drills/exchange")
    new = sum(
        named.bring(conn, **row.model_dump(), by=officer, now=now) for row in file.results if row.total is not None
    )
    scored = [row for row in file.results if row.total is not None]
    known = {row.officer for row in named.known(conn, officers=[row.officer for row in scored])}
    strangers = len({row.officer for row in scored} - known)
    entries.record(conn, officer, Action.BROUGHT_RESULTS, results=new, made_at=file.made_at.isoformat())
    return Brought(new, len(scored) - new, strangers)


def read(signed: bytes, now: datetime) -> File:
    """What a file holds, if it is what was signed. Raises DrillRefused."""
    if len(signed) > LONGEST:
        raise DrillRefused(f"This file is larger than {LONGEST // 1_000_000} MB, which no file of results is.")
    try:
        file = File.model_validate_json(signer().unsign(signed.strip()))
    except (BadSignature, ValidationError):
        raise DrillRefused(TAMPERED) from None
    if any(row.ended_at > now for row in file.results):
        raise DrillRefused("This file tells of drills that are still to come. Set both deployments’ clocks right.")
    return file


def table(conn: Connection, officer: str) -> bytes:
    """Who has done which drill when, with what result, as CSV for the training department."""
    rows = list(queries("drills/exchange").table(conn))
    entries.record(conn, officer, Action.EXPORTED_RESULTS, results=len(rows))
    exercise = EXERCISE if settings().mode is Mode.TRAINING else ""
    counts = {True: "yes", False: "no"}
    cells = (
        (row.officer, row.name, row.scenario, row.ended_at.isoformat(), row.total, counts[row.took_part])
        for row in rows
    )
    return spreadsheets.table(COLUMNS, ((exercise, *one) for one in cells))


def signer() -> Signer:
    """Signs by the secret that both deployments share. Raises DrillRefused where there is none."""
    keys = [key.strip() for key in settings().drill_results_key.get_secret_value().split(",") if key.strip()]
    if not keys or min(map(len, keys)) < 16:
        raise DrillRefused(NO_KEY)
    return Signer(keys[::-1], salt="smartalert drill results", sep=".", digest_method=hashlib.sha256)
