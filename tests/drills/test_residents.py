"""Residents answer in character: as many as the file says of those who were really told, what they were asked."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from smartalert.alerts import issuing
from smartalert.database.connection import Connection, enter_world
from smartalert.drills import expected, files, phones, residents, runs, trouble
from smartalert.drills.residents import FEWER, OUTSIDE, VAGUE, Spoken
from smartalert.drills.runs import Kind, Run
from smartalert.drills.scenario import Resident, Scenario, Tone
from smartalert.simulator.faults import Faults
from tests.factories import (
    EAST,
    NORTH,
    NOW,
    OFFICER,
    complete_draft,
    make_draft,
    make_force_area,
    make_street,
    make_town,
    preview_of,
)

TRAINER = "a.trainer"
#: People near the place, and far from it.
NEAR, FAR = 1_500, 400
FOLK = [
    Resident(tone=Tone.USEFUL, says="A girl in {street}.", of_1000=100, near_m=300, within=6, happening_now=True),
    Resident(tone=Tone.LOOKED, says="Nothing in our shed.", of_1000=200, within=8, asked=["shed"]),
    Resident(tone=Tone.OFFENSIVE, says="Useless, the lot of you.", of_1000=20, within=10),
]


@pytest.fixture
def began() -> datetime:
    """An hour ago, so that what happens in the drill is past."""
    return datetime.now(UTC) - timedelta(hours=1)


@pytest.fixture
def ground(conn: Connection) -> Connection:
    """A street, 1,500 people within 400 metres of it and 400 people six kilometres away; two officers."""
    make_force_area(conn)
    make_street(conn)
    make_town(conn)
    for officer in (OFFICER, "other", TRAINER):
        conn.execute("insert into officers (id, name, roles) values (%s, %s, '{sender}')", (officer, officer))
    conn.execute(
        """
        with made as (
          insert into subscribers (confirmed_at, topics, sector) select %(now)s, 0, 0 from generate_series(1, %(all)s)
          returning id
        ), numbered as (select id, row_number() over (order by id) as number from made),
        reached as (
          insert into contacts (subscriber_id, channel, address) select id, 'push', 'token-' || id from numbered
        )
        insert into places (subscriber_id, place_no, point)
        select id, 0, st_setsrid(st_point(%(east)s + case when number <= %(near)s then number %% 400 else 6000 end,
                                          %(north)s), 27700) from numbered
        """,
        {"now": NOW, "all": NEAR + FAR, "near": NEAR, "east": EAST, "north": NORTH},
    )
    conn.execute("select refresh_audience(array_agg(id)) from subscribers")
    return conn


def scenario() -> Scenario:
    return files.load("missing-child").model_copy(update={"residents": FOLK})


def begin(conn: Connection, now: datetime, *, seed: int = 7, officer: str = OFFICER) -> Run:
    drill = runs.make(conn, scenario(), [officer], TRAINER, seed=seed, now=now)
    runs.start(conn, drill, TRAINER, now)
    return runs.find(conn, drill)


def tell(conn: Connection, run: Run, at: datetime, *, reached: int = NEAR + FAR, **words: object) -> int:
    """An alert to everybody, which has reached so many of them at once; its number."""
    enter_world(conn, run.id)
    said = {"instruction": "Check gardens, the shed and garages.", **words}
    content = complete_draft(area={"lat": run.place.lat, "lon": run.place.lon, "radius_m": 450}, **said)
    shown = preview_of(conn, content, at)
    alert = issuing.issue(conn, *make_draft(conn, content), OFFICER, shown=shown, now=at, undo_s=0).id
    conn.execute(
        "insert into deliveries (alert_id, subscriber_id, channel, due_at)"
        " select %s, id, 'push', %s from subscribers on conflict do nothing",
        (alert, at),
    )
    conn.execute(
        "update deliveries set state = 'handed_over', handed_over_at = %s where alert_id = %s and subscriber_id in"
        " (select id from subscribers order by id limit %s)",
        (at, alert, reached),
    )
    return alert


def all_said(conn: Connection, run: Run, now: datetime) -> list[Spoken]:
    """Everything that will be said, as workers see it."""
    conn.execute("set local role smartalert_worker")
    try:
        return list(residents.spoken(conn, run, now))
    finally:
        conn.execute("reset role")


def kinds(said: Iterable[Spoken]) -> Counter[str]:
    return Counter(one.says for one in said)


def is_about(found: int, wanted: float) -> bool:
    """Within four standard deviations."""
    return abs(found - wanted) <= 4 * wanted**0.5


def test_before_it_begins_a_trainer_reads_how_many_will_answer(ground, began):
    run = begin(ground, began)
    good = run.scenario.good
    found = expected.expected(ground, run.scenario, run.place, run.seed, began)
    assert (found.people, found.is_enough) == (NEAR, True)
    words = {field: run.said(getattr(good.alert, field)) for field in type(good.alert).model_fields if field != "how"}
    tell(ground, run, began, reached=NEAR, **words)
    said = [one for one in all_said(ground, run, began) if not one.told.is_outside]
    assert len(said) == found.answers
    ground.execute("delete from audience_places")
    assert expected.expected(ground, run.scenario, run.place, run.seed, began) == expected.Expected(0, 0)
    assert expected.lively(ground, run.scenario, [], (4, 5), began) == 4


def test_as_many_answer_as_the_file_says_of_those_who_were_told(ground, began):
    run = begin(ground, began)
    tell(ground, run, began + timedelta(minutes=3), reached=NEAR)
    said = kinds(all_said(ground, run, began + timedelta(minutes=4)))
    assert set(said) == {"A girl in Tannery Row.", "Nothing in our shed.", "Useless, the lot of you."}
    near = ground.execute("select count(*) from places where st_x(point) <= %s", (EAST + 300,)).fetchone()[0]
    assert is_about(said["A girl in Tannery Row."], near * 0.1)
    assert is_about(said["Nothing in our shed."], NEAR * 0.2)
    assert is_about(said["Useless, the lot of you."], NEAR * 0.02)
    few = begin(ground, began, officer="other")
    tell(ground, few, began + timedelta(minutes=3), reached=100)
    assert len(all_said(ground, few, began + timedelta(minutes=4))) < sum(said.values()) / 8


def test_whoever_was_not_asked_says_less_and_vaguely(ground, began):
    run = begin(ground, began)
    tell(ground, run, began + timedelta(minutes=3), reached=NEAR, instruction="Lock your doors.")
    said = all_said(ground, run, began + timedelta(minutes=4))
    vague = [one for one in said if one.says in VAGUE]
    assert "Nothing in our shed." not in kinds(said)
    assert is_about(len(vague), NEAR * 0.2 / FEWER)
    assert {one.tone for one in vague} == {Tone.USELESS}


def test_people_who_live_elsewhere_have_seen_nothing_and_ask_why(ground, began):
    run = begin(ground, began)
    alert = tell(ground, run, began + timedelta(minutes=3), reached=0)
    ground.execute(
        "update deliveries set state = 'handed_over', handed_over_at = due_at where alert_id = %s and subscriber_id in"
        " (select subscriber_id from places where st_x(point) > %s)",
        (alert, EAST + 5_000),
    )
    said = kinds(all_said(ground, run, began + timedelta(minutes=4)))
    assert set(said) == {run.said(one.says) for one in OUTSIDE}
    assert is_about(sum(said.values()), FAR * 0.025)


def test_the_same_seed_brings_the_same_answers_and_another_others(ground, began):
    def told(run: Run) -> list[tuple[int, str, float]]:
        tell(ground, run, began + timedelta(minutes=3))
        said = all_said(ground, run, began + timedelta(minutes=4))
        return [(one.told.subscriber_id, one.says, round(one.minute, 4)) for one in said]

    first = begin(ground, began)
    answers = told(first)
    again = runs.again(ground, first, TRAINER, began)
    runs.start(ground, again, TRAINER, began)
    assert told(runs.find(ground, again)) == answers
    assert len(answers) > 200
    others = told(begin(ground, began, seed=8, officer="other"))
    assert len({one[0] for one in answers} & {one[0] for one in others}) < len(answers) / 2


def test_answers_come_by_the_drills_clock_once_each_and_none_in_a_pause_or_after_the_end(ground, began):
    run = begin(ground, began)
    tell(ground, run, began + timedelta(minutes=3))

    def due(minute: float) -> list[Spoken]:
        ground.execute("set local role smartalert_worker")
        try:
            return residents.due(ground, run, began + timedelta(minutes=minute))
        finally:
            ground.execute("reset role")

    assert due(3.3) == []
    first = due(5)
    assert first == sorted(first, key=lambda one: one.minute)
    assert len(first) == residents.AT_ONCE
    for _ in range(2):
        residents.log(ground, run, first, began + timedelta(minutes=5))
    logged = [event.name for event in runs.events(ground, run.id) if event.kind is Kind.ANSWER]
    assert logged == [one.told.name for one in first]
    second = due(5)
    assert second
    assert not {one.told.subscriber_id for one in first} & {one.told.subscriber_id for one in second}
    runs.pause(ground, run.id, TRAINER, began + timedelta(minutes=5))
    assert due(20) == []
    runs.go_on(ground, run.id, TRAINER, began + timedelta(minutes=20))
    assert {one.told.name for one in due(20)} == {one.told.name for one in second}
    runs.end(ground, run.id, TRAINER, began + timedelta(minutes=21))
    assert due(30) == []


def test_whoever_is_told_that_it_is_over_reports_nothing_more(ground, began):
    run = begin(ground, began)
    alert = tell(ground, run, began + timedelta(minutes=3), reached=NEAR)
    over = tell(ground, run, began + timedelta(minutes=4), reached=NEAR)
    # As an all clear has it, which the send screen would write.
    ground.execute("set constraints all immediate")
    ground.execute("alter table alerts disable trigger user")
    ground.execute(
        "update alerts set follows = %s, follow_up = 'all_clear', msg_type = 'Cancel', thread ="
        " (select thread from alerts where id = %s) where id = %s",
        (alert, alert, over),
    )
    ground.execute("alter table alerts enable trigger user")
    said = all_said(ground, run, began + timedelta(minutes=5))
    assert {one.tone for one in said} <= {Tone.OFFENSIVE, Tone.USELESS}
    assert {one.told.alert_id for one in said} <= {over}


def test_two_drills_have_their_own_answers_phones_and_trouble(ground, began):
    mine, other = begin(ground, began), begin(ground, began, officer="other")
    tell(ground, mine, began + timedelta(minutes=3))
    at = began + timedelta(minutes=5)
    assert all_said(ground, mine, at)
    assert all_said(ground, other, at) == []
    trouble.begin(ground, mine.id, TRAINER, at, kind="Pushes are slow", lasts=3)
    assert trouble.everywhere(ground, at)[mine.id][1] == trouble.TROUBLES["Pushes are slow"].faults
    enter_world(ground, other.id)
    assert trouble.knobs(other, runs.events(ground, other.id), at) == {}
    people = phones.shown(ground, mine.place)
    assert [one.metres for one in people] == sorted(one.metres for one in people)
    enter_world(ground, mine.id)
    assert {one.person for one in phones.got(ground, mine.id, people, at)} == {one.id for one in people}
    assert phones.got(ground, other.id, people, at) == []


def test_trouble_ends_by_itself_and_at_the_drills_end(ground, began):
    run = begin(ground, began)
    at = began + timedelta(minutes=2)
    trouble.begin(ground, run.id, TRAINER, at, kind="E-mails are refused", lasts=3)

    def knobs(minute: float) -> dict[str, float] | None:
        told = trouble.everywhere(ground, began + timedelta(minutes=minute)).get(run.id)
        return told and told[1]

    assert knobs(4.9) == {"mail_unavailable": 1}
    assert knobs(5.1) == {}
    runs.pause(ground, run.id, TRAINER, began + timedelta(minutes=4))
    assert knobs(50) == {"mail_unavailable": 1}
    runs.go_on(ground, run.id, TRAINER, began + timedelta(minutes=50))
    runs.say(
        ground,
        run.id,
        TRAINER,
        began + timedelta(minutes=52),
        by="provider",
        words="x",
        trouble={"faults": {"mail_hang": 1}},
    )
    assert knobs(58) == {"mail_hang": 1}
    runs.end(ground, run.id, TRAINER, began + timedelta(minutes=59))
    assert knobs(59) is None


def test_a_trainers_own_trouble_is_knobs_of_the_simulator():
    for one in trouble.TROUBLES.values():
        Faults().turned(one.faults)
