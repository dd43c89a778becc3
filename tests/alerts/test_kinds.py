"""Every kind of incident, whole: its place among the others, its words on each channel, and the words that end it."""

from itertools import groupby
from xml.etree import ElementTree as ET

import pytest
from pyfcm import FCMNotification

from smartalert.alerts import drafts, feeds, issuing, threads
from smartalert.alerts.drafts import WORDS, Draft
from smartalert.alerts.follow_ups import CHOICES, FOLLOW_UPS, OF_KIND
from smartalert.alerts.incidents import KINDS, Group, gaps
from smartalert.alerts.proofreading import findings
from smartalert.alerts.threads import Followed
from smartalert.config import Mode
from smartalert.control.send import form
from smartalert.providers.fcm.payload import Payload
from smartalert.providers.provider import Addressee, Message
from smartalert.training import stories
from smartalert.wording import Channel
from tests.alerts.test_feeds import RELEASED, make_published
from tests.alerts.test_proofreading import filled
from tests.factories import NOW, complete_draft

#: What CAP says of each kind that is no crime: category, what to do, and severity where it is urgent.
CAP = {
    "missing_person": ("Rescue", ["Monitor"], "Severe"),
    "wanted_person": ("Security", ["Avoid", "Monitor"], "Severe"),
    "fire": ("Fire", ["Avoid", "Shelter"], "Severe"),
    "flood": ("Met", ["Prepare", "Avoid"], "Severe"),
    "road_closed": ("Transport", ["Avoid"], "Moderate"),
    "stay_indoors": ("Safety", ["Shelter"], "Severe"),
    "dangerous_dog": ("Safety", ["Avoid", "Shelter"], "Severe"),
    "unexploded_bomb": ("Safety", ["Evacuate", "Avoid"], "Severe"),
    "fraud": ("Security", ["Avoid"], "Severe"),
}
#: What ends an alert of each kind says, as people must not read of a flood that "nothing happened".
ENDS = {
    "fire": ("The fire is out", "There is no fire"),
    "flood": ("The water is going down", "We expect no flooding"),
    "road_closed": ("The road is open again", "The road is open"),
    "stay_indoors": ("you can go out again", "you can go out again"),
    "dangerous_dog": ("The dog has been caught", "No dangerous dog is loose"),
    "unexploded_bomb": ("has been made safe", "It is not a bomb"),
    "fraud": ("no new reports", "were genuine"),
    "missing_person": ("look out for a missing person", "look out for a missing person"),
    "wanted_person": ("look out for a wanted person", "We no longer look for this person"),
    "burglary": ("There is no danger now", "Nothing happened"),
}
FIELDS = ("event", "category", "responseType", "urgency", "severity")


def followed(kind: str) -> Followed:
    """An alert of this kind, as a follow-up begins from it."""
    content = filled(kind)
    alert = make_published()
    return Followed(
        1, alert.identifier, content.title, False, KINDS[kind].about_person, kind, NOW, NOW, None, 4_000, content,
        1, NOW, content.title, "inspector.carr",
    )  # fmt: skip


def cap(**changes: object) -> dict[str, list[str | None]]:
    """What the CAP document of an alert says of the event and of what to do."""
    info = ET.fromstring(feeds.document(make_published(**changes), RELEASED)).find(f"{{{feeds.CAP}}}info")  # noqa: S314
    assert info is not None
    return {name: [one.text for one in info.findall(f"{{{feeds.CAP}}}{name}")] for name in FIELDS}


def longest(draft: Draft) -> int:
    """The bytes of a draft's push, as one phone would get it. Raises where that is more than FCM takes."""
    wording = issuing.wording(draft, None, Mode.TRAINING, NOW)[Channel.PUSH]
    link = "https://alerts.staffordshire.police.uk/report/" + "x" * 90
    data = {"receipt": "x" * 200, "report": link, "page": link, "incident": draft.incident_number, "area": "x" * 60}
    message = Message("7d2a1d1e", wording.title, wording.body, "", True, draft.expires_at(NOW), link, data, "7d2a1d1e")
    pyfcm = FCMNotification(project_id="made-up", credentials=object())
    return len(Payload(pyfcm, message, [], NOW).body_for(Addressee("1", "x" * 170, {})))


def test_kinds_stand_by_group_and_each_has_a_place_of_its_own() -> None:
    assert [group for group, _ in groupby(kind.group for kind in KINDS.values())] == list(Group)
    drawn = form.places(tuple(KINDS))
    placed = [line.partition("{")[2] for line in drawn.splitlines() if "grid-area" in line]
    assert len(set(placed)) == len(placed) == len(KINDS)
    for group in Group:
        assert drawn.count(f'content: "{group}"') == 1
    assert Group.DANGER not in form.places(("missing_person", "burglary"))


