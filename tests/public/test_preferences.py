"""One's own choices: opened by mail, changed at once, paused, left, erased; closed to everybody else."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from smartalert.dispatch import links
from smartalert.public import preferences
from tests.databases import Database
from tests.factories import NOW, make_draft
from tests.public.people import ADDRESS, Visitor, link_in, mail_to


@pytest.fixture
def ada(visitor: Visitor, database: Database) -> Visitor:
    """Signed up for one place and in her choices."""
    visitor.enter(database)
    return visitor


def value(database: Database, query: str) -> object:
    with database.connect() as conn:
        return conn.execute(query).fetchone()[0]


def test_a_mailed_link_opens_the_choices_after_a_press(ada: Visitor, database: Database) -> None:
    ada.client.cookies.clear()
    assert "Enter the email address you signed up with" in ada.see("/my-alerts")
    ada.post("/my-alerts/link", address=f" {ADDRESS.title()} ")
    link = link_in(mail_to(database))
    assert "Open my settings" in ada.see(link)
    assert "Horses and stables" in ada.post(link)
    ada.client.cookies.clear()
    assert "used or has expired" in ada.post(link, 401)


def test_an_unknown_address_learns_so_only_in_its_own_inbox(ada: Visitor, database: Database) -> None:
    known = ada.post("/my-alerts/link", address=ADDRESS)
    assert ada.post("/my-alerts/link", address="ben@training.example") == known
    assert "No one has signed up with this address" in mail_to(database, "ben@training.example")


def test_the_session_cookie_is_out_of_reach_and_ends(ada: Visitor, database: Database) -> None:
    ada.post("/my-alerts/link", address=ADDRESS)
    answer = ada.client.post(link_in(mail_to(database)), headers={"Sec-Fetch-Site": "same-origin"})
    cookie = answer.headers["set-cookie"]
    assert all(words in cookie for words in ("HttpOnly", "SameSite=lax", "Max-Age=3600", "Path=/my-alerts"))
    with database.connect() as conn:
        conn.execute("update secrets set expires_at = now() where purpose = 'session'")
    assert "expired" in ada.see("/my-alerts", 401)


def test_places_change_at_once(ada: Visitor, database: Database) -> None:
    ada.choose_place("Tannery", "/my-alerts/where")
    ada.post("/my-alerts/where", go="on", label_0="Home", reach_0="2000", label_1="Stables", reach_1="500")
    with database.connect() as conn:
        rows = conn.execute("select label, reach_m from places order by place_no").fetchall()
        assert [tuple(row) for row in rows] == [("Home", 2000), ("Stables", 500)]
        columns = "select place_no, point, reach_m, earlier_reaching, channels from audience_places"
        assert conn.execute(f"{columns} except {columns}_derived").fetchall() == []
    assert "Up to 2 kilometres away" in ada.see("/my-alerts")


def test_the_last_place_stays(ada: Visitor, database: Database) -> None:
    assert "You must keep at least one place" in ada.post("/my-alerts/where", 422, go="drop|0")
    assert value(database, "select count(*) from places") == 1


def test_topics_sector_and_quiet_hours_change(ada: Visitor, database: Database) -> None:
    ada.post(
        "/my-alerts/what", topic=["CYCLE", "FRAUD"], sector="RETAIL", updates="no", quiet="yes", quiet_from="23:00"
    )
    page = ada.see("/my-alerts")
    for words in ("Cycle crime, Fraud and scams", "Shops", "Urgent alerts only", "23:00 to 07:00"):
        assert words in page
    assert value(database, "select topics from audience_places") == 16 + 1024


def test_a_pause_ends_by_itself_or_when_asked(ada: Visitor, database: Database) -> None:
    assert "Your alerts are paused until" in ada.post("/my-alerts/pause", until="14")
    days = value(database, "select extract(day from paused_until - now())::integer from audience_places")
    assert days in {13, 14}
    ada.post("/my-alerts/resume")
    assert value(database, "select paused_until from audience_places") is None
    soon = (datetime.now(UTC) + timedelta(days=40)).date()
    assert f"{soon:%B %Y}" in ada.post("/my-alerts/pause", until="date", date=str(soon))


@pytest.mark.parametrize("date", ["", "soon", "2020-01-01", "2999-01-01"])
def test_a_pause_needs_a_day_to_come(ada: Visitor, date: str) -> None:
    assert "Enter a date after today" in ada.post("/my-alerts/pause", 422, until="date", date=date)


def test_leaving_forgets_address_and_places_and_keeps_why(ada: Visitor, database: Database) -> None:
    ada.see("/my-alerts/leave")
    assert "Your alerts have stopped" in ada.post("/my-alerts/leave", go="leave", reason="too many")
    assert value(database, "select left_reason from subscribers") == "too many"
    for table in ("contacts", "places", "audience_places", "secrets"):
        assert value(database, f"select count(*) from {table}") == 0
    assert "Enter the email address you signed up with" in ada.see("/my-alerts")


def test_who_left_can_sign_up_again(ada: Visitor, database: Database) -> None:
    ada.post("/my-alerts/leave", go="leave")
    ada.enter(database)
    assert value(database, "select count(*) from audience_places where confirmed") == 1


def deliver(database: Database) -> None:
    """Ada was told of one alert."""
    with database.connect() as conn:
        draft_id, _ = make_draft(conn)
        conn.execute(
            "insert into alerts (draft_id, status, msg_type, urgent, incident_kind, incident_number, headline,"
            " description, instruction, contact, area, within_m, area_desc, topics, sectors, channels, people,"
            " issued_by, issued_at, release_at, expires_at) values (%(draft)s, 'Exercise', 'Alert', true, 'burglary',"
            " '1', 'Burglary just now', '', '', '', st_setsrid(st_makepoint(392000, 323000), 27700), 500, '', 0, 0, 3,"
            " 1, 'x', %(now)s, %(now)s, %(now)s + interval '1 hour')",
            {"draft": draft_id, "now": NOW},
        )
        conn.execute(
            "insert into deliveries (alert_id, subscriber_id, channel, due_at, state, provider_reference)"
            " select a.id, s.id, 'email', now(), 'delivered', 'message 7' from alerts a, subscribers s"
        )


def report(database: Database) -> None:
    """Ada told the police something, and may be contacted."""
    with database.connect() as conn:
        conn.execute(
            "insert into responses (reference, form_key, alert_id, subscriber_id, saw, may_contact)"
            " select 'K7F-3QM', '\\x00', a.id, s.id, 'A white van', true from alerts a, subscribers s"
        )


def test_erasing_leaves_only_a_number_that_leads_nowhere(ada: Visitor, database: Database) -> None:
    deliver(database)
    report(database)
    ada.see("/my-alerts/erase")
    ada.post("/my-alerts/leave", go="erase")
    for table in ("subscribers", "contacts", "places", "audience_places", "secrets"):
        assert value(database, f"select count(*) from {table}") == 0
    assert value(database, "select count(*) from service_mails where claimed_at is null and address is not null") == 0
    assert value(database, "select count(*) from deliveries where provider_reference is null") == 1
    assert value(database, "select count(*) from responses where subscriber_id is null") == 1


def test_everything_held_comes_as_a_file(ada: Visitor, database: Database) -> None:
    deliver(database)
    report(database)
    answer = ada.client.get("/my-alerts/data")
    assert answer.headers["content-disposition"] == 'attachment; filename="smart-alert.json"'
    held = json.loads(answer.text)
    assert held["address"] == ADDRESS
    assert held["consent_version"] == "2026-11"
    assert [place["label"] for place in held["places"]] == ["ST16 2LD"]
    assert held["alerts"][0]["headline"] == "Burglary just now"
    assert held["told_us"][0]["saw"] == "A white van"


def test_emails_that_were_stopped_can_be_turned_on_again(ada: Visitor, database: Database) -> None:
    with database.connect() as conn:
        conn.execute(
            "select switch_off(array_agg(id), 'email', array['you used the link in an email']) from subscribers"
        )
    assert "We have stopped emailing you" in ada.see("/my-alerts")
    assert "Emails have started again" in ada.post("/my-alerts/email")
    assert value(database, "select channels from audience_places") == 2


def test_nothing_opens_without_a_session(ada: Visitor) -> None:
    ada.post("/my-alerts/close")
    for path in ("", "/where", "/what", "/pause", "/leave", "/erase", "/data"):
        assert "Enter the email address you signed up with" in ada.see(f"/my-alerts{path}")
    for path in ("/where", "/what", "/pause", "/resume", "/email", "/leave", "/close"):
        ada.post(f"/my-alerts{path}", 401)


def test_a_stolen_looking_cookie_opens_nothing(ada: Visitor) -> None:
    ada.client.cookies.clear()
    ada.client.cookies.set(preferences.COOKIE, "0" * 64, path="/my-alerts")
    ada.see("/my-alerts", 401)
    ada.see("/my-alerts/data", 401)


def test_a_link_in_every_mail_stops_them_at_a_press(ada: Visitor, database: Database) -> None:
    delivery = links.Reference(1, value(database, "select id from subscribers"), "email")
    token = links.sign("unsubscribe", delivery.to(ADDRESS))
    assert "Stop alerts by email?" in ada.see(f"/unsubscribe/{token}")
    assert value(database, "select channels from audience_places") == 2
    for _ in range(2):
        ada.post(f"/unsubscribe/{token}", headers={}, **{"List-Unsubscribe": "One-Click"})
    assert value(database, "select off_reason from contacts") == "you used the link in an email"
    for changed in (token[:-1], f"x{token}", "1-1-email"):
        assert "It may be incomplete" in ada.see(f"/unsubscribe/{changed}", 404)
