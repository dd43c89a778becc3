"""A person who was found is forgotten: everything public is crawled, before and after."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import product
from uuid import UUID

import httpx
import psycopg
import pytest
from fastapi import APIRouter
from starlette.routing import BaseRoute, Mount, Route

from smartalert.alerts import drafts, forgetting, lifecycle, photos, published, threads
from smartalert.alerts.drafts import Draft
from smartalert.config import Mode
from smartalert.database import connection
from smartalert.dispatch.links import Reference, sign
from smartalert.public.app import app
from smartalert.subscribers import subscriptions
from tests.conftest import forget_settings
from tests.databases import Database
from tests.factories import OFFICER, complete_draft, make_draft
from tests.photographs import photograph
from tests.public.served import forget, issue, issue_draft, served, settle

#: What tells who she is; her age is a number that no time and no date has.
WHO = ("Lina", "87", "plaits", "green anorak", "shy smile")
APPEAL = complete_draft(
    incident_kind="missing_person",
    where="near Tannery Row, Stafford",
    headline="Missing: Lina, 87, last seen near Tannery Row",
    description="We are looking for Lina, 87, last seen near Tannery Row at 13:50. Slim, plaits, green anorak.",
    instruction="Please check gardens and sheds. If you see Lina, call 999 now.",
    photo_alt="Lina with a shy smile",
)
#: By paths of parameters: what each may be.
Values = dict[str, list[str]]


@dataclass
class Answer:
    """One answer of the crawl."""

    path: str
    status: int
    text: str
    body: bytes
    etag: str


@pytest.fixture
def person(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setenv("SMARTALERT_SECRET_KEY", "only for tests")
    forget_settings()
    with database.connect(autocommit=True) as conn:
        yield settle(conn)


@pytest.fixture
def public(person: int) -> Iterator[httpx.Client]:
    with served() as client:
        yield client


def issue_appeal(content: Draft = APPEAL) -> tuple[int, UUID]:
    """An appeal with her photograph."""
    with connection.transaction(connection.engine("smartalert_control")) as conn:
        draft_id, _ = make_draft(conn)
        kept = photos.keep(conn, draft_id, photos.prepare(photograph(), Mode.TRAINING))
        content = content.model_copy(update={"photo": kept})
        version = drafts.save(conn, draft_id, OFFICER, content)
    return issue_draft(draft_id, version, content)


def follow(database: Database, alert_id: int, kind: str, **changes: object) -> UUID:
    """What follows it, as an officer gets it with its gaps filled."""
    with database.connect(autocommit=True) as conn:
        conn.execute("update deliveries set state = 'handed_over' where state = 'pending'")
    with connection.transaction(connection.engine("smartalert_control")) as conn:
        draft_id = threads.begin(conn, alert_id, kind, OFFICER, datetime.now(UTC))
        content = drafts.load(conn, draft_id, OFFICER).content
        words = {"description": re.sub(r"\[[^]]*\]", "Seen", content.description), **changes}
        content = content.model_copy(update=words)
        version = drafts.save(conn, draft_id, OFFICER, content)
    return issue_draft(draft_id, version, content)[1]


def routes(of: list[BaseRoute], prefix: str = "") -> Iterator[str]:
    """Every path that answers to GET, from the application itself."""
    for route in of:
        if isinstance(route, Mount):
            yield from routes(list(route.routes), prefix + route.path)
        elif isinstance(router := getattr(route, "original_router", None), APIRouter):
            yield from routes(list(router.routes), prefix)
        elif isinstance(route, Route) and "GET" in (route.methods or ()):
            yield prefix + route.path


def paths(values: Values) -> Iterator[str]:
    """Every address there is, with every value for every parameter; a parameter without values is an error."""
    for path in routes(list(app.routes)):
        names = re.findall(r"{(\w+)", path)
        for chosen in product(*(values[name] for name in names)):
            made = path
            for name, value in zip(names, chosen, strict=True):
                made = re.sub(rf"{{{name}[^}}]*}}", value, made)
            yield made


def crawl(client: httpx.Client, values: Values, etags: dict[str, str] | None = None) -> list[Answer]:
    """Ask for everything, as often as it takes: with the tags that a cache would name."""
    found = []
    for path in paths(values):
        tag = (etags or {}).get(path)
        answer = client.get(path, headers={"if-none-match": tag} if tag else {})
        found.append(Answer(path, answer.status_code, answer.text, answer.content, answer.headers.get("etag", "")))
    return found


def values_for(person: int, alert_id: int, *identifiers: UUID) -> Values:
    """What stands in the addresses: the alerts, the links that were mailed, a session of nobody's."""
    reference = Reference(alert_id, person, "email")
    return {
        "identifier": [str(one) for one in identifiers],
        "token": [sign("report", reference), sign("unsubscribe", reference)],
        "secret": ["nobody"],
        "report_id": ["1"],
    }


