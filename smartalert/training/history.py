"""A made-up year before today: people come and go, alerts go out, people answer. Training only.

Everything goes the way real events go: drafts are issued (with a second person where the policy asks for one), claimed,
handed over and recorded; receipts, responses, verdicts and results come by their own modules; people sign up, confirm
and leave by the functions the public service calls. Only the clock is ours: the owner of the database may tell the few
tables that take the database's own time what time it is.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from math import sqrt
from pathlib import Path
from random import Random
from typing import LiteralString, NamedTuple

from psycopg import sql
from psycopg.types.json import Jsonb

from smartalert.clock import LONDON, utc_now
from smartalert.database import connection
from smartalert.database.connection import Connection
from smartalert.database.progress import Say, shown
from smartalert.engagement import campaigns, costs, periods, rollups, targets
from smartalert.engagement.costs import What
from smartalert.engagement.periods import Period, Step
from smartalert.engagement.targets import Measure, Wish
from smartalert.errors import SetupError
from smartalert.subscribers.subscriptions import CONSENT_VERSION, HEARD_OF, LEFT_REASONS
from smartalert.training import store_reports
from smartalert.training.county import prepare
from smartalert.training.history_alerts import Teller
from smartalert.training.residents import CAMPAIGNS

WEEKS = 52
#: People who sign up by e-mail in a week, for each 10,000 residents, beside those the county began with; how many of
#: them never follow the link.
SIGN_UPS, NEVER_CONFIRM = 6, 0.18
#: How likely somebody leaves in a week, and how much likelier each alert of that week makes it.
LEAVES, TIRED = 0.0016, 0.003
#: What the campaigns that brought the county its people were called, the first first; and who noted them.
CAMPAIGN_NAMES = ("Leaflets to every door", "Stalls at markets", "Rural watch week", "Posters on buses")
OFFICE = "analyst.price"
#: What the office wants of the financial year: so many for each resident, or so much of a hundred, and how fast.
WANTED = {Measure.SIGN_UPS: 0.9, Measure.SIGNED_UP: 1.1, Measure.DOWNLOADS: 0.85, Measure.RESPONSES: 0.025}
SHARES, URGENT_S = {Measure.CONFIRMED: 95.0, Measure.URGENT_IN_TIME: 95.0}, 60
#: What it pays, in pounds; and who says so.
PRICES, PAYS = {What.EMAIL: 0.0009, What.PUSH: 0.0, What.MONTH: 420.0}, "admin.foster"
LIVING = "Living through a year of sign-ups, alerts and answers"
#: A larger county lives the year of one with so many people: its alerts go to as few, and as few come and go by e-mail.
LIVELY = 25_000
SAMPLE = (
    "The year of a large county is a sample: alerts go to smaller areas, so that as many people are told, answer, "
    "leave and sign up by e-mail as in a county of {lively:,}. Nearly all of these {residents:,} signed up, stayed "
    "and were told nothing."
)
HEARD_SHARE = (0.24, 0.2, 0.15, 0.12, 0.14, 0.1, 0.05)
#: Tables that take the time from the database's clock.
CLOCKS = (("audit", "at"), ("drafts", "created_at"), ("responses", "received_at"))

#: People who are told something leave the likelier; beside them any of these.
WHO_LEAVES = """
with told as (
  select d.subscriber_id as id, count(distinct d.alert_id) as alerts
  from alerts a join deliveries d on d.alert_id = a.id and d.handed_over_at is not null
  where a.release_at >= %(monday)s group by 1 order by 1
), chosen as (
  select unnest(%(any)s::bigint[]) as id union select id from told where random() < %(tired)s * alerts
)
select s.id, coalesce(t.alerts, 0) as alerts, c.platform, london_day(c.added_at) as came
from chosen join subscribers s using (id) left join told t using (id)
left join contacts c on c.subscriber_id = s.id and c.channel = 'push' and c.off_at is null
where s.confirmed_at < %(monday)s and s.left_at is null
  and exists (select from places p where p.subscriber_id = s.id)
order by s.id"""


class Phone(NamedTuple):
    """A phone that could be reached from one day to another."""

    platform: str
    came: date
    went: date


class Clock:
    """What time it is for the tables that ask the database; only its owner can say."""

    def __init__(self, conn: Connection) -> None:
        self.conn = conn
        # a table with entries still to be chained cannot be told anything
        conn.execute("set constraints all immediate")
        # told once to look here: telling each table each time would make the database plan everything anew
        self.ask("current_setting('smartalert.made_up_time')::timestamptz")

    def ask(self, clock: LiteralString) -> None:
        """From now on the tables take their time from this expression."""
        for table, column in CLOCKS:
            told = sql.SQL("alter table {} alter column {} set default {}")
            self.conn.execute(told.format(sql.Identifier(table), sql.Identifier(column), sql.SQL(clock)))

    def set(self, at: datetime) -> None:
        """From now on it is then."""
        self.conn.execute("select set_config('smartalert.made_up_time', %s, true)", (at.isoformat(),))

    def give_back(self) -> None:
        """The database's own time again."""
        self.conn.execute("set constraints all immediate")
        self.ask("now()")


