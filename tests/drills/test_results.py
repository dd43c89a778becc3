"""Drills played well and badly by what the screens call: kept once, compared, and counted again by other means."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from smartalert.database.connection import Connection, enter_world
from smartalert.drills import evidence, files, results, runs, score, shares, told_map
from smartalert.drills.results import Result
from smartalert.drills.runs import Run
from tests.drills.playing import TRAINER, employ_officers, play
from tests.factories import OFFICER, make_force_area, make_street, make_subscriber

PLAYED = ("missing-child", "unexploded-bomb", "burglary-in-progress")
BROUGHT = "insert into drill_results (officer, scenario, ended_at, total, brought_by, brought_at)"
BEGAN = datetime.now(UTC) - timedelta(hours=3)


@pytest.fixture
def ground(conn: Connection) -> Connection:
    """People every 250 metres around a street, a town, and officers."""
    make_force_area(conn)
    make_street(conn)
    employ_officers(conn, OFFICER, *(f"officer.{number}" for number in range(6)))
    for x in range(-1_050, 1_051, 300):
        for y in range(-1_050, 1_051, 300):
            make_subscriber(conn, at=(x, y))
    return conn


def result_of(conn: Connection, drill: int) -> tuple[Run, Result]:
    """A run that is over, counted and kept as the first to look at its debrief has it."""
    results.keep(conn, drill, datetime.now(UTC))
    (kept,) = results.of_run(conn, drill)
    return runs.find(conn, drill), kept


def share_in_time(took: float, limit: float) -> float:
    return float(np.clip(1 - (took - limit) / (2 * limit), 0, 1))


def overlap(told: list[int], wanted: list[int]) -> float:
    whole = np.union1d(told, wanted).size
    return np.intersect1d(told, wanted).size / whole if whole else 1.0


class ByHand:
    """The score of a run from rows of ledger, log and audit, with nothing of smartalert/drills but the scenario."""

    def __init__(self, conn: Connection, run: Run) -> None:
        self.conn, self.run, self.good = conn, run, run.scenario.good
        self.sent = list(
            conn.execute(
                "select a.id, coalesce(a.follow_up, '') as how, a.urgent, a.sectors, a.channels, a.approval_id,"
                " a.approval_rule::text,"
                " extract(epoch from a.release_at - d.started_at)::float8 / 60 as at,"
                " extract(epoch from a.issued_at - d.started_at)::float8 / 60 as issued,"
                " lower(concat_ws(' ', a.headline, a.description, a.instruction, a.contact)) as words,"
                " array(select distinct subscriber_id from deliveries where alert_id = a.id) as told"
                " from alerts a join drills d on d.id = a.drill where a.drill = %s and a.withdrawn_at is null"
                " order by a.id",
                (run.id,),
            )
        )
        self.came = {
            row.name: row.minute
            for row in conn.execute(
                "select name, extract(epoch from clock)::float8 / 60 as minute from drill_events"
                " where drill = %s and kind = 'inject' and name <> ''",
                (run.id,),
            )
        }

    def minutes(self, query: str) -> list[float | None]:
        """A column of moments as minutes since the start."""
        began = self.run.started_at
        rows = self.conn.execute(query, {"drill": self.run.id})
        return [None if row[0] is None else (row[0] - began).total_seconds() / 60 for row in rows]

    def people(self, within_m: float) -> list[int]:
        """Who lives within so many metres of where it happened."""
        rows = self.conn.execute(
            "select distinct p.subscriber_id from places p where st_dwithin(p.point,"
            " st_transform(st_setsrid(st_makepoint(%s, %s), 4326), 27700), %s)",
            (self.run.place.lon, self.run.place.lat, within_m),
        )
        return [row.subscriber_id for row in rows]

    def says(self, words: str, any_of: list[str]) -> bool:
        return any(self.run.said(one).lower() in words for one in any_of)

    def shares(self) -> dict[str, float]:
        first, limits = self.sent[0], self.good.limits
        speed = [share_in_time(first.at, limits.alert)]
        if self.run.scenario.needs_approval and first.approval_rule == "second person":
            (took,) = self.conn.execute(
                "select extract(epoch from decided_at - submitted_at)::float8 / 60 from approval_requests"
                " where id = %s",
                (first.approval_id,),
            ).fetchone()
            speed.append(share_in_time(took, limits.approval))
        area = [overlap(first.told, self.people(self.good.area.within_m))]
        if self.good.area_later:
            later = [one for row in self.sent[1:] if row.how in ("update", "correction") for one in row.told]
            area.append(overlap(later, self.people(self.good.area_later.within_m)))
        elements = [self.says(first.words, words) for words in self.good.elements.model_dump().values()]
        advice = min(0.5, 0.1 * self.advice())
        return {
            "speed": np.mean(speed),
            "area": np.mean(area),
            "audience": np.mean([first.urgent == self.good.urgent, first.sectors == 0, first.channels == 3]),
            "facts": np.mean(elements) * (1 - advice),
            **({"sequels": np.mean(due)} if (due := self.due()) else {}),
            "answers": self.answers(),
            **self.outcome(),
        }

    def advice(self) -> int:
        """What a shouting headline, its length and exclamation marks are advised about."""
        (found,) = self.conn.execute(
            "select sum((headline ~ '[A-Z]{4,} [A-Z]')::int + (description || instruction like '%%!!%%')::int)"
            " from alerts where drill = %s",
            (self.run.id,),
        ).fetchone()
        return found

    def due(self) -> list[float]:
        """What followed news, or should have before the drill ended."""
        shares = [self.sequel(one) for one in self.good.sequels if one.after in self.came]
        return [share for share in shares if share is not None]

    def sequel(self, one: object) -> float | None:
        since = self.came[one.after]
        ends = one.how in ("all_clear", "false_alarm")
        limit = self.good.limits.all_clear if ends else self.good.limits.correction
        ways = ("all_clear", "false_alarm") if ends else ("update", "correction")
        noted = self.minutes(
            "select n.at from drill_events n where n.drill = %(drill)s and n.kind = 'noted'"
            " and (n.detail->>'last')::bigint >= (select i.id from drill_events i"
            f" where i.drill = %(drill)s and i.name = '{one.after}') order by n.at limit 1"
        )
        sent = next((row for row in self.sent if row.how in ways and row.at >= since), None)
        seen = [*noted, *([sent.issued] if sent else [])]
        noticed = share_in_time(min(seen) - since, limit / 2) if seen else 0
        if sent is None:
            return noticed / 4 if since + limit <= self.run.scenario.minutes else None
        right = (1 if self.says(sent.words, one.says) else 0.5) * (0.5 if self.says(sent.words, one.no_longer) else 1)
        return noticed / 4 + 3 / 4 * share_in_time(sent.at - since, limit) * right

    def answers(self) -> float:
        limit = timedelta(minutes=self.good.limits.answers)
        row = self.conn.execute(
            "select count(*) as all, count(*) filter (where r.urgent) as urgent,"
            " count(*) filter (where first_look_at - received_at <= %(limit)s) as read, count(verdict) as judged,"
            " count(*) filter (where r.urgent and first_look_at - received_at <= %(limit)s) as urgent_read,"
            " count(*) filter (where r.urgent and claimed_at - received_at <= %(limit)s) as urgent_claimed"
            " from responses r join alerts a on a.id = r.alert_id where a.drill = %(drill)s",
            {"limit": limit, "drill": self.run.id},
        ).fetchone()
        audited = self.conn.execute(
            "select count(*) filter (where action = 'first looked at a response') as read,"
            " count(*) filter (where action like 'marked a response %%') as judged"
            " from audit e join alerts a on a.id = e.alert_id where a.drill = %s",
            (self.run.id,),
        ).fetchone()
        assert (audited.read, audited.judged) == (row.read, row.judged)
        return np.mean(
            [row.read / row.all, row.judged / row.all, row.urgent_read / row.urgent, row.urgent_claimed / row.urgent]
        )

    def outcome(self) -> dict[str, float]:
        due = [
            self.came[one.name] for one in self.run.scenario.injects if one.due == "outcome" and one.name in self.came
        ]
        if not due:
            return {}
        told = self.minutes(
            "select told_at from outcomes o join alerts a on a.id = o.alert_id where a.drill = %(drill)s"
            " order by told_at"
        )
        return {"outcome": share_in_time(told[0] - due[0], self.good.limits.outcome) if told else 0.0}


@pytest.mark.parametrize("name", PLAYED)
def test_played_well_and_badly_the_score_is_what_anybody_counts_from_ledger_log_and_audit(ground, name):
    totals = {}
    if files.load(name).needs_approval:
        ground.execute("update approval_policy set people_over = 10 where people_over = 3000 and 'urgent' = any(kinds)")
    for number, well in enumerate((True, False)):
        drill = play(ground, name, OFFICER, BEGAN, well=well)
        run, kept = result_of(ground, drill)
        by_hand = ByHand(ground, run)
        shares = by_hand.shares()
        weights = run.scenario.weights.model_dump()
        found = {part.name: part.share for part in kept.score.parts}
        assert found == pytest.approx(shares), f"{'well' if well else 'badly'} {number}"
        counted = np.array([[weights[part], share] for part, share in shares.items()])
        assert kept.total == round(100 * counted.prod(axis=1).sum() / counted[:, 0].sum())
        (issued,) = ground.execute(
            "select count(*) from audit e join alerts a on a.id = e.alert_id where a.drill = %s"
            " and e.action in ('issued', 'approved')",
            (drill,),
        ).fetchone()
        assert issued >= len(by_hand.sent)
        totals[well] = kept
    assert totals[True].total >= 95
    assert totals[False].total <= 45
    mended = {reason.words for part in totals[False].score.parts for reason in part.reasons if not reason.good}
    for said in ("Advice ignored: Exclamation marks.", "A channel was left out.", "It did not tell the guidance."):
        assert said in mended
    assert any(words.startswith("Nobody took account of “") for words in mended)
    assert any("whom it does not concern" in words for words in mended)
    assert [one for part in totals[True].score.parts for one in part.reasons if not one.good] == []


def test_a_run_is_kept_once_and_what_was_broken_off_has_no_score(ground):
    drill = play(ground, "missing-child", OFFICER, BEGAN, well=True)
    short = runs.make(ground, files.load("missing-child"), [OFFICER, "officer.1"], TRAINER, seed=1, now=BEGAN)
    runs.start(ground, short, TRAINER, BEGAN)
    assert results.due(ground) == [drill]
    runs.end(ground, short, TRAINER, BEGAN + timedelta(minutes=1))
    assert results.due(ground) == [drill, short]
    for _ in range(2):
        for one in (drill, short):
            results.keep(ground, one, datetime.now(UTC))
    assert results.due(ground) == []
    assert [(one.drill, one.total is None) for one in results.every(ground, 9)] == [
        (drill, False), (short, True), (short, True),
    ]  # fmt: skip
    ground.execute("set local role smartalert_control")
    assert [one.drill for one in results.of_officer(ground, "officer.1")] == [short]


def test_a_team_has_one_score_and_it_is_practice_of_those_who_decided(ground):
    drill = play(ground, "missing-child", OFFICER, BEGAN, well=True)
    ground.execute(
        "insert into drill_officers (drill, officer, left_at) values (%(drill)s, 'officer.1', now()),"
        " (%(drill)s, 'officer.2', now())",
        {"drill": drill},
    )
    ground.execute(
        "update responses set verdict_by = 'officer.1' where reference = (select min(reference) from responses)"
    )
    results.keep(ground, drill, datetime.now(UTC))
    kept = {one.officer: one for one in results.of_run(ground, drill)}
    assert len({one.total for one in kept.values()}) == 1
    assert {officer: one.took_part for officer, one in kept.items()} == {
        OFFICER: True, "officer.1": True, "officer.2": False,
    }  # fmt: skip
    enter_world(ground, drill)
    run, scored = runs.find(ground, drill), kept[OFFICER].score
    parts = {one.officer: one for one in shares.shares(ground, run, scored)}
    assert parts["officer.1"].decided == {"answers": 1}
    assert parts[OFFICER].decided == {"sent": 3, "answers": 3}
    assert parts["officer.2"].decided == {}
    theirs = [one for part in scored.parts for one in part.reasons if OFFICER in one.by]
    assert (parts[OFFICER].good, parts[OFFICER].to_mend) == (len(theirs), 0)
    practised = dict(
        ground.execute("select officer, total from practice where officer = any(%s)", (list(kept),)).fetchall()
    )
    assert practised == {OFFICER: kept[OFFICER].total, "officer.1": kept[OFFICER].total, "officer.2": None}


def test_whoever_did_nothing_has_a_score_and_no_practice(ground):
    drill = runs.make(ground, files.load("missing-child"), [OFFICER], TRAINER, seed=3, now=BEGAN)
    runs.start(ground, drill, TRAINER, BEGAN)
    runs.end(ground, drill, None, BEGAN + timedelta(minutes=30), story_over=True)
    _, kept = result_of(ground, drill)
    assert (kept.total, kept.took_part, shares.nobodys(kept.score)) == (0, False, 4)


def test_the_forces_median_waits_until_it_tells_nobodys_score(ground):
    ground.execute(
        f"{BROUGHT} select 'officer.' || o, 'A story', now(), 50 + 10 * o, 'x', now() from generate_series(0, 3) o"
    )
    ground.execute(
        f"{BROUGHT} values ('officer.0', 'A story', now() - interval '1 day', 1, 'x', now()),"
        " ('officer.1', 'A story', now(), null, 'x', now())"
    )
    assert results.median(ground, "A story", []).told is None
    ground.execute(f"{BROUGHT} values ('officer.4', 'A story', now(), 90, 'x', now())")
    assert results.median(ground, "A story", []).told == 70
    assert results.median(ground, "A story", ["officer.4"]).told is None


def test_the_map_shades_where_people_were_left_out_and_told_for_nothing(ground):
    for number in range(12):
        make_subscriber(ground, at=(300, 10 + number)) if number % 2 else make_subscriber(ground, at=(900, 10 + number))
    drill = play(ground, "missing-child", OFFICER, BEGAN, well=False)
    run = runs.find(ground, drill)
    enter_world(ground, drill)
    (told,) = score.told(run.scenario, evidence.gather(ground, run, datetime.now(UTC)))
    shown = told_map.told_map(ground, run, told)
    assert (len(shown.left_out), len(shown.too_many)) == (0, 1)
    assert shown.too_many[0].shade == 1
    assert shown.sent.startswith("M")
