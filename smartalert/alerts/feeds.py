"""Published alerts for machines: CAP 1.2, Atom, RSS and GeoJSON. The one place where areas are said in kilometres."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from xml.etree import ElementTree as ET

from markupsafe import escape

from smartalert.alerts import published
from smartalert.alerts.follow_ups import FOLLOW_UPS
from smartalert.alerts.incidents import KINDS
from smartalert.alerts.published import EarlierMessage, Published, PublishedPhoto
from smartalert.config import settings
from smartalert.database.connection import Connection, queries
from smartalert.geography import outlines
from smartalert.wording import EXERCISE

CAP = "urn:oasis:names:tc:emergency:cap:1.2"
ATOM = "http://www.w3.org/2005/Atom"
GEORSS = "http://www.georss.org/georss"
#: What XML 1.0 cannot hold.
NOT_IN_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: CAP urgency, severity and certainty: of an urgent alert where its kind says no other, of a routine one, and of what
#: says that it is over.
URGENT = {"urgency": "Immediate", "severity": "Severe", "certainty": "Observed"}
ROUTINE = {"urgency": "Expected", "severity": "Minor", "certainty": "Likely"}
OVER = {
    "all_clear": {"urgency": "Past", "severity": "Minor", "certainty": "Observed"},
    "false_alarm": {"urgency": "Past", "severity": "Minor", "certainty": "Unlikely"},
    "outcome": {"urgency": "Past", "severity": "Minor", "certainty": "Observed"},
}


def keep(conn: Connection, alert_id: int) -> None:
    """Write the CAP document of an alert as it is issued: these bytes are what everybody gets, for good."""
    alert, issued_at = published.issued(conn, alert_id)
    body = document(alert, issued_at, published.earlier(conn, alert_id))
    queries("alerts/published").keep_document(conn, alert_id=alert_id, sender=settings().sender, document=body)


def document(alert: Published, sent: datetime, references: Sequence[EarlierMessage] = ()) -> bytes:
    """One alert as CAP 1.2 XML; references are the earlier messages that this one updates or cancels.

    It says what held when it was issued; how the alert ended is in the message that ended it.
    """
    root = document_of("alert", CAP)
    add(root, "identifier", str(alert.identifier))
    add(root, "sender", settings().sender)
    add(root, "sent", cap_time(sent))
    add(root, "status", alert.status)
    add(root, "msgType", alert.msg_type)
    add(root, "scope", "Public")
    if alert.status == "Exercise":
        add(root, "note", f"{EXERCISE}. This is training. Nothing has happened.")
    if references:
        add(root, "references", " ".join(map(reference, references)))
    if alert.incident_number:
        add(root, "incidents", f'"{alert.incident_number}"')
    add_info(root, alert, sent)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def reference(alert: EarlierMessage) -> str:
    """One earlier message, as CAP names it."""
    return f"{alert.sender},{alert.identifier},{cap_time(alert.sent)}"


def add_info(root: ET.Element, alert: Published, sent: datetime) -> None:
    """What happened, how bad, until when, what to do and where; in CAP's order."""
    info = add(root, "info")
    kind = KINDS.get(alert.incident_kind)
    add(info, "language", "en-GB")
    add(info, "category", kind.category if kind else "Security")
    add(info, "event", kind.label if kind else alert.incident_kind)
    for response in responses(alert):
        add(info, "responseType", response)
    for name, value in rating(alert).items():
        add(info, name, value)
    add(info, "effective", cap_time(max(sent, alert.release_at)))
    add(info, "expires", cap_time(alert.expires_at))
    add(info, "senderName", settings().force_name)
    add(info, "headline", headline(alert))
    add(info, "description", alert.description)
    add(info, "instruction", alert.instruction)
    add(info, "web", page_url(alert))
    add(info, "contact", alert.contact)
    if alert.photo:
        add_photo(info, alert.photo, photo_url(alert))
    area = add(info, "area")
    add(area, "areaDesc", alert.area_desc)
    for part in alert.parts:
        if part.centre is None:
            for ring in outlines.rings(part.outline):
                add(area, "polygon", " ".join(f"{lat:.6f},{lon:.6f}" for lon, lat in ring))
    for part in alert.parts:
        if part.centre is not None:
            lon, lat = part.centre
            add(area, "circle", f"{lat:.6f},{lon:.6f} {part.radius_m / 1_000:g}")