@pytest.mark.parametrize("kind", KINDS)
def test_the_made_up_year_knows_every_kind_and_leaves_no_gap(kind: str) -> None:
    assert kind in stories.OFTEN
    assert kind in stories.ANSWERS
    template = KINDS[kind]
    # A gap with a place in it is filled under the place's name.
    known = {gap for field in WORDS for gap in gaps(getattr(template, field))}
    assert known <= set(stories.FILLED)


@pytest.mark.parametrize("kind", CAP)
def test_cap_says_what_sort_of_event_it_is_and_what_to_do(kind: str) -> None:
    category, responses, severity = CAP[kind]
    said = cap(incident_kind=kind)
    assert (said["event"], said["category"], said["responseType"]) == ([KINDS[kind].label], [category], responses)
    assert (said["urgency"], said["severity"]) == (["Immediate"], [severity])
    assert cap(incident_kind=kind, urgent=False)["severity"] == ["Minor"]
    for follow_up in FOLLOW_UPS.values():
        asked = cap(incident_kind=kind, msg_type=follow_up.msg_type, follow_up=follow_up.key)["responseType"]
        assert asked == (responses if follow_up.key in {"update", "correction"} else [follow_up.response_type])


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_fits_a_phone_and_a_mail_and_so_does_what_follows_it(kind: str) -> None:
    first = followed(kind)
    for draft in (first.content, *(threads.prefilled(first, follow_up, NOW) for follow_up in CHOICES)):
        assert draft.lacking() == {}
        assert longest(draft) > len(draft.description)
        mail = issuing.wording(draft, None, Mode.LIVE, NOW)[Channel.EMAIL]
        for field in WORDS:
            assert getattr(draft, field).splitlines()[0] in mail.body
        assert len(mail.title) <= drafts.LONGEST_HEADLINE + len("Staffordshire Police Update: ") + len("All clear: ")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("follow_up", ["all_clear", "false_alarm"])
def test_what_ends_an_alert_of_any_kind_is_ready_as_it_stands(kind: str, follow_up: str) -> None:
    draft = threads.prefilled(followed(kind), follow_up, NOW)
    said = " ".join(getattr(draft, field) for field in WORDS)
    assert not set("{}[]") & set(said)
    assert [
        one.what for one in findings(draft, Mode.LIVE, frozenset({"tannery", "stafford"})) if one.rule != "long"
    ] == []
    if kind in ENDS:
        assert ENDS[kind][follow_up == "false_alarm"] in draft.description
    if KINDS[kind].about_person:
        for told in ("Margaret", "Daniel", "78", "anorak"):
            assert told not in said


def test_words_of_a_kind_are_for_kinds_and_follow_ups_that_there_are() -> None:
    assert set(OF_KIND) <= set(KINDS)
    for own in OF_KIND.values():
        assert set(own) <= set(FOLLOW_UPS)
        assert all(set(words) <= set(WORDS) for words in own.values())


def test_a_wanted_person_may_be_named_and_a_victim_may_not() -> None:
    draft = filled("wanted_person")
    victim = f"{draft.description} The victim, Sarah Jones, is safe. Mr Smith was seen when a woman was attacked."
    found = findings(draft.model_copy(update={"description": victim}), Mode.LIVE)
    assert [(one.rule, one.text) for one in found] == [("victim", ", Sarah Jones,")]


@pytest.mark.parametrize(
    ("kind", "description", "asked"),
    [
        ("wanted_person", "We have been looking for Daniel Smith, 34, since today.",
         ["Say where the person was last seen", "Describe the person"]),
        ("dangerous_dog", "A dog bit somebody at 13:50 and is loose.", ["Describe the dog"]),
        ("dangerous_dog", "A large tan dog bit somebody at 13:50 and is loose.", []),
        ("flood", "The river is rising.", []),
        ("fire", "A barn burns.", ["Say when it happened"]),
        ("road_closed", "The bridge is shut.", []),
    ],
)  # fmt: skip
def test_each_kind_asks_for_what_people_need(kind: str, description: str, asked: list[str]) -> None:
    draft = complete_draft(
        incident_kind=kind, urgent=KINDS[kind].urgent, headline="Look out in Stafford", description=description
    )
    assert [one.what for one in findings(draft, Mode.LIVE)] == asked
