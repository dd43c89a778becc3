"""May it leave? The one list of what stands against an alert: the screen shows it, issuing and approval refuse by it.

Nothing here asks the database: `issuing.count` finds out what a draft is checked against.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from smartalert.alerts import proofreading
from smartalert.alerts.approval_policy import Ruling
from smartalert.alerts.drafts import Draft
from smartalert.alerts.proofreading import Finding, Level
from smartalert.alerts.times import EXPIRIES, read_end
from smartalert.audience.preview import Preview
from smartalert.config import Mode, settings
from smartalert.errors import AlertRefused, AreaRefused, NotAllowed, PreviewOutOfDate, SmartAlertError
from smartalert.geography.areas import Ground
from smartalert.geography.geo import distance_words
from smartalert.officers.practice import Overdue
from smartalert.wording import count

#: A preview is out of date when the count moved by more than this share and this many people.
MOVED_SHARE, MOVED_PEOPLE = 0.05, 20
#: So is one that was counted longer ago.
FRESH_FOR = timedelta(minutes=5)
#: An alert that is over so soon may be over before people look at their phones.
SOON = timedelta(minutes=60)
#: Less of the area than this outside the force's is a matter of drawing, not of people.
OUTSIDE_SHARE = 0.02
#: Metres by which an area may seem larger than it was drawn.
DRAWN_M = 5
NO_AREA = "Draw or search for the area"
NOBODY_TOLD = "Nobody has been told, so this would reach nobody. If the alert is still going out, stop it instead."


@dataclass(frozen=True, slots=True)
class Counted:
    """What a draft's area and choice come to, as the database had it at one moment."""

    at: datetime
    ground: Ground
    preview: Preview
    #: Whether the sender may issue it alone.
    ruling: Ruling
    #: Why its officer may not send there; empty where they may.
    not_theirs: str = ""
    #: Why it cannot follow the alert that it follows; empty where it can, or follows none.
    cannot_follow: str = ""
    #: What stands against its officer's sending for lack of practice.
    overdue: Overdue | None = None


@dataclass(frozen=True, slots=True)
class Nowhere:
    """There is no area in which people could be counted, and why."""

    at: datetime
    why: str


class Weight(StrEnum):
    """What a check means: stop and todo keep the alert from leaving, care is advice."""

    #: The area, or whom it is for, has to be another.
    STOP = "stop"
    #: The form is not finished.
    TODO = "todo"
    CARE = "care"


