"""Ground: what the force's map, search and counts are made of; imported and undone."""

from smartalert.control.access import Role, require_officer
from smartalert.control.ground import page

officer = require_officer(Role.ADMINISTRATOR)
page.page()