def rating(alert: Published) -> dict[str, str]:
    """How pressing, how bad and how sure it is, in CAP's words."""
    if alert.follow_up in OVER:
        return OVER[alert.follow_up]
    kind = KINDS.get(alert.incident_kind)
    return URGENT | ({"severity": kind.severity} if kind else {}) if alert.urgent else ROUTINE


def responses(alert: Published) -> tuple[str, ...]:
    """What people should do, in CAP's words: an update or a correction asks for what the alert asked for."""
    if alert.follow_up and (response := FOLLOW_UPS[alert.follow_up].response_type):
        return (response,)
    kind = KINDS.get(alert.incident_kind)
    return kind.responses if kind else ("Monitor",)


def add_photo(info: ET.Element, photo: PublishedPhoto, address: str) -> None:
    """Where the photograph is, as long as it may be seen."""
    resource = add(info, "resource")
    add(resource, "resourceDesc", photo.alt)
    add(resource, "mimeType", "image/jpeg")
    add(resource, "size", str(photo.bytes))
    add(resource, "uri", address)


def document_of(name: str, space: str) -> ET.Element:
    """An empty document all of one namespace. Said here by hand: ElementTree keeps its prefixes in one table for the
    whole process, and other threads write theirs into it meanwhile."""
    return ET.Element(name, {"xmlns": space})


def add(parent: ET.Element, name: str, text: str | None = None) -> ET.Element:
    """One element with its text, at the end."""
    element = ET.SubElement(parent, name)
    element.text = printable(text) if text is not None else None
    return element


def printable(text: str) -> str:
    """Without the characters that would make the document invalid."""
    return NOT_IN_XML.sub("", text)


