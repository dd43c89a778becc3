"""What reached the officers of a drill, as screens show it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from smartalert.drills.runs import Event, Kind
from smartalert.drills.scenario import Speaker

#: Speaker → icon.
ICONS = {
    Speaker.CONTROL_ROOM: "headset_mic", Speaker.RADIO: "settings_input_antenna", Speaker.WITNESS: "record_voice_over",
    Speaker.PRESS: "newspaper", Speaker.APPROVER: "how_to_reg", Speaker.PROVIDER: "cell_tower",
}  # fmt: skip
#: As whom a trainer speaks in words of their own.
FOR_TRAINERS = (Speaker.CONTROL_ROOM, Speaker.RADIO, Speaker.WITNESS, Speaker.PRESS)


@dataclass(frozen=True, slots=True)
class Message:
    """One thing that reached the officers."""

    #: Its line in the drill's log.
    id: int
    at: datetime
    clock: timedelta
    by: Speaker
    says: str

    @property
    def icon(self) -> str:
        """By whom it is, as a picture."""
        return ICONS[self.by]

    @property
    def whose(self) -> str:
        """ "Control room"."""
        return label(self.by)


def label(speaker: Speaker) -> str:
    """ "Control room"."""
    return speaker.value.capitalize()


def messages(events: Iterable[Event]) -> list[Message]:
    """What reached them, in order."""
    return [
        Message(one.id, one.at, one.clock, Speaker(one.detail["by"]), one.detail["says"])
        for one in events
        if one.kind is Kind.INJECT
    ]