def telling(answers: list[Answer], jpeg: bytes) -> dict[str, list[str]]:
    """Address → what it tells of her."""
    told = {}
    for answer in answers:
        seen = [word for word in WHO if re.search(rf"\b{word}\b", shown(answer))]
        if sha256(answer.body).digest() == sha256(jpeg).digest() or (jpeg and jpeg in answer.body):
            seen.append("photograph")
        if seen:
            told[answer.path] = seen
    return told


def shown(answer: Answer) -> str:
    """The text, without what happens to hold a number: the areas' coordinates, drawings and identifiers."""
    return re.sub(r"[\d.-]{4,}|[0-9a-f-]{36}|(?s:<svg.*?</svg>)", "", answer.text)


@pytest.fixture
def jpeg(public: httpx.Client) -> Callable[[UUID], bytes]:
    return lambda identifier: public.get(f"/alerts/{identifier}/photo.jpg").content


def end_by_stop(database: Database, alert_id: int) -> None:
    with connection.transaction(connection.engine("smartalert_control")) as conn:
        lifecycle.stop(conn, alert_id, OFFICER, datetime.now(UTC))


def end_by_expiry(database: Database, alert_id: int) -> None:
    with database.connect(autocommit=True) as conn:
        conn.execute(
            "update alerts set issued_at = now() - interval '9 h', release_at = now() - interval '9 h',"
            " expires_at = now() - interval '1 s' where id = %s",
            (alert_id,),
        )


def told_again(kind: str) -> Callable[[Database, int], UUID]:
    """Ended by an officer who tells everything about her once more."""
    return lambda database, alert_id: follow(
        database, alert_id, kind, headline=APPEAL.headline, description=f"Found: {APPEAL.description}"
    )


ENDINGS: dict[str, tuple[Callable[[Database, int], UUID | None], str, str]] = {
    "all clear": (told_again("all_clear"), "Found", "This person has been found. Thank you."),
    "false alarm": (told_again("false_alarm"), "Cancelled", "We cancelled this alert. Thank you for looking out."),
    "outcome": (told_again("outcome"), "Over", "This appeal has ended. Thank you for looking out."),
    "stopped": (end_by_stop, "Over", "We ended this appeal. Thank you for looking out."),
    "expired": (end_by_expiry, "Over", "This appeal has ended. We no longer show who it was about."),
}


@pytest.mark.parametrize("ending", list(ENDINGS))
def test_everything_public_tells_of_her_while_she_is_missing_and_nothing_afterwards(
    public: httpx.Client, database: Database, person: int, jpeg: Callable[[UUID], bytes], ending: str
) -> None:
    alert_id, identifier = issue_appeal()
    picture = jpeg(identifier)
    values = values_for(person, alert_id, identifier)
    before = crawl(public, values)
    told = telling(before, picture)
    address = f"/alerts/{identifier}"
    for path in (
        address, f"{address}.cap", f"{address}/report", f"/report/{values['token'][0]}", f"/api/v1{address}",
        "/api/v1/alerts", "/alerts", "/feeds/alerts.atom", "/feeds/alerts.rss", "/feeds/alerts.geojson",
    ):  # fmt: skip
        assert {"Lina", "87"} <= set(told[path]), path
    assert told[f"{address}/photo.jpg"] == ["photograph"]
    assert "shy smile" in told[address]

    end, state, words = ENDINGS[ending]
    newest = end(database, alert_id) or identifier
    forget()
    after = crawl(public, values_for(person, alert_id, identifier, newest), {one.path: one.etag for one in before})
    assert telling(after, picture) == {}
    by_path = {one.path: one for one in after}
    assert words in by_path[address].text
    assert f"<b>{state}</b>" in by_path[address].text
    assert "no danger" not in by_path[address].text
    shown = public.get(f"/api/v1{address}").json()
    assert (shown["state"], words in shown["description"]) == (state, True)
    gone = by_path[f"{address}.cap"]
    assert gone.status == 410
    assert sha256(next(one.body for one in before if one.path == gone.path)).hexdigest() in gone.text
    assert by_path[f"{address}/photo.jpg"].status == 410
    if newest != identifier:
        document = public.get(f"/alerts/{newest}.cap")
        assert document.status_code == 200
        assert words in document.text
        assert "Cancel" in document.text or ending == "outcome"
    if ending != "all clear":
        assert not any("has been found" in one.text for one in after)


