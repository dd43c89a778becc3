"""One made-up alert after another: composed, issued, handed over, reported on, answered, judged."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from smartalert.alerts import approvals, draft_words, drafts, issuing, lifecycle, reviews, threads
from smartalert.alerts.drafts import Draft
from smartalert.alerts.lifecycle import Alert
from smartalert.audience.preview import count_audience
from smartalert.clock import LONDON
from smartalert.database.connection import Connection
from smartalert.dispatch import deliveries, receipts
from smartalert.dispatch.links import Reference
from smartalert.dispatch.receipts import Receipt
from smartalert.dispatch.sources import CHANNEL_OFF
from smartalert.errors import ApprovalNeeded, AreaRefused
from smartalert.geography import areas, geo
from smartalert.geography.areas import Ground
from smartalert.officers.made_up import OFFICERS
from smartalert.providers.provider import AddressGone, HandedOver, Outcome, PermanentFailure
from smartalert.responses import handling, reports, results
from smartalert.responses.reports import Report
from smartalert.training import stories
from smartalert.training.county import make_up_teams
from smartalert.wording import Channel

SENDERS = tuple(officer.id for officer in OFFICERS.values() if "sender" in officer.roles)
APPROVERS = tuple(officer.id for officer in OFFICERS.values() if "approver" in officer.roles)
RESPONDERS = tuple(officer.id for officer in OFFICERS.values() if "responder" in officer.roles)
SMALLEST_M = 60
RADII_M = (300, 500, 500, 750, 1_000, 1_000, 1_500, 1_500, 2_000, 3_000)
#: Deliveries a worker has in hand at once, and how many a second leave on each channel.
AT_ONCE = {Channel.PUSH: 500, Channel.EMAIL: 1_000}
A_SECOND = {Channel.PUSH: 150.0, Channel.EMAIL: 60.0}
#: How often a channel is slow, and for how long before anything leaves.
SLOW, SLOW_S = 0.06, (40.0, 150.0)
#: How often an alert is undone in its ten seconds, or stopped on its way.
UNDONE, STOPPED = 0.03, 0.02
#: Fewer would hear of it than officers would write for; below ten nobody is told at all.
FEWEST = 30
#: What follows an alert, and how often; empty: nothing.
FOLLOWED = {"": 72, "update": 8, "correction": 5, "all_clear": 11, "false_alarm": 4}
ARRIVES = {Channel.PUSH: 0.95, Channel.EMAIL: 0.97}
#: Opened pushes; e-mails are not tracked.
OPENS = 0.42


class Teller:
    """Officers, a worker, phones and people of one made-up year."""

    def __init__(
        self,
        conn: Connection,
        random: Random,
        set_clock: Callable[[datetime], None],
        places: list[tuple[float, float]],
        scale: float = 1.0,
    ) -> None:
        self.conn, self.random, self.set_clock, self.places = conn, random, set_clock, places
        self.radii_m = [max(SMALLEST_M, round(scale * radius_m)) for radius_m in RADII_M]
        self.told = 0
        self.teams = make_up_teams(conn)
        self.worker = random.randrange(1, 2**31)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Be a worker that lives, as claims need one."""
        self.conn.execute("select pg_advisory_lock(%s, %s)", (deliveries.LOCK_SPACE, self.worker))
        self.conn.execute("insert into workers (number, heard_at) values (%s, 'infinity')", (self.worker,))
        yield
        self.know_everybody()
        self.conn.execute("delete from workers where number = %s", (self.worker,))
        self.conn.execute("select pg_advisory_unlock(%s, %s)", (deliveries.LOCK_SPACE, self.worker))

    def tell(self, at: datetime) -> None:
        """One alert and all that comes of it; nothing where nobody would be told."""
        officer = self.random.choice(SENDERS)
        self.set_clock(at - timedelta(minutes=self.random.randint(2, 9)))
        draft, ground = self.compose(at)
        if ground is None:
            return
        self.know_people_of_that_day(ground, at)
        if count_audience(self.conn, ground, draft.choice, at).people < FEWEST:
            return
        begun = drafts.begin(self.conn, officer).id
        alert = self.send(begun, draft, ground, officer, at)
        if alert.withdrawn_at is None:
            self.answer(alert)
            self.follow(alert, ground, officer)
            self.look_afterwards(at + timedelta(hours=self.random.uniform(4, 12)))

    def know_people_of_that_day(self, ground: Ground, at: datetime) -> None:
        """Of the people there, whoever confirmed later counts as not confirmed yet, until the year has come so far."""
        self.conn.execute(
            """update audience_places m set confirmed = not m.confirmed from subscribers s
               where s.id = m.subscriber_id and m.confirmed <> coalesce(s.confirmed_at <= %(at)s, false)
                 and m.subscriber_id = any(array(
                   select subscriber_id from audience(%(geom)s::geometry, %(within_m)s, true, 0, 0, 3, %(at)s)))""",
            {"at": at, "geom": ground.geom, "within_m": ground.within_m},
        )

    def know_everybody(self) -> None:
        """The year is over: whoever has confirmed is told."""
        self.conn.execute(
            """update audience_places m set confirmed = true from subscribers s
               where s.id = m.subscriber_id and not m.confirmed and s.confirmed_at is not null"""
        )

    def send(self, draft_id: UUID, draft: Draft, ground: Ground, officer: str, at: datetime) -> Alert:
        """Issue a draft, and hand it over unless it is undone in time; the alert."""
        alert_id = self.issue(draft_id, draft, ground, officer, at)
        self.told += 1
        if self.random.random() < UNDONE:
            lifecycle.withdraw(self.conn, alert_id, officer, at + timedelta(seconds=6))
            return lifecycle.load(self.conn, alert_id)
        alert = lifecycle.load(self.conn, alert_id)
        for channel in draft.channels:
            self.hand_over(alert, channel)
        if self.random.random() < STOPPED:
            lifecycle.stop(self.conn, alert_id, officer, at + timedelta(minutes=4))
        self.report(alert)
        return alert

    def follow(self, alert: Alert, ground: Ground, officer: str) -> None:
        """Now and then it has to be put right, or is over."""
        follow_up = self.random.choices(list(FOLLOWED), weights=list(FOLLOWED.values()))[0]
        at = alert.release_at + timedelta(minutes=self.random.randint(25, 170))
        if not follow_up or not alert.urgent or alert.expires_at <= at:
            return
        self.set_clock(at - timedelta(minutes=2))
        draft_id = threads.begin(self.conn, alert.id, follow_up, officer, at)
        draft = stories.words(drafts.load(self.conn, draft_id, officer).content, self.random)
        self.send(draft_id, draft, ground, officer, at)

    def look_afterwards(self, at: datetime) -> None:
        """An approver who did not send it looks at what went at once."""
        self.set_clock(at)
        for row in reviews.due(self.conn, at):
            approver = self.random.choice([one for one in APPROVERS if one != row.issued_by])
            reviews.seen_and_right(self.conn, row.id, approver, at)

    def compose(self, at: datetime) -> tuple[Draft, Ground | None]:
        """A complete draft somewhere people live, and its ground."""
        kind = stories.kind(self.random, at.astimezone(LONDON).hour)
        lon, lat = self.random.choice(self.places)
        area: dict[str, Any] = {"lat": lat, "lon": lon, "radius_m": self.random.choice(self.radii_m)}
        try:
            ground = areas.survey(self.conn, geo.area_from(area))
        except AreaRefused:
            return Draft(), None
        number = f"{self.random.randint(11, 980)} of {at.astimezone(LONDON):%-d %B}"
        begun = Draft(area=area, where=ground.where, incident_number=number)
        return stories.words(draft_words.choose_kind(kind, begun, at), self.random), ground

    def issue(self, draft_id: UUID, draft: Draft, ground: Ground, officer: str, at: datetime) -> int:
        """By the officer alone, or with a second person where the policy wants one."""
        version = drafts.save(self.conn, draft_id, officer, draft)
        shown = count_audience(self.conn, ground, draft.choice, at)
        self.set_clock(at)
        try:
            with self.conn.transaction():
                return issuing.issue(self.conn, draft_id, version, officer, shown=shown, now=at).id
        except ApprovalNeeded:
            asked = at - timedelta(minutes=2)
            early = count_audience(self.conn, ground, draft.choice, asked)
            request = approvals.ask(self.conn, draft_id, version, officer, shown=early, now=asked)
            approver = self.random.choice([one for one in APPROVERS if one != officer])
            return approvals.approve(self.conn, request, approver, shown=shown, now=at).id

    def hand_over(self, alert: Alert, channel: Channel) -> None:
        """As a worker does: claim a batch, hand it over, record it; some days a provider is slow."""
        at = alert.release_at + timedelta(seconds=self.random.uniform(0.4, 1.6))
        if self.random.random() < SLOW:
            at += timedelta(seconds=self.random.uniform(*SLOW_S))
        due: datetime | None = at
        while due:
            due = self.hand_over_batch(alert, channel, due)

    def hand_over_batch(self, alert: Alert, channel: Channel, at: datetime) -> datetime | None:
        """One batch; when the next may follow, which in quiet hours is in the morning. None: nothing is left."""
        claims = deliveries.claim_batch(
            self.conn, alert.id, channel, worker=self.worker, limit=AT_ONCE[channel], now=at
        )
        if not claims:
            return deliveries.next_due(self.conn, alert.id, channel)
        for part in range(0, len(claims), 50):
            some = claims[part : part + 50]
            at += timedelta(seconds=len(some) / A_SECOND[channel])
            deliveries.record(
                self.conn, alert.id, channel, [(claim, self.outcome(claim)) for claim in some],
                worker=self.worker, now=at, repeat_is_harmless=channel is Channel.PUSH,
            )  # fmt: skip
        return at

    def outcome(self, claim: deliveries.Claim) -> Outcome:
        """Nearly always accepted."""
        if claim.address is None:
            return CHANNEL_OFF
        drawn = self.random.random()
        if drawn < 0.001:
            return AddressGone("UNREGISTERED")
        return PermanentFailure("INVALID_ARGUMENT") if drawn < 0.006 else HandedOver(f"made-up-{claim.subscriber_id}")

    def report(self, alert: Alert) -> None:
        """Phones and mail servers say what arrived; people open what they see."""
        rows = self.conn.execute(
            """select subscriber_id, channel::text, handed_over_at from deliveries
               where alert_id = %s and handed_over_at is not null order by subscriber_id, channel""",
            (alert.id,),
        ).fetchall()
        told = []
        for row in rows:
            reference = Reference(alert.id, row.subscriber_id, row.channel)
            at = row.handed_over_at + timedelta(seconds=self.random.expovariate(1 / 3))
            if self.random.random() < ARRIVES[row.channel]:
                told.append(Receipt(reference, "delivered", at))
                if row.channel == Channel.PUSH and self.random.random() < OPENS:
                    told.append(Receipt(reference, "opened", at + timedelta(seconds=self.random.expovariate(1 / 900))))
            elif row.channel == Channel.EMAIL and self.random.random() < 0.5:
                told.append(Receipt(reference, "failed", at, "the mail server refused it"))
        receipts.record(self.conn, told)

    def answer(self, alert: Alert) -> None:
        """People tell us what they saw, officers look and judge, and now and then it leads to something."""
        rate, leads_to = stories.ANSWERS[alert.incident_kind]
        told = [
            row.subscriber_id
            for row in self.conn.execute(
                "select distinct subscriber_id from deliveries where alert_id = %s and delivered_at is not null"
                " order by subscriber_id",
                (alert.id,),
            )
        ]
        words = " ".join(one.body for one in lifecycle.words(self.conn, alert.id).values())
        rate *= 1.5 if "footage" in words else 1.0
        answers = sum(self.random.random() < rate * self.random.uniform(0.4, 1.8) / 1_000 for _ in told)
        useful = 0
        for number in range(answers):
            at = alert.release_at + timedelta(seconds=30 + self.random.expovariate(1 / 2_400))
            self.set_clock(at)
            useful += self.respond(alert, self.random.choice(told), at, number)
        for result, likely in leads_to.items():
            if useful and self.random.random() < likely * 1.6:
                at = alert.release_at + timedelta(hours=self.random.uniform(1, 40))
                results.record(self.conn, alert.id, result, self.random.choice(RESPONDERS), at)

    def respond(self, alert: Alert, person: int, at: datetime, number: int) -> bool:
        """One response, looked at and judged; whether it was useful."""
        report = Report(saw=self.random.choice(stories.SEEN), may_contact=self.random.random() < 0.7)
        reports.receive(self.conn, alert.id, person, report, f"year {alert.id} {number}")
        found = self.conn.execute("select max(id) as id from responses where alert_id = %s", (alert.id,)).fetchone()
        looked = at + timedelta(seconds=self.random.expovariate(1 / 400))
        officer = self.random.choice(RESPONDERS)
        self.set_clock(looked)
        handling.look(self.conn, found.id, officer, looked)  # type: ignore[union-attr]
        verdict = self.random.choices(("useful", "passed_on", "not_useful", "resolved"), weights=(4, 2, 4, 1))[0]
        judged = looked + timedelta(minutes=self.random.randint(1, 30))
        self.set_clock(judged)
        team = self.random.choice(self.teams) if verdict == "passed_on" else None
        handling.judge(self.conn, found.id, verdict, officer, now=judged, team=team)  # type: ignore[union-attr]
        if verdict == "useful":
            done = judged + timedelta(hours=1)
            self.set_clock(done)
            handling.judge(self.conn, found.id, "resolved", officer, now=done)  # type: ignore[union-attr]
        return verdict != "not_useful"

    def forget_jobs(self) -> None:
        """The year is over: no worker has anything to hand over for it any more."""
        self.conn.execute("delete from procrastinate_jobs where task_name = 'dispatch' and status = 'todo'")
