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
from typing import LiteralString

from psycopg import sql

from smartalert.clock import utc_now
from smartalert.database import connection
from smartalert.database.connection import Connection
from smartalert.database.progress import Say, shown
from smartalert.engagement import campaigns, costs, periods, rollups, targets
from smartalert.engagement.costs import What
from smartalert.engagement.periods import Period, Step
from smartalert.engagement.targets import Measure, Wish
from smartalert.errors import SetupError
from smartalert.training import history_people, store_reports
from smartalert.training.county import prepare
from smartalert.training.history_alerts import Teller
from smartalert.training.residents import CAMPAIGNS

WEEKS = 52
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
#: Tables that take the time from the database's clock.
CLOCKS = (("audit", "at"), ("drafts", "created_at"), ("responses", "received_at"))


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
    now = now or utc_now()
    with connection.only_transaction(owner_url) as conn:
        prepare(conn)
        refuse_unless_new(conn)
        say(f"{LIVING}.")
        alerts = live_through(conn, Random(seed), now, alerts_a_week=alerts_a_week, weeks=weeks, say=say)
        rollups.publish_again(conn)
        rollups.count_all_due(conn, now, say)
        if reports is not None:
            # before this transaction ends: a year is there with its reports, or not at all
            store_reports.make(conn, owner_url, reports, say, seed=seed, today=now.date(), days=weeks * 7)
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
    places = history_people.a_few_places(conn)
    (residents,) = conn.execute("select count(*) from subscribers").fetchone()  # type: ignore[misc]
    share = min(1.0, LIVELY / residents)
    if share < 1:
        say(SAMPLE.format(residents=residents, lively=LIVELY))
    begin = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(weeks=weeks)
    teller = Teller(conn, random, clock.set, places, scale=sqrt(share))
    a_week = history_people.SIGN_UPS * residents * share / 10_000
    gone: list[history_people.Phone] = []
    with teller.at_work():
        mondays = [begin + timedelta(weeks=number) for number in range(weeks)]
        for monday in shown(LIVING, mondays, say):
            for at in moments(random, monday, alerts_a_week, now):
                teller.tell(at)
            gone += history_people.leave(conn, random, monday, now, share)
            # from the next week on alerts are for them too
            history_people.sign_up(conn, random, places, monday, count=round(a_week * random.uniform(0.5, 1.6)))
    note_campaigns(conn, clock, begin, now)
    want_and_pay(conn, clock, begin, now, round(residents * share))
    history_people.note_phones(conn, begin, now, gone)
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


def moments(random: Random, monday: datetime, a_week: float, now: datetime) -> Iterator[datetime]:
    """When alerts go out in this week: more in the evening, more in the darker half of the year."""
    dark = 1.25 if monday.month in (10, 11, 12, 1, 2) else 0.85
    count = sum(random.random() < a_week * dark / 40 for _ in range(40))
    hours = (7, 9, 10, 12, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 2)
    for day in sorted(random.randrange(7) for _ in range(count)):
        at = monday.replace(hour=random.choice(hours), minute=random.randrange(60), second=random.randrange(60))
        if (at := at + timedelta(days=day)) < now - timedelta(days=2):
            yield at
