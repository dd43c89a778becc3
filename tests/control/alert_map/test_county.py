"""What every map begins with."""

import pytest

from smartalert.config import Mode
from smartalert.control.alert_map.county import FICTIONAL, ON_REAL_GROUND, caption


@pytest.mark.parametrize(
    ("mode", "sources", "said"),
    [
        (Mode.TRAINING, {"training"}, FICTIONAL),
        (Mode.TRAINING, set(), ON_REAL_GROUND),
        (Mode.TRAINING, {"training", "osm"}, ON_REAL_GROUND),
        (Mode.TRAINING, {"os_open_roads"}, ON_REAL_GROUND),
        (Mode.LIVE, {"osm"}, ""),
    ],
)
def test_a_map_says_what_of_it_is_made_up(mode: Mode, sources: set[str], said: str) -> None:
    assert caption(mode, sources) == said
