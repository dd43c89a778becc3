"""The words people read."""

from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from smartalert.alerts import messages
from smartalert.alerts.messages import Content
from smartalert.config import Mode
from smartalert.dispatch import links
from smartalert.providers.provider import placeholder
from tests.factories import complete_draft

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


def test_a_mail_keeps_the_lines_of_every_text_it_carries() -> None:
    said = "The men were found.\n\nA burglary happened.\r\nOne wore a red coat."
    content = replace(CONTENT, description=said, instruction="Lock up.\nLook out.", contact="Call 101\n\nor 999.")
    mail = messages.word(content, Mode.LIVE)["email"]
    shown = lines_of(mail.html)
    assert shown[shown.index(CONTENT.area_text) + 1 :][:10] == [
        "The men were found.", "A burglary happened.", "One wore a red coat.", "What to do", "Lock up.", "Look out.",
        "Call 101", "or 999.", "I have information", "See the map or share this alert",
    ]  # fmt: skip
    assert "The men were found.\n\nA burglary happened.\nOne wore a red coat." in mail.body


def lines_of(html: str) -> list[str]:
    """What a mail program shows that knows HTML's blocks and line breaks and no style sheet."""
    reader = Lines()
    reader.feed(html)
    return [" ".join(line.split()) for line in "".join(reader.said).split("\n") if line.strip()]


class Lines(HTMLParser):
    """Text with a line end at every block and line break."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Begin a line where a block begins."""
        if tag in {"p", "div", "br", "h1", "h2", "tr", "title"}:
            self.said.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """End it where the block ends."""
        self.handle_starttag(tag, None)

    def handle_data(self, data: str) -> None:
        """A line end of the source is a space."""
        self.said.append(data.replace("\n", " "))


@pytest.mark.parametrize("name", ["receipt", "report", "page", "choices", "unsubscribe", "secret"])
@pytest.mark.parametrize("field", ["headline", "description", "instruction", "contact", "area_text", "photo_alt"])
def test_no_placeholder_is_among_an_officers_words(field: str, name: str) -> None:
    plain = messages.word(replace(CONTENT, photo_alt="A van"), Mode.LIVE)
    for typed in (f"-{name}-", f"two-{name}-form", placeholder(name)):
        marked = messages.word(replace(CONTENT, **{"photo_alt": "A van", field: typed}), Mode.LIVE)
        for channel, wording in marked.items():
            for part in ("title", "body", "html"):
                marks = [getattr(words, part).count(placeholder(name)) for words in (wording, plain[channel])]
                assert marks[0] == marks[1]


@pytest.mark.parametrize(
    ("hours", "said"),
    [(1, "01:15 on 25 October, before the clocks go back"), (2, "01:15 on 25 October, after the clocks went back")],
)
def test_an_end_in_the_hour_that_comes_twice_says_which(hours: int, said: str) -> None:
    ends = complete_draft(expires=f"{hours}h").expires_at(datetime(2026, 10, 24, 23, 15, tzinfo=UTC))
    mail = messages.word(replace(CONTENT, expires_at=ends), Mode.LIVE)["email"]
    assert f"This alert ends at {said}." in mail.body
    assert f"This alert ends at {said}." in mail.html


def test_an_end_at_midnight_is_the_end_of_the_day_before() -> None:
    content = replace(CONTENT, expires_at=datetime(2026, 11, 23, 0, 0, tzinfo=UTC))
    assert "ends at midnight at the end of 22 November." in messages.word(content, Mode.LIVE)["email"].body
