"""The last look: everything that will happen, in the very words, and the one button that does it."""

from html import escape

import pandas as pd
import streamlit as st

from smartalert.alerts import issuing
from smartalert.alerts.incidents import KINDS
from smartalert.audience.density import SMALLEST_CELL
from smartalert.audience.interests import Sector, Topic
from smartalert.audience.preview import NOT_TOLD, Preview
from smartalert.channel import Channel
from smartalert.clock import utc_now
from smartalert.config import Mode, settings
from smartalert.control import mockups, status
from smartalert.control.access import Role, acting, power
from smartalert.control.alert_map import Legend, alert_map, with_people
from smartalert.control.alert_map import county as county_map
from smartalert.control.send import (
    approval,
    delivery_times,
    draft,
    follow_up,
    frequency,
    preview,
    proofreading,  # fmt: skip
)
from smartalert.control.send import photo as photo_field
from smartalert.control.send.area import circle_of, street_of
from smartalert.control.send.draft import Counted, Notice, Work
from smartalert.control.words import count, day_and_clock
from smartalert.errors import SmartAlertError

ISSUE = power("Issue an alert", Role.SENDER)
MAP_HEIGHT = "var(--sd-review-map)"


def open_it() -> None:
    """Callback of Review: show it, or what is missing for it."""
    work = draft.current()
    work.counted = None
    found = preview.warnings(work.content, preview.recount(work))
    work.asked_too_early = any(one.level in ("todo", "stop") for one in found)
    work.step = "compose" if work.asked_too_early else "review"


def back() -> None:
    """Callback of Back: nothing is lost."""
    draft.current().step = "compose"
    draft.current().asked_too_early = False


def issue() -> None:
    """Callback of the button: issue exactly what was drawn. Refusals stay on the screen, in words."""
    work = draft.current()
    if work.shown is None or work.alert_id is not None:
        return
    version, shown = work.shown
    try:
        with acting(ISSUE) as (conn, officer):
            work.alert_id = issuing.issue(conn, work.draft_id, version, officer.id, shown=shown, now=utc_now()).id
    except SmartAlertError as refusal:
        work.counted = None
        work.presses += 1
        work.notice = Notice(f"Not issued. {refusal}", tone="bad")


def show(work: Work, counted: Counted) -> None:
    """Everything that will happen. What is drawn here is what issuing must meet."""
    if counted.preview is None or counted.ground is None:
        back()
        st.rerun()
    work.shown = (work.version, counted.preview)
    st.html(head_html(counted))
    everything(work, counted)


def everything(work: Work, counted: Counted) -> None:
    """Where, to whom, in which words; the same for the sender and for whoever approves."""
    if counted.preview is None or counted.ground is None:
        return
    left, right = st.columns([0.85, 1], gap="medium")
    with left:
        where(work, counted)
        table = preview.spread(counted.ground, work.content.choice, counted.at).neighbourhoods
        people, out = st.columns(2, gap="medium")
        people.html(neighbourhoods_html(table))
        out.html(left_out_html(counted.preview))
    with right:
        facts(work, counted)
        if advice := proofreading.standing_html(work.content):
            st.html(advice)
        wording = issuing.wording(work.content, counted.ground, settings().mode, utc_now())
        photo = photo_field.address(work)
        told_on = [name for name in Channel if name in work.content.channels]
        for name, column in zip(told_on, st.columns([1, 1.35] if len(told_on) == 2 else 1, gap="small"), strict=False):
            with column:
                if name is Channel.PUSH:
                    mockups.phone(wording[name], at=utc_now(), full=True, photo=photo)
                else:
                    mockups.mail(wording[name], sender=settings().sender, key="review-mail", height=430, photo=photo)


def head_html(counted: Counted) -> str:
    """The consequence in one sentence, and that there is no way back."""
    undo = f"It cannot be called back once it has left; you have {number_words(issuing.UNDO_S)} seconds to undo."
    return f'<header class="sd-review"><h1>{consequence(counted)}</h1><p>{undo}</p></header>'


def consequence(counted: Counted) -> str:
    """ "1,284 people will get this on 1,011 phones and 402 e-mails."."""
    found = counted.preview
    if found is None:
        return ""
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


