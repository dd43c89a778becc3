"""The office's campaigns, which its charts mark."""

from datetime import date, datetime
from typing import Any

from smartalert import cleaning
from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.database.connection import Connection, queries
from smartalert.engagement.periods import Period
from smartalert.errors import CampaignRefused

LONGEST_NAME = 60


def campaigns(conn: Connection, period: Period) -> list[Any]:
    """Rows of id, name, starts_on, noted_by, the oldest first."""
    return list(queries("engagement/campaigns").campaigns(conn, start=period.start, before=period.before))


def note_campaign(conn: Connection, name: str, starts_on: date, officer: str, now: datetime) -> None:
    """Put a campaign on the charts. Raises CampaignRefused where it has no name, or one too long for a chart."""
    name = cleaning.one_line(name)
    if not 1 <= len(name) <= LONGEST_NAME:
        raise CampaignRefused(f"Name the campaign in at most {LONGEST_NAME} characters, such as “Leaflets in Leek”.")
    if queries("engagement/campaigns").note_campaign(conn, name=name, starts_on=starts_on, officer=officer, now=now):
        entries.record(conn, officer, Action.NOTED_A_CAMPAIGN, name=name, starts_on=starts_on.isoformat())


def remove_campaign(conn: Connection, campaign_id: int, officer: str, now: datetime) -> None:
    """Take a campaign off the charts."""
    if queries("engagement/campaigns").remove_campaign(conn, id=campaign_id, officer=officer, now=now):
        entries.record(conn, officer, Action.REMOVED_A_CAMPAIGN, campaign=campaign_id)
