"""What a drill is about, as an author writes it: a story, what happens when, who answers, and what good looks like."""

import re
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from smartalert.alerts.follow_ups import FOLLOW_UPS
from smartalert.alerts.incidents import KINDS, NAME
from smartalert.audience.interests import Sector
from smartalert.drills import knobs
from smartalert.wording import Channel

#: What the ground says of a place, for words in braces: "near {landmark}".
OF_PLACE = ("landmark", "street", "town", "time")
Name = Annotated[str, StringConstraints(pattern=r"[a-z0-9]+(-[a-z0-9]+)*", max_length=40)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=900)]
Minutes = Annotated[float, Field(ge=0, le=240)]


class Landmark(StrEnum):
    """What a story may happen at: kinds of the ground, so that it works on the made-up county and on a force's own."""

    PARK = "park"
    SCHOOL = "school"
    CANAL = "canal"
    FARM = "farm"
    STABLES = "stables"
    STATION = "station"
    WATER = "water"
    #: A residential street of a town; every ground has some.
    STREET = "street"
    #: The middle of a town, where its shops are.
    TOWN = "town"


class Speaker(StrEnum):
    """Whom an officer hears."""

    CONTROL_ROOM = "control room"
    RADIO = "radio"
    WITNESS = "witness"
    PRESS = "press"
    APPROVER = "approver"
    PROVIDER = "provider"


class Moment(StrEnum):
    """What the ledger and the audit can say has happened: what a conditional inject waits for."""

    ALERT = "alert released"
    CORRECTION = "correction released"
    ALL_CLEAR = "all clear released"
    APPROVAL_ASKED = "approval asked"
    ANSWER = "answer received"


class Tone(StrEnum):
    """What an answer is worth, and how it comes."""

    USEFUL = "useful"
    USELESS = "useless"
    OFFENSIVE = "offensive"
    FRIGHTENED = "frightened"
    PHOTOGRAPH = "photograph"
    LOOKED = "looked"


class Part(BaseModel):
    """A piece of a scenario: what it does not know is refused, with a word of what was meant."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, str_strip_whitespace=True, coerce_numbers_to_str=True, allow_inf_nan=False
    )


class Place(Part):
    """Where it happens: the first of these kinds that the ground has."""

    near: list[Landmark] = Field(min_length=1)


class Inject(Part):
    """One thing that reaches the officer: at a minute of the drill's clock, or so long after something happened."""

    name: Name
    at: Minutes | None = None
    when: Moment | None = None
    #: Minutes after `when`.
    after: Minutes = 0
    #: Not if this has happened by then: "no correction by 12 minutes".
    unless: Moment | None = None
    by: Speaker
    says: Words
    #: From here on a message is due, within the limit of its name.
    due: Literal["correction", "all_clear", "false_alarm", "outcome"] | None = None
    #: A provider's trouble, in this drill alone: knobs of the simulator.
    faults: dict[str, float] = {}
    #: Minutes after which that is over; without them when a later inject turns the knobs back, or the drill ends.
    lasts: Minutes | None = None

    @model_validator(mode="after")
    def _comes_once(self) -> Self:
        if (self.at is None) == (self.when is None):
            raise ValueError(
                f"“{self.name}” needs either `at: minutes` or `when: something that happens`, and not both"
            )
        if problem := knobs.wrong(self.faults):
            raise ValueError(f"“{self.name}”: {problem}")
        if self.lasts is not None and not self.faults:
            raise ValueError(f"“{self.name}”: `lasts` is how long `faults` last; write those too")
        if self.after and self.when is None:
            raise ValueError(f"“{self.name}”: `after` counts from `when`; write the minute in `at` instead")
        return self


class Resident(Part):
    """How some of those who were told answer."""

    tone: Tone
    says: Words
    #: Of a thousand who were told, and who live within `near_m` of the place.
    of_1000: float = Field(gt=0, le=500)
    near_m: float = Field(default=50_000, gt=0)
    #: Minutes within which they answer, from when they were told.
    within: Minutes = 10
    #: Where the alert says none of these words, fewer answer, and vaguely: people answer what they are asked.
    asked: list[str] = []
    happening_now: bool = False


class Ground(Part):
    """The ground that should be told: metres around the place, or along its street."""

    within_m: float = Field(ge=50, le=3_000)
    along_street: bool = False


class Told(Part):
    """One message as a very good officer wrote it."""

    headline: Annotated[str, StringConstraints(min_length=1, max_length=90)]
    description: Words
    instruction: Words
    contact: Words


class Sequel(Told):
    """What should follow the alert, and the fact that makes it due."""

    how: Literal["update", "correction", "all_clear", "false_alarm", "outcome"]
    after: Name
    #: Words of which one must be in it, and words that must be gone.
    says: list[str] = Field(min_length=1)
    no_longer: list[str] = []


class Elements(Part):
    """The five elements of a good warning: for each, words of which one tells it."""

    source: list[str] = Field(min_length=1)
    hazard: list[str] = Field(min_length=1)
    location: list[str] = Field(min_length=1)
    time: list[str] = Field(min_length=1)
    guidance: list[str] = Field(min_length=1)


