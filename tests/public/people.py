"""Somebody at a browser without scripts, as the public's tests need them."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape

import httpx

from smartalert.clock import utc_now
from smartalert.dispatch import service_mail
from smartalert.public import signup
from tests.databases import Database
from tests.factories import make_force_area, make_street

ADDRESS = "ada@training.example"
OURS = {"Sec-Fetch-Site": "same-origin"}


def settle(database: Database) -> None:
    """A force area, a postcode and a street to find."""
    with database.connect() as conn:
        make_force_area(conn)
        make_street(conn)
        conn.execute(
            "insert into postcodes (postcode, point) values"
            " ('ST16 2LD', st_setsrid(st_makepoint(392000, 323000), 27700)),"
            " ('PL1 1AA', st_setsrid(st_makepoint(247000, 54000), 27700))"
        )


@dataclass
class Visitor:
    """Follows redirects, keeps cookies, posts forms as a browser does."""

    client: httpx.Client
    pages: list[str] = field(default_factory=list)

    def see(self, path: str, status: int = 200) -> str:
        return self._read(self.client.get(path, follow_redirects=True), status)

    def post(self, path: str, status: int = 200, headers: Mapping[str, str] = OURS, **fields: object) -> str:
        named = {name.replace("_", "-"): value for name, value in fields.items()}
        return self._read(self.client.post(path, data=named, headers=dict(headers), follow_redirects=True), status)

    def _read(self, answer: httpx.Response, status: int) -> str:
        assert answer.status_code == status, (answer.status_code, answer.text)
        self.pages.append(str(answer.url))
        return unescape(answer.text)

    def choose_place(self, q: str = "ST16 2LD", path: str = "/sign-up/where") -> str:
        """Search, and press the first hit."""
        found = self.post(path, q=q, go="search")
        return self.post(path, go=re.findall(r'name="go" value="(add\|[^"]+)"', found)[0])

    def sign_up(self, address: str = ADDRESS, **what: object) -> str:
        """All three steps, without hurry."""
        self.choose_place()
        self.post("/sign-up/where", go="on")
        self.post("/sign-up/what", **{"go": "on", "topic": ["HORSE"], "updates": "yes", **what})
        return self.finish(address)

    def finish(self, address: str = ADDRESS, status: int = 200, **fields: object) -> str:
        """The third step."""
        answers = {"go": "on", "address": address, "over_12": "yes", "consent": "yes", **fields}
        return self.post("/sign-up/who", status, **answers)

    def enter(self, database: Database, address: str = ADDRESS) -> None:
        """Sign up, confirm, and be in one's own choices."""
        self.sign_up(address)
        self.post(link_in(mail_to(database, address)))


def mail_to(database: Database, address: str = ADDRESS) -> str:
    """The newest mail waiting for this address: subject and text."""
    with database.connect() as conn:
        number = conn.execute("select max(id) from service_mails where address = %s", (address,)).fetchone()[0]
        assert number, f"no mail to {address}"
        mail = service_mail.claim(conn, number, utc_now())
        conn.rollback()
    return f"{mail.words['subject']}\n{mail.words['body']}"


def link_in(mail: str) -> str:
    """The path of the link in a service mail."""
    return "/" + re.findall(r"https?://[^/]+/(\S+)", mail)[0]


def nap() -> None:
    """Longer than the fastest sign-up."""
    time.sleep(signup.FASTEST_S)
