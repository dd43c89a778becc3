"""The PostgreSQL process of the private cluster: launched until it takes connections, watched, and stopped."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from smartalert.database.log_files import LogFile
from smartalert.database.postgres import Account
from smartalert.errors import SetupError

#: What a server says that starts while its killed predecessor's processes, or a stopping server, are still there.
STILL_THERE = ("pre-existing shared memory", "postmaster.pid")
#: Above the largest process number that Linux gives.
NO_PROCESS = "4194305"


class Server:
    """At most one process at a time, started by this object or by another of the same cluster."""

    def __init__(self, data: Path, socket_folder: Path, log: LogFile, answers: Callable[[], bool]) -> None:
        self._data, self._socket_folder, self._log, self._answers = data, socket_folder, log, answers
        self._process: subprocess.Popen[bytes] | None = None

    def ended(self) -> bool:
        """Whether no server of this cluster lives; one that is frozen does, and is not asked."""
        return self._process.poll() is not None if self._process else not self._answers()

    @property
    def exit_code(self) -> int | None:
        """How the server that this object started ended; None where it lives, or another started it."""
        return self._process.poll() if self._process else None

    def start(self, program: Path, account: Account, detach: bool, timeout_s: float) -> None:
        """Launch it until it takes connections. Raises SetupError where it cannot run."""
        if self._process and self._process.poll() is not None:
            self._process = None  # one that ended has no say in how the next one starts
        end = time.monotonic() + timeout_s
        while not self._answers():
            if self._process is None or self._process.poll() is not None:
                self._refuse_broken()
                self._forget_dead()
                self._launch(program, account, detach)
            if time.monotonic() > end:
                self.stop()
                raise SetupError(f"The private database did not start in {timeout_s:.0f} s; see {self._log.path}.")
            time.sleep(0.02 if self._process and self._process.poll() is None else 0.2)

    def stop(self, force: bool = False, timeout_s: float = 20) -> None:
        """Stop it if this object started it; another's only by force."""
        pid = self._process.pid if self._process else _pid_in(self._data / "postmaster.pid") if force else None
        if pid is None:
            return
        for stop_signal in (signal.SIGINT, signal.SIGQUIT):  # fast, then at once: recovery follows at the next start
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, stop_signal)
            if self._gone(pid, timeout_s):
                break
        self._process = None

    def _launch(self, program: Path, account: Account, detach: bool) -> None:
        words = (program, "-D", self._data, "-k", self._socket_folder)
        command = account.command(*words, dies_with_us="" if detach else "INT")
        with os.fdopen(self._log.open(), "ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True
            )

    def _refuse_broken(self) -> None:
        if self._process is None:
            return
        words = self._log.last_words(2_000)
        if not any(sign in words for sign in STILL_THERE):
            raise SetupError(f"The private database does not start. Its last words:\n{words.strip()}")

    def _forget_dead(self) -> None:
        """Make PostgreSQL see a server as dead whose number another program now has, or which nobody has reaped.

        Only the number goes: the rest of the file is how PostgreSQL finds processes that outlived their server.
        """
        for lock in (self._data / "postmaster.pid", self._socket_folder / ".s.PGSQL.5432.lock"):
            pid = _pid_in(lock)
            if pid and _alive(pid) and not _is_postgres(pid):
                lock.write_text("\n".join([NO_PROCESS, *lock.read_text().splitlines()[1:], ""]))

    def _gone(self, pid: int, timeout_s: float) -> bool:
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            if self._process and self._process.poll() is not None:
                return True
            if not self._process and not (_alive(pid) and _is_postgres(pid)):
                return True
            time.sleep(0.02)
        return False


def _pid_in(lock: Path) -> int | None:
    try:
        return int(lock.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _is_postgres(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return True  # no way to know better
    name, state = stat.read_text().split("(", 1)[1].rsplit(") ", 1)
    return name == "postgres" and not state.startswith("Z")
