"""The made-up year: everything in it came about as real events do, and nothing of it is left to be done."""

from collections.abc import Iterator
from datetime import date, timedelta

import psycopg
import pytest

from smartalert.audit import chain
from smartalert.database.cluster import Cluster
from smartalert.engagement import campaigns, message_load, reach, sign_ups
from smartalert.engagement.periods import Period, Step
from smartalert.errors import ModeRefused, SetupError
from smartalert.training import history
from tests.databases import Database, live_database
from tests.factories import stale_matches
from tests.training.past import NOW, WEEKS, silent

LATELY = Period(date(2026, 8, 17), date(2026, 11, 25))


@pytest.fixture
def conn(lived: Database) -> Iterator[psycopg.Connection]:
    with lived.rolled_back() as conn:
        yield conn


def value(conn: psycopg.Connection, query: str) -> object:
    return conn.execute(query).fetchone()[0]


def test_alerts_of_a_year_reached_the_people_of_their_day(conn: psycopg.Connection) -> None:
    months = reach.grouped(reach.read(conn, LATELY), "month")
    assert len(months) >= 3
    early = value(
        conn,
        """select count(*) from deliveries d join alerts a on a.id = d.alert_id
           join subscribers s on s.id = d.subscriber_id
           where s.confirmed_at > a.release_at or s.left_at < a.issued_at""",
    )
    assert early == 0


def test_people_came_stayed_and_left(conn: psycopg.Connection) -> None:
    points = sign_ups.over_time(conn, LATELY, Step.MONTH)
    assert points[-1].active > points[0].active
    total = sign_ups.totals(conn, LATELY)
    assert total.left > 20
    assert total.started > total.confirmed - 20  # each is less than ten from its count
    assert value(conn, "select count(distinct left_reason) from subscribers where left_at is not null") > 2


def test_the_campaigns_of_those_weeks_are_noted(conn: psycopg.Connection) -> None:
    assert [row.name for row in campaigns.campaigns(conn, LATELY)] == ["Posters on buses"]


def test_some_alerts_were_put_right_in_their_own_thread(conn: psycopg.Connection) -> None:
    total = reach.totals(conn, LATELY)
    assert total.updates + total.cancels > 0
    assert value(conn, "select count(*) from alerts where follows is not null and msg_type = 'Alert'") == 0


def test_nothing_is_left_to_be_done(conn: psycopg.Connection) -> None:
    assert stale_matches(conn) == 0
    assert value(conn, "select count(*) from procrastinate_jobs") == 0
    assert value(conn, "select count(*) from figures_due") == 0
    assert value(conn, "select count(*) from deliveries where state in ('pending', 'sending', 'unknown')") == 0
    assert value(conn, "select count(*) from responses where not closed") == 0


def test_the_databases_clock_is_its_own_again(conn: psycopg.Connection) -> None:
    for table, column in history.CLOCKS:
        default = value(
            conn,
            "select column_default from information_schema.columns"
            f" where table_name = '{table}' and column_name = '{column}'",
        )
        assert default == "now()"


def test_the_audit_tells_the_year_in_its_own_time_and_its_chain_is_whole(conn: psycopg.Connection) -> None:
    first, last = conn.execute("select min(at), max(at) from audit").fetchone()
    assert NOW - timedelta(weeks=WEEKS, days=1) < first < last < NOW
    assert chain.verify(conn).findings == []


def test_every_message_said_exercise(conn: psycopg.Connection) -> None:
    assert (
        value(conn, "select count(*) from messages where title not like 'EXERCISE%' and body not like 'EXERCISE%'") == 0
    )
    assert value(conn, "select bool_and(status = 'Exercise') from alerts") is True


def test_a_past_can_be_made_up_once_only(lived: Database) -> None:
    with pytest.raises(SetupError, match="already"):
        history.make(lived.url(), 3, silent, now=NOW)


def test_a_live_deployment_has_no_made_up_past(cluster: Cluster) -> None:
    with live_database(cluster) as live, pytest.raises(ModeRefused):
        history.make(live.url(), 3, silent, now=NOW)


WHERE = "neighbourhoods n where st_covers(n.geom, a.area) order by n.id limit 1"
#: Alerts by what they share → SQL for the same of alerts a, for the figures to be counted once more from the rows.
SHARED = {
    "kind": "a.incident_kind",
    "hour": "to_char(a.release_at at time zone 'Europe/London', 'HH24')",
    "weekday": "(extract(isodow from a.release_at at time zone 'Europe/London') - 1)::text",
    "week": "to_char(date_trunc('week', a.release_at at time zone 'Europe/London'), 'YYYY-MM-DD')",
    "month": "to_char(a.release_at at time zone 'Europe/London', 'YYYY-MM')",
    "neighbourhood": f"(select n.id::text from {WHERE})",
    "district": f"coalesce((select n.district from {WHERE}), '')",
    "msg_type": "a.msg_type::text",
    "wording": "case when concat(a.headline, a.instruction) ilike '%footage%' then 'footage' else 'none' end",
    "urgency": "case when a.urgent then 'urgent' else 'update' end",
}


