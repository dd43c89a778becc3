"""Every scenario that a drill can be started with: those that come along, and the trainers' own that are whole."""

from dataclasses import dataclass

from smartalert.database.connection import Connection
from smartalert.drills import files, own
from smartalert.drills.scenario import Scenario
from smartalert.errors import DrillRefused

#: What the names of the trainers' own begin with; no file's does.
OWN = "own-"


@dataclass(frozen=True, slots=True)
class Offered:
    """A scenario, and what it practises in a sentence or two; empty where its author does not say."""

    scenario: Scenario
    practises: str


def everything(conn: Connection) -> dict[str, Offered]:
    """By their names here: the trainers' own first, then those of files."""
    texts = {f"{OWN}{one.id}": one.text for one in own.everything(conn)}
    texts |= {name: files.written(name) for name in files.builtin()}
    checked = {name: (files.check(text).scenario, files.practises(text)) for name, text in texts.items()}
    return {name: Offered(scenario, practises) for name, (scenario, practises) in checked.items() if scenario}


def find(conn: Connection, name: str) -> Scenario:
    """The one of this name. Raises DrillRefused."""
    if offered := everything(conn).get(name):
        return offered.scenario
    raise DrillRefused("This scenario is no longer there, or not whole. Choose another one.")
