"""A small town's made-up past, for tests that look at what became of it."""

from datetime import UTC, datetime
from pathlib import Path

from smartalert.training import history
from tests.databases import Database
from tests.factories import EAST, NORTH, make_force_area, make_neighbourhoods

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
WEEKS = 14
PEOPLE = """
with made as (
  insert into subscribers (topics, signed_up_at, confirmed_at)
  select n %% 4096, at, at from (select n, %(now)s - n * interval '8 hours' as at from generate_series(1, 1500) n) each
  returning id, signed_up_at as at
), reached as (
  insert into contacts (subscriber_id, channel, address, platform, added_at)
  select id, 'push'::channel, 'token-' || id, case when id %% 3 = 0 then 'ios' else 'android' end, at from made
  union all select id, 'email', id || '@training.example', null, at from made where id %% 2 = 0
)
insert into places (subscriber_id, place_no, point)
select id, 0, st_setsrid(st_makepoint(%(east)s + id * 7919 %% 6000, %(north)s + id * 104729 %% 6000), 27700) from made
"""


def silent(_: str) -> None:
    pass


def live(
    database: Database,
    reports: Path,
    *,
    now: datetime = NOW,
    weeks: int = WEEKS,
    district: str = "'District ' || id % 2",
) -> Database:
    """1,500 people in a small town, some weeks of their past, and what the app stores reported of them.

    `district` is SQL over neighbourhoods.
    """
    with database.connect() as conn:
        make_force_area(conn)
        make_neighbourhoods(conn)
        conn.execute(f"update neighbourhoods set residents = 9000, district = {district}")
        conn.execute(PEOPLE, {"now": now, "east": EAST, "north": NORTH})
        conn.execute("select refresh_audience(array(select id from subscribers))")
    history.make(database.url(), 4, silent, now=now, alerts_a_week=2, weeks=weeks, reports=reports)
    return database
