"""The Scenarios screen: those that come along are read and copied, one's own are changed, deleted and brought back."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from smartalert.clock import utc_now
from smartalert.database.connection import Connection
from smartalert.drills import catalogue, files, own
from smartalert.drills.scenario import Moment
from tests.factories import make_force_area, make_street, make_town
from tests.pages.conftest import Open, text

TRAINER = "trainer.marsh"


@pytest.fixture(autouse=True)
def county(conn: Connection) -> None:
    make_force_area(conn)
    make_street(conn)
    make_town(conn)


def named(at: AppTest, label: str) -> Any:
    fields = [*at.text_input, *at.text_area, *at.number_input, *at.selectbox, *at.toggle, *at.multiselect]
    return next(one for one in fields if one.label == label)


def press(at: AppTest, label: str) -> AppTest:
    return next(one for one in at.button if one.label == label).click().run()


def mine(conn: Connection) -> own.Own:
    return own.everything(conn)[0]


def test_one_that_comes_along_is_played_and_copied_and_the_copy_is_changed(open_screen: Open, conn: Connection) -> None:
    assert all(scenario.name in text(open_screen("scenarios", TRAINER)) for scenario in files.builtin().values())
    at = open_screen("scenarios", TRAINER, shipped="missing-child")
    assert "Tannery Row" in text(at)
    assert "With this officer these do not come: no-correction-yet." in text(at)
    assert [*at.text_input, *at.text_area] == []
    at = press(at, "Copy it to change it")
    assert "Copied." in text(at)
    named(at, "Name").set_value("Child missing at night").run()
    named(at, "How many minutes it takes").set_value(500.0).run()
    assert text(at).count("Line 6: `minutes` must be at most 120, not 500.") == 2  # in the head, and beside the field
    assert "1 thing to mend" in text(open_screen("scenarios", TRAINER))
    named(at, "How many minutes it takes").set_value(30.0).run()
    assert "Ready:" in text(at)
    assert mine(conn).text.startswith("# A child is missing")
    name, offered = next(iter(catalogue.everything(conn).items()))
    assert (name, offered.scenario.name, offered.scenario.minutes) == (
        f"own-{mine(conn).id}", "Child missing at night", 30,
    )  # fmt: skip
    assert "correct" in offered.practises
    assert "Child missing at night" in text(open_screen("drills", TRAINER))
    at = press(at, "Delete")
    assert own.everything(conn) == []
    press(at, "Undo")
    assert mine(conn).text


def test_what_happens_and_who_answers_are_changed_one_by_one(open_screen: Open, conn: Connection) -> None:
    number = own.copy(conn, (files.FOLDER / "missing-child.yaml").read_text(), TRAINER, utc_now())
    at = open_screen("scenarios", TRAINER, own=number, part="happens")
    named(at, "What they say").set_value("Log {log}. A child is missing: {kid}.").run()
    assert "{kid} is neither in `facts` nor one of landmark" in text(at)
    named(at, "What they say").set_value("Log {log}. A child is missing: {child}.").run()
    named(at, "Not if this has happened by then").set_value("all clear released").run()
    press(at, "Add an event")
    injects = files.read(mine(conn).text).injects
    assert (injects[0].says, injects[0].unless) == ("Log {log}. A child is missing: {child}.", Moment.ALL_CLEAR)
    assert injects[-1].name == "event-1"
    troubles = "What goes wrong at a provider, in this drill alone"
    named(at, troubles).set_value(["mail_unavailable", "push_latency_ms"]).run()
    named(at, "E-mails are refused (%)").set_value(90.0).run()
    named(at, "Minutes that it lasts; empty: to the end").set_value(18.0).run()
    made = files.read(mine(conn).text).injects[-1]
    assert (made.faults, made.lasts) == ({"mail_unavailable": 0.9, "push_latency_ms": 6_000}, 18)
    named(at, troubles).set_value([]).run()
    made = files.read(mine(conn).text).injects[-1]
    assert (made.faults, made.lasts) == ({}, None)
    at = open_screen("scenarios", TRAINER, own=number, part="residents")
    named(at, "Of 1,000 who were told").set_value(5.5).run()
    assert files.read(mine(conn).text).residents[0].of_1000 == 5.5
    at = open_screen("scenarios", TRAINER, own=number, part="good")
    named(at, "Speed").set_value(25.0).run()
    assert "the weights add up to 105: make them 100" in text(at)
    named(at, "Area").set_value(15.0).run()
    named(at, "It is urgent").set_value(False).run()
    good = files.read(mine(conn).text)
    assert (good.good.urgent, good.weights.speed, good.weights.area) == (False, 25, 15)
    at = open_screen("scenarios", TRAINER, own=number, part="where")
    named(at, "The area grows later").set_value(True).run()
    assert "would be told here now" in text(at)
    assert files.read(mine(conn).text).good.area_later
