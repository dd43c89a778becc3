"""Alert wording: the words that each kind of alert begins with, proposed by one officer and approved by another."""

from smartalert.control.access import require_officer
from smartalert.control.alert_words import page
from smartalert.control.alert_words.acts import READERS

officer = require_officer(*READERS)
page.page(officer)
