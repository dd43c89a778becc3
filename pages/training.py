"""Training: the code by which made-up officers sign in from other computers."""

from smartalert.control.access import Role, require_officer
from smartalert.control.training import page

officer = require_officer(Role.TRAINER)
page.page()