def test_what_closes_an_appeal_says_the_same_from_its_first_moment_to_its_last(
    public: httpx.Client, database: Database
) -> None:
    alert_id, _ = issue_appeal()
    newest = told_again("all_clear")(database, alert_id)
    first = public.get(f"/alerts/{newest}.cap").content
    with database.connect(autocommit=True) as conn:
        conn.execute("update alerts set expires_at = release_at + interval '1 ms' where identifier = %s", (newest,))
    forget()
    assert public.get(f"/alerts/{newest}.cap").status_code == 200
    assert b"Lina" not in first


def test_an_earlier_message_stays_forgotten_when_the_same_person_is_missing_again(
    public: httpx.Client, database: Database
) -> None:
    alert_id, first = issue_appeal()
    update = follow(database, alert_id, "update")
    assert "Lina" in public.get(f"/alerts/{first}").text
    with connection.transaction(connection.engine("smartalert_control")) as conn:
        second = conn.execute("select id from alerts where identifier = %s", (update,)).fetchone()[0]
        lifecycle.stop(conn, second, OFFICER, datetime.now(UTC))
    forget()
    again = follow(database, second, "update")
    assert "Lina" in public.get(f"/alerts/{again}").text
    for ended in (first, update):
        page = public.get(f"/alerts/{ended}").text
        assert f'href="/alerts/{again}"' in page
        assert "plaits" not in page
        assert public.get(f"/alerts/{ended}.cap").status_code == 410


def test_an_appeal_whose_all_clear_may_still_be_undone_goes_on(public: httpx.Client, database: Database) -> None:
    alert_id, identifier = issue_appeal()
    with database.connect(autocommit=True) as conn:
        conn.execute("update deliveries set state = 'handed_over'")
    with connection.transaction(connection.engine("smartalert_control")) as conn:
        draft_id = threads.begin(conn, alert_id, "all_clear", OFFICER, datetime.now(UTC))
        content = drafts.load(conn, draft_id, OFFICER).content
    sent = public.get(f"/alerts/{identifier}.cap")
    held, _ = issue_draft(draft_id, 2, content, undo_s=60)
    assert "Lina" in public.get(f"/alerts/{identifier}").text
    # Its photograph is hidden for these seconds, and no document is served that differs from what was sent.
    assert public.get(f"/alerts/{identifier}.cap").status_code == 410
    with connection.transaction(connection.engine("smartalert_control")) as conn:
        lifecycle.withdraw(conn, held, OFFICER, datetime.now(UTC))
    forget()
    assert "Lina" in public.get(f"/alerts/{identifier}").text
    assert public.get(f"/alerts/{identifier}.cap").content == sent.content


@pytest.mark.parametrize(
    ("kind", "words", "is_person"),
    [
        ("update", "Have you seen a missing boy? Lina, aged 9, plaits", True),
        ("school_safety", "Lina, an 87-year-old with plaits, has disappeared from school", True),
        ("canal", "Concern for the safety of a woman. Lina, plaits, at the canal", True),
        ("burglary", "A burglary happened. Two people ran to the canal. Lina saw plaits", False),
    ],
)
def test_somebody_missing_is_known_by_the_words_where_the_kind_does_not_say_so(
    public: httpx.Client, database: Database, kind: str, words: str, is_person: bool
) -> None:
    alert_id, identifier = issue(complete_draft(incident_kind=kind, urgent=True, description=f"{words}, at 13:50."))
    end_by_stop(database, alert_id)
    forget()
    page = public.get(f"/alerts/{identifier}").text
    assert ("plaits" not in page) == is_person
    assert "has been found" not in page


