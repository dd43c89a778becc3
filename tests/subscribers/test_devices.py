"""Devices in the database: what the public service's role may do, and what it is refused."""

from typing import Any

import psycopg
import pytest

from smartalert.database.connection import Connection
from smartalert.subscribers import devices, subscriptions
from smartalert.subscribers.devices import Choices
from smartalert.subscribers.subscriptions import Place, SignedOut
from tests.databases import Database
from tests.factories import LAT, LON, make_force_area, make_subscriber, stale_matches

HOME = Choices(places=(Place(label="Home", lat=LAT, lon=LON),), topics=3)
TOKEN = "android-ada"


@pytest.fixture
def public(conn: Connection) -> Connection:
    """A connection with the rights of the public service, and nothing more."""
    make_force_area(conn)
    conn.execute("set local role smartalert_public")
    return conn


def register(conn: Connection, token: str = TOKEN) -> str:
    return devices.register(conn, token, "android", "1.0", HOME)


def told(conn: Connection, sql: str, *facts: Any) -> Any:
    """One value, seen by the owner."""
    conn.execute("reset role")
    row = conn.execute(sql, facts).fetchone()
    conn.execute("set local role smartalert_public")
    return row[0]


@pytest.mark.parametrize("table", ["subscribers", "contacts", "places", "secrets", "deliveries", "audience_places"])
@pytest.mark.parametrize("verb", ["select * from {}", "delete from {}"])
def test_the_public_role_can_list_nobody(public: Connection, table: str, verb: str) -> None:
    register(public)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        public.execute(verb.format(table))


@pytest.mark.parametrize(
    "call",
    [
        "free_token('android-ada', null)", "new_secret(1, 'device', '1 day')", "write_choices(1, '{}')",
        "whose('x', array['device'])", "who_is('x')", "refresh_audience(array[1])",
    ],
)  # fmt: skip
def test_what_needs_no_secret_is_not_for_the_public_role(public: Connection, call: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        public.execute(f"select {call}")


@pytest.mark.parametrize("secret", ["", "guessed", "0" * 64])
def test_without_the_secret_every_door_is_shut(public: Connection, secret: str) -> None:
    register(public)
    for ask in (
        lambda: devices.owner(public, secret),
        lambda: devices.hold(public, secret),
        lambda: devices.load(public, secret),
        lambda: devices.change_token(public, secret, "other-token", "1.0"),
        lambda: devices.told(public, secret, before=None, at_most=5),
        lambda: devices.reports(public, secret),
        lambda: subscriptions.change(public, secret, HOME),
        lambda: subscriptions.erase(public, secret),
    ):
        with pytest.raises(SignedOut), public.transaction():
            ask()


def test_a_mailed_session_is_no_device(public: Connection) -> None:
    public.execute("reset role")
    person = make_subscriber(public)
    session = public.execute("select new_secret(%s, 'session', '1 hour')", (person,)).fetchone()[0]
    public.execute("set local role smartalert_public")
    assert subscriptions.load(public, session).places
    with pytest.raises(SignedOut):
        devices.load(public, session)


def test_a_registered_device_is_matched_as_anybody_else(public: Connection) -> None:
    secret = register(public)
    (home,) = devices.load(public, secret).places
    assert (home.lat, home.lon) == pytest.approx((LAT, LON))
    assert told(public, "select channels from audience_places") == 1
    public.execute("reset role")
    assert stale_matches(public) == 0


def test_the_same_token_is_one_device(public: Connection) -> None:
    first, second = register(public), register(public)
    assert told(public, "select count(*) from contacts") == 1
    assert told(public, "select count(*) from subscribers") == 1
    assert devices.owner(public, second)
    with pytest.raises(SignedOut):
        devices.owner(public, first)


def test_a_token_taken_from_somebody_with_e_mail_leaves_them_their_mails(public: Connection) -> None:
    public.execute("reset role")
    person = make_subscriber(public)
    public.execute("set local role smartalert_public")
    register(public, f"token-{person}")
    assert told(public, "select channels from audience_places where subscriber_id = %s", person) == 2
    assert told(public, "select count(*) from contacts where subscriber_id = %s", person) == 1


def test_who_erases_takes_secret_and_token_along(public: Connection) -> None:
    secret = register(public)
    subscriptions.erase(public, secret)
    for table in ("subscribers", "contacts", "secrets", "places", "audience_places"):
        assert told(public, f"select count(*) from {table}") == 0


def test_a_devices_secret_outlives_the_hourly_clearing(public: Connection) -> None:
    secret = register(public)
    public.execute("reset role")
    public.execute("select forget_what_is_over()")
    assert devices.owner(public, secret)


def test_two_who_register_one_token_at_once_are_one_device(database: Database) -> None:
    with database.connect() as owner:
        make_force_area(owner)
    one, two = database.connect("smartalert_public"), database.connect("smartalert_public")
    with one, two:
        first = register(one)
        two.execute("set lock_timeout = '200ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            register(two)
        two.rollback()
        one.commit()
        second = register(two)
        two.commit()
        with pytest.raises(SignedOut):
            devices.owner(one, first)
        one.rollback()
        assert devices.owner(two, second)
