"""Responses: what the public tells us, urgent first, and what officers make of it."""

from smartalert.control import responses_inbox
from smartalert.control.access import require_officer
from smartalert.control.responses_acting import WORKERS

officer = require_officer(*WORKERS)
responses_inbox.page(officer)
