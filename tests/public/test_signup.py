"""Signing up: three steps that lose nothing, one mail, one press; and nobody learns whether an address is known."""

import time

import pytest

from smartalert.public import forms, signup
from tests.databases import Database
from tests.public.people import ADDRESS, Visitor, link_in, mail_to


@pytest.fixture
def ada(visitor: Visitor) -> Visitor:
    """Not signed up yet."""
    return visitor


def audience(database: Database) -> list[tuple]:
    with database.connect() as conn:
        return [tuple(row) for row in conn.execute("select confirmed, topics, updates, reach_m from audience_places")]


def test_three_steps_a_mail_and_a_press(ada: Visitor, database: Database) -> None:
    assert "Check your email" in ada.sign_up()
    assert audience(database) == [(False, 2, True, 0)]
    mail = mail_to(database)
    assert mail.startswith("EXERCISE: Confirm that you want alerts")
    page = ada.see(link_in(mail))
    assert audience(database)[0][0] is False, "following a link must not confirm: mail scanners follow links"
    assert "Start my alerts" in page
    assert "You have signed up" in ada.post(link_in(mail))
    assert audience(database) == [(True, 2, True, 0)]


@pytest.mark.parametrize("typed", ["{}\u200b", "\u200e{}", "\ufeff{}\u202c", "\u2068{}\u2069", " {}\u00a0", "{}\r\n"])
def test_an_address_is_taken_whatever_hides_beside_it(ada: Visitor, database: Database, typed: str) -> None:
    assert "Check your email" in ada.sign_up(typed.format(ADDRESS))
    with database.connect() as conn:
        (address,) = conn.execute("select address from service_mails").fetchone()
    assert address == ADDRESS


def test_a_link_works_once(ada: Visitor, database: Database) -> None:
    ada.sign_up()
    link = link_in(mail_to(database))
    ada.post(link)
    assert "no longer works" in ada.see(link, 410)
    assert "Your link has been used" in ada.post(link, 401)


def test_a_link_that_is_too_old_works_no_more(ada: Visitor, database: Database) -> None:
    ada.sign_up()
    link = link_in(mail_to(database))
    with database.connect() as conn:
        conn.execute("update secrets set expires_at = now()")
    ada.post(link, 401)
    assert audience(database)[0][0] is False


def test_going_back_loses_nothing(ada: Visitor) -> None:
    ada.choose_place()
    ada.choose_place("Tannery")
    ada.post("/sign-up/where", go="on", label_0="Mum's <home>", reach_0="3000", label_1="Work", reach_1="0")
    ada.post("/sign-up/what", go="on", topic=["CYCLE"], sector="FARMING", updates="no", quiet="yes", quiet_from="21:00")
    back = ada.post("/sign-up/who", go="back", address="half@typed")
    assert ada.pages[-1].endswith("/sign-up/what")
    assert 'value="CYCLE" checked' in back
    assert '<option value="FARMING" selected' in back
    assert "<option selected>21:00" in back
    where = ada.post("/sign-up/what", go="back", topic=["CYCLE"])
    assert 'value="Mum\'s <home>"' in where
    assert '<option value="3000" selected' in where
    ada.post("/sign-up/where", go="on")
    ada.post("/sign-up/what", go="on")
    assert 'value="half@typed"' in ada.see("/sign-up/who")


def test_a_place_can_be_taken_away_and_five_are_the_most(ada: Visitor) -> None:
    first = ada.choose_place()
    assert "Remove ST16 2LD" in first
    assert "Remove ST16 2LD" not in ada.post("/sign-up/where", go="drop|0")
    for number in range(5):
        ada.post("/sign-up/where", go=f"add|52.80{number}|-2.11|Place {number}")
    assert "Remove one before you add another" in ada.post("/sign-up/where", 422, go="add|52.82|-2.11|Sixth")


@pytest.mark.parametrize("spot", ["add|50.37|-4.14|Plymouth", "add|52.8|x|Home", "add|nan|-2|Home", "add", "on"])
def test_a_place_must_be_one_the_force_looks_after(ada: Visitor, spot: str) -> None:
    assert "There is a problem" in ada.post("/sign-up/where", 422, go=spot)


def test_nobody_skips_a_step(ada: Visitor) -> None:
    for step in ("what", "who"):
        ada.see(f"/sign-up/{step}")
        assert ada.pages[-1].endswith("/sign-up/where")


def test_every_box_must_be_ticked(ada: Visitor, database: Database) -> None:
    ada.choose_place()
    page = ada.finish("no address", 422, over_12="", consent="")
    for words in ("Enter an email address", "You must be 13 or over", "Select the box if you agree"):
        assert words in page
    assert 'value="no address"' in page
    with database.connect() as conn:
        assert conn.execute("select count(*) from subscribers").fetchone() == (0,)


