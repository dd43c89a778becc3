"""Live alerts: what is going out now, what went before, and everything about one of them."""

from smartalert.control import live
from smartalert.control.access import require_officer

officer = require_officer()
live.page(officer)
