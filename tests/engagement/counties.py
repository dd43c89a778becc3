"""Counties whose figures are small: young, small and empty ones, with everything counted and published."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from smartalert.database.connection import Connection
from smartalert.engagement import analyst_tables, costs, downloads, rollups, targets
from smartalert.engagement.costs import What
from smartalert.engagement.periods import Period
from smartalert.engagement.targets import Measure, Wish
from smartalert.subscribers.subscriptions import HEARD_OF, LEFT_REASONS
from smartalert.wording import Channel
from tests.databases import Database
from tests.factories import EAST, NORTH, OFFICER, make_draft, make_force_area, make_neighbourhoods, make_subscriber

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
TODAY = NOW.date()
CHANNELS = ((Channel.PUSH,), (Channel.PUSH,), (Channel.EMAIL,), (Channel.PUSH, Channel.EMAIL))
KINDS = ("burglary", "missing_person", "canal", "update")


@dataclass(frozen=True)
class County:
    """How many people joined in how many days before now, one in how many left, and how many alerts there were."""

    name: str
    people: int
    days: int
    leaves: int
    alerts: int

    @property
    def began(self) -> date:
        """The first day anybody could have joined."""
        return (NOW - timedelta(days=self.days)).date()


YOUNG = County("young", 45, 50, 9, 6)
SMALL = County("small", 240, 250, 7, 24)
EMPTY = County("empty", 0, 0, 1, 0)
COUNTIES = (YOUNG, SMALL, EMPTY)


def settle(database: Database, county: County) -> None:
    """Live through the county's days, and publish each month when it is over."""
    random = Random(county.name)
    with database.connect() as conn:
        make_force_area(conn)
        make_neighbourhoods(conn)
        conn.execute(
            "update neighbourhoods set residents = case code when 'W' then 9000 else 124 end,"
            " district = case code when 'W' then 'North' else 'South' end"
        )
        past = [*people(conn, random, county), *alerts(conn, random, county)]
        for month in dict.fromkeys((at.year, at.month) for at, _ in sorted(past, key=when)):
            rollups.count_all_due(conn, datetime(*month, 1, 2, tzinfo=UTC))
            for at, happens in sorted(past, key=when):
                if (at.year, at.month) == month:
                    happens()
        downloads.note_phones(conn, NOW)
        rollups.count_all_due(conn, NOW)
        analyst_tables.publish(conn, NOW)
        wants_and_pays(conn)


#: What the office wants in this financial year, and in October; what it pays since July.
YEAR, OCTOBER, PAID_SINCE = Period(date(2026, 4, 1), date(2027, 4, 1)), Period.of_month(2026, 10), date(2026, 7, 1)
WISHES = (
    Wish(Measure.SIGN_UPS, 400, YEAR), Wish(Measure.SIGN_UPS, 30, OCTOBER), Wish(Measure.SIGNED_UP, 500, YEAR),
    Wish(Measure.COVERAGE, 40, YEAR), Wish(Measure.DOWNLOADS, 900, YEAR), Wish(Measure.CONFIRMED, 90, YEAR),
    Wish(Measure.URGENT_IN_TIME, 98, YEAR, 60), Wish(Measure.RESPONSES, 240, YEAR),
)  # fmt: skip
COSTS = {What.EMAIL: 0.1, What.PUSH: 0.01, What.MONTH: 310.0}


def wants_and_pays(conn: Connection) -> None:
    """Every kind of target, and every cost."""
    for wish in WISHES:
        targets.set_target(conn, wish, OFFICER, NOW)
    for what, pounds in COSTS.items():
        costs.set_cost(conn, what, PAID_SINCE, pounds=pounds, officer=OFFICER, now=NOW)


Past = Iterator[tuple[datetime, Callable[[], object]]]


def when(event: tuple[datetime, Callable[[], object]]) -> datetime:
    return event[0]


