"""Approvals: what waits for a second person, and what went at once and is looked at afterwards."""

from smartalert.control import approvals_list
from smartalert.control.access import Role, require_officer

officer = require_officer(Role.APPROVER)
approvals_list.page(officer)
