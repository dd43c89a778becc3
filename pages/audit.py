"""Audit: who did what, whether it is as it was written, and what to take away of it."""

from smartalert.control.access import require_officer
from smartalert.control.audit import page

officer = require_officer(*page.AUDITORS)
page.page()
