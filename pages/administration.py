"""Administration: who is signed in, who may not come in, and which sign-ins were refused."""

from smartalert.control import administration
from smartalert.control.access import Role, require_officer

officer = require_officer(Role.ADMINISTRATOR)
administration.page(officer)
