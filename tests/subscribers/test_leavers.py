"""The record of who left, beside the database: who is gone by it, and that nobody learns from it or adds to it."""

import logging
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from smartalert import config
from smartalert.config import settings
from smartalert.subscribers import leavers
from smartalert.subscribers.leavers import Act, Hashing
from tests.conftest import forget_settings

NOW = datetime(2026, 11, 27, 21, 0, tzinfo=UTC)
ADA, ADA_AGAIN, BEN = ["person 1", "email aa"], ["person 9", "email aa"], ["person 2", "push bb"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("SMARTALERT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SMARTALERT_SECRET_KEY", "only for tests")
    forget_settings()
    config.signer.cache_clear()
    yield tmp_path / "leavers"
    forget_settings()
    config.signer.cache_clear()


def acts(*done: tuple[Act, list[str]], since: datetime = NOW - timedelta(hours=1)) -> leavers.Gone:
    for minute, (act, marks) in enumerate(done):
        leavers.note(act, marks, NOW + timedelta(minutes=minute))
    lines, unreadable = leavers.read(leavers.files_in([settings().leavers]))
    assert (len(lines), unreadable) == (len(done), 0)
    return leavers.gone(lines, since)


def gone(*done: tuple[Act, list[str]]) -> dict[str, Act]:
    found = acts(*done).acts
    marks = {mark for _, marks in done for mark in marks}
    return {mark: found[one][0] for mark in sorted(marks) for one in Hashing().of(mark) if one in found}


def test_whoever_left_is_gone_by_number_and_by_address() -> None:
    assert gone((Act.LEFT, ADA), (Act.ERASED, BEN)) == {
        "person 1": Act.LEFT, "email aa": Act.LEFT, "person 2": Act.ERASED, "push bb": Act.ERASED,
    }  # fmt: skip


def test_an_address_that_joins_again_is_in_use_and_the_number_that_left_is_not() -> None:
    assert gone((Act.LEFT, ADA), (Act.JOINED, ADA_AGAIN)) == {"person 1": Act.LEFT}


@pytest.mark.parametrize(
    ("done", "left"),
    [
        ([Act.STOPPED], Act.STOPPED),
        ([Act.STOPPED, Act.BACK], None),
        ([Act.STOPPED, Act.LEFT], Act.LEFT),
        ([Act.LEFT, Act.STOPPED], Act.LEFT),
        ([Act.LEFT, Act.BACK], Act.LEFT),
        ([Act.JOINED], None),
    ],
)
def test_the_last_act_decides_and_leaving_is_not_taken_back(done: list[Act], left: Act | None) -> None:
    assert gone(*((act, ADA) for act in done)).get("email aa") == left


def test_who_joined_since_and_stayed_is_counted() -> None:
    found = acts((Act.JOINED, ADA), (Act.JOINED, BEN), (Act.LEFT, BEN), since=NOW - timedelta(minutes=1))
    assert found.joined == {Hashing().of("person 1")[0]}
    assert leavers.gone([], NOW).joined == frozenset()


def test_the_file_says_nothing_about_anybody_without_the_secret(folder: Path) -> None:
    leavers.note(Act.LEFT, ADA, NOW)
    (file,) = folder.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert re.fullmatch(rb"2026-11-27T21:00:00\+00:00 left [0-9a-f]{64} [0-9a-f]{64}\.[\w-]{43}\n", file.read_bytes())


def test_a_line_that_was_cut_changed_or_made_up_is_counted_and_does_not_count(folder: Path) -> None:
    for marks in (ADA, BEN):
        leavers.note(Act.LEFT, marks, NOW)
    (file,) = folder.iterdir()
    first, second = file.read_bytes().splitlines()
    made_up = first.replace(b" left ", b" joined ")
    file.write_bytes(b"\n".join([first, second[:80], made_up, b"\xff"]))
    lines, unreadable = leavers.read([file])
    assert (len(lines), unreadable) == (1, 3)


def test_what_an_older_key_signed_still_counts_and_a_strangers_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    leavers.note(Act.LEFT, ADA, NOW)
    for keys, known in (("a newer one,only for tests", 1), ("a stranger's", 0)):
        monkeypatch.setenv("SMARTALERT_SECRET_KEY", keys)
        forget_settings()
        config.signer.cache_clear()
        lines, unreadable = leavers.read(leavers.files_in([settings().leavers]))
        assert (len(lines), unreadable) == (known, 1 - known)
        found = leavers.gone(lines, NOW).acts
        assert any(one in found for one in Hashing().of("email aa")) is bool(known)


def test_many_at_once_do_not_mix_their_lines() -> None:
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda number: leavers.note(Act.LEFT, [f"person {number}"], NOW), range(200)))
    lines, unreadable = leavers.read(leavers.files_in([settings().leavers]))
    assert (len(lines), unreadable) == (200, 0)


def test_months_that_no_backup_needs_any_more_go(folder: Path) -> None:
    for months_ago in (0, 1, 2, 5):
        leavers.note(Act.LEFT, ADA, NOW - timedelta(days=30 * months_ago))
    leavers.forget(folder, NOW)
    assert sorted(file.stem[-7:] for file in folder.iterdir()) == ["2026-09", "2026-10", "2026-11"]


def test_nobody_is_kept_from_leaving_by_a_folder_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = tmp_path / "missing" / "leavers"
    monkeypatch.setenv("SMARTALERT_LEAVERS_FOLDER", str(nowhere))
    forget_settings()
    with caplog.at_level(logging.CRITICAL):
        leavers.note(Act.LEFT, ADA, NOW)
    assert f"who left cannot be written down in {nowhere}" in caplog.text
    assert "person 1" not in caplog.text
