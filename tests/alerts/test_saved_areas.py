"""Areas that a team keeps under a name: its own, no other team's, and every change in the audit."""

from datetime import timedelta
from typing import Any

import pytest

from smartalert.alerts import issuing, saved_areas
from smartalert.database.connection import Connection
from smartalert.errors import AreaRefused
from tests.factories import (
    LAT,
    LON,
    NOW,
    OFFICER,
    complete_draft,
    make_draft,
    make_force_area,
    make_street,
    make_subscriber,
    preview_of,
)

CENTRE: dict[str, Any] = {"lat": LAT, "lon": LON, "radius_m": 500}
#: Ada and Ben may send to the same neighbourhoods, Cleo to others, the inspector everywhere.
OFFICERS = {"ada": ["W", "E"], "ben": ["E", "W", "E"], "cleo": ["E"], "dan": [], OFFICER: None}


@pytest.fixture
def team(conn: Connection) -> Connection:
    make_force_area(conn)
    make_street(conn)
    for officer, jurisdiction in OFFICERS.items():
        conn.execute(
            "insert into officers (id, name, roles, jurisdiction) values (%s, %s, '{sender}', %s)",
            (officer, officer, jurisdiction),
        )
    saved_areas.save(conn, "ada", " Town  centre ", CENTRE, NOW)
    return conn


def names(conn: Connection, officer: str) -> list[str]:
    return [one.name for one in saved_areas.of_team(conn, officer)]


def done(conn: Connection) -> list[tuple[str, str]]:
    rows = conn.execute("select officer, action from audit where action like '%%area' order by id")
    return [(row.officer, row.action) for row in rows]


def test_a_saved_area_is_its_teams_own(team: Connection) -> None:
    assert {officer: names(team, officer) for officer in OFFICERS} == {
        "ada": ["Town centre"], "ben": ["Town centre"], "cleo": [], "dan": [], OFFICER: [],
    }  # fmt: skip
    (saved,) = saved_areas.of_team(team, "ben")
    assert (saved.area, saved.saved_by) == (CENTRE, "ada")


def test_the_same_name_again_takes_its_place_and_the_audit_has_both(team: Connection) -> None:
    wider = {**CENTRE, "radius_m": 900}
    saved_areas.save(team, "ben", "TOWN CENTRE", wider, NOW)
    (saved,) = saved_areas.of_team(team, "ada")
    assert (saved.name, saved.area, saved.saved_by) == ("TOWN CENTRE", wider, "ben")
    row = team.execute("select detail from audit where officer = 'ben'").fetchone()
    assert (row.detail["before"], row.detail["after"]) == (CENTRE, wider)


def test_it_is_renamed_and_deleted_by_its_team_and_by_nobody_else(team: Connection) -> None:
    (saved,) = saved_areas.of_team(team, "ada")
    for other in ("cleo", "dan", OFFICER):
        saved_areas.remove(team, other, saved.id)
        with pytest.raises(AreaRefused, match="deleted"):
            saved_areas.rename(team, other, saved.id, "Mine")
    saved_areas.save(team, "ada", "Canal", {**CENTRE, "radius_m": 60}, NOW)
    with pytest.raises(AreaRefused, match="Another area is called"):
        saved_areas.rename(team, "ben", saved.id, "canal")
    saved_areas.rename(team, "ben", saved.id, "High Street")
    assert names(team, "ada") == ["Canal", "High Street"]
    saved_areas.remove(team, "ben", saved.id)
    saved_areas.remove(team, "ben", saved.id)
    assert names(team, "ada") == ["Canal"]
    assert done(team) == [
        ("ada", "saved an area"), ("ada", "saved an area"), ("ben", "renamed a saved area"),
        ("ben", "deleted a saved area"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "area", "words"),
    [
        ("\u200b ", CENTRE, "Give the area a name"),
        ("x" * 61, CENTRE, "Shorten the name"),
        ("Nowhere", None, "No area is drawn"),
        ("Far", {"lat": 51.5, "lon": -0.12, "radius_m": 500}, "outside the force"),
        ("Odd", {"corners": [[LAT, LON]] * 4}, "at least 3"),
        ("Gone", {"street_id": 2**31 - 1, "buffer_m": 60}, "no longer on the map"),
    ],
)
def test_what_is_no_name_or_no_area_is_not_saved(team: Connection, name: str, area: Any, words: str) -> None:
    with pytest.raises(AreaRefused, match=words):
        saved_areas.save(team, "ada", name, area, NOW)
    assert names(team, "ada") == ["Town centre"]


def test_the_same_as_last_time_is_what_this_officer_sent_last_and_did_not_undo(team: Connection) -> None:
    make_subscriber(team)
    assert saved_areas.last_sent(team, OFFICER) is None
    for number, radius in enumerate((500, 700, 900)):
        now, content = NOW + timedelta(minutes=number), complete_draft(area={**CENTRE, "radius_m": radius})
        draft_id, version = make_draft(team, content)
        issuing.issue(team, draft_id, version, OFFICER, shown=preview_of(team, content, now), now=now)
    team.execute("update alerts set withdrawn_at = issued_at where within_m = 900")
    assert saved_areas.last_sent(team, OFFICER) == {**CENTRE, "radius_m": 700}
    assert saved_areas.last_sent(team, "ada") is None
