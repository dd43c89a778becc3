"""Live alerts: what is going out now, what went before, and everything about one of them."""

from smartalert.control.access import require_officer
from smartalert.control.live import page

officer = require_officer()
page.page(officer)