@pytest.mark.parametrize("what", list(SHARED))
def test_alerts_by_what_they_share_are_what_the_rows_say(conn: psycopg.Connection, what: str) -> None:
    counted = {row.value: row for row in reach.grouped(reach.read(conn, LATELY), what)}
    raw = conn.execute(f"""
        select {SHARED[what]} as value, count(*) as alerts, count(a.withdrawn_at) as withdrawn,
               sum(case when a.withdrawn_at is null then a.people else 0 end) as people,
               sum((select count(distinct subscriber_id) from deliveries where alert_id = a.id
                    and handed_over_at is not null)) as handed_over,
               sum((select count(distinct subscriber_id) from deliveries where alert_id = a.id
                    and delivered_at is not null)) as delivered,
               sum((select count(distinct subscriber_id) from deliveries where alert_id = a.id
                    and opened_at is not null)) as opened,
               sum((select count(*) from responses where alert_id = a.id)) as responses,
               sum((select count(*) from responses where alert_id = a.id and verdict <> 'not_useful')) as useful,
               sum((select count(*) from results where alert_id = a.id and result = 'found')) as found,
               count(*) filter (where a.msg_type = 'Update') as updates,
               count(*) filter (where a.msg_type = 'Cancel') as cancels
        from alerts a group by 1""").fetchall()  # fmt: skip
    assert len(counted) == len(raw)
    for row in raw:
        found = counted[row.value]
        assert (found.alerts, found.withdrawn, found.results["found"]) == (row.alerts, row.withdrawn, row.found)
        assert (found.updates, found.cancels) == (row.updates, row.cancels)
        for name in ("people", "handed_over", "delivered", "opened", "responses", "useful"):
            shown, true = getattr(found, name), getattr(row, name)
            assert shown % 10 == 0
            assert abs(shown - true) <= 9 * row.alerts, (row.value, name)


def test_speed_is_at_most_a_tenth_too_high(conn: psycopg.Connection) -> None:
    total = reach.totals(conn, LATELY).speed
    true = conn.execute(
        """select percentile_disc(0.5) within group (order by s) as p50,
                  percentile_disc(0.95) within group (order by s) as p95, avg((s <= 60)::int)::float8 as in_time
           from (select greatest(1, extract(epoch from d.handed_over_at - a.release_at)::float8) as s
                 from deliveries d join alerts a on a.id = d.alert_id where d.handed_over_at is not null) took"""
    ).fetchone()
    # in tens, an alert's few deliveries more or less move each by one slice at most
    assert true.p50 / 1.1 <= total.p50_s <= 1.21 * true.p50
    assert true.p95 / 1.1 <= total.p95_s <= 1.21 * true.p95
    assert total.in_time == pytest.approx(true.in_time, abs=0.02)


def test_one_alert_is_told_from_its_beginning(conn: psycopg.Connection) -> None:
    answered = value(conn, "select alert_id from responses group by 1 order by count(*) desc, 1 limit 1")
    happened = list(reach.moments(conn, answered))
    assert happened[0] == "composed"
    assert not {"handed_over_first", "opened_last", "response_first"} & {*happened}
    alert = reach.alert(conn, answered)
    assert alert is not None
    assert alert.reach.alerts == 1
    assert [row.id for row in reach.alerts(conn, LATELY)][:1] == [
        value(conn, "select id from alerts order by release_at desc limit 1")
    ]


def test_channels_add_up_to_all_deliveries(conn: psycopg.Connection) -> None:
    rows = {row.channel: row for row in reach.channels_of(conn, [row.id for row in reach.read(conn, LATELY)])}
    for channel, handed, alerts in conn.execute(
        "select channel::text, count(handed_over_at) as handed, count(distinct alert_id) as alerts from deliveries"
        " group by 1"
    ):
        assert abs(rows[channel].handed_over - handed) <= 30 + alerts


def test_who_got_how_many_alerts_adds_up_to_everybody_told(conn: psycopg.Connection) -> None:
    months = Period(date(2026, 9, 1), date(2026, 11, 1))
    shown = message_load.fatigue(conn, months)
    told = value(
        conn,
        """select count(*) from (
             select distinct subscriber_id, date_trunc('month', release_at at time zone 'Europe/London')
             from deliveries d join alerts a on a.id = d.alert_id where handed_over_at is not null
             and a.release_at >= '2026-08-31 23:00Z' and a.release_at < '2026-11-01') months""",
    )
    assert 2 * sum(row.people for row in shown[1:]) == pytest.approx(told, abs=60)
    active = sum(sign_ups.totals(conn, Period.of_month(2026, n)).active for n in (9, 10))
    assert 2 * sum(row.people for row in shown) == pytest.approx(active, abs=100)
