"""The period in one breath."""

from smartalert.database.connection import Connection
from smartalert.engagement import reach, sign_ups
from smartalert.engagement.panels.panel import Scope
from smartalert.engagement.panels.words import more, seconds
from smartalert.wording import count


def summary(conn: Connection, scope: Scope) -> str:
    """People, speed and answers, in words that may be read out."""
    now, before = sign_ups.totals(conn, scope.period), sign_ups.totals(conn, scope.period.previous())
    alerts = reach.read(conn, scope.period, scope.choice)
    told, everything = reach.together([alert for alert in alerts if alert.urgent]), reach.together(alerts)
    growth = (now.active or 0) - (before.active or 0)
    parts = [f"{now.active or 0:,} people are signed up, {more(growth)} than at the end of the period before"]
    if told.p50_s is not None:
        parts.append(f"half of urgent alerts were handed over within {seconds(told.p50_s)}")
    if everything.alerts:
        answers = "fewer than ten" if everything.responses is None else f"{everything.responses:,}"
        results = sum(everything.results.values())
        parts.append(
            f"{count(everything.alerts, 'alert', 'alerts')} brought {answers} responses and led to "
            f"{count(results, 'result', 'results')}"
        )
    else:
        parts.append("no alert was issued")
    return f"{'; '.join(parts)}."