def cap_time(at: datetime) -> str:
    """To the second; CAP writes UTC as -00:00 and forbids Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S-00:00")


def headline(alert: Published) -> str:
    """In training it begins with EXERCISE."""
    return f"{EXERCISE}: {alert.headline}" if alert.status == "Exercise" else alert.headline


def page_url(alert: Published) -> str:
    """Where people read it."""
    return f"{settings().public_base}/alerts/{alert.identifier}"


def photo_url(alert: Published) -> str:
    """Where its photograph is, as long as it may be seen."""
    return f"{page_url(alert)}/photo.jpg"


def feed(alerts: Sequence[Published], now: datetime) -> bytes:
    """The alerts that count now as an Atom feed, each with its page and its CAP document."""
    base = settings().public_base
    root = document_of("feed", ATOM)
    exercise = f"{EXERCISE}: " if any(alert.status == "Exercise" for alert in alerts) else ""
    add(root, "id", f"{base}/feeds/alerts.atom")
    add(root, "title", f"{exercise}Alerts of {settings().force_name}")
    add(root, "updated", max((alert.changed_at for alert in alerts), default=now).isoformat())
    add(add(root, "author"), "name", settings().force_name)
    link(root, "self", f"{base}/feeds/alerts.atom", "application/atom+xml")
    link(root, "alternate", f"{base}/alerts", "text/html")
    for alert in alerts:
        entry = add(root, "entry")
        add(entry, "id", f"urn:uuid:{alert.identifier}")
        add(entry, "title", headline(alert))
        add(entry, "published", alert.release_at.isoformat())
        add(entry, "updated", alert.changed_at.isoformat())
        add(entry, "summary", f"{alert.area_desc}. {alert.description}")
        link(entry, "alternate", page_url(alert), "text/html")
        link(entry, "related", f"{page_url(alert)}.cap", "application/cap+xml")
        if alert.photo:
            link(entry, "enclosure", photo_url(alert), "image/jpeg")
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def link(parent: ET.Element, relation: str, address: str, kind: str) -> None:
    """One Atom link."""
    ET.SubElement(parent, "link", {"rel": relation, "href": address, "type": kind})


def rss(alerts: Sequence[Published], now: datetime) -> bytes:
    """The same as RSS 2.0, for readers that know no Atom, each alert with where it is as GeoRSS."""
    base = settings().public_base
    # prefixes by hand, as in document_of
    root = ET.Element("rss", {"version": "2.0", "xmlns:atom": ATOM, "xmlns:georss": GEORSS})
    channel = add(root, "channel")
    exercise = f"{EXERCISE}: " if any(alert.status == "Exercise" for alert in alerts) else ""
    add(channel, "title", f"{exercise}Alerts of {settings().force_name}")
    add(channel, "link", f"{base}/alerts")
    add(channel, "description", f"What {settings().force_name} tells the public now, each with its area.")
    add(channel, "language", "en-gb")
    add(channel, "lastBuildDate", rss_time(max((alert.changed_at for alert in alerts), default=now)))
    own = {"rel": "self", "href": f"{base}/feeds/alerts.rss", "type": "application/rss+xml"}
    ET.SubElement(channel, "atom:link", own)
    for alert in alerts:
        add_item(channel, alert)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def add_item(channel: ET.Element, alert: Published) -> None:
    """One alert."""
    item = add(channel, "item")
    add(item, "title", headline(alert))
    add(item, "link", page_url(alert))
    # readers of RSS take it for HTML
    add(item, "description", str(escape(f"{alert.area_desc}. {alert.description}")))
    if alert.photo:
        about = {"url": photo_url(alert), "length": str(alert.photo.bytes), "type": "image/jpeg"}
        ET.SubElement(item, "enclosure", about)
    guid = ET.SubElement(item, "guid", {"isPermaLink": "false"})
    guid.text = f"urn:uuid:{alert.identifier}"
    add(item, "pubDate", rss_time(alert.release_at))
    rings = list(outlines.rings(alert.outline))
    if len(rings) == 1:
        add(item, "georss:polygon", " ".join(f"{lat:.6f} {lon:.6f}" for lon, lat in rings[0]))
    else:  # an item has one place: of several outlines, or one with a hole, the box around them
        lons, lats = zip(*(point for ring in rings for point in ring), strict=True)
        add(item, "georss:box", f"{min(lats):.6f} {min(lons):.6f} {max(lats):.6f} {max(lons):.6f}")


def rss_time(at: datetime) -> str:
    """As mails write it (RFC 822)."""
    return format_datetime(at.astimezone(UTC), usegmt=True)


def collection(alerts: Sequence[Published]) -> dict[str, object]:
    """The alerts that count now as GeoJSON (RFC 7946): outlines, with middle and radius in metres of circles."""
    return {"type": "FeatureCollection", "features": [feature(alert) for alert in alerts]}


def feature(alert: Published) -> dict[str, object]:
    """One alert's outline and words."""
    properties = {
        "status": alert.status,
        "msg_type": alert.msg_type,
        "urgent": alert.is_urgent,
        "event": alert.incident_kind,
        "headline": headline(alert),
        "description": alert.description,
        "instruction": alert.instruction,
        "contact": alert.contact,
        "incident": alert.incident_number,
        "area": alert.area_desc,
        "from": alert.release_at.isoformat(),
        "until": alert.ended_at.isoformat(),
        "web": page_url(alert),
        "cap": f"{page_url(alert)}.cap",
    }
    if alert.photo:
        properties |= {"photo": photo_url(alert), "photo_shows": alert.photo.alt}
    circles = [{"centre": part.centre, "radius_m": part.radius_m} for part in alert.parts if part.centre is not None]
    if len(alert.parts) == 1 and circles:
        properties |= circles[0]
    elif circles:
        properties["circles"] = circles
    return {"type": "Feature", "id": str(alert.identifier), "geometry": alert.outline, "properties": properties}
