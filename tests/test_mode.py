"""Live and training can't be mistaken: everything training puts out says EXERCISE, and nothing that live does."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape

import pytest
from PIL import Image

from smartalert import config
from smartalert.alerts import lifecycle, story
from smartalert.audit import entries
from smartalert.audit.entries import Search
from smartalert.config import Mode, settings
from smartalert.control import app as control_app
from smartalert.control import downloads, frame
from smartalert.control.engagement import reading
from smartalert.control.send import review
from smartalert.database import connection
from smartalert.database.cluster import Cluster
from smartalert.dispatch import link_tests, service_mail
from smartalert.dispatch.links import Reference, sign
from smartalert.dispatch.service_mail import Kind
from smartalert.engagement import panels, report
from smartalert.engagement.panels import scope_of
from smartalert.public import (
    alert_pages,
    alert_photo,
    preferences,
    report_pages,
    share_picture,
    signup,
    unsubscribe,
)
from smartalert.responses import case_file, outcomes
from tests.conftest import forget_settings
from tests.databases import Database, fresh_database, live_database
from tests.factories import make_subscriber
from tests.public.api.phone import Phone
from tests.public.people import Visitor, link_in, mail_to, settle
from tests.public.served import issue, served

SAID = "EXERCISE"
ROUTERS = (alert_pages, alert_photo, preferences, report_pages, signup, unsubscribe)
#: What shows nothing to read: pictures, and the way an old link leads on.
PICTURES = ("/alerts/{identifier}.png", "/alerts/{identifier}/photo.jpg")


@dataclass
class Place:
    """A deployment of one mode with one alert, somebody signed up and somebody's answer."""

    mode: Mode
    database: Database
    visitor: Visitor
    alert_id: int
    #: Route parameter → a value that leads somewhere.
    values: dict[str, str]

    def must_say(self, name: str, text: str) -> None:
        """EXERCISE, in training; in live nothing of the kind."""
        text = re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)
        if self.mode is Mode.TRAINING:
            assert SAID in text, f"{name} does not say {SAID}"
        else:
            assert SAID.lower() not in text.lower(), f"{name} says {SAID}, and is live"


@pytest.fixture(scope="module", params=Mode)
def place(request: pytest.FixtureRequest, cluster: Cluster) -> Iterator[Place]:
    """One of each mode."""
    new = live_database if request.param is Mode.LIVE else fresh_database
    with new(cluster) as made, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", made.url())
        patch.setenv("SMARTALERT_MODE", request.param.value)
        patch.setenv("SMARTALERT_SECRET_KEY", "only for tests")
        patch.setattr(signup, "FASTEST_S", 0.0)
        start_afresh()
        settle(made)
        with made.connect() as owner:
            ada = make_subscriber(owner)
        with served() as client:
            visitor = Visitor(client)
            alert_id, identifier = issue()
            token = sign("report", Reference(alert_id, ada, "email"))
            visitor.sign_up()
            secret = link_in(mail_to(made)).rpartition("/")[2]
            values = {"identifier": str(identifier), "token": token, "secret": secret}
            yield Place(request.param, made, visitor, alert_id, values)
    start_afresh()


def start_afresh() -> None:
    forget_settings()
    config.signer.cache_clear()
    signup.serializer.cache_clear()
    control_app.dressed_index.cache_clear()


def test_every_public_page_and_feed_says_so(place):
    paths = {route.path for module in ROUTERS for route in module.router.routes if "GET" in route.methods}
    for path in sorted(paths - set(PICTURES)):
        answer = place.visitor.client.get(
            path.format(**place.values), headers={"accept": "text/html"}, follow_redirects=True
        )
        place.must_say(path, unescape(answer.text))
        if found := re.search(r"<title>(.*?)</title>", answer.text, re.DOTALL):
            place.must_say(f"{path}'s title", found[1])
    place.must_say("a page that is not there", place.visitor.client.get("/no", headers={"accept": "text/html"}).text)


def test_somebodys_own_pages_say_so(place):
    place.visitor.post(f"/confirm/{place.values['secret']}")
    for route in preferences.router.routes:
        if "GET" in route.methods and "{" not in route.path:
            answer = place.visitor.client.get(route.path, follow_redirects=True)
            assert answer.status_code == 200, route.path
            place.must_say(route.path, answer.text)


def test_the_cap_status_is_exercise_in_training_and_actual_in_live(place):
    status = {Mode.TRAINING: "Exercise", Mode.LIVE: "Actual"}[place.mode]
    cap = place.visitor.client.get(f"/alerts/{place.values['identifier']}.cap").text
    assert f"<status>{status}</status>" in cap
    (feature,) = place.visitor.client.get("/feeds/alerts.geojson").json()["features"]
    assert feature["properties"]["status"] == status
    with connection.reading(connection.engine("smartalert_control")) as conn:
        assert lifecycle.load(conn, place.alert_id).status == status


