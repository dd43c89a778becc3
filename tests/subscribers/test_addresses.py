"""E-mail addresses: what mail can reach is kept in one form, what it never can is refused."""

import json

import pytest

from smartalert.subscribers.addresses import kept_address
from tests import DATA


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Pat.Lee@Example.com", "pat.lee@example.com"),
        (" o'brien+alerts@sub.example.co.uk ", "o'brien+alerts@sub.example.co.uk"),
        ("pat@bücher.example", "pat@xn--bcher-kva.example"),
        ("pat@ŵyl.cymru", "pat@xn--yl-9ua.cymru"),
        ("pat@exam\u200bple.com", "pat@example.com"),
        ("ｐａｔ＠ｅｘａｍｐｌｅ．ｃｏｍ", "pat@example.com"),
        ("oﬃce@example。com", "office@example.com"),
        ("o’brien@ex\u00adample.com\U000e0020", "o'brien@example.com"),
        ("pat@anne–marie.example", "pat@anne-marie.example"),
    ],
)
def test_an_address_that_mail_can_reach_is_kept_in_one_form(typed: str, kept: str) -> None:
    assert kept_address(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "", "pat", "pat@example", "pat.@example.com", ".pat@example.com", "pat..lee@example.com", "pat@example..com",
        "pat@-example.com", "pat@example.com/", "pat@192.0.2.1", "pat@example.c", "mailto:pat@example.com",
        "Pat <pat@example.com>", "pat@example.com, lee@example.com", "josé@example.com", f"{'a' * 65}@example.com",
        f"pat@{'a' * 250}.com",
    ],
)  # fmt: skip
def test_an_address_that_mail_can_never_reach_is_refused(typed: str) -> None:
    assert kept_address(typed) == ""


def test_addresses_that_once_were_judged_wrongly_are_judged_right() -> None:
    cases = DATA.parent / "cases"
    files = sorted(cases.glob("16-addresses*.json"))
    if not files:
        pytest.skip(f"no cases in {cases}")
    for file in files:
        said = json.loads(file.read_text())
        assert [one for one in said["accepted_and_never_arrive"] if kept_address(one)] == []
        assert [one for one in said["refused_though_real"] if not kept_address(one)] == []
