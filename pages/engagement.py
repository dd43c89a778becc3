"""Engagement: what the commissioner's office sees of downloads, sign-ups, reach, responses and coverage."""

from smartalert.control import engagement_page
from smartalert.control.access import require_officer
from smartalert.control.engagement_files import READERS

officer = require_officer(*READERS)
engagement_page.page()
