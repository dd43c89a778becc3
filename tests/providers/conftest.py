"""One simulator for all provider tests of a process, empty and faultless before each."""

from collections.abc import Iterator

import pytest

from tests.simulator_process import SimulatorProcess, simulator_process


@pytest.fixture(scope="session")
def running_simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    """The process itself."""
    with simulator_process(tmp_path_factory.mktemp("simulator")) as simulator:
        yield simulator


@pytest.fixture
def simulator(running_simulator: SimulatorProcess) -> SimulatorProcess:
    """An empty world."""
    running_simulator.reset()
    return running_simulator
