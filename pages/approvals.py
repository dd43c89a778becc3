"""Approvals: what waits for a second person, and what went at once and is looked at afterwards."""

from smartalert.control.access import Role, require_officer
from smartalert.control.approvals import page

officer = require_officer(Role.APPROVER)
page.page(officer)