def make(
    owner_url: str,
    seed: int,
    say: Say,
    *,
    now: datetime | None = None,
    alerts_a_week: float = 4.0,
    weeks: int = WEEKS,
    reports: Path | None = None,
) -> int:
    """Give the county its year, or so many weeks, all in one transaction; how many alerts it holds.

    Where a folder for them is given, what the app stores would have reported is written there and imported.

    Raises ModeRefused unless the database is training, SetupError where there is nobody or alerts already.
    """
    engine = connection.make_engine(owner_url)
    now = now or utc_now()
    try:
        with connection.transaction(engine) as conn:
            prepare(conn)
            refuse_unless_new(conn)
            say(f"{LIVING}.")
            alerts = live_through(conn, Random(seed), now, alerts_a_week=alerts_a_week, weeks=weeks, say=say)
            rollups.publish_again(conn)
            rollups.count_all_due(conn, now, say)
            if reports is not None:
                # before this transaction ends: a year is there with its reports, or not at all
                store_reports.make(conn, owner_url, reports, say, seed=seed, today=now.date(), days=weeks * 7)
    finally:
        engine.dispose()
    return alerts


def refuse_unless_new(conn: Connection) -> None:
    """A year can only be made up where nothing has happened yet."""
    row = conn.execute(
        """select exists (select from alerts)
                    or exists (select from contacts where address like 'year%@training.example') as has_past,
                  exists (select from subscribers) as has_people"""
    ).fetchone()
    if row is None or not row.has_people:
        raise SetupError("Nobody lives here yet. Fill the county first: `python -m smartalert up`.")
    if row.has_past:
        raise SetupError("Alerts were issued here already: their past cannot be made up any more.")


def live_through(conn: Connection, random: Random, now: datetime, *, alerts_a_week: float, weeks: int, say: Say) -> int:
    """Week by week, so that each alert finds the people of its day."""
    clock = Clock(conn)
    places = a_few_places(conn)
    residents = scalar(conn, "select count(*) from subscribers")
    share = min(1.0, LIVELY / residents)
    if share < 1:
        say(SAMPLE.format(residents=residents, lively=LIVELY))
    begin = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(weeks=weeks)
    teller = Teller(conn, random, clock.set, places, scale=sqrt(share))
    a_week = SIGN_UPS * residents * share / 10_000
    gone: list[Phone] = []
    with teller.at_work():
        mondays = [begin + timedelta(weeks=number) for number in range(weeks)]
        for monday in shown(LIVING, mondays, say):
            for at in moments(random, monday, alerts_a_week, now):
                teller.tell(at)
            gone += leave(conn, random, monday, now, share)
            # from the next week on alerts are for them too
            sign_up(conn, random, places, monday, count=round(a_week * random.uniform(0.5, 1.6)))
    note_campaigns(conn, clock, begin, now)
    want_and_pay(conn, clock, begin, now, round(residents * share))
    note_phones(conn, begin, now, gone)
    clock.give_back()
    teller.forget_jobs()
    return teller.told


def note_campaigns(conn: Connection, clock: Clock, begin: datetime, now: datetime) -> None:
    """The commissioner's office notes each campaign of these weeks on the day it begins."""
    for name, days in zip(CAMPAIGN_NAMES, CAMPAIGNS, strict=True):
        if (at := now - timedelta(days=days)) > begin:
            clock.set(at)
            campaigns.note_campaign(conn, name, at.date(), OFFICE, at)


def want_and_pay(conn: Connection, clock: Clock, begin: datetime, now: datetime, people: int) -> None:
    """The office sets its targets of the financial year, an administrator enters the costs, as these weeks begin."""
    clock.set(begin)
    today = now.date()
    april = date(today.year if today.month > 3 else today.year - 1, 4, 1)
    year = Period(april, periods.month(april, 12))
    for measure, each in WANTED.items():
        targets.set_target(conn, Wish(measure, max(100.0, round(each * people, -2)), year), OFFICE, begin)
    for measure, wanted in SHARES.items():
        within_s = URGENT_S if measure is Measure.URGENT_IN_TIME else None
        targets.set_target(conn, Wish(measure, wanted, year, within_s), OFFICE, begin)
    for what, pounds in PRICES.items():
        costs.set_cost(conn, what, Step.MONTH.start(begin.date()), pounds=pounds, officer=PAYS, now=begin)


def scalar(conn: Connection, query: str) -> int:
    return int(conn.execute(query.encode()).fetchone()[0])  # type: ignore[index]