def people(conn: Connection, random: Random, county: County) -> Past:
    """Everybody, at home in one of two neighbourhoods or outside them; some leave."""
    for number in range(county.people):
        at = NOW - timedelta(hours=random.uniform(30, 24 * county.days))
        facts = {
            "at": (random.choice((-400, -300, 400, 90_000 if number % 20 == 0 else -100)), 0),
            "channels": random.choice(CHANNELS), "topics": random.randrange(64),
            "sector": random.choice((0, 0, 0, 1, 2)), "heard_of": random.choice((None, *HEARD_OF)),
            "confirmed_at": None if random.random() < 0.1 else at + timedelta(minutes=5), "signed_up_at": at,
        }  # fmt: skip
        gone = at + timedelta(days=random.uniform(0.1, county.days))
        leaves = facts["confirmed_at"] and gone < NOW and random.randrange(county.leaves) == 0
        yield from life(conn, facts, gone if leaves else None, random.choice((None, *LEFT_REASONS)))


def life(conn: Connection, facts: dict[str, Any], gone: datetime | None, reason: str | None) -> Past:
    """One person's joining and leaving."""
    person: list[int] = []
    yield facts["signed_up_at"], lambda: person.append(make_subscriber(conn, **facts))
    if gone:
        yield gone, lambda: conn.execute("select depart(%s, %s, %s)", (person[0], reason, gone))


def alerts(conn: Connection, random: Random, county: County) -> Past:
    """Alerts at even distances."""
    for number in range(county.alerts):
        at = NOW - timedelta(days=county.days * number / county.alerts, hours=5)
        yield at, partial(alert, conn, random, at)


#: Some of those who were there, numbered.
TOLD = """
select n, subscriber_id, channel from (
  select c.subscriber_id, c.channel, row_number() over (order by c.subscriber_id, c.channel) as n from contacts c
  join subscribers s on s.id = c.subscriber_id where s.confirmed_at < %(at)s and s.id %% %(share)s = 0) able
where n <= %(most)s"""


def alert(conn: Connection, random: Random, released: datetime) -> None:
    """An alert to some of those who are there, how far it got, and what a few answered; none where nobody is."""
    facts = {
        "at": released, "share": random.choice((1, 1, 2, 5)), "most": random.choice((4, 9, 30, 400)),
        "kind": random.choice(KINDS), "east": EAST + random.choice((-400, 400)), "north": NORTH, "officer": OFFICER,
        "answers": random.choice((0, 0, 1, 2, 3, 7, 24)),
    }  # fmt: skip
    (facts["people"],) = conn.execute(f"select count(distinct subscriber_id) from ({TOLD}) told", facts).fetchone()
    if not facts["people"]:
        return
    facts["draft"], _ = make_draft(conn)
    (facts["id"],) = conn.execute(
        """insert into alerts (draft_id, status, msg_type, urgent, incident_kind, incident_number, headline,
             description, instruction, contact, area, within_m, area_desc, topics, sectors, channels, people, issued_by,
             issued_at, release_at, expires_at)
           select %(draft)s, 'Exercise', 'Alert', true, %(kind)s, '1', 'H', 'D', 'Check doorbells', 'C',
             st_setsrid(st_makepoint(%(east)s, %(north)s), 27700), 500, 'A', 0, 0, 3, %(people)s, %(officer)s, at, at,
             at + interval '6 hours'
           from (select %(at)s::timestamptz as at) now returning id""",
        facts,
    ).fetchone()
    conn.execute(
        f"""insert into deliveries (alert_id, subscriber_id, channel, due_at, state, handed_over_at, delivered_at,
                                    opened_at, failed_at)
            select %(id)s, subscriber_id, channel, %(at)s,
                   case when n %% 6 > 0 then 'delivered' else 'failed' end::delivery_state, handed,
                   case when n %% 6 > 0 then handed + interval '2 s' end,
                   case when n %% 6 = 1 then handed + interval '5 min' end, case when n %% 6 = 0 then %(at)s end
            from ({TOLD}) told
            cross join lateral (select %(at)s + n * n %% 97 * interval '1 s' as at) time
            cross join lateral (select case when n %% 11 > 0 then time.at end as handed) given""",
        facts,
    )
    conn.execute(
        """insert into responses (reference, form_key, alert_id, saw, may_contact, received_at, first_look_at, verdict,
                                  verdict_at)
           select 'R' || %(id)s || '-' || k, sha256(convert_to(%(id)s || '-' || k, 'UTF8')), %(id)s, 'A van', true, at,
                  at + interval '4 min', case when k %% 2 = 0 then 'useful' else 'not_useful' end, at + interval '9 min'
           from generate_series(1, %(answers)s) k
           cross join lateral (select %(at)s + k * k * interval '90 s' as at) time""",
        facts,
    )