WEIGHTS = {Level.BLOCKING: Weight.TODO, Level.ADVISORY: Weight.CARE}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that stands against an alert, in words."""

    weight: Weight
    words: str
    #: The field of the draft that it is about; empty where it is about the counts.
    field: str = ""
    #: What proofreading found, with the passage and the fix.
    finding: Finding | None = None
    #: What issuing raises for it.
    refusal: type[SmartAlertError] = AlertRefused

    @property
    def blocks(self) -> bool:
        """Whether the alert may not leave as long as this stands."""
        return self.weight is not Weight.CARE


def checks(
    draft: Draft,
    counted: Counted | Nowhere,
    mode: Mode,
    local_words: frozenset[str] = frozenset(),
    *,
    shown: Preview | None = None,
    read: list[Finding] | None = None,
) -> list[Check]:
    """Everything that stands against a draft: what stops it, what is still to do, what to mind, in that order.

    With `shown`, the counts that somebody agreed to: also that they are no longer what would happen, if nothing else
    is in the way. `read` is what proofreading found, where it has just been asked.
    """
    found_in_words = proofreading.findings(draft, mode, local_words) if read is None else read
    words = list(of_words(found_in_words))
    found = [*of_audience(draft, counted), *(one for one in words if one.blocks)]
    if shown is not None and isinstance(counted, Counted) and not found:
        found += since_shown(shown, counted.preview)
    return [*found, *advice(draft, counted), *(one for one in words if not one.blocks)]


def require_none(found: list[Check]) -> None:
    """Refuse an alert against which something stands that blocks, in the words that the screen shows."""
    if blocking := [one for one in found if one.blocks]:
        raise blocking[0].refusal(" ".join(f"{one.words.removesuffix('.')}." for one in blocking))


def of_audience(draft: Draft, counted: Counted | Nowhere) -> Iterator[Check]:
    """What keeps it from going to this area or these people."""
    if isinstance(counted, Nowhere):
        if draft.area:
            yield Check(Weight.STOP, counted.why, "area", refusal=AreaRefused)
        else:
            yield Check(Weight.TODO, NO_AREA, "area")
        return
    if counted.not_theirs:
        yield Check(Weight.STOP, counted.not_theirs, "area")
    if (words := too_far(draft, counted.ground)) and not counted.not_theirs:
        yield Check(Weight.STOP, words, "area", refusal=AreaRefused)
    if counted.cannot_follow:
        yield Check(Weight.STOP, counted.cannot_follow, "follows")
    if counted.overdue and not draft.sequel:
        yield Check(Weight.STOP if counted.overdue.blocks else Weight.CARE, counted.overdue.words, refusal=NotAllowed)
    if counted.preview.people == 0:
        yield Check(Weight.STOP, NOBODY_TOLD if draft.sequel else nobody_words(counted.preview), "area")


def of_words(read: list[Finding]) -> Iterator[Check]:
    """What proofreading found, each thing once however often it stands there; the area is looked at elsewhere."""
    found = [one for one in read if one.field != "area"]
    for one in reversed({one.what: one for one in reversed(found)}.values()):
        yield Check(WEIGHTS[one.level], one.what, one.field, one)


def since_shown(shown: Preview, counted: Preview) -> Iterator[Check]:
    """The audience is no longer the one that was shown, or it was shown too long ago."""
    words = ""
    if shown.counted_over != counted.counted_over:
        words = "The area or who it is for has changed since you looked. Check it again."
    # Whoever was told before is told again, however many that has become; only newcomers are the officer's choice.
    elif moved(shown.newcomers, counted.newcomers):
        words = f"It was {shown.people:,} people when you looked; it is {counted.people:,} now."
    elif not (shown.counted_at and counted.counted_at and counted.counted_at - shown.counted_at <= FRESH_FOR):
        words = "You looked more than five minutes ago. We have counted again: check the numbers."
    if words:
        yield Check(Weight.STOP, words, refusal=PreviewOutOfDate)


def advice(draft: Draft, counted: Counted | Nowhere) -> Iterator[Check]:
    """What to mind of the area, the audience and the time; it keeps nothing from leaving."""
    if isinstance(counted, Counted):
        if counted.ground.outside_share > OUTSIDE_SHARE:
            share = max(1, round(100 * counted.ground.outside_share))
            yield Check(Weight.CARE, f"{share} % of the area is outside the force: nobody there is told.", "area")
        if counted.ruling.needs_second_person:
            yield Check(Weight.CARE, counted.ruling.words)
        if counted.preview.points_at_a_home:
            few = (
                f"Only {count(counted.preview.people, 'person', 'people')} would be told: this could point to one home."
            )
            yield Check(Weight.CARE, f"{few} Make the area larger.", "area")
    if (draft.expires in EXPIRIES or read_end(draft.expires)) and draft.expires_at(counted.at) - counted.at <= SOON:
        yield Check(Weight.CARE, "It ends within the hour: some people may not see it in time.", "expires")


def too_far(draft: Draft, ground: Ground) -> str:
    """Why an urgent alert's area is too large, however many parts it has; empty where it is not.

    What ends an alert goes to those who were told, wherever they are.
    """
    farthest = settings().urgent_reach_km * 1_000
    if not draft.urgent or (draft.sequel and draft.sequel.ends) or ground.reach_m <= farthest + DRAWN_M:
        return ""
    reach, most = distance_words(round(ground.reach_m, -2)), distance_words(farthest)
    return (
        f"The area reaches {reach} from its middle; an urgent alert may reach {most}. "
        "Make it smaller, or send it as a neighbourhood update."
    )


def nobody_words(preview: Preview) -> str:
    """Why an area with nobody to tell has nobody to tell."""
    if preview.left_out:
        left_out = count(preview.left_out, "person in the area is", "people in the area are")
        return f"Nobody would be told: {left_out} left out."
    return "Nobody in this area has signed up. Make it larger."


def moved(before: int, now: int) -> bool:
    """Whether an audience is no longer the one somebody agreed to."""
    return abs(now - before) > max(MOVED_PEOPLE, MOVED_SHARE * before)
