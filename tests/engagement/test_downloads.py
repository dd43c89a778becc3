"""Figures of the app stores: gaps stay gaps, and only a day somebody reported counts."""

from datetime import UTC, date, datetime

import psycopg
import pytest

from smartalert.engagement import campaigns, downloads
from smartalert.engagement.periods import Period, Step
from smartalert.errors import CampaignRefused

MARCH = Period.of_month(2026, 3)
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def report(
    conn: psycopg.Connection, day: int, installs: int | None, uninstalls: int | None, store: str = "google_play"
):
    conn.execute(
        "insert into download_days (store, app, day, dimension, installs, uninstalls)"
        " values (%s, 'a', %s, 'overview', %s, %s)",
        (store, date(2026, 3, day), installs, uninstalls),
    )


def test_weeks_add_up_and_a_week_nobody_reported_is_a_gap(conn: psycopg.Connection) -> None:
    for day in range(2, 9):
        report(conn, day, 10, 1)
    report(conn, 17, 5, None)
    found = {point.start.day: point for point in downloads.over_time(conn, MARCH, Step.WEEK)}
    assert (found[2].installs, found[2].uninstalls, found[2].whole) == (70, 7, True)
    assert (found[9].installs, found[9].uninstalls, found[9].whole) == (None, None, False)
    assert (found[16].installs, found[16].uninstalls, found[16].whole) == (5, None, False)


def test_a_store_that_never_reported_is_not_drawn_and_missing_days_are_counted(conn: psycopg.Connection) -> None:
    assert downloads.over_time(conn, MARCH, Step.DAY) == []
    for day in (1, 2, 5):
        report(conn, day, 3, None, "app_store")
    assert [(row.store, row.first.day, row.last.day, row.missing) for row in downloads.reported(conn)] == [
        ("app_store", 1, 5, 2)
    ]


def test_a_campaign_is_noted_once_and_may_be_taken_off(conn: psycopg.Connection) -> None:
    for _ in range(2):
        campaigns.note_campaign(conn, "  Leaflets  in Leek ", date(2026, 3, 3), "analyst.price", NOW)
    (noted,) = campaigns.campaigns(conn, MARCH)
    assert (noted.name, noted.starts_on) == ("Leaflets in Leek", date(2026, 3, 3))
    campaigns.remove_campaign(conn, noted.id, "analyst.price", NOW)
    assert campaigns.campaigns(conn, MARCH) == []
    assert conn.execute("select count(*) from audit where action like '%%campaign'").fetchone() == (2,)


@pytest.mark.parametrize("name", ["", "   ", "x" * 61])
def test_a_campaign_needs_a_name_that_fits_a_chart(conn: psycopg.Connection, name: str) -> None:
    with pytest.raises(CampaignRefused, match="at most 60"):
        campaigns.note_campaign(conn, name, date(2026, 3, 3), "analyst.price", NOW)
