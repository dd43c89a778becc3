"""What the commissioner's office reads: each panel one sentence, one chart, one table and its definitions.

The same panels are drawn on the screen and set in the monthly report, so that the two cannot disagree. They only read:
nothing here knows Streamlit or paper.
"""

from collections.abc import Callable
from functools import partial

from smartalert.database.connection import Connection
from smartalert.engagement.panels.cost import of_cost
from smartalert.engagement.panels.coverage import of_coverage
from smartalert.engagement.panels.downloads import of_downloads
from smartalert.engagement.panels.panel import WHOLE_FORCE, Panel, Scope, scope_of
from smartalert.engagement.panels.reach import of_reach
from smartalert.engagement.panels.responses import of_responses
from smartalert.engagement.panels.sign_ups import of_sign_ups
from smartalert.engagement.panels.summary import counted, summary
from smartalert.engagement.panels.targets import all_said, of_targets
from smartalert.engagement.panels.words import IN_TENS, WHAT_A_DASH_IS

__all__ = [
    "IN_TENS", "TARGETS", "WHAT_A_DASH_IS", "WHOLE_FORCE", "Panel", "Scope", "all_said", "counted", "scope_of",
    "sections", "summary",
]  # fmt: skip
#: The section of what the office wants and pays.
TARGETS = "Targets and cost"


def sections(conn: Connection, scope: Scope) -> dict[str, Callable[[], list[Panel]]]:
    """Title → its panels, read when they are asked for."""
    return {
        "Downloads": partial(of_downloads, conn, scope),
        "Sign-ups": partial(of_sign_ups, conn, scope),
        "Reach": partial(of_reach, conn, scope),
        "Responses": partial(of_responses, conn, scope),
        "Coverage map": partial(of_coverage, conn, scope),
        TARGETS: lambda: [of_targets(conn, scope), of_cost(conn, scope)],
    }
