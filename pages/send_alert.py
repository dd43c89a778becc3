"""Send an alert: draw, write, look, tell. Every change is kept; nothing leaves without the review."""

from smartalert.control.access import Role, require_officer
from smartalert.control.send import page

officer = require_officer(Role.SENDER)
page.page(officer)
