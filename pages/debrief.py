"""Debrief: what a drill came to, part by part, with its evidence; officers read their own, trainers all."""

from smartalert.control.access import ON_DUTY, require_officer
from smartalert.control.debrief import page

officer = require_officer(*ON_DUTY)
page.page(officer)
