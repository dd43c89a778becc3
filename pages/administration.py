"""Administration: who is signed in, who may not come in, which sign-ins were refused, and who must approve."""

from smartalert.control.access import Role, require_officer
from smartalert.control.administration import page

officer = require_officer(Role.ADMINISTRATOR)
page.page(officer)
