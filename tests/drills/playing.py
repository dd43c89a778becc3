"""Drills played in a moment: every act by what the screens call, each at its minute of a clock that has long run."""

from collections.abc import Callable
from datetime import datetime, timedelta

from smartalert.alerts import approvals, drafts, issuing, threads
from smartalert.alerts.drafts import Draft
from smartalert.audience.preview import count_audience
from smartalert.database.connection import Connection, enter_world
from smartalert.drills import evidence, files, injects, runs
from smartalert.drills.runs import Kind, Run
from smartalert.drills.scenario import Told
from smartalert.geography import areas, geo
from smartalert.responses import handling, outcomes, reports
from smartalert.responses.reports import Report
from smartalert.wording import Channel
from tests.factories import make_town

TRAINER, APPROVER = "trainer.marsh", "chief.whitlock"
#: Minutes in which the clock is moved on.
STEP = 0.25
#: What residents say, minutes after they were told; whether it is urgent.
SAID = ((2.0, "A van in our street.", False), (2.5, "He is here now.", True), (3.0, "Nothing in our garden.", False))


def employ_officers(conn: Connection, *officers: str) -> None:
    """Officers who may take part, and whoever runs and approves; with a town for the words of a place."""
    make_town(conn)
    for officer in (*officers, TRAINER, APPROVER):
        conn.execute(
            "insert into officers (id, name, roles) values (%s, %s, '{sender,approver}') on conflict do nothing",
            (officer, officer),
        )


