"""The worlds of one simulator: everyday training, and below /drills/NUMBER each drill's own, with every path again.

Phones, inboxes, counts and faults are each world's own; the keys and Google's access tokens are everybody's.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from smartalert.simulator.wire import Request
from smartalert.simulator.world import World

DRILL = re.compile(r"/drills/([1-9][0-9]{0,17})(/.*)")
#: Drills that are remembered; the oldest that is over gives way.
MOST_DRILLS = 24


class Worlds:
    """Everyday training, and the drills that were heard of."""

    def __init__(self, make: Callable[[], World]) -> None:
        self._make = make
        self.everyday = make()
        self.everyday.worlds = self
        self._drills: dict[int, World] = {}

    def __iter__(self) -> Iterator[World]:
        yield self.everyday
        yield from list(self._drills.values())

    @property
    def drills(self) -> Mapping[int, World]:
        """Each drill's, the oldest first."""
        return self._drills

    def addressed(self, request: Request) -> tuple[World | None, Request]:
        """The world a request is for, and the request as that world reads it; None where there is no such drill.

        Whatever this machine posts to a drill begins its world.
        """
        found = DRILL.fullmatch(request.path)
        if found is None:
            return self.everyday, request
        drill, request.path = int(found[1]), found[2]
        if drill not in self._drills and request.method == "POST" and request.is_local:
            self.begin(drill)
        return self._drills.get(drill), request

    def begin(self, drill: int) -> World:
        """A drill's world, empty where it was not heard of before."""
        if drill not in self._drills:
            over = [number for number, world in self._drills.items() if not world.is_running]
            for number in over[: max(0, len(self._drills) + 1 - MOST_DRILLS)]:
                self._drills.pop(number).reset()
            world = self._make()
            world.drill, world.worlds, world.tokens = drill, self, self.everyday.tokens
            self._drills[drill] = world
        return self._drills[drill]

    def keep(self, told: Mapping[int, tuple[str, Mapping[str, float]]]) -> dict[int, str]:
        """Which drills run, what each is called and which trouble it has; trouble of all others ends.

        What cannot be is said, by drill; nothing changes there.
        """
        for drill, world in self._drills.items():
            world.is_running = drill in told
            if not world.is_running:
                world.meet({})
        refused = {}
        for drill, (name, trouble) in told.items():
            world = self.begin(drill)
            world.is_running, world.name = True, name
            try:
                world.meet(trouble)
            except ValueError as reason:
                refused[drill] = str(reason)
        return refused
