"""Fixtures: a real PostGIS cluster for the run, a database for a test, a connection that is rolled back.

- `conn`: the owner's connection to a database all tests share; rolled back, so never commit.
  `conn.execute("set local role smartalert_public")` looks at it as another role.
- `database`: a database of the test's own, and the one that settings() and connection.engine(role) lead to meanwhile.
- `module_database`: one for all tests of a module, for what is slow to load.
- `chromium`: opens pages in a real browser; `browser`: one page for all tests of a module.
- `room`: a control room of the module's own deployment, `running`.

Tests with a browser have the mark `browser`, those of a whole deployment, or of a file that is marked `early`, the mark
`whole`: `make check` leaves both out. The longest come first, so that all processes have something to do to the end;
those that mostly wait run beside those that mostly compute.
"""

import gc
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import certifi
import psycopg
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from smartalert.config import settings
from smartalert.database import connection, health
from smartalert.database.cluster import Cluster
from tests import browser as browsers
from tests.browser import Chromium, Tab
from tests.databases import FAST, Database, fresh_database, make_template
from tests.deployment import Deployment

#: Set by the process that hands out the tests to the processes that run them (pytest -n).
SHARED_CLUSTER = "SMARTALERT_TEST_CLUSTER"
#: Linux keeps what is in it in memory: the thousand files of a test's database are copied there in a sixth of a second.
MEMORY = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a folder of ours alone
clusters: list[Cluster] = []
trusted = tempfile.NamedTemporaryFile("w", suffix=".pem")  # noqa: SIM115 - there to the end


def pytest_configure(config: pytest.Config) -> None:
    """With several processes, the one that outlives the others keeps the cluster."""
    # A run in the background of a shell ignores Ctrl-C, and so would whatever its tests start and stop.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # Nobody's training deployment is what is tested.
    os.environ["SMARTALERT_DATA_DIR"] = "/nonexistent/smartalert"
    os.environ.pop("DATABASE_URL", None)
    trust_one()
    # How long an example takes says how busy the machine is.
    hypothesis_settings.register_profile("ours", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    hypothesis_settings.load_profile("ours")
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        os.environ[SHARED_CLUSTER] = str(make_cluster().root)
    else:
        gc.disable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark browsers and deployments; begin with journeys and what is early, then deployments, then other browsers."""
    turns: dict[Path, int] = {}
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if "chromium" in fixtures:
            item.add_marker("browser")
        early = "journeys" in item.path.parts or item.get_closest_marker("early")
        if early or "running" in fixtures:
            item.add_marker("whole")
        turn = 0 if early else 2 if "chromium" in fixtures else 1 if "running" in fixtures else 3
        turns[item.path] = min(turn, turns.get(item.path, turn))
    items.sort(key=lambda item: turns[item.path])


def pytest_collection_finish() -> None:
    """What was loaded to be tested stays to the end: nobody need look through it for garbage again and again."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """What a test opened beside its module's page is closed; Chromium ends with the last file that needs it."""
    yield
    browsers.close_others()
    if nextitem is None or (nextitem.path != item.path and not nextitem.get_closest_marker("browser")):
        browsers.close()


def pytest_unconfigure() -> None:
    """Stop and remove what this process made."""
    for cluster in clusters:
        cluster.stop()
        shutil.rmtree(cluster.root, ignore_errors=True)


def trust_one() -> None:
    """Each client of httpx reads all whom it trusts, which takes 35 ms of a core: here it is one, as nothing outside
    this machine is asked."""
    first, end, _ = certifi.contents().partition("-----END CERTIFICATE-----")
    trusted.write(f"{first}{end}\n")
    trusted.flush()
    certifi.where = lambda: trusted.name


def new_folder() -> Path:
    """In memory where there is more room than a run of the tests takes; what a killed run left there goes."""
    for left in MEMORY.glob("smartalert-*-*"):
        if not Path("/proc", left.name.split("-")[1]).exists():
            shutil.rmtree(left, ignore_errors=True)
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 6 * 1024**3
    return Path(tempfile.mkdtemp(prefix=f"smartalert-{os.getpid()}-", dir=MEMORY if roomy else None))


def make_cluster() -> Cluster:
    """A new cluster with its template; its server ends with this process."""
    folder = new_folder()
    folder.chmod(0o711)  # run by root, the server's own account has to pass through
    cluster = Cluster(folder, FAST)
    clusters.append(cluster)
    cluster.start()
    make_template(cluster)
    return cluster


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    """The run's PostGIS cluster."""
    shared = os.environ.get(SHARED_CLUSTER)
    return Cluster(Path(shared), FAST) if shared else make_cluster()


@pytest.fixture(scope="session")
def shared_database(cluster: Cluster) -> Iterator[Database]:
    """A database whose tests leave nothing behind."""
    with fresh_database(cluster) as made:
        yield made


@pytest.fixture
def conn(shared_database: Database) -> Iterator[psycopg.Connection]:
    """A connection as the owner; everything is rolled back."""
    with shared_database.rolled_back() as conn:
        yield conn


@pytest.fixture(scope="module")
def module_database(cluster: Cluster) -> Iterator[Database]:
    """A migrated database for one module."""
    with fresh_database(cluster) as made:
        yield made


@pytest.fixture
def database(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A migrated database for one test."""
    with fresh_database(cluster) as made:
        monkeypatch.setenv("DATABASE_URL", made.url())
        forget_settings()
        yield made
    forget_settings()


@pytest.fixture(scope="session")
def chromium() -> Chromium:
    """Opens a page; all that a test opens by it are closed at the end of the block."""
    return browsers.chromium


@pytest.fixture(scope="module")
def browser(chromium: Chromium) -> Iterator[Tab]:
    """One page for a module; `another` opens one as somebody else."""
    with chromium() as tab:
        yield tab


@pytest.fixture(scope="module")
def room(running: Deployment) -> str:
    """The address of a control room, where a module has everything `running`."""
    return running.start_control()


@pytest.fixture
def nobodys_home() -> Iterator[Path]:
    """A folder that belongs to nobody (65534) and is closed to everybody else; for root only."""
    home = Path(tempfile.mkdtemp(prefix="smartalert-home-"))
    os.chown(home, 65534, 65534)
    yield home
    Cluster(home).stop(force=True)
    shutil.rmtree(home)


def forget_settings() -> None:
    """Settings and engines are read once a process; a test's own must not outlive it."""
    settings.cache_clear()
    connection.engine.cache_clear()
    health.watch.cache_clear()
