"""Where an alert sends people: numbers and links that are not the force's."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from smartalert.alerts.proofreading.marks import Mark, Page, without
from smartalert.config import settings

#: Everybody's: emergency and non-emergency, textphone, Crimestoppers, the health service's; one's own bank, false
#: texts, Report Fraud; Floodline and gas emergencies.
NUMBERS = (
    "999", "112", "101", "111", "18000", "18001 101", "0800 555 111", "159", "7726", "0300 123 2040", "0345 988 1188",
    "0800 111 999",
)  # fmt: skip
#: What to call instead of a stranger's number.
INSTEAD = "101"
LONG_NUMBER = re.compile(r"(?<![\w£.:])(?:\+44\s?(?:\(0\)\s?)?|\(?0)[\d ()-]{7,18}\d(?!\w)")
#: "ring us on 1234": whatever follows is taken for a number.
CALL = re.compile(
    r"\b(?:call|ring|phone|dial|telephone|text|tel)\b[:.]?(?: (?:us|me|them|(?:the )?police))?(?: (?:on|at))? "
    r"(?P<number>\d{3,}(?: \d+)*)(?! ?\d| of \d)",
    re.I,
)
DATE = re.compile(r"\d{2}-\d{2}-\d{4}")

#: Whose pages an alert may point at, themselves and what is below them.
HOSTS = ("police.uk", "gov.uk", "nhs.uk", "crimestoppers-uk.org")
ENDINGS = "uk|com|org|net|info|biz|app|link|xyz|online|site|click|top|eu"
LINK = re.compile(
    rf"(?:https?://|www\.)[^\s<>\[\]]+|\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+|"
    rf"\b(?:[\w-]+\.)+(?:{ENDINGS})\b(?:/[^\s<>\[\]]*)?|\b[\w-]+\.(?:ly|gl|gd|me|io|co)/[^\s<>\[\]]+",
    re.I,
)
BEFORE_LINK = re.compile(r"(?:\b(?:at|on|via)\b:? )$", re.I)


def numbers(page: Page) -> Iterator[Mark]:
    """Telephone numbers that are neither everybody's nor in the settings."""
    ours = {digits(number) for number in (*NUMBERS, *settings().own_phone_numbers)}
    long = [
        (found.start(), found.start() + len(one_number(found[0])))
        for found in LONG_NUMBER.finditer(page.text)
        if is_number(found[0])
    ]
    called = [found.span("number") for found in CALL.finditer(page.text)]
    for start, end in dict.fromkeys([*long, *called]):
        overlaps = any(
            start < other_end and other < end for other, other_end in long if (other, other_end) != (start, end)
        )
        if not overlaps and not begins_with_ours(page.text[start:end], ours):
            yield Mark(start, end, INSTEAD)


def one_number(text: str) -> str:
    """A telephone number without what follows it: "07700 900123 999" is two. None here has more digits (Ofcom)."""
    most = 12 if text.startswith("+") else 11
    while len(digits(text)) > most and is_number(shorter := text.rpartition(" ")[0]):
        text = shorter
    return text


def is_number(text: str) -> bool:
    """As long as telephone numbers are, and no date."""
    return len(digits(text)) >= 10 and not DATE.search(text)


def digits(text: str) -> str:
    """A number as it is dialled within the country."""
    dialled = re.sub(r"\D", "", text.replace("(0)", ""))
    return "0" + dialled[2:] if text.strip().startswith("+44") else dialled


def begins_with_ours(text: str, ours: set[str]) -> bool:
    """Whether it is one of ours, perhaps with a figure behind it: "101 24 hours a day"."""
    groups = text.split()
    return any(digits(" ".join(groups[:many])) in ours for many in range(1, len(groups) + 1))


def links(page: Page) -> Iterator[Mark]:
    """Links and addresses that lead to strangers."""
    for found in LINK.finditer(page.text):
        link = found[0].rstrip(".,;:!?)'\"")
        start, end = found.start(), found.start() + len(link)
        if not is_ours(link):
            lead = BEFORE_LINK.search(page.text[:start])
            yield without(page.text, lead.start() if lead else start, end)


def is_ours(link: str) -> bool:
    """Whether a link leads to the force, to government, or to whom the settings name."""
    trusted = {*HOSTS, settings().sender.rpartition("@")[2], *settings().own_link_hosts}
    if base := urlsplit(settings().public_base).hostname:
        trusted.add(base)
    host = host_of(link)
    return any(host == one or host.endswith(f".{one}") for one in trusted)


def host_of(link: str) -> str:
    """Where a link leads; "" where nobody can tell."""
    try:
        return (urlsplit(link if "://" in link else f"//{link}").hostname or "").removeprefix("www.")
    except ValueError:
        return ""
