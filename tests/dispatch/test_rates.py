"""A provider's quota shared by workers: together never more, and an equal part for whoever needs it."""

import random

import pytest

from smartalert.database.connection import Connection
from smartalert.dispatch import rates

QUOTA = 9_500.0


def ask(conn: Connection, worker: int, wanted: float, holds: float = 0.0, channel: str = "push") -> float:
    return rates.share(conn, channel, worker, wanted=wanted, holds=holds, most=QUOTA)


def ask_in_turn(conn: Connection, wanted: dict[int, float], rounds: int = 4) -> dict[int, float]:
    """Everybody asks, again and again; what each goes by then."""
    held = dict.fromkeys(wanted, 0.0)
    for _ in range(rounds):
        for worker, wants in wanted.items():
            held[worker] = ask(conn, worker, wants, held[worker])
            assert sum(held.values()) <= QUOTA + 1e-6
    return held


@pytest.mark.parametrize(
    ("wanted", "shares"),
    [
        ([QUOTA], [9_500]),
        ([QUOTA, QUOTA], [4_750, 4_750]),
        ([QUOTA] * 5, [1_900] * 5),
        ([500, QUOTA, QUOTA], [500, 4_500, 4_500]),
        ([QUOTA, 6_000, 100], [4_700, 4_700, 100]),
        ([100, 200, 300], [100, 200, 300]),
    ],
)
def test_each_gets_what_it_needs_or_an_equal_part_of_what_the_modest_leave(
    conn: Connection, wanted: list[float], shares: list[float]
) -> None:
    held = ask_in_turn(conn, dict(enumerate(wanted, 1)))
    assert list(held.values()) == pytest.approx(shares)


def test_a_newcomer_waits_until_those_who_hold_the_rate_are_known_to_go_by_less(conn: Connection) -> None:
    assert ask(conn, 1, QUOTA) == QUOTA
    assert ask(conn, 2, QUOTA) == 0
    assert ask(conn, 1, QUOTA, holds=QUOTA) == QUOTA / 2
    assert ask(conn, 2, QUOTA) == 0, "the answer may have been lost: it may still go by the whole"
    assert ask(conn, 1, QUOTA, holds=QUOTA / 2) == QUOTA / 2
    assert ask(conn, 2, QUOTA) == QUOTA / 2


def test_a_share_ends_by_itself_or_is_given_back_and_others_have_it(conn: Connection) -> None:
    assert ask(conn, 1, QUOTA) == QUOTA
    conn.execute("update rate_shares set ends_at = clock_timestamp()")
    assert ask(conn, 2, QUOTA) == QUOTA
    assert ask(conn, 2, 0, holds=QUOTA) == 0
    assert ask(conn, 2, 0) == 0
    assert ask(conn, 3, QUOTA) == QUOTA


def test_each_channel_has_a_quota_of_its_own(conn: Connection) -> None:
    assert ask(conn, 1, QUOTA) == QUOTA
    assert ask(conn, 1, QUOTA, channel="email") == QUOTA


@pytest.mark.parametrize("seed", range(3))
def test_whoever_comes_goes_falls_silent_or_loses_an_answer_the_quota_is_never_passed(
    conn: Connection, seed: int
) -> None:
    """What each worker goes by is followed here: an answer that is lost leaves it at what it had, until that ends."""
    dice = random.Random(seed)
    held = dict.fromkeys(range(1, 7), 0.0)
    for _ in range(150):
        worker = dice.choice(list(held))
        if dice.random() < 0.15:  # nothing was heard of it for two seconds
            conn.execute(
                "update rate_shares set ends_at = clock_timestamp() - interval '1 second' where worker = %s", (worker,)
            )
            held[worker] = 0.0
            continue
        granted = ask(conn, worker, dice.choice([0.0, 50.0, 3_000.0, QUOTA]), held[worker])
        if dice.random() < 0.8:
            held[worker] = granted
        assert sum(held.values()) <= QUOTA + 1e-6
