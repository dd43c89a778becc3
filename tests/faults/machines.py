"""A worker on a machine of its own: a network namespace whose line to the database can be cut, and to nothing else."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests import PROJECT
from tests.processes import Process


def ip(*words: str) -> None:
    """One command of iproute2."""
    subprocess.run(["ip", *words], check=True)


def are_allowed() -> bool:
    """Whether this machine lets us make network namespaces."""
    made = subprocess.run(["ip", "netns", "add", "smartalert-asks"], capture_output=True, check=False)
    if made.returncode == 0:
        ip("netns", "del", "smartalert-asks")
    return made.returncode == 0


@dataclass(frozen=True)
class Machine:
    """One namespace: a line to the database, and another to the providers."""

    number: int

    @property
    def name(self) -> str:
        return f"smartalert-{self.number}"

    @property
    def database_host(self) -> str:
        """Where it finds the database."""
        return f"10.78.{self.number}.1"

    @property
    def provider_host(self) -> str:
        """Where it finds the providers."""
        return f"10.79.{self.number}.1"

    def start(self, *words: str, environment: dict[str, str]) -> Process:
        """Run a Python program there."""
        command = ["ip", "netns", "exec", self.name, sys.executable, *words]
        return subprocess.Popen(command, cwd=PROJECT, env=environment)

    def cut(self) -> None:
        """Nothing passes to the database or from it; nobody is told so."""
        ip("link", "set", f"sa-d{self.number}", "down")

    def mend(self) -> None:
        ip("link", "set", f"sa-d{self.number}", "up")


@contextmanager
def machine(number: int) -> Iterator[Machine]:
    """One machine, which is gone after the block with all that runs on it."""
    made = Machine(number)
    ip("netns", "add", made.name)
    try:
        for line, net in (("d", "10.78"), ("p", "10.79")):
            here, there = f"sa-{line}{number}", f"sa-{line}{number}x"
            ip("link", "add", here, "type", "veth", "peer", "name", there)
            ip("link", "set", there, "netns", made.name)
            ip("addr", "add", f"{net}.{number}.1/24", "dev", here)
            ip("link", "set", here, "up")
            ip("-n", made.name, "addr", "add", f"{net}.{number}.2/24", "dev", there)
            ip("-n", made.name, "link", "set", there, "up")
        ip("-n", made.name, "link", "set", "lo", "up")
        yield made
    finally:
        ip("netns", "del", made.name)


async def forward(host: str, port: int, to_host: str, to_port: int) -> None:
    """Pass everything on, for ever."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
            writer.write_eof()
        except OSError:
            writer.close()

    async def passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection(to_host, to_port)
        await asyncio.gather(pump(reader, there[1]), pump(there[0], writer))
        writer.close()
        there[1].close()

    async with await asyncio.start_server(passed, host, port) as server:
        await server.serve_forever()


def forward_here(host: str, port: int) -> None:
    """Let machines reach what listens on loopback here, in a thread that ends with this process."""
    threading.Thread(target=lambda: asyncio.run(forward(host, port, "127.0.0.1", port)), daemon=True).start()


if __name__ == "__main__":
    os.setpgrp()
    asyncio.run(forward(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