def a_few_places(conn: Connection) -> list[tuple[float, float]]:
    """Longitude and latitude of homes, drawn once."""
    rows = conn.execute(
        """select st_x(p) as lon, st_y(p) as lat from (
             select st_transform(point, 4326) as p from places where place_no = 0
             order by hashint8(subscriber_id) limit 3000) homes"""
    )
    return [(row.lon, row.lat) for row in rows]


def note_phones(conn: Connection, begin: datetime, now: datetime, gone: list[Phone]) -> None:
    """For each day the phones that could be reached at its end: those of today, and those that left since."""
    conn.execute(
        """with changes (platform, day, phones) as (
             select coalesce(platform, ''), london_day(added_at), count(*) from contacts
             where channel = 'push' and off_at is null group by 1, 2
             union all
             select platform, day, change from unnest(%(platforms)s::text[], %(came)s::date[], %(went)s::date[])
               gone (platform, came, went)
             cross join lateral (values (came, 1), (went, -1)) happened (day, change)
           ), each_day as (
             select platform, day, sum(phones) as phones from changes group by 1, 2
           )
           insert into phone_days
           select d.day, e.platform, in_tens(sum(e.phones)::bigint, phase('phones|' || e.platform))
           from generate_series(london_day(%(begin)s), london_day(%(now)s), interval '1 day') d (day)
           join each_day e on e.day <= d.day
           group by 1, 2
           on conflict (day, platform) do update set phones = excluded.phones""",
        {
            "platforms": [phone.platform for phone in gone],
            "came": [phone.came for phone in gone],
            "went": [phone.went for phone in gone],
            "begin": begin,
            "now": now,
        },
    )


def sign_up(conn: Connection, random: Random, places: list[tuple[float, float]], at: datetime, *, count: int) -> None:
    """So many people sign up in this week, and most of them follow their link."""
    for number in range(count):
        lon, lat = random.choice(places)
        began = at + timedelta(seconds=random.randrange(6 * 86_400))
        choices = {
            "places": [{"label": "Home", "lon": lon, "lat": lat, "reach_m": 0}],
            "topics": random.getrandbits(12) & random.getrandbits(12), "sector": 0, "updates": random.random() < 0.65,
            "quiet_from": None, "quiet_to": None,
        }  # fmt: skip
        person = conn.execute(
            "select keep_sign_up(%s, %s, %s, %s, %s) as id",
            (
                f"year{at:%y%m%d}.{number}@training.example", Jsonb(choices), CONSENT_VERSION,
                random.choices(["", *HEARD_OF], weights=(0.3, *HEARD_SHARE))[0], began,
            ),
        ).fetchone()  # fmt: skip
        if person and random.random() >= NEVER_CONFIRM:
            conn.execute(
                "select begin_alerts(%s, %s)", (person.id, began + timedelta(seconds=random.randrange(40, 3_000)))
            )


def moments(random: Random, monday: datetime, a_week: float, now: datetime) -> Iterator[datetime]:
    """When alerts go out in this week: more in the evening, more in the darker half of the year."""
    dark = 1.25 if monday.month in (10, 11, 12, 1, 2) else 0.85
    count = sum(random.random() < a_week * dark / 40 for _ in range(40))
    hours = (7, 9, 10, 12, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 2)
    for day in sorted(random.randrange(7) for _ in range(count)):
        at = monday.replace(hour=random.choice(hours), minute=random.randrange(60), second=random.randrange(60))
        if (at := at + timedelta(days=day)) < now - timedelta(days=2):
            yield at


def leave(conn: Connection, random: Random, monday: datetime, now: datetime, share: float) -> list[Phone]:
    """Some of those who are in leave after this week, sooner the more they were told in it; the phones they had."""
    end = monday + timedelta(days=7)
    days_s = int(min(timedelta(days=5), now - end).total_seconds())
    last = scalar(conn, "select max(id) from subscribers")
    conn.execute("select setseed(%s)", (random.uniform(-1, 1),))
    gone = conn.execute(
        WHO_LEAVES,
        {
            "monday": monday,
            "any": random.sample(range(1, last + 1), int(last * LEAVES * share + random.random())),
            "tired": TIRED,
        },
    ).fetchall()
    reasons, weights = ["", *LEFT_REASONS], (0.25, 0.18, 0.05, 0.14, 0.16, 0.06, 0.08, 0.08)
    calm = [weight * (0.3 if reason == "too many" else 1) for reason, weight in zip(reasons, weights, strict=True)]
    times = [end + timedelta(seconds=random.randrange(days_s + 1)) for _ in gone]
    conn.execute(
        "select depart(person, reason, at)"
        " from unnest(%s::bigint[], %s::text[], %s::timestamptz[]) gone (person, reason, at)",
        (
            [row.id for row in gone],
            [random.choices(reasons, weights=weights if row.alerts else calm)[0] for row in gone],
            times,
        ),
    )
    return [
        Phone(row.platform or "", row.came, at.astimezone(LONDON).date())
        for row, at in zip(gone, times, strict=True)
        if row.came
    ]
