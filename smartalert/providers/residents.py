"""What a drill asks of the simulator: that residents answer, and that its providers get into trouble.

A resident answers by the link in what reached their own phone or inbox; what did not reach them they cannot answer.
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from smartalert.providers.transport import Cut, NotReached, PooledTransport
from smartalert.wording import Channel

HEADERS = {"content-type": "application/json"}
TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What one resident says to one alert, and where it reached them."""

    channel: Channel
    address: str = field(repr=False)
    #: The alert's public identifier, and what its pushes are tagged with.
    alert_id: str
    tag: str
    saw: str
    happening_now: bool = False
    photo: bytes = field(default=b"", repr=False)


class Residents:
    """The simulator's residents, for one event loop."""

    def __init__(self, simulator: str) -> None:
        self._url = simulator
        self._transport = PooledTransport(connections=4, timeout_s=TIMEOUT_S, confined_to=simulator)

    async def tell_drills(self, drills: Mapping[int, tuple[str, Mapping[str, float]]]) -> dict[str, str]:
        """Which drills run, what each is called and its trouble; all other trouble ends. By drill, what cannot be."""
        told = {str(drill): {"name": name, "faults": faults} for drill, (name, faults) in drills.items()}
        found = await self._ask("/sim/drills", told)
        return dict(found.get("refused") or {})

    async def answer(self, drill: int, answer: Answer) -> bool:
        """Have one resident of a drill answer, once; False where nothing that could be answered has reached them."""
        at = (
            {"token": answer.address, "tag": answer.tag}
            if answer.channel is Channel.PUSH
            else {"address": answer.address, "alert_id": answer.alert_id}
        )
        said = {"saw": answer.saw, "happening_now": answer.happening_now, "photo": b64encode(answer.photo).decode()}
        found = await self._ask(f"/drills/{drill}/sim/answer", {**at, **said, "once": True})
        return found.get("answering") is True

    async def aclose(self) -> None:
        """Close every connection."""
        await self._transport.aclose()

    async def _ask(self, path: str, content: Mapping[str, Any]) -> dict[str, Any]:
        """What the simulator says; nothing where it does not answer, for whoever asks comes again."""
        try:
            answer = await self._transport.post(f"{self._url}{path}", orjson.dumps(content), HEADERS)
            found = answer.json() if answer.status_code == 200 else {}
        except (NotReached, Cut, ValueError):
            return {}
        return found if isinstance(found, dict) else {}
