"""Who did what, written in the same transaction as what it tells."""

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import orjson
from psycopg.types.json import Jsonb

from smartalert import cleaning, spreadsheets
from smartalert.database.connection import Connection, queries, rows_as

#: A search handed out as a table is no longer than this.
MOST_EXPORTED = 50_000
COLUMNS = (
    "exercise", "position", "at", "officer", "action", "alert", "incident_number", "headline", "before", "after", "why",
    "detail", "hash",
)  # fmt: skip


#: What an entry calls the reason somebody gave: for whatever it was, for returning an alert, for a concern about one.
WHY = ("why", "note", "concern")


class Action(StrEnum):
    """What somebody did. The words are in the chain of the audit: what was written once is never called otherwise."""

    SIGNED_IN = "signed in"
    SIGNED_OUT = "signed out"
    #: In training: made-up officers sign in from other computers by it.
    EXERCISE_CODE_SHOWN = "showed a code for other computers"
    EXERCISE_CODE_ENDED = "ended the code for other computers"
    #: An administrator ended somebody's sign-in for them.
    ENDED_A_SIGN_IN = "ended a sign-in"
    BARRED = "barred an officer"
    LET_BACK = "let an officer back"

    #: Of those that a team has saved.
    SAVED_AN_AREA = "saved an area"
    RENAMED_AN_AREA = "renamed a saved area"
    DELETED_AN_AREA = "deleted a saved area"

    #: Of a scenario, for the officers that the entry names.
    DRILL_STARTED = "started a drill"
    DRILL_ENDED = "ended a drill"

    DRAFT_THROWN_AWAY = "draft thrown away"
    DRAFT_BROUGHT_BACK = "draft brought back"
    APPROVAL_ASKED = "approval asked"
    #: Given, and the alert was issued with it.
    APPROVED = "approved"
    #: The approver gave it back to be changed.
    APPROVAL_RETURNED = "approval returned"
    #: The sender no longer asks.
    APPROVAL_WITHDRAWN = "approval withdrawn"
    #: Written by the database, whoever changed it.
    APPROVAL_POLICY_CHANGED = "approval policy changed"
    APPROVAL_SETTINGS_CHANGED = "approval settings changed"
    #: Written by the database as well, for whoever asked for approval.
    APPROVER_CALLED = "called an approver"
    CALL_HANDED_OVER = "call handed over"
    CALL_NOT_HANDED_OVER = "call not handed over"
    #: May be called when an alert waits; until when, or no longer.
    ON_DUTY = "on duty"
    OFF_DUTY = "off duty"
    #: On which they are called.
    PHONE_LINKED = "linked a phone"
    PHONE_UNLINKED = "unlinked a phone"

    #: For one message of one kind of alert.
    WORDS_PROPOSED = "proposed words for a kind of alert"
    WORDS_APPROVED = "approved words for a kind of alert"
    WORDS_REFUSED = "refused words for a kind of alert"
    WORDS_TAKEN_BACK = "took back words for a kind of alert"
    #: From the send screen, and back on it.
    KIND_HIDDEN = "hid a kind of alert"
    KIND_SHOWN = "showed a kind of alert again"
    #: Among those of its group.
    KIND_MOVED = "moved a kind of alert"

    ISSUED = "issued"
    #: Written by the database for whoever issued it, when an alert that leaves later has its time.
    COUNTED_AGAIN = "counted again when it was sent"
    #: In an emergency, without the approval that it needed.
    SENT_WITHOUT_APPROVAL = "sent without approval"
    #: Undone before it left: nobody was told.
    WITHDRAWN = "withdrawn"
    #: The time to undo it was cut short.
    RELEASED_AT_ONCE = "released at once"
    STOPPED = "stopped"
    #: What had stopped it was undone.
    WENT_ON = "went on"
    #: Failed deliveries of one channel.
    TRIED_AGAIN = "tried again"
    #: Mails that may or may not have left.
    SENT_IN_DOUBT = "sent again what was in doubt"
    LEFT_IN_DOUBT = "left as it was what was in doubt"
    #: SendGrid takes nothing: mails go by the force's own relay meanwhile.
    SENT_BY_RELAY = "sent by the force's own mail"
    #: An approver looked at it afterwards.
    SEEN_AND_RIGHT = "seen and right"
    CONCERN_RAISED = "concern raised"
    BEGAN_UPDATE = "began: Update"
    BEGAN_CORRECTION = "began: Correction"
    BEGAN_ALL_CLEAR = "began: All clear"
    BEGAN_FALSE_ALARM = "began: False alarm"
    BEGAN_OUTCOME = "began: Outcome"
    TOOK_PHOTO_DOWN = "took the photograph down"

    RESPONSE_LOOKED_AT = "first looked at a response"
    RESPONSE_CLAIMED = "claimed a response"
    #: From another officer.
    RESPONSE_TAKEN_OVER = "took a response over"
    RESPONSE_GIVEN_BACK = "gave a response back"
    RESPONSE_NOTE = "wrote a note on a response"
    RESPONSE_USEFUL = "marked a response useful"
    RESPONSE_NOT_USEFUL = "marked a response not useful"
    #: To a team, which the entry names.
    RESPONSE_PASSED_ON = "passed a response on"
    RESPONSE_RESOLVED = "marked a response resolved"
    RESPONSE_OPENED_AGAIN = "opened a response again"
    #: How far its writer knows it, as intelligence reports are graded.
    RESPONSE_GRADED = "graded a response"
    RESULT_RECORDED = "recorded what an alert led to"
    RESULT_TAKEN_BACK = "took back what an alert led to"
    TOLD_THE_OUTCOME = "told those who answered what came of it"

    #: To which responses are passed on.
    ADDED_A_TEAM = "added a team"
    CHANGED_A_TEAM = "changed a team"
    REMOVED_A_TEAM = "removed a team"

    #: At the command line, or as the Ground screen asked; written by the database.
    GROUND_IMPORTED = "imported map data"
    GROUND_UNDONE = "undid an import of map data"

    #: Of the trainers' own, for drills.
    SCENARIO_ADDED = "added a scenario"
    SCENARIO_DELETED = "deleted a scenario"
    SCENARIO_RESTORED = "brought a scenario back"

    #: All of the database, encrypted to whom the entry names.
    BACKED_UP = "took a backup"
    #: The database, or an alert that was in force in it.
    RESTORED = "restored from a backup"
    LET_GO = "let workers send again after a restore"

    #: Read what the public no longer can.
    LOOKED_AT_FORGOTTEN = "looked at a forgotten alert"
    EXPORTED_STORY = "exported the story"
    EXPORTED_CASE_FILE = "exported the case file"
    EXPORTED_AUDIT = "exported the audit"

    #: A drill before sending live.
    DRILL_RULE = "changed the rule of drills"
    DRILL_PERMIT = "let an officer send without a drill"
    EXPORTED_RESULTS = "exported results of drills"
    BROUGHT_RESULTS = "brought results of drills"

    #: Of the monthly report.
    ADDED_A_READER = "added a reader of the monthly report"
    REMOVED_A_READER = "removed a reader of the monthly report"
    #: A report, to their own address.
    MAILED_THEMSELVES = "had a report mailed to themselves"
    #: Of the commissioner's office.
    SET_A_TARGET = "set a target"
    REMOVED_A_TARGET = "took a target off"
    #: Of a mail, a push or a month of the service.
    SET_A_COST = "entered a cost"
    REMOVED_A_COST = "took a cost back"
    #: On the charts of sign-ups.
    NOTED_A_CAMPAIGN = "noted a campaign"
    REMOVED_A_CAMPAIGN = "removed a campaign"


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for; what is left empty fits everything."""

    officer: str = ""
    action: str = ""
    #: Part of a headline, an incident number, or an alert's number or identifier.
    about: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry about an alert: what was done, by whom, and its facts."""

    at: datetime
    officer: str
    action: str
    detail: dict[str, object]


