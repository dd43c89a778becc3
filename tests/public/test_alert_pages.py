"""What anybody may read of an alert, over real HTTP."""

import html
import io
import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import UUID
from xml.etree import ElementTree as ET

import feedparser
import httpx
import psycopg
import pytest
from PIL import Image

from smartalert.alerts import drafts, feeds, lifecycle, still_map, threads
from smartalert.clock import until
from smartalert.config import settings
from smartalert.database import connection
from smartalert.public import alert_pages, share_picture
from smartalert.wording import PUBLISHERS
from tests.databases import Database
from tests.factories import OFFICER
from tests.public.served import forget, issue


def change(database: Database, sql: str) -> None:
    with database.connect(autocommit=True) as conn:
        conn.execute(sql)
    forget()


def test_an_alert_can_be_read_by_anybody(public: httpx.Client) -> None:
    _, identifier = issue()
    page = public.get(f"/alerts/{identifier}")
    assert page.status_code == 200
    for words in ("Burglary in Tannery Row just now", "482 of 22 November", "I have information", "0800 555 111"):
        assert words in page.text
    assert "EXERCISE" in page.text
    assert "<b>Active</b>" in page.text
    assert 'class="area"' in page.text
    assert "Mill &lt;Lane&gt;" in page.text
    assert OFFICER not in page.text
    assert len(page.content) < 100_000
    assert str(identifier) in public.get("/alerts").text


def test_the_state_is_said_first(public: httpx.Client, database: Database) -> None:
    alert_id, identifier = issue()
    with connection.transaction(connection.engine("smartalert_control")) as conn:
        lifecycle.stop(conn, alert_id, OFFICER, datetime.now(UTC))
    forget()
    assert "<b>Over</b><span>The police ended this alert at" in public.get(f"/alerts/{identifier}").text
    assert "There are no alerts at the moment" in public.get("/alerts").text
    change(
        database,
        "update alerts set stopped_at = null, issued_at = now() - interval '9 h', expires_at = now() - interval '1 h'",
    )
    assert "<b>Over</b>" in public.get(f"/alerts/{identifier}").text


def test_what_may_still_be_undone_or_was_is_not_there(public: httpx.Client) -> None:
    alert_id, identifier = issue(undo_s=60)
    for path in (f"/alerts/{identifier}", f"/alerts/{identifier}.cap"):
        assert public.get(path).status_code == 404
    assert str(identifier) not in public.get("/alerts").text
    with connection.transaction(connection.engine("smartalert_control")) as conn:
        lifecycle.withdraw(conn, alert_id, OFFICER, datetime.now(UTC))
    forget()
    assert public.get(f"/alerts/{identifier}").status_code == 404


CAP = {"c": feeds.CAP}


def cap(public: httpx.Client, identifier: UUID) -> ET.Element:
    return ET.fromstring(public.get(f"/alerts/{identifier}.cap").content)  # noqa: S314 our own


def give_other_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("FORCE_NAME", "Another"), ("SENDER", "alerts@another.example"), ("PUBLIC_URL", "https://a.b")):
        monkeypatch.setenv(f"SMARTALERT_{name}", value)
    settings.cache_clear()
    forget()


@pytest.mark.parametrize("path", ["/alerts/1", "/alerts/x.cap", f"/alerts/{UUID(int=1)}"])
def test_an_address_that_is_none_of_ours_is_not_found(public: httpx.Client, path: str) -> None:
    assert public.get(path).status_code == 404


def test_answers_may_be_kept_a_moment_and_asked_about(public: httpx.Client) -> None:
    _, identifier = issue()
    for path in (f"/alerts/{identifier}", f"/alerts/{identifier}.cap", "/feeds/alerts.geojson", "/alerts"):
        first = public.get(path)
        assert first.headers["cache-control"] == "public, max-age=10"
        again = public.get(path, headers={"If-None-Match": f'W/"other", {first.headers["etag"]}'})
        assert (again.status_code, again.content) == (304, b"")
        assert public.head(path).headers["etag"] == first.headers["etag"]


def test_a_midnight_is_said_with_its_year_by_the_day_that_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    at = datetime(2027, 1, 1, tzinfo=UTC)
    for today, said in ((date(2027, 6, 1), "Thursday 31 December 2026"), (date(2026, 12, 31), "Thursday 31 December")):
        monkeypatch.setattr(alert_pages, "today_in_london", lambda today=today: today)
        assert until(at, alert_pages.day_form(at)) == f"midnight at the end of {said}"