class Player:
    """One officer in one drill, who plays it well or badly."""

    def __init__(
        self, conn: Connection, name: str, officer: str, began: datetime, *, well: bool, seed: int = 3
    ) -> None:
        self.conn, self.officer, self.began, self.well = conn, officer, began, well
        self.drill = runs.make(conn, files.load(name), [officer], TRAINER, seed=seed, now=began)
        runs.start(conn, self.drill, TRAINER, began)
        enter_world(conn, self.drill)
        self.run: Run = runs.find(conn, self.drill)
        self.scenario = self.run.scenario
        #: Minute → what is to be done then.
        self.plan: list[tuple[float, Callable[[float], None]]] = []
        self.thread = 0
        self.answered = 0

    def at(self, minute: float) -> datetime:
        return self.began + timedelta(minutes=minute)

    def play(self) -> int:
        """Play it to its end; its number."""
        limit = self.scenario.good.limits.alert
        if self.well:
            approval = self.scenario.good.limits.approval or 0
            first = max(0.5, min(2.0, limit - 0.5 - approval / 2 * self.scenario.needs_approval))
        else:
            first = 2.0 * limit
        self.plan = [(first, self.alert)]
        seen: set[str] = set()
        for step in range(int(self.scenario.minutes / STEP) + 1):
            minute = step * STEP
            for name in injects.fire(self.conn, self.drill, self.at(minute)):
                seen.add(name)
                self.hear(name, minute)
            due = [act for act in self.plan if act[0] <= minute]
            self.plan = [act for act in self.plan if act[0] > minute]
            for when, act in sorted(due, key=lambda one: one[0]):
                act(when)
        runs.end(self.conn, self.drill, TRAINER, self.at(self.scenario.minutes))
        return self.drill

    def hear(self, name: str, minute: float) -> None:
        """What an officer does about news: a good one notes it and sends what is due; a bad one goes on."""
        if not self.well:
            return
        last = [one.id for one in runs.events(self.conn, self.drill) if one.kind is Kind.INJECT][-1]
        self.plan.append(
            (minute + STEP, lambda when: runs.note(self.conn, self.drill, self.officer, last, self.at(when)))
        )
        for sequel in self.scenario.good.sequels:
            if sequel.after == name:
                self.plan.append((minute + 0.5, lambda when, sequel=sequel: self.follow(sequel.how, sequel, when)))
        inject = next(one for one in self.scenario.injects if one.name == name)
        if inject.due == "outcome":
            self.plan.append((minute + 1, self.tell_outcome))

    def words(self, told: Told) -> dict[str, str]:
        return {field: self.run.said(getattr(told, field)) for field in Told.model_fields}

    def alert(self, minute: float) -> None:
        """The first message: a good officer's, or one that is late, far too wide, on phones alone, and shouts."""
        good, log = self.scenario.good, self.scenario.facts.get("log", "1")
        area = evidence.area_of(self.run.place, good.area)
        facts = {**self.words(good.alert), "channels": [*good.channels]}
        if not self.well:
            area = {
                "lat": self.run.place.lat,
                "lon": self.run.place.lon,
                "radius_m": min(3_000, 3 * good.area.within_m),
            }
            facts["headline"] = facts["headline"].upper()[:60]
            facts["channels"] = [Channel.PUSH]
            facts["instruction"] = "Please be vigilant!!!"
        content = Draft(
            area=area, incident_kind=self.scenario.kind, urgent=good.urgent, sectors=self.scenario.sectors,
            incident_number=f"{log} of {self.at(minute):%-d %B}", **facts,
        )  # fmt: skip
        draft_id = drafts.begin(self.conn, self.officer).id
        self.thread = self.send(draft_id, content, minute)
        released = minute
        for after, said, urgent in SAID:
            self.plan.append((released + after, lambda when, said=said, urgent=urgent: self.answer(said, urgent, when)))

    def send(self, draft_id: object, content: Draft, minute: float) -> int:
        """Save, preview, and issue it, or have a second person agree to it."""
        version = drafts.save(self.conn, draft_id, self.officer, content)
        now = self.at(minute)
        shown = self.preview(content, now)
        counted = issuing.count(self.conn, content, self.officer, now)
        if counted.ruling.needs_second_person:
            request = approvals.ask(self.conn, draft_id, version, self.officer, shown=shown, now=now)
            now = self.at(minute + (0.5 if self.well else 6))
            shown = self.preview(content, now)
            alert = approvals.approve(self.conn, request, APPROVER, shown=shown, now=now, undo_s=0).id
        else:
            alert = issuing.issue(self.conn, draft_id, version, self.officer, shown=shown, now=now, undo_s=0).id
        self.conn.execute(
            "update deliveries set state = 'handed_over', handed_over_at = %s"
            " where alert_id = %s and state = 'pending'",
            (now, alert),
        )
        return alert

    def preview(self, content: Draft, now: datetime) -> object:
        return count_audience(self.conn, areas.survey(self.conn, geo.area_from(content.area)), content.choice, now)

    def follow(self, how: str, told: Told, minute: float) -> None:
        """What news made due, over the ground that it is about now."""
        draft_id = threads.begin(self.conn, self.thread, how, self.officer, self.at(minute))
        self.conn.execute("update drafts set created_at = %s where id = %s", (self.at(minute), draft_id))
        content = drafts.load(self.conn, draft_id, self.officer).content
        later = self.scenario.good.area_later
        area = {"area": evidence.area_of(self.run.place, later)} if later and how in ("update", "correction") else {}
        self.thread = self.send(draft_id, content.model_copy(update={**self.words(told), **area}), minute)

    def answer(self, said: str, urgent: bool, minute: float) -> None:
        """A resident answers, and a good officer reads it, takes it on and says what it is worth."""
        (person,) = self.conn.execute(
            "select min(subscriber_id) from deliveries where alert_id = %s", (self.thread,)
        ).fetchone()
        self.answered += 1
        key = f"{self.drill}-{self.answered}"
        reference = reports.receive(
            self.conn, self.thread, person, Report(said, happening_now=urgent, may_contact=True), key
        )
        (number,) = self.conn.execute("select id from responses where reference = %s", (reference,)).fetchone()
        self.backdate(number, minute)
        if self.well:
            self.plan.append((minute + 0.5, lambda when: self.handle(number, urgent, when)))

    def backdate(self, response: int, minute: float) -> None:
        """It came in the drill, and not now."""
        self.conn.execute("update responses set received_at = %s where id = %s", (self.at(minute), response))

    def handle(self, response: int, urgent: bool, minute: float) -> None:
        now = self.at(minute)
        handling.look(self.conn, response, self.officer, now)
        handling.claim(self.conn, response, self.officer, now)
        handling.judge(self.conn, response, "useful" if urgent else "not_useful", self.officer, now=now)

    def tell_outcome(self, minute: float) -> None:
        outcomes.tell(self.conn, self.thread, "It is over. Thank you.", self.officer, self.at(minute))


def play(conn: Connection, name: str, officer: str, began: datetime, *, well: bool, seed: int = 3) -> int:
    """One drill from its beginning to its end; its number. `conn` is the owner's, in a transaction."""
    return Player(conn, name, officer, began, well=well, seed=seed).play()