@dataclass(frozen=True, slots=True)
class FoundEntry:
    """One entry that a search found, with its place in the chain and the alert that it is about, if it is about one."""

    position: int
    id: int
    at: datetime
    mode: str
    officer: str
    action: str
    detail: dict[str, object]
    hash: bytes
    alert_id: int | None
    identifier: UUID | None
    headline: str | None
    incident_number: str | None


def record(
    conn: Connection,
    officer: str,
    action: Action,
    *,
    alert_id: int | None = None,
    draft_id: UUID | None = None,
    **detail: object,
) -> None:
    """Add one entry. `detail` holds counts, ids and the officer's own words, never a subscriber's.

    Where something changed, `before` and `after` say how; `why` is the reason somebody gave.
    """
    queries("audit/entries").record(
        conn, officer=officer, action=action, alert_id=alert_id, draft_id=draft_id, detail=Jsonb(detail)
    )


def timeline(conn: Connection, alert_id: int) -> list[Entry]:
    """Everything done to one alert, oldest first."""
    return rows_as(Entry, queries("audit/entries").timeline(conn, alert_id=alert_id))


def search(conn: Connection, wanted: Search, *, at_most: int, before: int | None = None) -> list[FoundEntry]:
    """Entries that fit, newest first, from below position `before` on."""
    about = cleaning.one_line(wanted.about).removeprefix("#")
    escaped = about.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    facts = {**asdict(wanted), "about": escaped, "before": before, "at_most": at_most}
    return rows_as(FoundEntry, queries("audit/entries").search(conn, **facts))


def choices(conn: Connection) -> tuple[list[str], list[str]]:
    """The officers and the actions that the audit knows."""
    named = queries("audit/entries")
    return [row.officer for row in named.officers(conn)], [row.action for row in named.actions(conn)]


def table(conn: Connection, wanted: Search, officer: str) -> bytes:
    """What a search finds as CSV, newest first; the audit says who took it."""
    rows = search(conn, wanted, at_most=MOST_EXPORTED)
    looked_for = {name: str(value) for name, value in asdict(wanted).items() if value}
    record(conn, officer, Action.EXPORTED_AUDIT, entries=len(rows), search=looked_for)
    return spreadsheets.table(COLUMNS, map(cells, rows))


def cells(row: FoundEntry) -> list[object]:
    """One entry in the order of COLUMNS; times as ISO 8601 in UTC."""
    detail = dict(row.detail)
    told = [written(detail.pop("before", None)), written(detail.pop("after", None)), written(reason(detail))]
    return [
        "EXERCISE" if row.mode == "training" else "", row.position, row.at.isoformat(), row.officer, row.action,
        row.alert_id, row.incident_number, row.headline, *told, written(detail or None), row.hash.hex(),
    ]  # fmt: skip


def reason(detail: dict[str, object]) -> object:
    """Why it was done, taken out of an entry's facts; None where nobody said."""
    return next((detail.pop(name) for name in WHY if name in detail), None)


def written(value: object) -> str:
    """A fact of an entry as text."""
    if value is None or isinstance(value, str):
        return value or ""
    return orjson.dumps(value).decode()
