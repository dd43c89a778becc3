"""Who comes and goes in the made-up year: people sign up and leave as the public service would have them."""

from datetime import date, datetime, timedelta
from random import Random
from typing import NamedTuple

from psycopg.types.json import Jsonb

from smartalert.clock import LONDON
from smartalert.database.connection import Connection
from smartalert.subscribers.subscriptions import CONSENT_VERSION, HEARD_OF, LEFT_REASONS

#: People who sign up by e-mail in a week, for each 10,000 residents, beside those the county began with; how many of
#: them never follow the link.
SIGN_UPS, NEVER_CONFIRM = 6, 0.18
#: How likely somebody leaves in a week, and how much likelier each alert of that week makes it.
LEAVES, TIRED = 0.0016, 0.003
HEARD_SHARE = (0.24, 0.2, 0.15, 0.12, 0.14, 0.1, 0.05)

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


def a_few_places(conn: Connection) -> list[tuple[float, float]]:
    """Longitude and latitude of homes, drawn once."""
    rows = conn.execute(
        """select st_x(p) as lon, st_y(p) as lat from (
             select st_transform(point, 4326) as p from places where place_no = 0
             order by hashint8(subscriber_id) limit 3000) homes"""
    )
    return [(row.lon, row.lat) for row in rows]


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


def leave(conn: Connection, random: Random, monday: datetime, now: datetime, share: float) -> list[Phone]:
    """Some of those who are in leave after this week, sooner the more they were told in it; the phones they had."""
    end = monday + timedelta(days=7)
    days_s = int(min(timedelta(days=5), now - end).total_seconds())
    (last,) = conn.execute("select max(id) from subscribers").fetchone()  # type: ignore[misc]
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
