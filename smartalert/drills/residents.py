"""Residents answer in a running drill: who, what and when follow its seed, who was really told, and what was asked."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from smartalert.database.connection import Connection, queries, rows_as
from smartalert.drills import injects, runs
from smartalert.drills.runs import Kind, Run
from smartalert.drills.scenario import Resident, Scenario, Tone

#: Where a message does not ask for what they know, so many times fewer answer, and vaguely.
FEWER = 4
#: What they say then.
VAGUE = (
    "I may have seen something, I am not sure. What are you looking for?",
    "There was something odd earlier. I could not say when.",
    "Is there anything that we should do?",
    "I saw somebody. It is probably nothing.",
)
#: What people say who live nowhere near: of a thousand who were told.
OUTSIDE = (
    Resident(tone=Tone.LOOKED, says="I have seen nothing here. {landmark} is nowhere near us.", of_1000=15, within=8),
    Resident(tone=Tone.USELESS, says="Why do you send me this? I do not live near {street}.", of_1000=10, within=6),
)
#: Who has been told that it is over has nothing to report.
CLOSED, STILL_SAY = ("all_clear", "false_alarm", "outcome"), (Tone.USELESS, Tone.OFFENSIVE)
#: Nobody reads and answers in less, in minutes.
SOONEST = 0.4
#: Answers that are asked for at once, in each drill, and how many of them with a photograph: few enough that a pause
#: is one, and that the public service decodes them all.
AT_ONCE, PHOTOGRAPHS_AT_ONCE = 12, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Somebody whom a message reached, as far as it decides what they say to it."""

    #: How it follows an earlier one, and all that it says in small letters.
    follow_up: str | None
    words: str
    #: From 0 up to 1: whether and what they answer, and how soon.
    luck: float
    pace: float
    from_place_m: float
    is_outside: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Told(Reader):
    """One of them whom the dice chose, with the newest message that reached them, and where."""

    alert_id: int
    identifier: UUID
    thread: UUID
    #: The message's place in the drill, from 1.
    number: int
    subscriber_id: int
    told_at: datetime
    channel: str
    address: str = field(repr=False)

    @property
    def name(self) -> str:
        """What their answer is called in the drill's log."""
        return f"answer-{self.number}-{self.subscriber_id}"


@dataclass(frozen=True, slots=True)
class Spoken:
    """What one of them says, and on which minute of the drill's clock."""

    told: Told
    tone: Tone
    says: str
    minute: float
    happening_now: bool = False


def due(conn: Connection, run: Run, now: datetime) -> list[Spoken]:
    """What residents say by now and have not said, the earliest first; nothing in a pause and after the end."""
    run = runs.find(conn, run.id) or run
    if not run.is_running:
        return []
    clock, said = injects.minutes(run.clock(now)), sorted(spoken(conn, run, now), key=lambda one: one.minute)
    pictures, chosen = 0, list[Spoken]()
    for one in said:
        pictures += one.tone is Tone.PHOTOGRAPH
        if one.minute > clock or len(chosen) == AT_ONCE:
            break
        if one.tone is not Tone.PHOTOGRAPH or pictures <= PHOTOGRAPHS_AT_ONCE:
            chosen.append(one)
    return chosen


def spoken(conn: Connection, run: Run, now: datetime) -> Iterator[Spoken]:
    """Everything that those who were told so far will say and have not said, as whoever sees the run's world."""
    scenario, history, in_words = run.scenario, runs.events(conn, run.id), cache(run.said)
    for told in drawn(conn, run, now):
        if heard := what(scenario, told):
            resident, says, tone = heard
            began = injects.minutes(injects.clock_at(run, history, told.told_at))
            minute = began + max(SOONEST, resident.within * told.pace)
            happening = resident.happening_now and tone is resident.tone
            yield Spoken(told, tone, in_words(says), minute, happening_now=happening)


def drawn(conn: Connection, run: Run, now: datetime) -> list[Told]:
    """Whom the dice chose among those who were told."""
    scenario = run.scenario
    ground = scenario.good.area_later or scenario.good.area
    rates = (sum(one.of_1000 for one in some) for some in (scenario.residents, OUTSIDE))
    found = queries("drills/residents").drawn(
        conn,
        drill=run.id,
        seed=run.seed,
        share=max(rates) / 1_000,
        lat=run.place.lat,
        lon=run.place.lon,
        street_id=run.place.street_id if ground.along_street else None,
        within_m=ground.within_m,
        now=now,
    )
    return rows_as(Told, found)


def what(scenario: Scenario, told: Reader) -> tuple[Resident, str, Tone] | None:
    """Who of the scenario this person is, and what they say to this message; None where they say nothing."""
    left = told.luck * 1_000
    for resident in OUTSIDE if told.is_outside else scenario.residents:
        if left < resident.of_1000:
            return _to(scenario, resident, told, left / resident.of_1000)
        left -= resident.of_1000
    return None


def _to(scenario: Scenario, resident: Resident, told: Reader, part: float) -> tuple[Resident, str, Tone] | None:
    """What this one says to what was asked; `part`, from 0 up to 1, decides who of their kind still answers."""
    if told.from_place_m > resident.near_m:
        return None
    if told.follow_up in CLOSED:
        still = resident.tone in STILL_SAY and part < 1 / FEWER
        return (resident, resident.says, resident.tone) if still else None
    if not resident.asked or any(word.lower() in told.words for word in resident.asked):
        return resident, resident.says, resident.tone
    if part < 1 / FEWER:
        return resident, VAGUE[int(told.pace * len(VAGUE))], Tone.USELESS
    return None


def log(conn: Connection, run: Run, answered: list[Spoken], now: datetime) -> None:
    """Keep in the drill's log what was said, each once."""
    for one in answered:
        about: dict[str, Any] = {
            "alert": one.told.alert_id,
            "person": one.told.subscriber_id,
            "tone": one.tone,
            "says": one.says,
        }
        runs.log(conn, run.id, Kind.ANSWER, now, name=one.told.name, **about)
