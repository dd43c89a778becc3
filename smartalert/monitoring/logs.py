"""What a process logs: one line an event, text or JSON, with the request or job it belongs to, and nobody's address."""

import json
import logging
import re
import time
from collections.abc import Mapping
from contextvars import ContextVar

from smartalert.config import LogFormat, settings

#: The request or job that is under way, as each of its lines names it.
UNDER_WAY: ContextVar[Mapping[str, str] | None] = ContextVar("under_way", default=None)
#: Mail addresses, tokens of phones, and passwords in addresses of databases: what libraries raise repeats what they
#: were given. Bounded, or a megabyte without a space would keep the pattern busy for hours.
ADDRESS = re.compile(r"[^\s@<>()\[\],;:='\"“”]{1,64}@[^\s@<>()\[\],;'\"“”]{1,255}|[\w:-]{100,}")


def without_addresses(words: str) -> str:
    """The same with every address taken out."""
    return ADDRESS.sub("(address)", words)


class Text(logging.Formatter):
    """Lines for people."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(name)s %(levelname)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """The line, after it what it belongs to, and below it where an error came from."""
        under_way = " ".join(f"{name}={value}" for name, value in (UNDER_WAY.get() or {}).items())
        first, *below = super().format(record).split("\n")
        return without_addresses("\n".join([f"{first} [{under_way}]" if under_way else first, *below]))


class Json(logging.Formatter):
    """Lines for programs: an object each, however many lines the event itself has."""

    def format(self, record: logging.LogRecord) -> str:
        """Time in UTC, level, logger and message, what it belongs to, and where an error came from."""
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        said = {
            "time": f"{at}.{int(record.msecs):03}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **(UNDER_WAY.get() or {}),
        }
        if record.exc_info:
            said["exception"] = self.formatException(record.exc_info)
        return json.dumps({name: without_addresses(words) for name, words in said.items()})


def configure() -> None:
    """Have this process log as its settings say."""
    handler = logging.StreamHandler()
    handler.setFormatter(Json() if are_json() else Text())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.captureWarnings(True)
    # One line a job, or a request, would say less than the ledger does, thousands of times; and what an officer looks
    # for stands in the addresses of requests.
    for name in ("procrastinate", "httpx", "httpx2", "uvicorn.access"):
        logging.getLogger(name).setLevel(logging.WARNING)


def adopt(*names: str) -> None:
    """Have these libraries, which brought handlers of their own, log as we do."""
    for name in list(logging.Logger.manager.loggerDict):
        if name.partition(".")[0] in names:
            library = logging.getLogger(name)
            library.handlers.clear()
            library.propagate = True


def are_json() -> bool:
    """Whether programs read what is logged."""
    return settings().log_format is LogFormat.JSON
