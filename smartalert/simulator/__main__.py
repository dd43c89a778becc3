"""python -m smartalert.simulator: the simulator by itself."""

import argparse
from pathlib import Path

from smartalert.config import settings
from smartalert.errors import SetupError
from smartalert.simulator import credentials, server


def main() -> None:
    """Read the command line and serve."""
    ours = settings()
    parser = argparse.ArgumentParser(prog="python -m smartalert.simulator", description="The provider simulator.")
    parser.add_argument("--host", default="127.0.0.1", help="beyond this machine phones and inboxes ask for a password")
    parser.add_argument("--port", type=int, default=ours.simulator_port)
    parser.add_argument("--credentials", type=Path, default=ours.data_dir / "simulator", help="folder of its keys")
    parser.add_argument("--events-url", help="where SendGrid's signed events go")
    parser.add_argument("--receipts-url", help="where phones acknowledge")
    given = parser.parse_args()
    keys = credentials.ensure(given.credentials, f"http://127.0.0.1:{given.port}")
    try:
        server.run(
            host=given.host,
            port=given.port,
            credentials=keys,
            events_url=given.events_url,
            receipts_url=given.receipts_url,
        )
    except SetupError as error:
        parser.exit(1, f"{error}\n")


main()
