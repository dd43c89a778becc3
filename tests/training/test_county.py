"""The training county: made up, the same for the same seed, and never in a live database."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
import psycopg
import pyproj
import pytest
import shapely

from smartalert.alerts import issuing, threads
from smartalert.alerts.drafts import Draft
from smartalert.audience.preview import Preview, count_audience
from smartalert.database.cluster import Cluster
from smartalert.errors import ModeRefused
from smartalert.geography import areas, geo, search
from smartalert.geography.geo import Circle
from smartalert.training import county
from tests.county import NOW, RESIDENTS, fill, whole_county
from tests.databases import Database, fresh_database, live_database
from tests.factories import OFFICER, complete_draft, make_draft, stale_matches

pytestmark = pytest.mark.early
TO_GRID = pyproj.Transformer.from_crs(4326, 27700, always_xy=True)
TABLES = [
    "force_area",
    "neighbourhoods",
    "streets",
    "towns",
    "postcodes",
    "landmarks",
    "subscribers",
    "contacts",
    "places",
    "audience_places",
]


@pytest.fixture
def no_map(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the time goes into the map, which is not what is compared."""
    monkeypatch.setattr(county.base_map, "draw_known", lambda conn: None)


@pytest.fixture(scope="module")
def filled(cluster: Cluster) -> Iterator[Database]:
    with whole_county(cluster) as made:
        yield made


@pytest.fixture
def conn(filled: Database) -> Iterator[psycopg.Connection]:
    with filled.rolled_back() as conn:
        yield conn


def value(conn: psycopg.Connection, query: str) -> object:
    return conn.execute(query).fetchone()[0]


def checksums(database: Database) -> dict[str, object]:
    with database.connect() as conn:
        return {t: value(conn, f"select md5(string_agg(r::text, '|' order by r::text)) from {t} r") for t in TABLES}


@pytest.mark.usefixtures("no_map")
def test_the_same_seed_makes_up_the_same_county(filled: Database, cluster: Cluster):
    with fresh_database(cluster) as other:
        fill(other)
        assert checksums(other) == checksums(filled)


@pytest.mark.usefixtures("no_map")
def test_another_seed_makes_up_another_county(filled: Database, database: Database):
    fill(database, seed=8)
    there, here = checksums(database), checksums(filled)
    assert {table for table in TABLES if there[table] == here[table]} == {"force_area"}


def test_a_county_that_is_there_is_left_alone(filled: Database):
    before = checksums(filled)
    assert fill(filled, seed=8) == []
    assert checksums(filled) == before


def test_a_live_database_is_refused_and_stays_empty(cluster: Cluster):
    with live_database(cluster) as live:
        with pytest.raises(ModeRefused, match="training database only"):
            fill(live)
        with live.connect() as conn:
            assert value(conn, "select count(*) from streets") == 0


def test_as_many_people_as_asked_live_inside_the_force_area(conn: psycopg.Connection):
    assert value(conn, "select count(*) from subscribers") == RESIDENTS
    assert value(conn, "select count(*) from places where place_no = 0") == RESIDENTS
    outside = "select count(*) from places, force_area f where not st_contains(f.geom, point)"
    assert value(conn, outside) == 0


def test_everyone_lives_beside_a_street(conn: psycopg.Connection):
    far = """select count(*) from places p
             where not exists (select from streets s where st_dwithin(s.geom, p.point, 25.6))"""
    assert value(conn, far) == 0


def test_the_matching_table_holds_what_it_should(conn: psycopg.Connection):
    assert stale_matches(conn) == 0
    assert value(conn, "select count(*) from audience_places") > RESIDENTS


#: Keys, references, indexes and triggers of the tables that people are loaded into, and in which state they are.
IN_PLACE = """
with tables as (select unnest('{subscribers,contacts,places,audience_places}'::regclass[]) as id)
select conname as name, pg_get_constraintdef(oid) as made, convalidated as holds from pg_constraint, tables
where conrelid = id
union select indexrelid::regclass::text, pg_get_indexdef(indexrelid), indisclustered from pg_index, tables
where indrelid = id
union select tgname, pg_get_triggerdef(oid), tgenabled = 'O' from pg_trigger, tables
where tgrelid = id and not tgisinternal
order by 1, 2"""


def test_loading_puts_back_all_that_was_in_its_way(conn: psycopg.Connection, shared_database: Database):
    with shared_database.connect() as empty:
        assert conn.execute(IN_PLACE).fetchall() == empty.execute(IN_PLACE).fetchall()
    days = "select count(*) from generate_series(date '2024-09-01', '2026-03-02', '1 day') day where "
    signed_up = "exists (select from subscribers where london_day(signed_up_at) = day)"
    assert value(conn, f"{days} {signed_up} and day not in (select day from figures_due where what = 'day')") == 0


