"""Live alerts: what is going out now, what went before, and everything about one of them."""

from smartalert.control.access import ON_DUTY, require_officer
from smartalert.control.live import page

officer = require_officer(*ON_DUTY)
page.page(officer)
