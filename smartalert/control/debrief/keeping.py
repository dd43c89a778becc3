"""What drills came to is counted when somebody first asks for it: by hand ended or by themselves."""

from smartalert.clock import utc_now
from smartalert.config import Mode, settings
from smartalert.control.access import ON_DUTY, acting, power
from smartalert.control.transactions import in_transaction
from smartalert.drills import results

#: Whoever may be in a drill.
READ = power("Read the debrief of one’s own drills", *ON_DUTY)


def keep_what_is_over(cookie: str | None = None) -> None:
    """Count runs that have ended since somebody last asked, each in a transaction of its own world."""
    if settings().mode is Mode.TRAINING:
        for drill in in_transaction(results.due, world=None):
            with acting(READ, cookie) as (conn, _):
                results.keep(conn, drill, utc_now())
