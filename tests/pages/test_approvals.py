"""The approvals screen without a browser: what waits, what changed, the two answers, and the looks afterwards."""

import html
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from smartalert.alerts import approvals, drafts, issuing
from smartalert.control import access
from smartalert.control.approvals.changes import marked
from smartalert.control.live import snapshot
from smartalert.database.connection import Connection
from smartalert.errors import NotAllowed
from smartalert.officers import duties
from smartalert.subscribers import devices
from smartalert.subscribers.subscriptions import Choices, Place
from tests.factories import (
    LAT,
    LON,
    OFFICER,
    complete_draft,
    make_draft,
    make_force_area,
    make_neighbourhoods,
    make_subscriber,
    preview_of,
)  # fmt: skip
from tests.pages.conftest import Open

Page = Callable[..., AppTest]
CHIEF, TRAINER = "chief.whitlock", "trainer.marsh"
PEOPLE = 30


@pytest.fixture
def page(conn: Connection, open_screen: Open) -> Page:
    """Open a page as an officer, at a request or at the list."""
    make_force_area(conn)
    make_neighbourhoods(conn)
    for number in range(PEOPLE):
        make_subscriber(conn, at=(number, 5))
    conn.execute("update approval_policy set people_over = 20 where people_over = 3000")

    def open_page(officer: str = CHIEF, name: str = "approvals", **address: object) -> AppTest:
        return open_screen(name, officer, **address)

    return open_page


def ask(conn: Connection) -> int:
    """A request of the duty inspector's, just now."""
    draft_id, version = make_draft(conn)
    now = datetime.now(UTC)
    return approvals.ask(conn, draft_id, version, OFFICER, shown=preview_of(conn, now=now), now=now)


def small_alert(conn: Connection) -> int:
    """One that went at once, a minute ago."""
    draft_id, version = make_draft(conn, content := complete_draft(area={**complete_draft().area, "radius_m": 50}))
    conn.execute("update approval_policy set people_over = 3000 where people_over = 20")
    now = datetime.now(UTC) - timedelta(minutes=1)
    shown = preview_of(conn, content, now)
    return issuing.issue(conn, draft_id, version, OFFICER, shown=shown, now=now, undo_s=0).id


def text(at: AppTest) -> str:
    assert not at.exception
    return html.unescape(" ".join(part.proto.body for part in at.get("html")))


def press(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if button.label.startswith(label)).click()
    return at.run()


def labels(at: AppTest) -> list[str]:
    return [button.label for button in at.button]


def test_with_nothing_to_do_it_says_so_and_what_the_policy_is(page: Page) -> None:
    said = text(page())
    assert "Nothing is waiting for approval" in said
    assert "There are no alerts to review" in said
    assert "Urgent alerts and neighbourhood updates, more than 20 people: a second person must approve." in said


def test_a_sender_who_is_no_approver_may_not_look(page: Page, conn: Connection) -> None:
    ask(conn)
    at = page("officer.bailey")
    assert "cannot use this screen" in text(at)
    assert "Tannery Row" not in text(at)


def test_a_sender_asks_instead_of_telling_and_may_take_it_back(page: Page, conn: Connection) -> None:
    draft_id, _ = make_draft(conn)
    at = press(page(OFFICER, "send_alert", draft=draft_id), "Review")
    assert "More than 20 people: a second person must approve" in text(at)
    at = press(at, f"EXERCISE: ask for approval: {PEOPLE} simulated people")
    assert "Waiting for approval since" in text(at)
    assert "Nobody has been told yet." in text(at)
    assert labels(at) == ["New alert", "Take back the request"]
    at = press(at, "Take back the request")
    assert "Review" in labels(at)
    assert approvals.of_draft(conn, draft_id).decision == "withdrawn"


def test_a_request_is_listed_opened_and_approved(page: Page, conn: Connection) -> None:
    request = ask(conn)
    assert f'href="approvals?request={request}"' in text(page())
    at = page(request=request)
    said = text(at)
    assert f"EXERCISE: {PEOPLE} simulated people will get this" in said
    assert "Insp. Alison Carr asks, waiting since" in said
    assert "Burglary in Tannery Row just now" in said
    press(at, f"EXERCISE: approve and tell {PEOPLE} simulated people")
    assert conn.execute("select people, approval_rule, issued_by from alerts").fetchone() == (
        PEOPLE, "second person", OFFICER,
    )  # fmt: skip
    said = text(page(request=request))
    assert "Approved" in said
    assert "Ch. Insp. Ruth Whitlock" in said


