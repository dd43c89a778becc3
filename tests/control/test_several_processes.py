"""Several control rooms on one database: what one keeps the other shows, and a proxy keeps officers where they are."""

import asyncio
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from smartalert.control import access
from tests import PROJECT
from tests.conftest import forget_settings
from tests.control.tabs import tab
from tests.databases import Database
from tests.deployment import SECRET, Deployment, deployment
from tests.factories import OFFICER, make_draft, make_force_area, make_neighbourhoods, make_street, make_subscriber
from tests.processes import answers
from tests.simulator_process import free_port
from tests.waiting import eventually

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")


@pytest.fixture(scope="module")
def called() -> str:
    """What browsers call the control room: a proxy's address."""
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture(scope="module")
def rooms(called: str, module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """Two control rooms behind one address, in a small county."""
    with module_database.connect(autocommit=True) as conn:
        make_force_area(conn)
        make_neighbourhoods(conn)
        make_street(conn)
        for number in range(12):
            make_subscriber(conn, at=(number, 5))
    folder = tmp_path_factory.mktemp("rooms")
    with deployment(module_database, folder, workers=0, receipts=False) as running:
        running.environment["SMARTALERT_CONTROL_URL"] = called
        yield [start_room(running) for _ in range(2)]


def start_room(running: Deployment) -> str:
    """One more control room, on a port of its own."""
    running.environment["SMARTALERT_CONTROL_PORT"] = str(free_port())
    return running.start_control()


@pytest.fixture
def cookie(called: str, rooms: list[str], module_database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The sign-in of one officer, as every one of the processes knows it."""
    for name, value in {
        "DATABASE_URL": module_database.url(), "SMARTALERT_SECRET_KEY": SECRET, "SMARTALERT_CONTROL_URL": called
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    forget_settings()
    access._serializer.cache_clear()
    yield f"{access.cookie_name()}={access.make_cookie(access.officers()[OFFICER])}"
    forget_settings()
    access._serializer.cache_clear()


def test_what_one_process_keeps_or_issues_another_shows(
    called: str, rooms: list[str], cookie: str, module_database: Database
) -> None:
    with module_database.connect(autocommit=True) as conn:
        draft_id, _ = make_draft(conn, officer=OFFICER)

    async def story() -> None:
        async with tab(rooms[0], cookie, called) as here, tab(rooms[1], cookie, called) as there:
            for one in (here, there):
                await one.open("send_alert", f"draft={draft_id}")
            await here.write("What to do", "Keep doors locked.")
            await there.write("Who to call", "Call 101.")
            assert there.fields["What to do"].says == "Keep doors locked."
            await here.write("Headline", "Burglary in Tannery Row")
            assert here.fields["Who to call"].says == "Call 101."
            await here.press("Review")
            await here.press(next(label for label in here.buttons if label.startswith("EXERCISE: tell")))
            await there.open("live_alerts")
            await there.hears("Burglary in Tannery Row")
            (alert_id,) = re.findall(r"live_alerts\?alert=(\d+)", there.heard[-1])
            await there.open("live_alerts", f"alert={alert_id}")
            await there.hears("Nobody has been told yet")
            await here.press("Undo: tell nobody")
            await there.hears("Undone: nobody was told")

    asyncio.run(story())


@pytest.fixture
def proxy(called: str, rooms: list[str], tmp_path: Path) -> Iterator[str]:
    """nginx as docs/operators.md has it, before both."""
    if NGINX is None:
        pytest.skip("no nginx on this machine: apt-get install nginx-light")
    written = re.search(r"```nginx\n(.*?)```", (PROJECT / "docs" / "operators.md").read_text(), re.DOTALL)
    assert written
    here = re.sub(r"listen 443 ssl;|ssl_certificate\w* [^;]+;", "", written[1])
    here = here.replace("server_name", f"listen {called.removeprefix('http://')}; server_name")
    here = here.replace("officer_443", f"officer_{called.rpartition(':')[2]}")
    for written_port, room in zip(("8501", "8502"), rooms, strict=True):
        here = here.replace(f"127.0.0.1:{written_port}", room.removeprefix("http://"))
    here = here.replace("proxy_pass", "add_header x-room $upstream_addr; proxy_pass")
    kept = " ".join(f"{kind}_temp_path {tmp_path};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    config = tmp_path / "nginx.conf"
    config.write_text(
        f"daemon off; pid {tmp_path}/pid; error_log {tmp_path}/errors; events {{}}\n"
        f"http {{ access_log off; {kept}\n{here} }}"
    )
    command = [NGINX, "-p", str(tmp_path), "-c", str(config)]
    checked = subprocess.run([*command, "-t"], check=False, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    eventually(lambda: answers(f"{called}/_stcore/health"))
    yield called
    running.terminate()
    running.wait()


def test_behind_nginx_as_documented_each_officer_stays_with_one_process(
    proxy: str, rooms: list[str], cookie: str
) -> None:
    name = access.cookie_name()
    with httpx.Client(base_url=proxy, trust_env=False) as client:

        def room_of(value: str) -> str:
            return client.get("/send_alert", headers={"cookie": f"{name}={value}"}).headers["x-room"]

        taken = {str(number): room_of(str(number)) for number in range(40)}
        assert all(room_of(value) == room for value, room in taken.items())
        shares = Counter(taken.values())
        assert {f"http://{room}" for room in shares} == set(rooms)
        assert min(shares.values()) >= 8

    async def story() -> None:
        async with tab(proxy, cookie) as one:
            await one.open("live_alerts")
            await one.hears("Live alerts")

    asyncio.run(story())
