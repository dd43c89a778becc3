"""The ports that a training deployment listens on, and which are free."""

import shlex
import socket
import sys

from smartalert.config import Settings
from smartalert.errors import SetupError

#: Setting → what listens there.
PORTS = {"control_port": "control room", "public_port": "public service", "simulator_port": "simulator"}


def refuse_taken(given: Settings, residents: int, seed: int, history: bool = False) -> None:
    """Raise SetupError, offering free ports and the command that uses them, if a port is taken."""
    wanted = {port: getattr(given, port) for port in PORTS}
    taken = [port for port, number in wanted.items() if not _free(given.host, number)]
    taken += [port for port in wanted if list(wanted.values()).count(wanted[port]) > 1 and port not in taken]
    if not taken:
        return
    offered = dict(wanted)
    for port in taken:
        offered[port] = _next_free(given.host, wanted[port], {*wanted.values(), *offered.values()})
    named = ", ".join(f"{wanted[port]} ({PORTS[port]})" for port in taken)
    options = {**offered, "data_dir": given.data_dir, "residents": residents, "seed": seed}
    words = [sys.executable, "-m", "smartalert", "up"]
    words += [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    words += ["--history"] * history
    raise SetupError(f"Taken by another program: port {named}. Free ones:\n    {shlex.join(words)}")


def _free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers do: a closed one is no hindrance
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _next_free(host: str, port: int, avoided: set[int]) -> int:
    return next(number for number in range(port + 1, 65_536) if number not in avoided and _free(host, number))
