"""The words people read."""

from datetime import UTC, datetime

from smartalert.alerts import messages
from smartalert.alerts.messages import Content
from smartalert.config import Mode
from smartalert.dispatch import links

CONTENT = Content(
    headline="Bogus callers in <Tannery> Row",
    description="People pretending to be from the water company are calling at homes.",
    instruction="Keep the door on the chain.",
    contact="Call 999 and quote incident 482 of 22 November.",
    incident_number="482 of 22 November",
    area_text="Tannery Row, Stafford",
    urgent=True,
    expires_at=datetime(2026, 7, 1, 21, 0, tzinfo=UTC),
)


def test_everything_in_training_begins_with_exercise() -> None:
    for wording in messages.word(CONTENT, Mode.TRAINING).values():
        assert wording.title.startswith("EXERCISE: ")
    mail = messages.word(CONTENT, Mode.TRAINING)["email"]
    assert mail.body.startswith("EXERCISE.")
    assert "EXERCISE. This is a training message" in mail.html


def test_nothing_live_says_exercise() -> None:
    for wording in messages.word(CONTENT, Mode.LIVE).values():
        assert "EXERCISE" not in wording.title + wording.body + wording.html


def test_every_channel_carries_what_happened_what_to_do_and_whom_to_call() -> None:
    for wording in messages.word(CONTENT, Mode.LIVE).values():
        for words in (CONTENT.description, CONTENT.instruction, CONTENT.contact):
            assert words in wording.body


def test_an_officers_words_are_never_markup() -> None:
    html = messages.word(CONTENT, Mode.LIVE)["email"].html
    assert "&lt;Tannery&gt;" in html
    assert "<Tannery>" not in html


def test_times_are_london_times() -> None:
    assert "This alert ends at 22:00 on 1 July" in messages.word(CONTENT, Mode.LIVE)["email"].body


def test_mails_carry_each_persons_own_way_out() -> None:
    mail = messages.word(CONTENT, Mode.LIVE)["email"]
    for link in (links.UNSUBSCRIBE, links.CHOICES):
        assert link in mail.body
        assert f'href="{link}"' in mail.html


def test_mails_carry_a_button_to_report_back_and_a_page_to_pass_on() -> None:
    mail = messages.word(CONTENT, Mode.LIVE)["email"]
    for link in (links.REPORT, links.PAGE):
        assert link in mail.body
        assert f'href="{link}"' in mail.html
