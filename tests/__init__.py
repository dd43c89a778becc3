"""Tests, in folders as the packages they are about; journeys/ cross them all."""

import os
from pathlib import Path

PROJECT = Path(__file__).parents[1]
#: Real open data that is not part of the project; what needs it is skipped where it isn't.
DATA = Path(os.environ.get("SMARTALERT_TEST_DATA", PROJECT.parent / "shared" / "data"))
