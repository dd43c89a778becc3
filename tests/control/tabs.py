"""A browser's tab at the control room without the browser: Streamlit's own protocol over a websocket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

#: Far more than any screen takes.
GIVE_UP_S = 60.0
#: How Streamlit's browser side says what a field holds, by the kind of field.
SAYS = {"text_input": "string_value", "text_area": "string_value"}
FULL_RUN, FRAGMENTS_RUN = ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY


@dataclass
class Field:
    """A field on the screen: its id, its kind, and what stands in it."""

    id: str
    kind: str
    says: str


@dataclass
class Tab:
    """What one tab shows, remembers and has been sent."""

    socket: ClientConnection
    query: str = ""
    page: str = ""
    fields: dict[str, Field] = field(default_factory=dict)
    #: Label → id of each button, and all the markup of ours that came since the screen was opened.
    buttons: dict[str, str] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)
    #: Fragment → how often it asks to be drawn again, in seconds.
    timers: dict[str, float] = field(default_factory=dict)
    #: Hashes of the large messages a browser keeps, so as not to be sent them again.
    kept: set[str] = field(default_factory=set)
    #: Messages and bytes that came.
    messages: int = 0
    bytes: int = 0
    _waiting: dict[int, list[asyncio.Future[None]]] = field(default_factory=dict)

    async def open(self, screen: str, query: str = "") -> None:
        """Show another screen of the room."""
        self.fields, self.buttons, self.heard, self.timers, self.page, self.query = {}, {}, [], {}, "", query
        await self._ask(ClientState(page_name=screen), FULL_RUN)

    async def write(self, label: str, words: str) -> None:
        """Write into a field; returns when the whole screen is drawn anew."""
        self.fields[label].says = words
        await self._ask(ClientState(), FULL_RUN)

    async def press(self, label: str) -> None:
        """Press a button; returns when the whole screen is drawn anew."""
        await self._ask(ClientState(), FULL_RUN, pressed=self.buttons[label])

    async def hears(self, words: str) -> None:
        """The screen says this, sooner or later, by itself: its timers go on meanwhile."""
        ticking = asyncio.create_task(self.tick())
        async with asyncio.timeout(GIVE_UP_S):
            while not any(words in one for one in self.heard):
                await asyncio.sleep(0.02)
        ticking.cancel()

    async def draw_again(self, fragment: str) -> None:
        """Let a fragment draw itself again, as its timer does."""
        await self._ask(ClientState(fragment_id=fragment, is_auto_rerun=True), FRAGMENTS_RUN)

    async def tick(self) -> None:
        """Ask as the timers of a browser do, for ever."""
        while True:
            await asyncio.sleep(min(self.timers.values(), default=1.0))
            for fragment in list(self.timers):
                await self._send(ClientState(fragment_id=fragment, is_auto_rerun=True))

    async def _ask(self, state: ClientState, end: int, pressed: str = "") -> None:
        drawn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(end, []).append(drawn)
        await self._send(state, pressed)
        await asyncio.wait_for(drawn, GIVE_UP_S)

    async def _send(self, state: ClientState, pressed: str = "") -> None:
        state.query_string, state.page_script_hash = self.query, self.page
        state.cached_message_hashes.extend(self.kept)
        for one in self.fields.values():
            state.widget_states.widgets.add(id=one.id, **{SAYS[one.kind]: one.says})
        if pressed:
            state.widget_states.widgets.add(id=pressed, trigger_value=True)
        await self.socket.send(BackMsg(rerun_script=state).SerializeToString())

    async def listen(self) -> None:
        """Take in what the control room sends, until it ends."""
        async for data in self.socket:
            assert isinstance(data, bytes)
            self.messages += 1
            self.bytes += len(data)
            message = ForwardMsg.FromString(data)
            if message.metadata.cacheable:
                self.kept.add(message.hash or message.ref_hash)
            self._take(message)

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "new_session" and not message.metadata.run.fragment_ids:
            self.timers.clear()
        elif kind == "navigation":
            self.page = message.navigation.page_script_hash
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "auto_rerun":
            self.timers[message.auto_rerun.fragment_id] = message.auto_rerun.interval
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self._take_field(message.delta.new_element)
        elif kind == "script_finished":
            for drawn in self._waiting.pop(message.script_finished, []):
                drawn.set_result(None)

    def _take_field(self, element: object) -> None:
        kind = element.WhichOneof("type")  # type: ignore[attr-defined]
        if kind == "html":
            self.heard.append(element.html.body)  # type: ignore[attr-defined]
        elif kind == "button":
            self.buttons[element.button.label] = element.button.id  # type: ignore[attr-defined]
        elif kind in SAYS:
            drawn = getattr(element, kind)
            known = self.fields.get(drawn.label)
            if known is None or known.id != drawn.id:
                self.fields[drawn.label] = Field(drawn.id, kind, drawn.default)


@asynccontextmanager
async def tab(room: str, cookies: str, called: str = "") -> AsyncIterator[Tab]:
    """A tab with these cookies, at the address of a control room, which browsers may call otherwise."""
    address = f"ws{room.removeprefix('http')}/_stcore/stream"
    headers = {"cookie": cookies}
    async with connect(address, origin=called or room, additional_headers=headers, max_size=None, proxy=None) as socket:  # type: ignore[arg-type]
        shown = Tab(socket)
        listening = asyncio.create_task(shown.listen())
        try:
            yield shown
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening
