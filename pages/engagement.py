"""Engagement: what the commissioner's office sees of downloads, sign-ups, reach, responses and coverage."""

from smartalert.control.access import require_officer
from smartalert.control.engagement import page
from smartalert.control.engagement.exports import READERS

officer = require_officer(*READERS)
page.page(officer)