class Limits(Part):
    """Minutes within which it should be done, from when it became due."""

    alert: Minutes
    approval: Minutes | None = None
    correction: Minutes | None = None
    all_clear: Minutes | None = None
    outcome: Minutes | None = None
    answers: Minutes = 10


class Weights(Part):
    """What each part counts for, of a hundred."""

    speed: int = 20
    area: int = 20
    audience: int = 10
    facts: int = 20
    sequels: int = 15
    answers: int = 10
    outcome: int = 5

    @model_validator(mode="after")
    def _is_a_hundred(self) -> Self:
        whole = sum(getattr(self, name) for name in type(self).model_fields)
        if whole != 100:
            raise ValueError(f"the weights add up to {whole}: make them 100")
        return self


class Good(Part):
    """What good looks like."""

    alert: Told
    area: Ground
    #: The ground after the last sequel that makes it larger.
    area_later: Ground | None = None
    urgent: bool = True
    #: Names of Sector in small letters; none: everybody.
    sectors: list[str] = []
    channels: list[Channel] = [*Channel]
    elements: Elements
    sequels: list[Sequel] = []
    limits: Limits


class Scenario(Part):
    """One drill, whole."""

    name: Annotated[str, StringConstraints(min_length=4, max_length=60)]
    about: Annotated[str, StringConstraints(min_length=20, max_length=200)]
    minutes: int = Field(ge=5, le=120)
    kind: str
    needs_approval: bool = False
    place: Place
    story: Annotated[str, StringConstraints(min_length=40, max_length=2_000)]
    #: Names of the story for words in braces: "{child}".
    facts: dict[Name, str] = {}
    injects: list[Inject] = Field(min_length=1, max_length=40)
    residents: list[Resident] = Field(max_length=20)
    good: Good
    weights: Weights = Weights()

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        problems = [*_names(self), *_times(self), *_answers(self), *_sequels(self)]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def sectors(self) -> int:
        """The trades it is narrowed to, as bits; 0: none."""
        return sum(Sector[trade.upper()].bit for trade in self.good.sectors)

    def said(self, words: str, place: dict[str, str]) -> str:
        """Words of it with the names of the story and of the ground put in."""
        facts = {**self.facts, **place}
        return NAME.sub(lambda found: facts.get(found[1], found[0]), words)


def _names(scenario: Scenario) -> list[str]:
    """Kinds, names that are given twice, and braces that nothing fills."""
    names = [inject.name for inject in scenario.injects]
    problems = [
        f"two injects are called “{name}”: call one otherwise" for name in {n for n in names if names.count(n) > 1}
    ]
    if scenario.kind not in KINDS:
        problems.append(f"`kind` cannot be “{scenario.kind}”: write one of {', '.join(KINDS)}")
    trades = [sector.name.lower() for sector in Sector]
    for trade in set(scenario.good.sectors) - set(trades):
        problems.append(f"`sectors` cannot have “{trade}”: write some of {', '.join(trades)}")
    known = {*scenario.facts, *OF_PLACE}
    for unknown in sorted(set(NAME.findall(scenario.model_dump_json(exclude={"facts"}))) - known):
        if re.fullmatch(r"[a-z][a-z0-9 -]*", unknown):
            problems.append(f"{{{unknown}}} is neither in `facts` nor one of {', '.join(OF_PLACE)}")
    return problems


def _answers(scenario: Scenario) -> list[str]:
    rate = sum(one.of_1000 for one in scenario.residents)
    return (
        []
        if rate <= 1_000
        else [f"`residents`: more than 1,000 of a thousand would answer ({rate:g}): lower `of_1000`"]
    )


def _times(scenario: Scenario) -> list[str]:
    return [
        f"“{inject.name}” comes at minute {inject.at:g}, after the drill’s {scenario.minutes}: make one longer or the "
        "other earlier"
        for inject in scenario.injects
        if inject.at is not None and inject.at > scenario.minutes
    ]


def _sequels(scenario: Scenario) -> list[str]:
    """Whatever an inject makes due is described, has a limit, and is caused by an inject that says so."""
    due = {inject.name: inject.due for inject in scenario.injects if inject.due}
    described = {sequel.after: sequel.how for sequel in scenario.good.sequels}
    problems = [
        f"“{name}” makes a message due (`due: {how}`), and `good: sequels:` has none with `after: {name}`"
        for name, how in due.items()
        if described.get(name) not in (how, "update") and how != "outcome"
    ]
    problems += [
        f"a sequel comes after “{name}”, and no inject of that name makes one due"
        for name in described
        if name not in due
    ]
    for how in {*due.values(), *(["approval"] if scenario.needs_approval else [])}:
        limit = {"false_alarm": "all_clear"}.get(how, how)
        if getattr(scenario.good.limits, limit) is None:
            problems.append(f"`good: limits:` lacks `{limit}: minutes`")
    assert set(described.values()) <= set(FOLLOW_UPS)  # noqa: S101 - the type says so
    return problems
