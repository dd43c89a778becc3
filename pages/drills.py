"""Drills: a trainer starts one, watches its officers live, speaks to them, and ends it."""

from smartalert.control.access import Role, require_officer
from smartalert.control.drills import page

officer = require_officer(Role.TRAINER)
page.page(officer)
