"""Scenarios: what drills are about, read, written, tried, imported and exported."""

from smartalert.control.access import Role, require_officer
from smartalert.control.scenarios import page

officer = require_officer(Role.TRAINER)
page.page()
