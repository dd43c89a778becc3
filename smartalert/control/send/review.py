"""The last look: everything that will happen, in the very words, and the one button that does it."""

import streamlit as st

from smartalert.alerts import issuing
from smartalert.alerts.checks import Counted
from smartalert.alerts.drafts import Draft
from smartalert.alerts.incidents import KINDS
from smartalert.alerts.times import read_end
from smartalert.audience.interests import Sector, Topic
from smartalert.audience.preview import NOT_TOLD, Preview
from smartalert.clock import utc_now
from smartalert.config import Mode, settings
from smartalert.control import mockups, status
from smartalert.control.access import Role, act, power
from smartalert.control.alert_map import alert_map
from smartalert.control.alert_map import county as county_map
from smartalert.control.drawing import draw
from smartalert.control.send import (
    approval,
    delivery_times,
    draft,
    emergency,
    follow_up,
    frequency,
    preview,
    screen,
)
from smartalert.control.send import photo as photo_field
from smartalert.control.send.draft import TabDraft
from smartalert.control.send.shapes import whole_on_map
from smartalert.control.words import count, until
from smartalert.wording import Channel

ISSUE = power("Issue an alert", Role.SENDER)
MAP_HEIGHT = "var(--sd-review-map)"


def open_it() -> None:
    """Callback of Review: show it, or what is missing for it."""
    screen.forget_counts()
    opened = draft.current()
    if any(one.blocks for one in preview.checks_of(opened.content, preview.recount(opened))):
        screen.compose(asked_too_early=True)
    else:
        screen.review()


def issue() -> None:
    """Callback of the button: issue exactly what was drawn. Refusals stay on the screen, in words."""
    opened, reviewed = draft.current(), screen.current().reviewed
    if reviewed is None or opened.alert_id is not None:
        return
    version, shown = reviewed
    _, refusal = act(
        ISSUE, lambda conn, officer: issuing.issue(conn, opened.id, version, officer, shown=shown, now=utc_now())
    )
    if refusal:
        screen.refused(f"Not sent. {refusal}")


def show(opened: TabDraft, counted: Counted) -> None:
    """Everything that will happen. What is drawn here is what issuing must meet."""
    screen.keep_reviewed(opened.version, counted.preview)
    undo_s = number_words(issuing.UNDO_S)
    leaves, now = read_end(opened.content.leaves), utc_now()
    said = {"consequence": consequence(counted), "undo_s": undo_s, "leaves": until(leaves, now) if leaves else ""}
    st.html(draw("control/send/review_head.html", **said))
    everything(opened.content, counted)


def everything(content: Draft, counted: Counted) -> None:
    """The very words first; beside them what to mind, where and to whom: the same for whoever approves."""
    with st.container(key="review-parts"):
        words, about = st.columns([1.7, 1], gap="medium")
    with words:
        the_words(content, counted)
    with about:
        mind(content, counted)
        facts(content, counted)
        where(content, counted)
        st.html(neighbourhoods_html(content, counted))
        st.html(draw("control/send/left_out.html", found=counted.preview, not_told=NOT_TOLD))


def the_words(content: Draft, counted: Counted) -> None:
    """What will be read, on phones and in mails, whole."""
    wording = issuing.wording(content, counted.ground, settings().mode, utc_now())
    photo = photo_field.address(content)
    told_on = [channel for channel in Channel if channel in content.channels]
    for channel, column in zip(told_on, st.columns([1, 1.4] if len(told_on) == 2 else 1, gap="small"), strict=False):
        with column:
            if channel is Channel.PUSH:
                mockups.phone(wording[channel], at=utc_now(), full=True, photo=photo)
            else:
                mockups.mail(wording[channel], sender=settings().sender, key="review-mail", photo=photo)


def mind(content: Draft, counted: Counted) -> None:
    """Everything that the form warned of and that stands still; who must approve it is among the facts."""
    found = preview.checks_of(content, counted)
    advice = [one for one in found if not one.blocks and one.words != counted.ruling.words]
    if advice:
        st.html(draw("control/send/advice.html", advice=advice))


def consequence(counted: Counted) -> str:
    """ "1,284 people will get this on 1,011 phones and 402 e-mails."."""
    found = counted.preview
    training = settings().mode is Mode.TRAINING
    told = follow_up.told_words(found, "simulated " if training else "")
    said = told[:1].upper() + told[1:] or people_words(found.people)
    return f"{'EXERCISE: ' if training else ''}{said} will get this on {on_words(found)}."


