"""Responses: what the public tells us, urgent first, and what officers make of it."""

from smartalert.control.access import require_officer
from smartalert.control.responses import page
from smartalert.control.responses.actions import WORKERS

officer = require_officer(*WORKERS)
page.page(officer)
