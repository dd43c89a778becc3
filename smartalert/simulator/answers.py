"""People answer an alert: each opens the link in their push or mail, fills in the public service's form, sends it."""

import asyncio
import re
from collections import Counter, deque
from typing import Protocol
from urllib.parse import urlsplit

import aiohttp

AT_ONCE, MOST_WAITING = 16, 1_000
#: Nobody reads and writes in less; the public service takes faster ones for robots.
TAKES_S = 3.5
STAMP = re.compile(r'name="stamp" value="([^"]+)"')
#: What the page says is wrong, first of all.
WRONG = re.compile(r'<li><a href="#\w+">([^<]+)</a>')
OURS = {"sec-fetch-site": "same-origin"}
ON_ITS_WAY = "on its way"


class NotTaken(Exception):
    """The public service did not take the answer."""


class Answerable(Protocol):
    """What somebody got and may answer: a card on their phone, a mail in their inbox."""

    answer: str

    @property
    def report_link(self) -> str:
        """Where the message says that they may answer; empty where it does not say."""


class Answers:
    """What people report. Each card and mail tells how its own answer fared: on its way, a reference, or why not.

    They go to the public service on this machine, whatever host a message names. Without one nobody answers.
    """

    def __init__(self, receipts_url: str | None) -> None:
        self._base = "{0.scheme}://{0.netloc}".format(urlsplit(receipts_url)) if receipts_url else None
        self._waiting: deque[tuple[Answerable, dict[str, str], bytes]] = deque(maxlen=MOST_WAITING)
        self.counts: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, got: Answerable, saw: str, *, happening_now: bool, photo: bytes) -> bool:
        """Queue one answer; False where the message carries no way to answer."""
        if not self._base or not report_path(got):
            return False
        fields = {"saw": saw, "when": "now" if happening_now else "", "may_contact": "yes"}
        got.answer = ON_ITS_WAY
        self._waiting.append((got, fields, photo))
        return True

    def clear(self) -> None:
        """Forget what waits and what was counted."""
        self._waiting.clear()
        self.counts.clear()

    async def post_due(self, session: aiohttp.ClientSession) -> None:
        """Send what waits, a few at a time; returns when these are through."""
        batch = [self._waiting.popleft() for _ in range(min(AT_ONCE, len(self._waiting)))]
        await asyncio.gather(*(self._answer(session, *one) for one in batch))

    async def _answer(
        self, session: aiohttp.ClientSession, got: Answerable, fields: dict[str, str], photo: bytes
    ) -> None:
        try:
            got.answer = await self._send(session, f"{self._base}{report_path(got)}", fields, photo)
            self.counts["answers_taken"] += 1
        except NotTaken as reason:
            got.answer = f"not taken: {reason}"
            self.counts["answers_refused"] += 1
        except (aiohttp.ClientError, TimeoutError):
            got.answer = "not taken: the public service cannot be reached"
            self.counts["answers_lost"] += 1

    async def _send(self, session: aiohttp.ClientSession, link: str, fields: dict[str, str], photo: bytes) -> str:
        """The reference the person is given; raises NotTaken."""
        async with session.get(link, allow_redirects=False) as page:
            stamp = STAMP.search(await page.text())
        if stamp is None:
            raise NotTaken(f"the page answered {page.status}")
        await asyncio.sleep(TAKES_S)
        form = aiohttp.FormData({**fields, "stamp": stamp[1]}, default_to_multipart=True)
        if photo:
            form.add_field("photo", photo, filename="IMG_0001.jpg", content_type="image/jpeg")
        async with session.post(link, data=form, headers=OURS, allow_redirects=False) as taken:
            if taken.status == 303:
                return taken.headers["location"].rpartition("/")[2].partition(".")[0]
            wrong = WRONG.search(await taken.text())
        raise NotTaken(wrong[1] if wrong else f"the page answered {taken.status}")


def report_path(got: Answerable) -> str:
    """Where on the public service this person may answer; empty where the message does not say."""
    path = urlsplit(got.report_link).path
    return path if path.startswith("/report/") else ""
