"""Officers in real browsers: asked, returned, changed, approved; and approvers who are called while they are away."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser import DESKS, PHONE, Chromium, Tab, misfits, unfit, violations
from tests.control.test_sound import LISTEN, played
from tests.databases import Database
from tests.deployment import Deployment, deployment
from tests.factories import (
    OFFICER,
    complete_draft,
    make_draft,
    make_force_area,
    make_neighbourhoods,
    make_street,
    make_subscriber,
)
from tests.waiting import eventually

CHIEF, TRAINER = "chief.whitlock", "trainer.marsh"
PEOPLE = 30


@pytest.fixture(scope="module")
def running(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """People by the crossroads, under a policy by which each alert to them needs a second person."""
    with module_database.connect(autocommit=True) as conn, conn.transaction():
        make_force_area(conn)
        make_neighbourhoods(conn)
        make_street(conn)
        for number in range(PEOPLE):
            make_subscriber(conn, at=(number * 10, 0))
        conn.execute("update approval_policy set people_over = 20 where people_over = 3000")
    with deployment(module_database, tmp_path_factory.mktemp("approval")) as running:
        yield running


def open_as(tab: Tab, room: str, officer: str, page: str) -> Tab:
    """Sign in, and arrive where the link led."""
    tab.page.goto(f"{room}/{page}", wait_until="commit")
    tab.page.click(f"button[value='{officer}']")
    tab.page.wait_for_selector(".st-key-topbar")
    return tab


def press(tab: Tab, name: str) -> None:
    tab.page.get_by_role("button", name=name).click()


def says(tab: Tab, words: str | re.Pattern[str]) -> None:
    expect(tab.page.get_by_text(words).first).to_be_visible()


def ask(sender: Tab) -> None:
    press(sender, "Review")
    press(sender, f"EXERCISE: ask for approval: {PEOPLE} simulated people")
    says(sender, "Waiting for approval since")


def open_request(approver: Tab) -> None:
    approver.page.get_by_role("link", name=re.compile("Burglary in Tannery Row")).click()
    says(approver, f"EXERCISE: {PEOPLE} simulated people will get this")
    expect(approver.page.get_by_role("button", name="EXERCISE: approve and tell")).to_be_visible()


def send_back(approver: Tab, reason: str) -> None:
    press(approver, "Return for change")
    approver.page.get_by_label("What needs to change?").fill(reason)
    approver.page.keyboard.press("Tab")
    assert unfit(approver.page, *DESKS, PHONE) == []
    press(approver, "Return it")
    says(approver, "Returned for changes")


def test_asked_returned_changed_and_approved_by_a_second_officer(
    running: Deployment, room: str, chromium: Chromium
) -> None:
    with running.database.connect() as conn:
        draft_id, _ = make_draft(conn, officer=OFFICER)
        conn.commit()
    with chromium(bypass_csp=True) as sender:
        open_as(sender, room, OFFICER, f"send_alert?draft={draft_id}")
        approver = open_as(sender.another(bypass_csp=True), room, CHIEF, "approvals")
        says(approver, "Nothing is waiting for approval")
        says(sender, "More than 20 people: a second person must approve")
        ask(sender)
        assert violations(sender.page) == []
        assert unfit(sender.page, *DESKS, PHONE) == []

        says(approver, "1 waiting")
        assert violations(approver.page) == []
        open_request(approver)
        assert "Return for change" in approver.page.evaluate("document.activeElement.textContent")
        send_back(approver, "Say which canal")

        says(sender, "Say which canal")
        expect(sender.page.get_by_role("textbox", name="Headline")).to_have_value(complete_draft().headline)
        words = sender.page.get_by_role("textbox", name="What happened")
        words.fill(complete_draft().description.replace("the canal", "the Trent and Mersey Canal"))
        words.press("Control+Enter")
        expect(sender.page.locator(".st-key-send-lock")).to_contain_text("Trent and Mersey")
        ask(sender)

        approver.page.get_by_role("link", name="All approvals").click()
        open_request(approver)
        changed = approver.page.locator(".sa-changes")
        expect(changed).to_contain_text("Say which canal")
        expect(changed.locator("ins")).to_have_text("added: Trent and Mersey Canal.")
        expect(changed.locator("del")).to_have_text("removed: canal.")
        assert violations(approver.page) == []
        assert unfit(approver.page) == []
        press(approver, "EXERCISE: approve and tell")

        for tab in (approver, sender):
            tab.page.wait_for_url("**/live_alerts?alert=*")
            says(tab, "approved it")
            assert (tab.external, tab.errors) == ([], [])
        alert_id = int(sender.page.url.rpartition("=")[2])
    states = running.wait_until_done(alert_id)
    assert sum(states.values()) == 2 * PEOPLE


def go_on_duty(tab: Tab) -> None:
    """For the first of the hours that are offered; then nobody is at this screen any more."""
    tab.page.get_by_role("combobox", name="On duty until").click()
    tab.page.get_by_role("option").nth(1).click()
    says(tab, "You are on duty until")
    assert violations(tab.page) == []


def test_approvers_who_are_away_are_called_one_after_the_other_and_one_approves_on_their_phone(
    running: Deployment, room: str, chromium: Chromium
) -> None:
    with running.database.connect(autocommit=True) as conn:
        conn.execute("update approval_settings set call_next_after = '5 seconds'")
        draft_id, _ = make_draft(conn, officer=OFFICER)
    small = {"viewport": (1280, 720), "bypass_csp": True}
    with chromium(**small) as sender:
        chief = open_as(sender.another(**small), room, CHIEF, "approvals")
        go_on_duty(chief)
        chief.page.context.close()
        trainer = open_as(sender.another(**small, reduced_motion="no-preference"), room, TRAINER, "approvals")
        trainer.page.add_init_script(LISTEN)
        go_on_duty(trainer)
        trainer.page.goto(f"{room}/live_alerts")
        trainer.page.locator(".sa-brand").click()

        open_as(sender, room, OFFICER, f"send_alert?draft={draft_id}")
        ask(sender)
        calls = sender.page.locator(".sd-calls")
        told = "Called Ch. Insp. Ruth Whitlock: phone handed over .*, e-mail handed over"
        expect(calls).to_contain_text(re.compile(told))
        expect(calls).to_contain_text("Next: Tom Marsh")
        says(sender, "Approvers at a screen now: Ch. Insp. Ruth Whitlock, Tom Marsh.")

        banner = trainer.page.locator(".sa-call")
        expect(banner).to_contain_text("An urgent alert is waiting for approval: Burglary in Tannery Row")
        eventually(lambda: played(trainer.page) == [587, 440, 587, 440])
        assert violations(trainer.page) == []
        assert misfits(trainer.page) == []
        trainer.page.context.close()

        expect(calls).to_contain_text("Called Tom Marsh: phone handed over")
        assert violations(sender.page) == []
        assert misfits(sender.page) == []
        for token, mailbox in (("ios-ruth-whitlock", "ruth.whitlock@"), ("android-tom-marsh", "tom.marsh@")):
            phone = running.simulator.phones(q=token)[0]
            mail = running.simulator.mails(q=mailbox)[0]
            assert phone["cards"][0]["title"] == "EXERCISE: An urgent alert is waiting for your approval"
            assert "Tannery" not in phone["cards"][0]["text"] + mail["subject"] + mail["text"]
        link = phone["cards"][0]["data"]["page"]
        assert link in mail["text"]

        on_phone = sender.another(viewport=(390, 844), bypass_csp=True, has_touch=True)
        on_phone.page.goto(link)
        on_phone.page.click(f"button[value='{TRAINER}']")
        for answer in ("EXERCISE: approve and tell", "Return for changes"):
            expect(on_phone.page.get_by_role("button", name=answer)).to_be_in_viewport(ratio=1)
        assert misfits(on_phone.page) == []
        press(on_phone, "EXERCISE: approve and tell")
        for tab in (on_phone, sender):
            tab.page.wait_for_url("**/live_alerts?alert=*")
            says(tab, "approved it")
            says(tab, "asked for approval: the call to Tom Marsh’s phone was handed over")
            assert (tab.external, tab.errors) == ([], [])
