"""Residents along imported streets: a real place can be practised on, in training only."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from smartalert.database.cluster import Cluster
from smartalert.errors import ModeRefused, SetupError
from smartalert.importers.streets import import_streets
from smartalert.training.settling import settle
from tests.databases import Database, live_database
from tests.factories import stale_matches

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def quiet(_: str) -> None:
    """Say nothing."""


@pytest.fixture
def hamlet(database: Database, tmp_path: Path) -> Database:
    """Three streets and a town, without a force area."""
    lines = [[(0, 500), (900, 500)], [(400, 0), (400, 900)], [(800, 0), (800, 490)]]
    features = [
        {
            "type": "Feature",
            "properties": {"name_1": f"Street {n}", "road_name_toid": f"t{n}", "road_classification": "Unclassified"},
            "geometry": {"type": "LineString", "coordinates": line},
        }
        for n, line in enumerate(lines)
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}
    path = tmp_path / "hamlet.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}))
    with database.connect(autocommit=True) as conn:
        conn.execute("insert into towns (name, population, point) values ('Stone', 1, 'SRID=27700;POINT(400 500)')")
    import_streets(database.url(), path, quiet)
    return database


def value(database: Database, query: str) -> object:
    with database.connect() as conn:
        return conn.execute(query).fetchone()[0]


def test_residents_live_along_imported_streets_and_can_be_matched(hamlet: Database):
    assert settle(hamlet.url(), 400, seed=5, source="os_open_roads", say=quiet, now=NOW) == 3
    assert value(hamlet, "select count(*) from subscribers") == 400
    beside = """select count(*) from places p
                where exists (select from streets s where st_dwithin(s.geom, p.point, 25.6))"""
    assert value(hamlet, beside) == value(hamlet, "select count(*) from places")
    told = """select count(*) from streets s, audience(s.geom, 30, true, 0, 0, 3, now())
              where s.name = 'Street 1' and fate > 0"""
    assert value(hamlet, told) > 50


def test_the_ground_around_the_streets_becomes_the_force_area(hamlet: Database):
    settle(hamlet.url(), 50, seed=5, source="os_open_roads", say=quiet, now=NOW)
    assert value(hamlet, "select name from force_area") == "Around the imported streets (training)"
    assert value(hamlet, "select bool_and(st_contains(f.geom, s.geom)) from force_area f, streets s")
    assert value(hamlet, "select name from neighbourhoods") == "Stone"


def test_nobody_is_settled_outside_a_force_area_that_is_set(hamlet: Database):
    with hamlet.connect(autocommit=True) as conn:
        west = "st_multi(st_makeenvelope(-100, -100, 600, 1000, 27700))"
        conn.execute(f"insert into force_area (name, geom) values ('West', {west})")
    settle(hamlet.url(), 200, seed=5, source="os_open_roads", say=quiet, now=NOW)
    assert value(hamlet, "select count(*) from places, force_area where not st_contains(geom, point)") == 0


def test_more_residents_may_follow(hamlet: Database):
    for _ in range(2):
        settle(hamlet.url(), 60, seed=5, source="os_open_roads", say=quiet, now=NOW)
    assert value(hamlet, "select count(*) from subscribers") == 120
    with hamlet.connect() as conn:
        assert stale_matches(conn) == 0


def test_there_must_be_streets_to_live_along(hamlet: Database):
    with pytest.raises(SetupError, match="Import streets first"):
        settle(hamlet.url(), 10, seed=5, source="osm", say=quiet)


def test_a_live_database_is_refused(cluster: Cluster):
    with live_database(cluster) as live, pytest.raises(ModeRefused):
        settle(live.url(), 10, seed=5, say=quiet)