def test_those_who_live_near_each_other_are_on_the_same_pages(conn: psycopg.Connection):
    metres = (
        "select avg(st_distance(point, next)) from (select point, lead(point) over (order by {}) as next from {}) p"
    )
    assert value(conn, metres.format("ctid", "audience_places")) < 2_000
    assert value(conn, metres.format("subscriber_id, place_no", "places")) > 20_000


def test_streets_lie_in_the_county_and_share_no_name_in_one_place(conn: psycopg.Connection):
    assert 6_000 < value(conn, "select count(*) from streets") < 15_000
    assert value(conn, "select count(*) from streets s, force_area f where not st_contains(f.geom, s.geom)") == 0
    twins = "select count(*) from (select from streets group by name, locality having count(*) > 1) twins"
    assert value(conn, twins) == 0


def test_streets_of_a_town_join_each_other(conn: psycopg.Connection):
    lonely = """select count(*) from streets s where locality = 'Stafford' and not exists (
                  select from streets o where o.id <> s.id and st_dwithin(o.geom, s.geom, 1))"""
    assert value(conn, lonely) == 0


def test_a_main_road_is_named_after_where_it_leads(conn: psycopg.Connection):
    angle = """select degrees(st_azimuth(a.point, b.point)) - degrees(st_azimuth(a.point, st_centroid(s.geom)))
               from streets s, towns a, towns b
               where s.name = 'Stone Road' and s.locality = 'Stafford' and a.name = 'Stafford' and b.name = 'Stone'"""
    assert abs(value(conn, angle)) < 20


def test_neighbourhoods_share_out_the_whole_county(conn: psycopg.Connection):
    assert 60 <= value(conn, "select count(*) from neighbourhoods") <= 250
    assert value(conn, "select abs(sum(st_area(n.geom)) / st_area(f.geom) - 1) from neighbourhoods n, force_area f "
                       "group by f.geom") < 1e-4  # fmt: skip
    assert value(conn, "select count(distinct name) = count(*) from neighbourhoods")


def test_topics_follow_where_people_live(conn: psycopg.Connection):
    for kind, metres, bit in (("farm", 500, 1), ("stables", 500, 2), ("canal", 500, 4)):
        table = "streets" if kind == "canal" else "landmarks"
        near = f"""exists (select from {table} l where l.kind = '{kind}' and st_dwithin(l.geom, p.point, {metres}))"""
        share = f"""select avg((topics & {bit} > 0)::int) filter (where {near})
                         > 3 * avg((topics & {bit} > 0)::int) filter (where not {near})
                    from subscribers s join places p on p.subscriber_id = s.id and place_no = 0"""
        assert value(conn, share), kind


def test_every_state_a_subscriber_can_be_in_occurs(conn: psycopg.Connection):
    for state in (
        "confirmed_at is null",
        "left_at is not null",
        "coalesce(paused_until > '2026-03-02', false)",
        "not updates",
        "sector > 0",
    ):
        assert 0 < value(conn, f"select avg(({state})::int) from subscribers") < 0.5, state
    assert value(conn, "select count(*) from contacts where off_at is not null") > 0
    assert value(conn, "select count(*) from subscribers where signed_up_at > '2026-03-02'") == 0


def test_no_address_could_be_a_real_persons(conn: psycopg.Connection):
    strange = r"""select count(*) from contacts where case channel
                    when 'push' then address !~ '^training-\d+-[0-9a-f]{32}$'
                    else address !~ '^(resident|business)\d+@training\.example$' end"""
    assert value(conn, strange) == 0


def test_postcodes_look_and_search_as_real_ones(conn: psycopg.Connection):
    real = "^[A-PR-UWYZ][A-HK-Y]?[0-9][0-9A-HJKMNPR-Y]? [0-9][ABD-HJLNP-UW-Z]{2}$"
    assert value(conn, f"select count(*) from postcodes where postcode !~ '{real}'") == 0
    # Whoever types where a town's post goes finds streets of that town.
    for district, town in (("ST16", "Stafford"), ("ST13", "Leek"), ("WS13", "Lichfield"), ("DY7", "Kinver")):
        hits = search.search(conn, district.lower())
        assert len(hits) == 8
        for hit in hits:
            assert hit.label.startswith(f"{district} ")
            (metres,) = conn.execute(
                "select st_distance(t.point, st_transform(st_setsrid(st_makepoint(%s, %s), 4326), 27700))"
                " from towns t where name = %s", (hit.lon, hit.lat, town),
            ).fetchone()  # fmt: skip
            assert metres < 9_000, (hit, town)
    # Most streets where people live have one of their own.
    streets = value(conn, "select count(*) from streets where kind = 'local'")
    assert value(conn, "select count(*) from postcodes") > streets / 2


