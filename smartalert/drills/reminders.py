"""Mail to officers whose next drill is due, where the force asks for drills."""

from datetime import datetime

from psycopg.types.json import Jsonb

from smartalert.config import settings
from smartalert.database.connection import Connection, queries
from smartalert.dispatch import service_mail
from smartalert.dispatch.service_mail import Kind

REMINDER = Kind(
    "Your next drill is due",
    (
        "{force} asks everybody who sends alerts to do a drill from time to time. Yours is due soon, or overdue.",
        "Ask a trainer to start one for you. It takes half an hour, on the screens that you know, and tells nobody.",
    ),
    "Open Smart Alert",
    "/",
    "You got this because you may send alerts. Once you have done a drill, these reminders stop until the next is due.",
)


def remind(conn: Connection, now: datetime) -> int:
    """Write to everybody who is due and was not reminded within a fortnight; how many."""
    mail = Jsonb(service_mail.word(REMINDER, settings().control_base))
    return int(queries("officers/practice").remind(conn, mail=mail, now=now))
