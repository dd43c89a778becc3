"""Puts made-up residents into a training database, and only there."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import numpy as np
import shapely
from numpy.typing import NDArray

from smartalert.database.connection import Connection
from smartalert.database.progress import Progress, Say, progress
from smartalert.simulator.phones import platform_of
from smartalert.training.frontage import Frontage
from smartalert.training.loading import put_off
from smartalert.training.residents import Residents, make_up
from smartalert.wording import Channel

#: Rows handed to COPY at once.
BLOCK = 50_000
NULL = r"\N"


#: What each part of settling costs, in shares of the whole; measured with 300,000 people.
PARTS = {"made up": 0.05, "subscribers": 0.15, "contacts": 0.2, "places": 0.15, "checked": 0.1, "matched": 0.35}


def settle(  # noqa: PLR0917
    conn: Connection, along: Frontage, count: int, seed: int, now: datetime, words: str, say: Say
) -> None:
    """Make up so many people along these streets and write them down, showing how far that has come."""
    with progress(words, 1, say) as step:
        people = make_up(along, count, seed, now)
        step.advance(PARTS["made up"])
        load(conn, people, seed, step)


def load(conn: Connection, people: Residents, seed: int, step: Progress) -> None:
    """Write these people after those who are there already, and bring the matching table up to date."""
    first = 1 + conn.execute("select coalesce(max(id), 0) as last from subscribers").fetchone().last  # type: ignore[union-attr]
    numbers = np.arange(first, first + len(people.topics))
    later = put_off(conn, ["subscribers", "contacts", "places"])
    write_subscribers(conn, people, numbers)
    step.advance(PARTS["subscribers"])
    write_contacts(conn, people, numbers, seed)
    step.advance(PARTS["contacts"])
    write_places(conn, people, numbers)
    step.advance(PARTS["places"])
    for statement in later:
        conn.execute(statement)
        step.advance(PARTS["checked"] / len(later))
    conn.execute("select mark_everything()")
    match(conn, first, int(numbers[-1]), step)


def write_subscribers(conn: Connection, people: Residents, numbers: NDArray[np.int64]) -> None:
    """Who they are and what they chose."""
    confirmed = np.where(people.unconfirmed, np.datetime64("NaT"), people.signed_up + np.timedelta64(240, "s"))
    left = np.where(people.left, people.signed_up + np.timedelta64(50, "m"), np.datetime64("NaT"))
    copy_columns(
        conn,
        "subscribers (id, topics, sector, updates, signed_up_at, confirmed_at, paused_until, left_at, heard_of)",
        text(numbers),
        text(people.topics),
        text(people.sector),
        np.where(people.updates, "t", "f").tolist(),
        times(people.signed_up),
        times(confirmed),
        times(people.paused_until),
        times(left),
        [heard or NULL for heard in people.heard_of],
    )
    conn.execute("select setval(pg_get_serial_sequence('subscribers', 'id'), %s)", [int(numbers[-1])])


def write_contacts(conn: Connection, people: Residents, numbers: NDArray[np.int64], seed: int) -> None:
    """Phones and mailboxes that only the simulator knows."""
    digits = np.random.default_rng([seed, int(numbers[0])]).bytes(16 * len(numbers)).hex()
    added = np.array(times(people.signed_up), dtype=object)
    for channel, has, off, why in (
        (Channel.PUSH, people.push, people.push_off, "UNREGISTERED"),
        (Channel.EMAIL, people.email, people.email_off, "bounce"),
    ):
        who = np.flatnonzero(has)
        ids = numbers[who].tolist()
        if channel is Channel.PUSH:
            address = [f"training-{n}-{digits[i * 32 : i * 32 + 32]}" for n, i in zip(ids, who.tolist(), strict=True)]
            platform = list(map(platform_of, address))
        else:
            trade = np.where(people.sector[who] > 0, "business", "resident").tolist()
            address = [f"{kind}{n}@training.example" for kind, n in zip(trade, ids, strict=True)]
            platform = [NULL] * len(who)
        off_at = times(np.where(off[who], people.signed_up[who] + np.timedelta64(55, "m"), np.datetime64("NaT")))
        copy_columns(
            conn,
            "contacts (subscriber_id, channel, address, platform, added_at, off_at, off_reason)",
            text(numbers[who]),
            [channel] * len(who),
            address,
            platform,
            added[who].tolist(),
            off_at,
            np.where(off[who], why, NULL).tolist(),
        )


def write_places(conn: Connection, people: Residents, numbers: NDArray[np.int64]) -> None:
    """Where they want to hear about."""
    points = shapely.set_srid(shapely.points(people.point), 27700)
    copy_columns(
        conn,
        "places (subscriber_id, place_no, label, point)",
        text(numbers[people.place_of]),
        text(people.place_no),
        people.label,
        shapely.to_wkb(points, hex=True, include_srid=True).tolist(),
    )


def match(conn: Connection, first: int, last: int, step: Progress) -> None:
    """Fill the matching table for everyone from this number on, rows that are neighbours on the same pages."""
    for table in ("subscribers", "contacts", "places"):
        conn.execute(f"analyze {table}")
    later = put_off(conn, ["audience_places"])
    # points are ordered along a curve that fills the plane
    conn.execute(
        "insert into audience_places"
        " select * from audience_places_derived where subscriber_id between %s and %s order by point",
        [first, last],
    )
    step.advance(0.6 * PARTS["matched"])
    for statement in later:
        conn.execute(statement)
        step.advance(0.35 * PARTS["matched"] / len(later))
    conn.execute("analyze audience_places")


def copy_columns(conn: Connection, target: str, *columns: Sequence[str]) -> None:
    """COPY columns of text that needs no escaping."""
    with conn.cursor().copy(f"copy {target} from stdin") as copy:
        for block in blocks(columns):
            copy.write(block)


def blocks(columns: Sequence[Sequence[str]]) -> Iterator[str]:
    """The rows as text, many at once."""
    for start in range(0, len(columns[0]), BLOCK):
        rows = zip(*(column[start : start + BLOCK] for column in columns), strict=True)
        yield "".join("\t".join(row) + "\n" for row in rows)


def text(numbers: NDArray[np.int64]) -> list[str]:
    """Whole numbers as COPY reads them."""
    return list(map(str, numbers.tolist()))


def times(moments: NDArray[np.datetime64]) -> list[str]:
    """Moments in UTC as COPY reads them; none is NULL."""
    return [NULL if moment == "NaT" else f"{moment}Z" for moment in np.datetime_as_string(moments, unit="s").tolist()]