def where(work: Work, counted: Counted) -> None:
    """The area, to look at."""
    county, ground = county_map.county(), counted.ground
    shaded = counted.preview is not None and counted.preview.people >= SMALLEST_CELL
    spread = preview.spread(ground, work.content.choice, counted.at) if ground and shaded else None
    alert_map(
        deck=with_people(county.deck, density=spread.cells if spread else ()),
        home=county.home,
        key="review-map",
        circle=circle_of(work.content.area),
        street=street_of(work.content.area, counted),
        legend=Legend(f"People per {spread.cell_m} m square", preview.CLASS_LABELS) if spread else None,
        caption=county.caption,
        attribution=county.attribution,
        height=MAP_HEIGHT,
        read_only=True,
    )


def facts(work: Work, counted: Counted) -> None:
    """What it is, for whom, until when and how fast, as a list."""
    content, at = work.content, utc_now()
    urgency = "urgent alert" if content.urgent else "neighbourhood update"
    urgency = content.sequel.banner.lower() if content.sequel else urgency
    rows = {
        "What": f"{KINDS[content.incident_kind].label} · {urgency}",
        "Where": counted.ground.text if counted.ground else "",
        "Who": follow_up.who_words(content.sequel)
        if content.sequel
        else who_words(content.topics, content.sectors, urgent=content.urgent),
        "Until": day_and_clock(content.expires_at(at), at),
        "How fast": speed_words(counted.preview) if counted.preview else "",
        "Lately": frequency.words(content, counted),
        "Approval": counted.ruling.words if counted.ruling else "",
    }
    if content.sequel and content.sequel.ends:
        del rows["Until"]
    if delivery_times.waits(status.look().channels):
        rows["How fast"] = "Not as usual: the top of the page says what would wait"
    items = "".join(f"<dt>{name}</dt><dd>{escape(words)}</dd>" for name, words in rows.items())
    items += photo_html(work)
    st.html(f'<dl class="sd-facts">{items}</dl>')


def photo_html(work: Work) -> str:
    """The photograph and what is said of it; nothing where there is none."""
    if not work.content.photo:
        return ""
    alt = escape(work.content.photo_alt.strip())
    image = f'<img src="{photo_field.address(work)}" alt="">'
    return f"<dt>Photo</dt><dd>{image}{alt}. It comes down everywhere when the alert is over.</dd>"


def speed_words(found: Preview) -> str:
    """How long until the last one has been handed over."""
    needed = preview.seconds_needed(found)
    return f"All handed over about {needed} s after the {number_words(issuing.UNDO_S)} seconds to undo"


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


def neighbourhoods_html(table: pd.DataFrame) -> str:
    """People by neighbourhood: a table with a bar in each line."""
    most = max(table["people"], default=1)
    rows = "".join(
        f'<tr><th scope="row">{escape(row.neighbourhood)}</th>'
        f'<td><i style="--share:{100 * row.people / most:.0f}%"></i>{row.people:,}</td></tr>'
        for row in table.itertuples()
    )
    return (
        '<section class="sd-table"><h2>People by neighbourhood</h2><div tabindex="0" role="region" '
        f'aria-label="People by neighbourhood"><table><tbody>{rows}</tbody></table></div></section>'
    )


def left_out_html(found: Preview) -> str:
    """Who is in the area and will not get it, and why."""
    if not found.left_out:
        whom = "who was told" if found.told_before and not found.newcomers else "signed up in the area"
        return f'<section class="sd-table"><h2>Everyone {whom} gets it</h2></section>'
    rows = "".join(
        f'<tr><th scope="row">{NOT_TOLD[reason][0].upper()}{NOT_TOLD[reason][1:]}</th><td>{number:,}</td></tr>'
        for reason, number in found.not_told.items()
    )
    whose = "" if found.told_before else "in the area "
    return (
        f'<section class="sd-table"><h2>{found.left_out:,} {whose}will not get it</h2>'
        f"<table><tbody>{rows}</tbody></table></section>"
    )


def bar(work: Work, counted: Counted) -> None:
    """Back, which has the focus, and the button that does it, in words that say what."""
    found = counted.preview
    people = people_words(found.people) if found else ""
    training = settings().mode is Mode.TRAINING
    with st.container(key="send-bar-buttons", horizontal=True, gap="small", horizontal_alignment="right"):
        with st.container(key="safe-choice", width="content"):
            st.button("Back", key="send:back", on_click=back, icon=":material/arrow_back:")
        if approval.needed(counted):
            label = f"EXERCISE: ask for approval: {people}" if training else f"Ask for approval: {people}"
            approval.button(work, label)
            return
        label = f"EXERCISE: tell {people}" if training else f"Tell {people} now"
        st.button(label, key=f"send:tell:{work.presses}", type="primary", on_click=issue, icon=":material/campaign:")
