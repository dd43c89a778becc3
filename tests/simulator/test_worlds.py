"""Everyday training and each drill: phones, inboxes, faults and counts of their own, under the same keys."""

from collections.abc import Iterator

import httpx
import pytest

from smartalert.simulator import worlds
from smartalert.simulator.wire import Request
from tests.simulator.conftest import ADA, Mail, Push, access_token
from tests.simulator_process import SimulatorProcess, own_address


@pytest.fixture(autouse=True)
def no_drills(simulator: SimulatorProcess) -> Iterator[None]:
    yield
    keep(simulator)


def keep(simulator: SimulatorProcess, **drills: dict) -> httpx.Response:
    return simulator.client.post("/sim/drills", json={number.strip("d"): of_it for number, of_it in drills.items()})


def push_in(simulator: SimulatorProcess, drill: int, **data: str) -> httpx.Response:
    path = f"/drills/{drill}/v1/projects/{simulator.credentials.project_id}/messages:send"
    headers = {"authorization": f"Bearer {access_token(simulator)}"}
    return simulator.client.post(path, json={"message": {"token": ADA, "data": data}}, headers=headers)


def alerts(simulator: SimulatorProcess, base: str = "") -> list[str]:
    found = simulator.client.get(f"{base}/sim/phones").json()["phones"]
    return [card["alert_id"] for phone in found for card in phone["cards"]]


def test_what_lands_in_a_drill_is_on_no_other_phone(simulator: SimulatorProcess, push: Push, mail: Mail) -> None:
    assert push_in(simulator, 101, alert_id="one").status_code == 200
    assert push_in(simulator, 102, alert_id="two").status_code == 200
    push(alert_id="everyday")
    assert (alerts(simulator, "/drills/101"), alerts(simulator, "/drills/102")) == (["one"], ["two"])
    assert alerts(simulator) == ["everyday"]
    assert simulator.stats()["push_accepted"] == 1
    simulator.reset()
    assert alerts(simulator, "/drills/101") == ["one"]


def test_a_drills_trouble_is_its_own_and_over_when_it_is_named_no_more(simulator: SimulatorProcess, push: Push) -> None:
    refuses = {"name": "Bomb", "faults": {"push_unavailable": 1}}
    assert keep(simulator, d103=refuses, d104={"name": "Flood", "faults": {}}).json() == {"refused": {}}
    assert push_in(simulator, 103).status_code == 503
    assert push_in(simulator, 104).status_code == 200
    assert push().status_code == 200
    # A trainer's own difficulty outlives the story's.
    simulator.client.post("/drills/103/sim/faults", json={"push_latency_ms": 1})
    keep(simulator, d104={"name": "Flood", "faults": {}})
    assert push_in(simulator, 103).status_code == 200
    assert simulator.client.get("/drills/103/sim/faults").json()["push_latency_ms"] == 1


def test_trouble_that_cannot_be_is_said_and_troubles_nobody_else(simulator: SimulatorProcess) -> None:
    both = {"push_unavailable": 0.8, "push_too_many": 0.8}
    told = keep(simulator, d105={"faults": both}, d106={"faults": {"push_hang": 0.5}}).json()["refused"]
    assert list(told) == ["105"]
    assert simulator.client.get("/drills/106/sim/faults").json()["push_hang"] == 0.5
    for wrong in ({"x": {}}, {"1": []}, {"1": {"faults": 3}}):
        assert simulator.client.post("/sim/drills", json=wrong).status_code == 400
    assert simulator.client.post("/drills/105/sim/drills", json={}).status_code == 400


def test_a_drill_that_nobody_began_is_not_there_and_only_this_machine_begins_one(simulator: SimulatorProcess) -> None:
    for path in ("/drills/999/", "/drills/0/sim/phones", "/drills/x/", "/drills/101"):
        assert simulator.client.get(path).status_code == 404
    elsewhere = simulator.url.replace("127.0.0.1", own_address())
    assert httpx.post(f"{elsewhere}/drills/998/sim/faults", json={}, trust_env=False).status_code == 404
    assert simulator.client.get("/drills/998/").status_code == 404


def test_the_page_leads_from_world_to_world_and_nothing_is_shown_elsewhere(simulator: SimulatorProcess) -> None:
    assert 'href="/drills/107/"' not in simulator.client.get("/").text
    keep(simulator, d107={"name": "Bomb <b>"})
    push_in(simulator, 107, alert_id="x", title="EXERCISE here")
    assert 'href="/drills/107/">Drill 107: Bomb &lt;b&gt;</a>' in simulator.client.get("/").text
    assert "EXERCISE here" not in simulator.client.get("/").text
    assert "EXERCISE here" in simulator.client.get("/drills/107/").text


def test_old_drills_give_way_to_new_ones_and_those_that_run_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    class World:
        is_running = False
        tokens = None

        def reset(self) -> None:
            """Nothing is there."""

        def meet(self, _trouble: object) -> None:
            """Nothing happens."""

    monkeypatch.setattr(worlds, "MOST_DRILLS", 3)
    every = worlds.Worlds(World)
    every.keep({1: ("First", {})})
    for number in range(2, 6):
        every.addressed(Request("POST", f"/drills/{number}/sim/open", "", {}, b""))
    assert list(every.drills) == [1, 4, 5]