def test_whoever_asked_sees_their_request_and_no_button(page: Page, conn: Connection) -> None:
    request = ask(conn)
    assert "you asked for this: another approver decides" in text(page(OFFICER))
    at = page(OFFICER, request=request)
    assert "Another approver needs to look at it" in text(at)
    assert labels(at) == []


def test_returned_with_a_reason_the_sender_reads_it_and_the_approver_sees_what_changed(
    page: Page, conn: Connection
) -> None:
    request = ask(conn)
    draft_id = approvals.load(conn, request).draft_id
    at = press(page(request=request), "Return for changes")
    at = press(at, "Return it")
    assert "Say what needs to change" in text(at)
    at.text_input[0].set_value("Say which canal")
    at = press(at, "Return it")
    assert "Returned for changes" in text(at)
    assert "Ch. Insp. Ruth Whitlock returned it for changes at" in (
        said := text(page(OFFICER, "send_alert", draft=draft_id))
    )
    assert "Say which canal" in said
    words = complete_draft().description.replace("the canal", "the Trent and Mersey Canal")
    version = drafts.change(conn, draft_id, OFFICER, {"description": words}).version
    now = datetime.now(UTC)
    again = approvals.ask(conn, draft_id, version, OFFICER, shown=preview_of(conn, now=now), now=now)
    said = text(page(request=again))
    assert "Changed since you last looked at" in said
    assert '<ins><span class="sa-spoken">added: </span>Trent and Mersey Canal.</ins>' in said
    assert "Changed since" not in text(page(TRAINER, request=again))


def test_a_request_that_was_changed_under_the_approvers_hand_is_not_issued(page: Page, conn: Connection) -> None:
    request = ask(conn)
    at = page(request=request)
    drafts.change(conn, approvals.load(conn, request).draft_id, OFFICER, {"headline": "Other words"})
    at = press(at, "EXERCISE: approve and tell")
    assert "The sender changed it" in text(at)
    assert conn.execute("select count(*) from alerts").fetchone() == (0,)


def test_an_audience_that_moved_is_said_and_nothing_issued(page: Page, conn: Connection) -> None:
    request = ask(conn)
    at = page(request=request)
    for number in range(PEOPLE):
        make_subscriber(conn, at=(number, 9))
    at = press(at, "EXERCISE: approve and tell")
    assert f"It was {PEOPLE} people when you looked; it is {2 * PEOPLE} now." in text(at)
    assert conn.execute("select count(*) from alerts").fetchone() == (0,)