def test_every_ended_alert_is_forgotten_after_the_days_that_are_set(public: httpx.Client, database: Database) -> None:
    alert_id, identifier = issue()
    _, counts = issue(complete_draft(headline="Robbery in Mill Lane", incident_number="7 of 23 November"))
    end_by_stop(database, alert_id)

    def run_the_hourly_job(days: int) -> None:
        with connection.transaction(connection.engine("smartalert_worker")) as conn:
            forgetting.forget(conn, days)
        forget()

    run_the_hourly_job(1)
    assert "ran to the canal" in public.get(f"/alerts/{identifier}").text
    run_the_hourly_job(0)
    run_the_hourly_job(0)
    page = public.get(f"/alerts/{identifier}").text
    assert "This alert has ended. We no longer show its details." in page
    assert "Tannery Row just now" not in page
    assert public.get(f"/alerts/{identifier}.cap").status_code == 410
    assert "Robbery in Mill Lane" in public.get(f"/alerts/{counts}").text


def test_the_public_service_could_not_tell_if_it_would(public: httpx.Client, database: Database) -> None:
    alert_id, _ = issue_appeal()
    with database.connect("smartalert_public") as conn:
        assert "Lina" in str(conn.execute("select * from public_alerts").fetchall())
    told_again("all_clear")(database, alert_id)
    with database.connect("smartalert_public") as conn:
        held = str([conn.execute(f"select * from {view}").fetchall() for view in ("public_alerts", "public_threads")])
    assert not [word for word in WHO if word in held and word != "87"]
    with database.connect("smartalert_public") as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute("select * from alert_endings")


def test_what_somebody_takes_along_of_their_own_names_nobody_who_was_found(database: Database, person: int) -> None:
    alert_id, _ = issue_appeal()
    with database.connect(autocommit=True) as conn:
        secret = conn.execute("select new_secret(%s, 'session', '1 hour')", (person,)).fetchone()[0]

    def held() -> str:
        with connection.transaction(connection.engine("smartalert_public")) as conn:
            return str(subscriptions.everything_held(conn, secret))

    assert "Lina" in held()
    end_by_stop(database, alert_id)
    assert "Lina" not in held()
    assert "Missing person (details no longer shown)" in held()


def test_an_all_clear_begins_without_her(database: Database, person: int) -> None:
    alert_id, _ = issue_appeal()
    with database.connect(autocommit=True) as conn:
        conn.execute("update deliveries set state = 'handed_over'")
    for kind in ("all_clear", "false_alarm", "outcome"):
        with connection.transaction(connection.engine("smartalert_control")) as conn:
            draft_id = threads.begin(conn, alert_id, kind, OFFICER, datetime.now(UTC))
            content = drafts.load(conn, draft_id, OFFICER).content
        assert content.headline == "Missing person near Tannery Row, Stafford"
        said = " ".join((content.headline, content.description, content.instruction, content.contact))
        assert not [word for word in WHO if re.search(rf"\b{word}\b", said)]


def test_a_look_at_the_evidence_is_in_the_audit(database: Database, person: int) -> None:
    alert_id, _ = issue_appeal()

    def look() -> list[tuple[str, str]]:
        with connection.transaction(connection.engine("smartalert_control")) as conn:
            forgetting.note_look(conn, alert_id, OFFICER)
        with database.connect() as conn:
            return conn.execute(
                "select officer, detail ->> 'at' from audit where action = 'looked at a forgotten alert'"
            ).fetchall()

    assert look() == []
    end_by_stop(database, alert_id)
    assert look() == [(OFFICER, "its page")]
    with database.connect() as conn:
        assert "plaits" in conn.execute("select description from alerts where id = %s", (alert_id,)).fetchone()[0]


def test_the_alerts_that_count_are_found_among_thousands_that_do_not(conn: psycopg.Connection) -> None:
    conn.execute("insert into drafts (officer) select 'x' from generate_series(1, 3000)")
    conn.execute(
        "insert into alerts (draft_id, status, msg_type, urgent, incident_kind, incident_number, headline,"
        " description, instruction, contact, area, within_m, area_desc, topics, sectors, channels, people, issued_by,"
        " issued_at, release_at, expires_at, thread)"
        " select id, 'Exercise', 'Alert', true, 'burglary', '1', 'Burglary', '', '', '',"
        " st_setsrid(st_makepoint(392000, 323000), 27700), 500, '', 0, 0, 3, 1, 'x', at, at, at + interval '6 h',"
        " gen_random_uuid()"
        " from (select id, now() - row_number() over () * interval '2 h' as at from drafts) drafted"
    )
    conn.execute("analyze alerts")
    published.active(conn)
    began = time.perf_counter()
    assert len(published.active(conn)) in {2, 3}
    assert time.perf_counter() - began < 1.0, "each alert there ever was is compared with each that counts"
