"""Audit: who did what, whether it is as it was written, and what to take away of it."""

from smartalert.control import audit_page
from smartalert.control.access import require_officer

officer = require_officer(*audit_page.AUDITORS)
audit_page.page()
