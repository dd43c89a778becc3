"""Administration: who is signed in, who may not come in, which sign-ins were refused, and who must approve."""

from smartalert.control import administration
from smartalert.control.access import Role, require_officer

officer = require_officer(Role.ADMINISTRATOR)
administration.page(officer)
