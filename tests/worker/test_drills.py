"""Two drills at once, with the real simulator and public service: answers and trouble stay in their own world."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace

import pytest

from smartalert.alerts import issuing
from smartalert.clock import utc_now
from smartalert.config import Mode, settings
from smartalert.database import connection
from smartalert.drills import files, residents, runs
from smartalert.drills.scenario import Resident, Tone
from smartalert.providers import for_deployment, simulated_residents
from smartalert.worker import drills, tasks
from smartalert.worker.hand_over import Worker
from tests import factories
from tests.conftest import forget_settings
from tests.databases import Database
from tests.deployment import Deployment, deployment
from tests.factories import OFFICER, complete_draft, make_draft, make_force_area, make_street, make_subscriber
from tests.waiting import eventually

PEOPLE = 24
FOLK = [
    Resident(tone=Tone.PHOTOGRAPH, says="From our doorbell.", of_1000=150, within=0),
    Resident(tone=Tone.USEFUL, says="A girl in {street}.", of_1000=400, within=0, happening_now=True),
]
REFUSES = {"push_too_many": 1, "mail_too_many": 1}


@pytest.fixture
def running(database: Database, tmp_path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    """Simulator and public service; the worker is the test itself, in their settings."""
    with database.connect() as owner:
        make_force_area(owner)
        make_street(owner)
        owner.execute(
            "insert into towns (name, population, point) select 'Stafford', 1, st_centroid(geom) from streets"
        )
        for _ in range(PEOPLE):
            make_subscriber(owner)
        for officer in ("of.1", "of.2", "trainer"):
            owner.execute("insert into officers (id, name, roles) values (%s, %s, '{sender}')", (officer, officer))
        owner.commit()
    with deployment(database, tmp_path, workers=0) as up:
        for name, value in up.environment.items():
            monkeypatch.setenv(name, value)
        forget_settings()
        yield up
    forget_settings()


def drill_of(database: Database, officer: str) -> tuple[int, int]:
    """A drill for one officer and the alert that they sent in it; their numbers."""
    scenario = files.load("missing-child").model_copy(update={"residents": FOLK})
    with database.connect("smartalert_control") as conn:
        now = utc_now()
        drill = runs.make(conn, scenario, [officer], "trainer", seed=7, now=now)
        runs.start(conn, drill, "trainer", now)
        connection.enter_world(conn, drill)
        content = complete_draft(channels=["push", "email"])
        shown = factories.preview_of(conn, content, now)
        alert = issuing.issue(conn, *make_draft(conn, content), OFFICER, shown=shown, now=now, undo_s=0)
        return drill, alert.id


def test_residents_of_one_drill_answer_while_a_provider_refuses_all_of_the_other(running, database, monkeypatch):
    monkeypatch.setattr(residents, "SOONEST", 0)
    (troubled, silent), (calm, heard) = drill_of(database, "of.1"), drill_of(database, "of.2")
    with database.connect("smartalert_control") as conn:
        runs.say(
            conn, troubled, "trainer", utc_now(), by="provider", words="Nothing leaves.", trouble={"faults": REFUSES}
        )
    worker = Worker(
        database.engine("smartalert_worker"), Mode.TRAINING, for_deployment(settings(), Mode.TRAINING),
        of_drill=lambda drill: for_deployment(settings(), Mode.TRAINING, drill=drill),
        residents=simulated_residents(settings()),
    )  # fmt: skip
    simulator = running.simulator.client
    with database.connect(autocommit=True) as owner:
        factories.employ(owner, worker.number)
        asyncio.run(play(worker, [(silent, "push"), (silent, "email"), (heard, "push"), (heard, "email")]))

        def got(path: str) -> set[str]:
            return {card["alert_id"] for phone in simulator.get(path).json()["phones"] for card in phone["cards"]}

        (identifier,) = owner.execute("select identifier::text from alerts where id = %s", (heard,)).fetchone()
        assert got(f"/drills/{calm}/sim/phones") == {identifier}
        assert got(f"/drills/{troubled}/sim/phones") == got("/sim/phones") == set()
        assert simulator.get(f"/drills/{troubled}/sim/faults").json()["push_too_many"] == 1
        with database.connect("smartalert_worker") as conn:
            left = list(residents.spoken(conn, runs.find(conn, calm), utc_now()))
            said = [event for event in runs.events(conn, calm) if event.kind is runs.Kind.ANSWER]
        assert len(left) + len(said) > PEOPLE / 4
        eventually(lambda: owner.execute("select count(*) from responses").fetchone()[0] == len(said))
        assert owner.execute(
            "select alert_id, saw, happening_now, subscriber_id from responses order by subscriber_id"
        ).fetchall() == sorted(
            ((heard, one.detail["says"], one.detail["tone"] == "useful", one.detail["person"]) for one in said),
            key=lambda row: row[3],
        )
        photographs = sum(one.detail["tone"] == "photograph" for one in said)
        assert owner.execute("select count(*) from response_photos").fetchone()[0] == photographs > 0

        with database.connect("smartalert_control") as conn:
            runs.end(conn, troubled, "trainer", utc_now() + timedelta(seconds=1))
        asyncio.run(tell(worker))
        assert simulator.get(f"/drills/{troubled}/sim/faults").json()["push_too_many"] == 0
        assert "Child missing from a park" in simulator.get(f"/drills/{calm}/residents").json()["worlds"]


async def play(worker: Worker, jobs: list[tuple[int, str]]) -> None:
    """What workers do by the clock, and the jobs of the alerts; the troubled one's first."""
    await drills.tell_simulator(worker)
    context = SimpleNamespace(additional_context={"worker": worker})
    for alert, channel in jobs:
        await tasks.dispatch(context, alert_id=alert, channel=channel)
    await drills.answer_for_residents(worker)
    await worker.aclose()


async def tell(worker: Worker) -> None:
    await drills.tell_simulator(worker)
    await worker.aclose()