def test_the_picture_for_links_has_an_amber_band_in_training_only(place):
    png = place.visitor.client.get(f"/alerts/{place.values['identifier']}.png").content
    corner = Image.open(io.BytesIO(png)).convert("RGB").getpixel((5, 5))
    amber = tuple(bytes.fromhex(share_picture.AMBER[1:]))
    near = all(abs(one - other) < 12 for one, other in zip(corner, amber, strict=True))
    assert near is (place.mode is Mode.TRAINING)


def test_every_message_and_service_mail_begins_with_it(place):
    with connection.reading(connection.engine("smartalert_control")) as conn:
        told = lifecycle.words(conn, place.alert_id)
    for channel, words in told.items():
        for part in [words.title, words.title + words.body, *([words.body, words.html] if channel == "email" else [])]:
            place.must_say(channel, part)
        assert words.title.startswith(SAID) is (place.mode is Mode.TRAINING)
    kinds = [kind for kind in vars(service_mail).values() if isinstance(kind, Kind)]
    assert len(kinds) >= 4
    for mail in [
        *map(service_mail.word, kinds),
        outcomes.mail_words(place.values["identifier"], "482 of today", "Found."),
    ]:
        for part in ("subject", "body", "html"):
            place.must_say(f"a service mail's {part}", mail[part])
    place.must_say("a link test", link_tests.message(1, datetime.now(UTC)).title)


def test_every_export_says_so(place):
    now = datetime.now(UTC)
    with place.database.connect() as owner:
        owner.execute(
            "insert into responses (reference, form_key, alert_id, saw, may_contact) values ('K7F-3QM', '\\x01', %s,"
            " 'A red van', false) on conflict do nothing",
            (place.alert_id,),
        )
    with place.database.connect("smartalert_control") as conn:
        number = lifecycle.load(conn, place.alert_id).incident_number
        bundles = {
            "the case file": case_file.bundle(conn, number, "x", now),
            "the story": story.bundle(conn, place.alert_id, "x", now)[1],
        }
        place.must_say("the audit's table", "\n".join(entries.table(conn, Search(), "x").decode().splitlines()[1:]))
        conn.rollback()
    for name, body in bundles.items():
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            for part in archive.namelist():
                text = archive.read(part).decode()
                text = without_keys(text) if part.endswith(".json") else text.partition("\n")[2]
                place.must_say(f"{part} of {name}", text)


def test_everything_that_leaves_engagement_says_so(place):
    today, mode = reading.today(), settings().mode
    with place.database.connect("smartalert_engagement") as conn:
        scope = scope_of(conn, reading.period("12m", today), today)
        sections = panels.sections(conn, scope)
        found = [panel for read in sections.values() for panel in read()]
        pdf = report.monthly(conn, today.year, today.month, today, settings())
    for panel in found:
        place.must_say(f"the table of {panel.name}", report.csv(panel, scope, mode).decode())
    with zipfile.ZipFile(io.BytesIO(report.workbook(found[:4], scope, mode))) as book:
        place.must_say("a workbook", book.read("xl/sharedStrings.xml").decode())
    place.must_say("the month's report", words_of(pdf))
    answer = downloads.attached(pdf, "report.pdf", "application/pdf")
    place.must_say("a download's name", answer.headers["content-disposition"])


def words_of(pdf: bytes) -> str:
    """What a reader finds in it: text of the pages is compressed and in glyphs, the title is neither."""
    return re.search(rb"<dc:title>.*?</dc:title>", pdf, re.DOTALL)[0].decode()


def test_what_a_phone_takes_away_says_so(place):
    phone = Phone(place.visitor.client)
    held = phone.get("/device/data")
    place.must_say("the data of a device", " ".join(map(str, held.values())))
    place.must_say("the alerts of an app", place.visitor.client.get("/api/v1/alerts").text)


def without_keys(text: str) -> str:
    """What a JSON file says, without the names of its facts."""
    return " ".join(str(value) for value in json.loads(text).values())


def test_the_control_room_says_so_in_titles_buttons_and_frame(place):
    for screen in frame.SCREENS:
        place.must_say(f"the title of {screen.url}", frame.title(screen))
    page = control_app.dressed_index(frame.SCREENS[0])
    assert f'class="sa-{place.mode}"' in page
    place.must_say("the title before anything is drawn", re.findall(r"<title>(.*?)</title>", page)[0])
    badge, meaning = frame.MODES[settings().mode]
    assert (badge, "Real people" in meaning) == {Mode.TRAINING: ("TRAINING", False), Mode.LIVE: ("LIVE", True)}[
        place.mode
    ]
    assert ("simulated" in review.people_words(12)) is (place.mode is Mode.TRAINING)
