"""Reports of mails that went by the force's own relay, as its mail server passes them on."""

from datetime import datetime

from smartalert.database.connection import Connection
from smartalert.dispatch import receipts
from smartalert.dispatch.links import Reference
from smartalert.dispatch.receipts import Receipt
from smartalert.providers.smtp import bounces


def record(conn: Connection, raw: bytes, now: datetime) -> int:
    """Write what one mail to the return path reports into the ledger; how many deliveries it told about."""
    told = [
        Receipt(Reference.parse(bounce.reference), bounce.meaning, now, bounce.reason) for bounce in bounces.read(raw)
    ]
    return receipts.record(conn, told)
