"""What stands above the composer: when it would arrive if it were sent now."""

from smartalert.audience.preview import Preview
from smartalert.control.send.delivery_times import sentences, waits
from smartalert.control.status import Health
from smartalert.wording import Channel

PHONES = Health("good", "Phones ok", "", Channel.PUSH, 1.6)
MAILS = Health("good", "E-mail ok", "", Channel.EMAIL, 8.0)
COUNTED = Preview(people=9_000, push=6_000, email=5_000, not_told={})


def test_both_channels_in_one_sentence():
    assert sentences([PHONES, MAILS], None) == "If you send now: phones get it in about 2 s and e-mails in about 8 s."


def test_the_people_counted_take_their_time_as_well():
    assert sentences([PHONES], COUNTED) == "If you send now: phones get it in about 5 s."


def test_a_late_channel_says_by_how_much():
    late = Health("slow", "E-mail slow since 14:02", "", Channel.EMAIL, 720.0)
    assert sentences([PHONES, late], None) == (
        "If you send now: phones get it in about 2 s; e-mails are late: about 12 min."
    )


def test_a_channel_that_is_down_says_what_becomes_of_its_messages():
    down = Health("bad", "Phones not getting through since 14:02", "", Channel.PUSH)
    assert sentences([down, MAILS], None) == (
        "If you send now: e-mails get it in about 8 s; "
        "phones are not getting through: we keep trying until the alert ends."
    )


def test_without_a_worker_everything_waits():
    nothing = [Health("bad", "Nothing can be sent: no worker is running", "")]
    assert sentences(nothing, None) == "If you send now, it will wait. Nothing can be sent: no worker is running."


def test_what_is_not_known_is_not_claimed():
    assert sentences([Health("quiet", "Nothing handed over yet", "")], None) == ""


def test_seconds_are_promised_only_where_every_line_gets_through():
    down = Health("bad", "Phones not getting through since 14:02", "", Channel.PUSH)
    assert [waits(found) for found in ([PHONES, MAILS], [down, MAILS], [])] == [False, True, False]