def people_words(people: int) -> str:
    """ "1,284 people"; in training "1,284 simulated people", so that nobody takes one for the other."""
    simulated = "simulated " if settings().mode is Mode.TRAINING else ""
    return count(people, f"{simulated}person", f"{simulated}people")


def number_words(number: int) -> str:
    """ "ten", as people say it; other numbers in figures."""
    return {5: "five", 10: "ten", 15: "fifteen", 30: "thirty"}.get(number, str(number))


def on_words(found: Preview) -> str:
    """ "1,011 phones and 402 e-mails"; a channel that reaches nobody is left out."""
    parts = [(found.push, "phone", "phones"), (found.email, "e-mail", "e-mails")]
    return " and ".join(count(number, one, many) for number, one, many in parts if number)


def where(content: Draft, counted: Counted) -> None:
    """The area, to look at; how many people are where stands below it."""
    county = county_map.county()
    alert_map(
        deck=county.deck,
        home=county.home,
        key="review-map",
        area=whole_on_map(content, counted),
        caption=county.caption,
        attribution=county.attribution,
        height=MAP_HEIGHT,
        read_only=True,
    )


def facts(content: Draft, counted: Counted) -> None:
    """What it is, for whom, until when and how fast, as a list."""
    at, sequel = utc_now(), content.sequel
    urgency = "urgent alert" if content.urgent else "neighbourhood update"
    everyone = who_words(content.topics, content.sectors, urgent=content.urgent)
    rows = {
        "What": f"{KINDS[content.incident_kind].label} · {sequel.banner.lower() if sequel else urgency}",
        "Where": counted.ground.text,
        "Who": follow_up.who_words(sequel) if sequel else everyone,
        "Sent": f"At {until(content.starts_at(at), at)}. You can undo it until then.",
        "Ends": until(content.expires_at(at), at),
        "How fast": speed_words(content, counted.preview),
        "Recent messages": frequency.words(content, counted),
        "Approval": counted.ruling.words,
    }
    if sequel and sequel.ends:
        del rows["Ends"]
    if not content.leaves:
        del rows["Sent"]
    if delivery_times.waits(status.look().channels):
        rows["How fast"] = "Slower than usual: see the top of the page"
    photo, alt = photo_field.address(content), content.photo_alt.strip()
    st.html(draw("control/send/facts.html", facts=rows, photo=photo, photo_alt=alt))


def speed_words(content: Draft, found: Preview) -> str:
    """How long until the last one has been handed over."""
    needed = f"About {count(preview.seconds_needed(found), 'second', 'seconds')}"
    return needed if content.leaves else f"{needed}, after the {number_words(issuing.UNDO_S)} seconds to undo"


def who_words(topics: int, sectors: int, *, urgent: bool) -> str:
    """Who it is for, in words."""
    chosen = [topic.label for topic in Topic if topics & topic]
    trades = [sector.label for sector in Sector if sectors & sector.bit]
    if not chosen and not trades:
        return "Everyone in the area" if urgent else "Everyone in the area who wants updates"
    parts = [f"people who chose {', '.join(chosen)}"] if chosen else []
    parts += [f"businesses: {', '.join(trades)}"] if trades else []
    said = "; ".join(parts)
    return said[0].upper() + said[1:]


def neighbourhoods_html(content: Draft, counted: Counted) -> str:
    """People by neighbourhood: a table with a bar in each line."""
    people = preview.spread(counted, content.choice).neighbourhoods
    return draw("control/send/neighbourhoods.html", rows=people.items(), most=max(people.values(), default=1))


def bar(counted: Counted) -> None:
    """Back, which has the focus, and the button that does it, in words that say what."""
    people, presses = people_words(counted.preview.people), screen.current().presses
    training = settings().mode is Mode.TRAINING
    with st.container(key="send-bar-buttons", horizontal=True, gap="small", horizontal_alignment="right"):
        if counted.ruling.needs_second_person and emergency.is_asked():
            emergency.question(counted)
            return
        with st.container(key="safe-choice", width="content"):
            st.button("Back", key="send:back", on_click=screen.compose, icon=":material/arrow_back:")
        if counted.ruling.needs_second_person:
            label = f"EXERCISE: ask for approval: {people}" if training else f"Ask for approval: {people}"
            emergency.offer()
            approval.button(label, presses)
            return
        leaves = read_end(draft.current().content.leaves)
        at = f" at {until(leaves, utc_now())}" if leaves else " now" * (not training)
        label = f"EXERCISE: tell {people}{at}" if training else f"Tell {people}{at}"
        st.button(label, key=f"send:tell:{presses}", type="primary", on_click=issue, icon=":material/campaign:")
