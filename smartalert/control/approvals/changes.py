"""What changed between two versions that were put to approvers, word by word."""

import json
import re
from collections.abc import Sequence
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any

from markupsafe import Markup

from smartalert.alerts.incidents import KINDS
from smartalert.alerts.times import EXPIRIES, read_end
from smartalert.cleaning import isolated
from smartalert.clock import until
from smartalert.control.drawing import draw
from smartalert.control.send.review import who_words
from smartalert.control.words import count
from smartalert.geography.geo import distance_words
from smartalert.wording import Channel

#: Field of a draft → what it is called; fields without a name of their own are shown under their own.
CALLED = {
    "headline": "Headline", "description": "What happened", "instruction": "What to do", "contact": "Who to call",
    "incident_number": "Incident number", "follow_up": "Kind of message", "follows": "Follows alert",
    "photo": "Photograph", "photo_alt": "What the photograph shows",
}  # fmt: skip
#: Words of which less than this stands in both texts are read better one after the other than mixed.
LEAST_KEPT = 0.4
#: Fields that facts() says together with others.
TOGETHER = {"leaves", "incident_kind", "urgent", "topics", "sectors", "channels"}


def changes(before: str, after: str) -> list[tuple[str, Markup]]:
    """What differs between two documents of approvals: (what it is called, its text with <ins> and <del>)."""
    old, new = facts(json.loads(before)), facts(json.loads(after))
    return [
        (name, marked(old.get(name, ""), new.get(name, "")))
        for name in dict.fromkeys((*new, *old))
        if old.get(name, "") != new.get(name, "")
    ]


def facts(document: dict[str, Any]) -> dict[str, str]:
    """Everything that an approval binds, as words."""
    draft, ground, audience = document["draft"], document["ground"], document["audience"]
    urgency = "urgent alert" if draft["urgent"] else "neighbourhood update"
    said = {"What": f"{KINDS[draft['incident_kind']].label} · {urgency}"}
    said |= {
        CALLED.get(name, name): str(value)
        for name, value in draft.items()
        if name not in TOGETHER and value is not None
    }
    if draft.get("leaves"):
        said["Sent"] = until(read_end(draft["leaves"]) or datetime.fromisoformat(draft["leaves"]))
    if draft.get("photo"):
        said["Photograph"] = f"photograph {draft['photo'][:6]}"  # another one is told apart by it
    return said | {
        "Where": f"{isolated(ground['text'])} · {place_words(ground)}",
        "Who": who_words(draft["topics"], draft["sectors"], urgent=draft["urgent"]),
        "On": " and ".join(Channel(name).label.lower() for name in draft["channels"]),
        "Until": EXPIRIES.get(document["until"]) or until(datetime.fromisoformat(document["until"])),
        "How many": count(audience["people"], "person", "people"),
    }


def place_words(ground: dict[str, Any]) -> str:
    """Where exactly: a circle may move without its words changing."""
    return "; ".join(map(part_words, ground["area"].get("parts", [ground["area"]])))


def part_words(area: dict[str, Any]) -> str:
    """One circle, street, outline or neighbourhood: all that it may be changed in."""
    if "street_id" in area:
        stretch = f", from {' to '.join(map(point_words, area['ends']))}" if area.get("ends") else ""
        return f"{distance_words(area['buffer_m'])} either side{stretch}"
    if "corners" in area:
        return f"outline {' – '.join(map(point_words, area['corners']))}"
    if "neighbourhood" in area:
        return f"neighbourhood {area['neighbourhood']}"
    return f"{distance_words(area['radius_m'])} round {area['lat']:.5f}, {area['lon']:.5f}"


def point_words(point: Sequence[float]) -> str:
    """A corner or an end, to the metre."""
    lat, lon = point
    return f"{lat:.5f}, {lon:.5f}"


def marked(before: str, after: str) -> Markup:
    """The text as it is now, with what was taken out and put in marked word by word, or whole where little is left."""
    old, new = re.findall(r"\s+|\S+", before), re.findall(r"\s+|\S+", after)
    pieces = []
    if SequenceMatcher(None, before.split(), after.split(), autojunk=False).ratio() < LEAST_KEPT:
        old, new = [before], [after]
    for step, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if step in ("delete", "replace"):
            pieces.append(("delete", "".join(old[a:b])))
        if step != "delete":
            pieces.append(("equal" if step == "equal" else "insert", "".join(new[c:d])))
    return draw("control/approvals/marked.html", pieces=pieces)