def test_an_approver_whose_sign_in_ended_approves_nothing(
    page: Page, conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = ask(conn)
    at = page(request=request)
    monkeypatch.setattr(access, "shown_cookie", lambda: "")
    press(at, "EXERCISE: approve and tell")
    assert approvals.load(conn, request).decision is None


def test_a_request_that_does_not_exist_says_so(page: Page) -> None:
    assert "There is no such request" in text(page(request=12345))


def test_what_went_at_once_is_looked_at_afterwards(page: Page, conn: Connection) -> None:
    alert_id = small_alert(conn)
    at = page()
    assert f'href="live_alerts?alert={alert_id}"' in text(at)
    at = press(at, "Raise a concern")
    at = press(at, "Raise the concern")
    assert "Say what your concern is" in text(at)
    at.text_input[0].set_value("It names the house")
    at = press(at, "Raise the concern")
    assert "There are no alerts to review" in text(at)
    assert "<b>Concern:</b> It names the house" in text(at)
    snapshot.forget()
    assert "raised a concern: “It names the house”" in text(page(CHIEF, "live_alerts", alert=alert_id))


def test_seen_and_right_is_one_press_and_nobody_looks_at_their_own(page: Page, conn: Connection) -> None:
    small_alert(conn)
    assert "you sent this: another approver reviews it" in text(page(OFFICER))
    assert "There are no alerts to review" in text(press(page(), "No concern"))


def test_an_approver_says_until_when_they_are_on_duty_and_links_their_phone(page: Page, conn: Connection) -> None:
    at = page()
    assert "You are off duty." in text(at)
    at = at.selectbox[0].select_index(2).run()
    assert "You are on duty until" in text(at)
    assert "we call you on your phone and by e-mail" in text(at)
    assert conn.execute("select officer, set_by from duties").fetchall() == [(CHIEF, CHIEF)]
    at = press(at, "Unlink my phone")
    assert "No phone is linked." in text(at)
    choices = Choices(places=(Place(label="Home", lat=LAT, lon=LON, reach_m=0),))
    secret = devices.register(conn, "a-phone-of-hers", "ios", "1.0", choices)
    code = devices.officer_code(conn, secret)
    at = press(at, "Link my phone")
    at.text_input[0].set_value("ABCD-2345")
    at = press(at, "Link it")
    assert "No phone shows this code." in text(at)
    at.text_input[0].set_value(f" {code[:4].lower()}-{code[4:]}")
    at = press(at, "Link it")
    assert "Your phone is linked." in text(at)
    assert phone_of(conn, CHIEF) == "a-phone-of-hers"
    devices.change_token(conn, secret, "its-next-token", "1.0")
    assert phone_of(conn, CHIEF) == "its-next-token"
    at.selectbox[0].select_index(0).run()
    assert conn.execute("select from duties").fetchall() == []


def phone_of(conn: Connection, officer: str) -> str:
    return str(conn.execute("select phone from officers where id = %s", (officer,)).fetchone()[0])


def test_a_code_links_one_phone_once_and_not_later(page: Page, conn: Connection) -> None:
    page()
    choices = Choices(places=(Place(label="Home", lat=LAT, lon=LON, reach_m=0),))
    secret = devices.register(conn, "a-phone-of-hers", "ios", "1.0", choices)
    first, code = (devices.officer_code(conn, secret) for _ in range(2))
    now = datetime.now(UTC)
    with pytest.raises(NotAllowed):
        duties.link_phone(conn, CHIEF, first)
    duties.link_phone(conn, CHIEF, code)
    with pytest.raises(NotAllowed):
        duties.link_phone(conn, CHIEF, code)
    late = devices.officer_code(conn, secret)
    conn.execute("update secrets set expires_at = %s where purpose = 'officer'", (now,))
    with pytest.raises(NotAllowed):
        duties.link_phone(conn, CHIEF, late)


def test_in_an_emergency_it_goes_without_approval_and_another_approver_reviews_it(page: Page, conn: Connection) -> None:
    draft_id, _ = make_draft(conn)
    at = press(page(OFFICER, "send_alert", draft=draft_id), "Review")
    assert "Send without approval …" not in labels(at)
    conn.execute("update approval_settings set may_override = true")
    at = press(page(OFFICER, "send_alert", draft=draft_id), "Review")
    at = press(at, f"EXERCISE: ask for approval: {PEOPLE} simulated people")
    at = press(at, "Send without approval …")
    assert labels(at) == ["Cancel", f"EXERCISE: send without approval: {PEOPLE}"]
    at = press(at, "EXERCISE: send without approval")
    assert "Say why this cannot wait for approval." in text(at)
    next(field for field in at.text_input if field.key == "send:emergency-reason").set_value("He has a knife")
    press(at, "EXERCISE: send without approval")
    (alert_id,) = conn.execute("select id from alerts where override_reason = 'He has a knife'").fetchone()
    conn.execute("update alerts set release_at = issued_at")
    snapshot.forget()
    said = text(page(CHIEF, "live_alerts", alert=alert_id))
    assert "sent without the approval it needed: He has a knife" in said
    assert "sent it without the approval it needed: “He has a knife”" in said
    at = page()
    assert "Sent without approval: He has a knife" in text(at)
    press(at, "No concern")
    assert conn.execute("select reviewed_by from alert_reviews").fetchone() == (CHIEF,)


def test_what_waits_is_said_to_other_approvers_on_every_screen_and_to_nobody_else(page: Page, conn: Connection) -> None:
    from smartalert.control import frame

    page()
    request = ask(conn)
    made_up = access.officers()
    said = {name: frame.call(made_up[name]) for name in (CHIEF, OFFICER, "officer.bailey")}
    assert f'data-call="{request}"' in said[CHIEF]
    assert said[OFFICER] == said["officer.bailey"] == ""


def test_the_rail_counts_what_waits(page: Page, conn: Connection) -> None:
    from smartalert.control import frame, status

    ask(conn)
    assert status.look().waiting == 1
    assert ":orange-badge[1 waiting]" in frame.label_of(next(one for one in frame.SCREENS if one.url == "approvals"))


def test_words_taken_out_and_put_in_are_marked_and_nothing_else() -> None:
    said = marked("Two people ran to <the> canal", "Two men ran to <the> canal now")
    assert said == (
        'Two <del><span class="sa-spoken">removed: </span>people</del>'
        '<ins><span class="sa-spoken">added: </span>men</ins> ran to &lt;the&gt; canal'
        '<ins><span class="sa-spoken">added: </span> now</ins>'
    )
    other = marked("Lock doors and windows now.", "Check your cameras and footage.")
    assert other == (
        '<del><span class="sa-spoken">removed: </span>Lock doors and windows now.</del>'
        '<ins><span class="sa-spoken">added: </span>Check your cameras and footage.</ins>'
    )