def test_a_forwarded_link_shows_the_area(public: httpx.Client) -> None:
    _, identifier = issue()
    address = f"/alerts/{identifier}.png"
    assert f'property="og:image" content="http://127.0.0.1:8000{address}"' in public.get(f"/alerts/{identifier}").text
    answer = public.get(address)
    assert answer.headers["content-type"] == "image/png"
    with Image.open(io.BytesIO(answer.content)) as image:
        assert image.size == (1_200, 630)
        seen = image.convert("RGB")
    top, street, outside = seen.getpixel((1_000, 20)), seen.getpixel((600, 200)), seen.getpixel((30, 300))
    assert top[0] > 200 > top[2]
    assert street != outside
    assert len(answer.content) < 100_000
    assert public.get(f"/alerts/{UUID(int=1)}.png").status_code == 404


def test_every_picture_says_whose_map_it_is(public: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    _, identifier = issue()
    assert PUBLISHERS["training"] in public.get(f"/alerts/{identifier}").text
    said = public.get(f"/alerts/{identifier}.png").content
    monkeypatch.setattr(still_map.Picture, "attribution", "")
    alert_pages.png.cache_clear()
    forget()
    assert public.get(f"/alerts/{identifier}.png").content != said


def test_a_street_that_ends_on_the_pictures_edge_is_drawn() -> None:
    (line,) = share_picture.lines("M 320 1e-11 L 320 210")
    assert line == [pytest.approx((320, 70)), pytest.approx((320, 280))]


def test_nothing_from_elsewhere_may_run_in_our_pages(public: httpx.Client) -> None:
    answer = public.get("/alerts")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "<script" not in answer.text
    assert "style=" not in answer.text


def test_the_feeds_list_what_counts_now(public: httpx.Client) -> None:
    _, identifier = issue()
    atom = ET.fromstring(public.get("/feeds/alerts.atom").content)  # noqa: S314 our own
    names = {"a": "http://www.w3.org/2005/Atom"}
    assert [entry.text for entry in atom.findall("a:entry/a:id", names)] == [f"urn:uuid:{identifier}"]
    read = {path: feedparser.parse(public.get(path).content) for path in ("/feeds/alerts.atom", "/feeds/alerts.rss")}
    assert [(feed.version, bool(feed.bozo)) for feed in read.values()] == [("atom10", False), ("rss20", False)]
    (of_atom,), (of_rss,) = (feed.entries for feed in read.values())
    for name in ("id", "title", "link"):
        assert of_atom[name] == of_rss[name]
    assert html.unescape(of_rss.summary) == of_atom.summary
    assert of_rss.published_parsed[:5] == of_atom.published_parsed[:5]
    assert atom.find("a:entry/a:title", names).text.startswith("EXERCISE: ")
    answer = public.get("/feeds/alerts.geojson")
    assert answer.headers["content-type"] == "application/geo+json"
    (feature,) = json.loads(answer.content)["features"]
    assert feature["properties"]["radius_m"] == 500
    assert feature["geometry"]["type"] == "Polygon"
    assert is_counter_clockwise(feature["geometry"]["coordinates"][0])
    assert of_rss.where["type"] == "Polygon"
    ((west, north), *_), ((lon, lat), *_) = of_rss.where["coordinates"][0], feature["geometry"]["coordinates"][0]
    assert (west, north) == pytest.approx((lon, lat), abs=1e-6)


def test_pages_of_other_sites_read_what_is_for_programs_and_nothing_else(public: httpx.Client) -> None:
    _, identifier = issue()
    feeds_and_documents = [f"/feeds/alerts.{kind}" for kind in ("atom", "rss", "geojson")]
    for path in (*feeds_and_documents, f"/alerts/{identifier}.cap", f"/alerts/{UUID(int=0)}.cap"):
        assert public.get(path).headers["access-control-allow-origin"] == "*", path
    for path in ("/alerts", f"/alerts/{identifier}", "/my-alerts", "/api/v1/alerts", "/health"):
        assert "access-control-allow-origin" not in public.get(path).headers, path


def is_counter_clockwise(ring: list[list[float]]) -> bool:
    """RFC 7946's right-hand rule."""
    return sum((x2 - x1) * (y2 + y1) for (x1, y1), (x2, y2) in pairwise(ring)) < 0


def follow(database: Database, alert_id: int, kind: str) -> UUID:
    """What follows an alert that was handed over, as an officer gets it with its gaps filled."""
    change(database, "update deliveries set state = 'handed_over'")
    with connection.transaction(connection.engine("smartalert_control")) as conn:
        draft_id = threads.begin(conn, alert_id, kind, OFFICER, datetime.now(UTC))
        content = drafts.load(conn, draft_id, OFFICER).content
    return issue(content.model_copy(update={"description": "Two are held."}))[1]


def test_an_updated_alert_leads_to_what_is_newer_and_feeds_agree(public: httpx.Client, database: Database) -> None:
    alert_id, first = issue()
    update = follow(database, alert_id, "update")
    page = public.get(f"/alerts/{first}").text
    assert "<b>Updated</b>" in page
    assert f'href="/alerts/{update}">Read “Update: Burglary in Tannery Row just now”' in page
    assert "<b>Active</b>" in public.get(f"/alerts/{update}").text
    for path in ("/alerts", "/feeds/alerts.atom", "/feeds/alerts.rss"):
        assert str(update) in public.get(path).text
        assert str(first) not in public.get(path).text
    (feature,) = public.get("/feeds/alerts.geojson").json()["features"]
    assert (feature["id"], feature["properties"]["msg_type"]) == (str(update), "Update")


@pytest.mark.parametrize(
    ("kind", "title", "response"), [("false_alarm", "Cancelled", "None"), ("all_clear", "All clear", "AllClear")]
)
def test_an_alert_that_was_ended_says_so_and_cap_names_what_it_ends(
    public: httpx.Client, database: Database, kind: str, title: str, response: str
) -> None:
    alert_id, first = issue()
    update = follow(database, alert_id, "update")
    cancel = follow(database, alert_id, kind)
    for earlier in (first, update):
        page = public.get(f"/alerts/{earlier}").text
        assert f"<b>{'Over' if kind == 'all_clear' else title}</b>" in page
        assert f'href="/alerts/{cancel}"' in page
    assert f"<b>{title}</b>" in public.get(f"/alerts/{cancel}").text
    assert "<dt>Ends" not in public.get(f"/alerts/{cancel}").text
    document = cap(public, cancel)
    assert document.findtext("c:msgType", namespaces=CAP) == "Cancel"
    assert document.findtext("c:info/c:responseType", namespaces=CAP) == response
    references = document.findtext("c:references", namespaces=CAP).split()
    assert [one.split(",")[1] for one in references] == [str(first), str(update)]
    assert references[0].endswith(cap(public, first).findtext("c:sent", namespaces=CAP))
    assert [one["id"] for one in public.get("/feeds/alerts.geojson").json()["features"]] == [str(cancel)]


@pytest.mark.parametrize("how", ["stopped", "updated", "ended", "another release of ours", "other settings"])
def test_a_cap_document_is_the_same_bytes_whatever_becomes_of_its_alert(
    public: httpx.Client, database: Database, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    alert_id, identifier = issue()
    address = f"/alerts/{identifier}.cap"
    sent = public.get(address)
    if how == "another release of ours":
        monkeypatch.setattr(feeds, "URGENT", feeds.ROUTINE)
        forget()
    elif how == "other settings":
        give_other_settings(monkeypatch)
        later = follow(database, alert_id, "update")
        at = cap(public, identifier).findtext("c:sent", namespaces=CAP)
        references = cap(public, later).findtext("c:references", namespaces=CAP)
        assert references == f"alerts@staffordshire.example,{identifier},{at}"
        assert cap(public, later).findtext("c:sender", namespaces=CAP) == "alerts@another.example"
    elif how == "stopped":
        with connection.transaction(connection.engine("smartalert_control")) as conn:
            lifecycle.stop(conn, alert_id, OFFICER, datetime.now(UTC))
        forget()
    else:
        follow(database, alert_id, "update" if how == "updated" else "all_clear")
    again = public.get(address)
    assert (again.status_code, again.content, again.headers["etag"]) == (200, sent.content, sent.headers["etag"])


def test_the_public_service_sees_no_more_of_alerts_than_it_shows(database: Database, public: httpx.Client) -> None:
    issue()
    with database.connect("smartalert_public") as conn:
        assert conn.execute("select count(*) from public_alerts").fetchone() == (1,)
    for table in ("alerts", "messages", "deliveries", "audit", "responses"):
        with database.connect("smartalert_public") as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute(f"select * from {table}")


def test_an_alert_that_ran_out_is_over_without_anybody_doing_anything(public: httpx.Client, database: Database) -> None:
    _, identifier = issue()
    long_ago = datetime.now(UTC) - timedelta(days=2)
    change(
        database,
        f"update alerts set issued_at = '{long_ago}', release_at = '{long_ago}', expires_at = now() - interval '1 s'",
    )
    assert "This alert ended at" in public.get(f"/alerts/{identifier}").text
    assert public.get("/feeds/alerts.geojson").json()["features"] == []
