"""Live alerts: what is going out now, what went before, and everything about one of them."""

from smartalert.control import states
from smartalert.control.access import require_officer

officer = require_officer()
states.state("No alerts yet", "When an alert is issued, you watch it arrive here.", icon="cell_tower")