def test_a_circle_round_the_middle_of_a_city_is_named_after_it_and_no_town_beside_it(conn: psycopg.Connection):
    for town, radius_m in (("Stoke-on-Trent", 3_000), ("Stoke-on-Trent", 500), ("Newcastle-under-Lyme", 1_000)):
        at = search.search(conn, town)[0]
        ground = areas.survey(conn, Circle(lat=at.lat, lon=at.lon, radius_m=radius_m))
        assert ground.text.endswith(f", {town}")
        assert ground.where.endswith(f", {town}")


def test_a_new_subscriber_gets_the_next_number(conn: psycopg.Connection):
    assert value(conn, "insert into subscribers default values returning id") == RESIDENTS + 1


@pytest.fixture
def several(conn: psycopg.Connection) -> Draft:
    """Round Stafford's middle and a mile off, along one of its streets, and an outline between: all of it overlaps."""
    at = search.search(conn, "Stafford")[0]
    street = next(hit for hit in search.search(conn, "Road Stafford", 40) if hit.label.endswith(" Road, Stafford"))
    lat, lon = at.lat, at.lon
    corners = [[lat, lon - 0.02], [lat + 0.012, lon - 0.004], [lat + 0.002, lon + 0.001], [lat - 0.012, lon - 0.008]]
    parts = [
        {"lat": lat, "lon": lon, "radius_m": 800.0}, {"lat": lat + 0.006, "lon": lon + 0.009, "radius_m": 900.0},
        {"street_id": street.id, "buffer_m": 200.0}, {"corners": corners},
    ]  # fmt: skip
    return complete_draft(area={"parts": parts})


def told_by_hand(conn: psycopg.Connection, area: dict) -> set[int]:
    """Whom an urgent alert there is for: every place of every resident measured by pyproj and shapely."""
    rows = conn.execute(
        "select p.subscriber_id, st_x(p.point), st_y(p.point), p.reach_m,"
        " s.confirmed_at is null or s.left_at is not null or coalesce(s.paused_until > %s, false)"
        " or not exists (select from contacts c where c.subscriber_id = s.id and c.off_at is null)"
        " from places p join subscribers s on s.id = p.subscriber_id", (NOW,),
    ).fetchall()  # fmt: skip
    points, reach = shapely.points([row[1:3] for row in rows]), np.array([row[3] for row in rows])
    inside = np.zeros(len(rows), bool)
    for part in area["parts"]:
        if "corners" in part:
            shape = shapely.Polygon([TO_GRID.transform(lon, lat) for lat, lon in part["corners"]])
        elif "street_id" in part:
            line = conn.execute("select st_asbinary(geom) from streets where id = %s", (part["street_id"],)).fetchone()
            shape = shapely.from_wkb(bytes(line[0]))
        else:
            shape = shapely.Point(TO_GRID.transform(part["lon"], part["lat"]))
        metres = part.get("radius_m") or part.get("buffer_m") or 0.0
        inside |= shapely.distance(points, shape) <= metres + reach
    return {row[0] for row, is_in in zip(rows, inside, strict=True) if is_in and not row[4]}


def test_an_alert_to_several_areas_reaches_exactly_those_in_them_once_and_so_does_its_correction(
    conn: psycopg.Connection, several: Draft
) -> None:
    wanted = told_by_hand(conn, several.area or {})
    assert len(wanted) > 40
    assert preview(conn, several, NOW).people == len(wanted)
    alert = issue(conn, several, NOW)
    later = NOW + timedelta(minutes=2)
    corrected = threads.prefilled(threads.followed(conn, alert), "correction", later)
    words = corrected.description.replace("[The correct information]", "Two people ran away.")
    correction = issue(conn, corrected.model_copy(update={"description": words}), later)
    for number in (alert, correction):
        rows = conn.execute("select subscriber_id, channel from deliveries where alert_id = %s", (number,)).fetchall()
        assert len(rows) == len(set(rows))
        assert {row[0] for row in rows} == wanted


def preview(conn: psycopg.Connection, content: Draft, now: datetime) -> Preview:
    return count_audience(conn, areas.survey(conn, geo.area_from(content.area)), content.choice, now)


def issue(conn: psycopg.Connection, content: Draft, now: datetime) -> int:
    draft_id, version = make_draft(conn, content)
    return issuing.issue(conn, draft_id, version, OFFICER, shown=preview(conn, content, now), now=now, undo_s=0).id
