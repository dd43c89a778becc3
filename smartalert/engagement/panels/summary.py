"""The period in one breath."""

from datetime import date, timedelta

from smartalert.database.connection import Connection
from smartalert.engagement import published, reach, sign_ups
from smartalert.engagement.panels.panel import Scope
from smartalert.engagement.panels.words import alerts, more, people, seconds, some
from smartalert.engagement.periods import Period
from smartalert.engagement.reach import Reach
from smartalert.engagement.sign_ups import SignUps
from smartalert.wording import count


def summary(conn: Connection, scope: Scope) -> str:
    """People, speed and answers of the period and area, in words that may be read out."""
    rows = reach.read(conn, scope.period, scope.choice)
    urgent = reach.together([alert for alert in rows if alert.urgent])
    parts = [of_people(conn, scope), *of_speed(urgent), came_back(reach.together(rows))]
    return f"{'; '.join(parts)}."


def of_people(conn: Connection, scope: Scope) -> str:
    """Who is signed up at the end of the period, as far as it is published, beside the day before it began."""
    where = f" in {scope.district}" if scope.district else ""
    now, end = counted(conn, scope).active, days_of(scope).before
    if now is None:
        return f"People signed up{where} are counted when the {'month' if scope.district else 'day'} is over"
    before = active_when(conn, scope, scope.period.start)
    last, first = end - timedelta(days=1), scope.period.start - timedelta(days=1)
    change = f"{more(now - before)} on {first:%-d %B %Y}"
    return f"{people(now).capitalize()} were signed up{where} on {last:%-d %B %Y}, {change}"


def days_of(scope: Scope) -> Period:
    """The part of the period for which people are published: days of the force, whole months of a district."""
    if scope.district:
        return scope.months
    return Period(scope.period.start, max(scope.period.start, min(scope.period.before, scope.until.day)))


def counted(conn: Connection, scope: Scope) -> SignUps:
    """The people of the period and area; None where nothing of it is published yet."""
    period = days_of(scope)
    if period.start == period.before:
        return SignUps(scope.district, scope.area, None, None, None, None)
    if not scope.district:
        return sign_ups.totals(conn, period)
    found = published.Districts(conn, period.before)
    facts = [found.of(scope.district, fact, period) for fact in ("confirmed", "left", "active")]
    return SignUps(scope.district, scope.district, None, *facts)


def active_when(conn: Connection, scope: Scope, day: date) -> int:
    """Who was signed up when that day began."""
    if scope.district:
        return published.Districts(conn, day).upto(scope.district, "active", day)
    return published.active(published.Series(conn, "all", day), day)


def of_speed(urgent: Reach) -> list[str]:
    """Of urgent alerts, if there were deliveries enough."""
    if urgent.speed.p95_s is None:
        return []
    return [f"95 % of the deliveries of urgent alerts were handed over within {seconds(urgent.speed.p95_s)}"]


def came_back(found: Reach) -> str:
    """What alerts brought."""
    if not found.alerts:
        return "no alert was issued"
    led = count(sum(found.results.values()), "result", "results")
    return f"{alerts(found.alerts)} brought {some(found.responses, 'responses')} and led to {led}"