def test_a_known_address_sees_the_same_and_reads_another_mail(ada: Visitor, database: Database) -> None:
    first = ada.sign_up()
    ada.post(link_in(mail_to(database)))
    ada.client.cookies.clear()
    assert ada.sign_up(ADDRESS.upper(), topic=["FRAUD"]) == first
    mail = mail_to(database)
    assert "You are already signed up" in mail
    assert audience(database) == [(True, 2, True, 0)], "somebody else must not change what Ada gets"
    assert "Your alerts" in ada.post(link_in(mail))


def test_a_sign_up_that_was_never_confirmed_begins_again(ada: Visitor, database: Database) -> None:
    ada.sign_up()
    old = link_in(mail_to(database))
    ada.client.cookies.clear()
    ada.sign_up(topic=["FRAUD"])
    ada.see(old, 410)
    ada.post(link_in(mail_to(database)))
    assert audience(database) == [(True, 1024, True, 0)]


def test_known_and_unknown_addresses_take_the_same_time(
    ada: Visitor, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "EQUAL_TIME_S", 1.0)  # longer than a busy machine needs for the letter

    def took(address: str) -> float:
        """The least of three times: a busy machine adds to some."""
        times = []
        for _ in range(3):
            began = time.perf_counter()
            ada.post("/my-alerts/link", address=address)
            times.append(time.perf_counter() - began)
        return min(times)

    ada.enter(database)
    ada.post("/my-alerts/link", address="first@training.example")  # whoever is first finds nothing warm
    known, unknown = took(ADDRESS), took("nobody@training.example")
    assert min(known, unknown) >= forms.EQUAL_TIME_S
    assert abs(known - unknown) < 0.1


def test_programs_are_told_that_all_is_well_and_nothing_happens(ada: Visitor, database: Database) -> None:
    ada.choose_place()
    assert "Check your email" in ada.finish(website="https://cheap.example")
    with database.connect() as conn:
        assert conn.execute("select count(*) from service_mails").fetchone() == (0,)


def test_nobody_reads_three_pages_in_a_second(ada: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signup, "FASTEST_S", 3.0)
    ada.choose_place()
    assert "very quick" in ada.finish(status=422)


def test_one_address_gets_three_mails_an_hour_and_is_not_told(ada: Visitor, database: Database) -> None:
    for _ in range(5):
        assert "Check your email" in ada.post("/my-alerts/link", address="ben@training.example")
    with database.connect() as conn:
        assert conn.execute("select count(*) from service_mails").fetchone() == (3,)


def test_one_network_has_its_limit(ada: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "NETWORK_AN_HOUR", 2)
    for number in range(2):
        ada.post("/my-alerts/link", address=f"ben{number}@training.example")
    assert "in an hour" in ada.post("/my-alerts/link", 429, address="cleo@training.example")


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"},
     {"Origin": "null"}, {}],
)  # fmt: skip
def test_another_sites_form_is_refused(ada: Visitor, headers: dict[str, str]) -> None:
    assert "could not accept this form" in ada.post("/my-alerts/link", 403, headers, address=ADDRESS)


def test_an_old_browser_that_names_our_origin_is_let_in(ada: Visitor) -> None:
    origin = str(ada.client.base_url).rstrip("/")
    ada.post("/my-alerts/link", headers={"Origin": origin}, address=ADDRESS)


def test_a_form_that_is_too_large_is_refused(ada: Visitor) -> None:
    ada.post("/sign-up/who", 413, address="x" * forms.LARGEST_FORM)
    ada.post("/sign-up/what", 413, **{f"f{n}": "x" for n in range(forms.MOST_FIELDS + 1)})


def test_answers_that_somebody_changed_are_not_ours(ada: Visitor) -> None:
    ada.choose_place()
    kept = ada.client.cookies[signup.COOKIE]
    ada.client.cookies.clear()
    ada.client.cookies.set(signup.COOKIE, kept[:-2] + "xx", path="/sign-up")
    assert "Remove ST16 2LD" not in ada.see("/sign-up/where")


def test_pages_are_small_and_closed(ada: Visitor) -> None:
    for path in ("/sign-up/where", "/my-alerts"):
        answer = ada.client.get(path)
        assert len(answer.content) < 20_000
        assert "script" not in answer.text
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"


def test_a_wrong_address_is_answered_in_words_to_people(ada: Visitor) -> None:
    page = ada.client.get("/no/such/page", headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert "Page not found" in page.text


def test_every_page_is_light(ada: Visitor) -> None:
    style = len(ada.client.get("/static/public.css").content)
    for path in ("/", "/sign-up/where", "/my-alerts", "/privacy"):
        assert len(ada.see(path)) + style < 100_000
