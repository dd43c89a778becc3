"""What the debrief of one run says, read in the world of that run."""

from dataclasses import dataclass
from datetime import datetime

from smartalert.alerts.follow_ups import FOLLOW_UPS
from smartalert.audience.outside import in_tens
from smartalert.control.debrief.timeline import Timeline, timeline
from smartalert.control.drills.lines import how_ended
from smartalert.control.words import count
from smartalert.database.connection import Connection
from smartalert.drills import evidence, results, runs, score, sequels, shares, told_map
from smartalert.drills.evidence import Evidence, Sent
from smartalert.drills.results import Median, Result
from smartalert.drills.runs import Run
from smartalert.drills.scenario import Told as Words
from smartalert.drills.scenario import Weights
from smartalert.drills.score import Score
from smartalert.drills.shares import Share
from smartalert.drills.told_map import ToldMap
from smartalert.geography.geo import distance_words
from smartalert.wording import Channel

#: Earlier runs that are shown, the newest.
EARLIER = 8
#: What officers decide → one of it, and several.
ACTS = {
    "asked": ("approval asked for", "approvals asked for"),
    "approved": ("approval given", "approvals given"),
    "returned": ("request returned", "requests returned"),
    "sent": ("message sent", "messages sent"),
    "undone": ("message undone", "messages undone"),
    "stopped": ("message stopped", "messages stopped"),
    "answers": ("answer dealt with", "answers dealt with"),
    "outcomes": ("outcome told", "outcomes told"),
}


@dataclass(frozen=True, slots=True)
class Beside:
    """One message as it was sent, beside what a very good officer wrote."""

    title: str
    #: (what, how it was, how it is good) of facts that can be compared.
    facts: list[tuple[str, str, str]]
    #: What people read; empty where nothing was sent.
    sent: tuple[str, ...]
    good: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mapped:
    """One comparison on the map, with its counts in tens."""

    title: str
    left_out: str
    too_many: str
    map: ToldMap


@dataclass(frozen=True, slots=True)
class Did:
    """One officer's part: what they decided, in words, and which reasons are theirs."""

    officer: str
    decided: str
    good: int
    to_mend: int
    is_practice: bool


@dataclass(frozen=True, slots=True)
class Debrief:
    """One run, talked over."""

    run: Run
    result: Result
    score: Score
    #: What each officer did, and how many reasons to mend are nobody's doing.
    shares: list[Did]
    nobodys: int
    minutes: float
    #: By whom it was ended, or why it ended by itself.
    ended: str
    timeline: Timeline
    mapped: list[Mapped]
    beside: list[Beside]
    #: Officer → what their earlier runs came to, the newest first.
    earlier: dict[str, list[Result]]
    median: Median

    @property
    def not_counted(self) -> list[str]:
        """The parts that did not come up, or were not due yet when it ended."""
        counted = {part.name for part in self.score.parts}
        return [name for name in Weights.model_fields if name not in counted]

    @property
    def to_mend(self) -> list[str]:
        """The parts that lost most, at most three: what to practise next."""
        lost = sorted(self.score.parts, key=lambda part: part.points - part.weight)
        return [part.name for part in lost[:3] if part.share < 1]


def debrief(conn: Connection, run: Run, kept: list[Result], whose: list[str], now: datetime) -> Debrief:
    """All of it, as whoever is in the run's world; earlier runs of these officers alone."""
    practised = {one.officer for one in kept if one.took_part}
    found, history = evidence.gather(conn, run, now), runs.events(conn, run.id)
    return Debrief(
        run=run,
        result=kept[0],
        score=kept[0].score,
        shares=[did(one, is_practice=one.officer in practised) for one in shares.shares(conn, run, kept[0].score)],
        nobodys=shares.nobodys(kept[0].score),
        minutes=found.minutes,
        ended=how_ended(history),
        timeline=timeline(run, found, history),
        mapped=[
            Mapped(
                f"Who was told{one.when}",
                in_tens(len(one.left_out)).words,
                in_tens(len(one.too_many)).words,
                told_map.told_map(conn, run, one),
            )
            for one in score.told(run.scenario, found)
        ],
        beside=beside(run, found),
        earlier={
            officer: [
                one
                for one in results.of_officer(conn, officer)
                if one.drill != run.id and one.ended_at <= kept[0].ended_at and one.total is not None
            ][:EARLIER]
            for officer in whose
        },
        median=results.median(conn, run.scenario.name, run.officers),
    )


def beside(run: Run, found: Evidence) -> list[Beside]:
    """The alert, and each message that news made due."""
    good, scenario = run.scenario.good, run.scenario
    first = score.first_of(found)
    shown = [
        Beside(
            "The alert", facts(run, first, good.limits.alert, since=0.0, is_first=True), *both(run, first, good.alert)
        )
    ]
    for sequel in good.sequels:
        since = found.injects.get(sequel.after)
        if since is None:
            continue
        sent = sequels.sent_for(sequel, found)
        title = f"{FOLLOW_UPS[sequel.how].label} after “{sequel.after.replace('-', ' ')}”"
        limit = sequels.limit_of(scenario, sequel)
        shown.append(Beside(title, facts(run, sent, limit, since=since), *both(run, sent, sequel)))
    return shown


def did(share: Share, *, is_practice: bool) -> Did:
    """One officer's part in words: "2 messages sent, 5 answers dealt with"."""
    acts = [count(share.decided[act], *words) for act, words in ACTS.items() if act in share.decided]
    return Did(share.officer, ", ".join(acts) or "decided nothing", share.good, share.to_mend, is_practice)


def both(run: Run, sent: Sent | None, good: Words) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What people read, and what they would have read."""
    wrote = tuple(run.said(getattr(good, field)) for field in Words.model_fields)
    return (sent.said if sent else (), wrote)


def facts(
    run: Run, sent: Sent | None, limit: float, *, since: float, is_first: bool = False
) -> list[tuple[str, str, str]]:
    """When it came; and of the alert also where it went and how."""
    when = "not sent" if sent is None else f"after {sent.at - since:.1f} minutes"
    rows = [("Released", when, f"within {limit:g} minutes")]
    if is_first:
        good = run.scenario.good
        rows += [
            ("Area", sent.area if sent else "–", area_words(run)),
            ("Sent as", urgency(sent.urgent) if sent else "–", urgency(good.urgent)),
            ("Channels", channel_words(sent.channels) if sent else "–", channel_words(mask(good.channels))),
        ]
    return rows


def area_words(run: Run) -> str:
    """The ground that should be told, as an area's own words have it."""
    ground = run.scenario.good.area
    if ground.along_street:
        return f"Within {distance_words(ground.within_m)} of {run.place.street}, along all of it"
    return f"Within {distance_words(ground.within_m)} of {run.place.landmark}, {run.place.town}"


def urgency(urgent: bool) -> str:
    """How a message goes."""
    return "an urgent alert" if urgent else "a neighbourhood update"


def mask(channels: list[Channel]) -> int:
    """Channels as an alert has them."""
    return sum(channel.bit for channel in channels)


def channel_words(bits: int) -> str:
    """ "phones and e-mails"."""
    return " and ".join(channel.plural for channel in Channel if channel.bit & bits)


def compared(median_of: Median) -> str:
    """The force's median in words, or why it is not given."""
    if median_of.told is not None:
        return f"{median_of.told} of 100, of {count(median_of.officers, 'other officer', 'other officers')}"
    return f"not shown until {results.ENOUGH} other officers have done this drill"
