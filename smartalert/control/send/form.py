"""What: the kind of incident, its words with gaps to fill, who it is for, on what and until when."""

import re
from functools import lru_cache, partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from smartalert.alerts import draft_words, drafts, issuing, kind_words
from smartalert.alerts import gaps as template_gaps
from smartalert.alerts.checks import Counted, Nowhere
from smartalert.alerts.drafts import Draft
from smartalert.alerts.incidents import KINDS, Group
from smartalert.alerts.kind_words import Template, Words
from smartalert.audience.interests import Sector, Topic
from smartalert.clock import utc_now
from smartalert.config import settings
from smartalert.control import mockups
from smartalert.control.drawing import draw, piece
from smartalert.control.send import draft, fields, follow_up, proofreading, screen, times
from smartalert.control.send import photo as photo_field
from smartalert.control.transactions import in_transaction
from smartalert.wording import Channel

EVERYONE, SOME = "Everyone in the area", "Only some"
URGENCY = {True: "Urgent alert", False: "Neighbourhood update"}
KINDS_IN_A_ROW = 4
#: A gap whose name is longer wants a whole line; the width of the others, in pixels.
SHORT_LABEL, SHORT_FIELD = 16, 118
NO_WORD = re.compile(r"\W+")
#: Field → its label and its height in pixels.
LONG_TEXTS = {"description": ("What happened", 104), "instruction": ("What to do", 84), "contact": ("Who to call", 68)}
CALLED = {"headline": "Headline"} | {field: label for field, (label, _) in LONG_TEXTS.items()}


def show(content: Draft, counted: Counted | Nowhere, lock: DeltaGenerator) -> None:
    """The whole form, in the order in which it is thought through; the lock screen in a place of its own."""
    sequel = content.sequel
    if sequel:
        follow_up.head(content)
    else:
        kinds(content)
        with st.container(key="send-facts", horizontal=True, gap="small"):
            number(content)
            urgency(content)
    with fields.place("gaps"):
        gaps(content)
    words(content)
    with fields.place("photo"):
        photo_field.show(content)
    if not sequel:
        with fields.place("audience"):
            audience_choice(content)
    with fields.place("leaves"):
        times.leaving(content)
    if not sequel or not sequel.ends:
        times.expiry(content)
    channels(content)
    looks(content, counted, lock)


def kinds(content: Draft) -> None:
    """Every kind that the force uses, by group in its order: a button with icon and word. A draft keeps its own."""
    used, own = draft.current().kinds, content.incident_kind
    shown = used if own in used or own not in KINDS else (*used, own)
    st.html(places(shown))
    fields.one_of(
        "kind", "What happened", shown, content.incident_kind or None, take_kind, widget=st.pills,
        format_func=lambda name: f":material/{KINDS[name].icon}: {KINDS[name].label}", width="stretch",
    )  # fmt: skip
    with fields.place("own-words"):
        own_words(content)


@lru_cache(maxsize=32)
def places(shown: tuple[str, ...]) -> str:
    """Where each kind stands: every group in rows of its own, under its name. One choice among all, so one widget."""
    placed: list[dict[str, object]] = []
    rows: list[str] = []
    for group in Group:
        members = [number for number, kind in enumerate(shown, 1) if KINDS[kind].group is group]
        if not members:
            continue
        rows.append("name")
        for at, number in enumerate(members):
            column, row = at % KINDS_IN_A_ROW + 1, at // KINDS_IN_A_ROW
            placed.append({"number": number, "column": column, "row": len(rows) + row + 1, "name": "" if at else group})
        rows += ["kinds"] * -(-len(members) // KINDS_IN_A_ROW)
    return draw("control/send/kinds.html", placed=placed, rows=rows)


def own_words(content: Draft) -> None:
    """The kind was changed under words that were written for another: offer its own."""
    if not (content.own_words and content.incident_kind and content.incident_kind != content.words_of):
        return
    with st.container(key="send-own-words", horizontal=True, vertical_alignment="center"):
        st.html(piece("line", "We kept your own words.", "sd-hint", "", "span"))
        label = f"Use the wording of “{KINDS[content.incident_kind].label}” instead"
        st.button(label, key="send:template", type="tertiary", on_click=use_template)


def take_kind(kind: str) -> None:
    """The kind decides urgency, topics and expiry; the words too, unless they are the officer's own."""
    draft.replace(draft_words.choose_kind(kind, draft.current().content, utc_now(), template_of(kind)))


def template_of(kind: str) -> Words | None:
    """The words with which alerts of a kind begin now; None of no kind, or one of another version."""
    return in_transaction(kind_words.in_force, Template(kind)) if kind in KINDS else None


def use_template() -> None:
    """Callback: replace the officer's words by the template's, with a way back."""
    content = draft.current().content
    before = {field: getattr(content, field) for field in (*drafts.WORDS, "own_words", "words_of", "begun_as")}
    draft.replace(draft_words.from_template(content, utc_now(), template_of(content.incident_kind)))
    screen.tell("The template has replaced your words.", undo=before)


def number(content: Draft) -> None:
    """The incident number: 482 becomes "482 of 22 November"."""
    fields.text(
        "incident_number", "Incident number", content.incident_number, take_number,
        placeholder="482" if content.needs_number else "482, or none", max_chars=40, width=158,
    )  # fmt: skip


def take_number(typed: str) -> None:
    """Complete the number, and put it wherever the words leave room for it."""
    content = draft.current().content
    draft.replace(draft_words.numbered(content, typed, utc_now(), template_of(content.words_of)))


def urgency(content: Draft) -> None:
    """Urgent goes to everyone in the area; an update only to those who want updates."""
    fields.one_of("urgent", "How urgent", list(URGENCY), content.urgent, take_urgency, format_func=URGENCY.__getitem__)


def take_urgency(urgent: bool) -> None:
    """An urgent alert has an incident number to quote, an update may have none."""
    content = draft.current().content
    draft.replace(draft_words.graded(content, urgent=urgent, template=template_of(content.words_of)))


def gaps(content: Draft) -> None:
    """What the template leaves open, each asked once: the words below follow."""
    if not (asked := content.asked()):
        return
    with st.container(key="send-gaps", horizontal=True, gap="small"):
        for gap in asked:
            name, label, take = f"gap-{NO_WORD.sub('-', gap)}", template_gaps.label(gap), partial(take_gap, gap)
            said = content.filled.get(gap, "")
            if words := template_gaps.choices(gap):
                fields.one_of(name, label, words, said if said in words else None, take)
            else:
                width = "stretch" if len(label) > SHORT_LABEL else SHORT_FIELD
                fields.text(name, label, said, take, max_chars=draft_words.LONGEST_FILL, width=width)


def take_gap(gap: str, typed: str) -> None:
    """Put it wherever the template leaves that gap; words that an officer changed are theirs to change."""
    before = draft.current().content
    content = draft_words.fill(before, gap, typed)
    draft.replace(content)
    old = before.filled.get(gap, "")
    if kept := draft_words.still_says(content, gap, old):
        named = " and ".join(f"“{CALLED[field]}”" for field in kept)
        screen.tell(f"{named} still says “{old}”, in words you changed. Change it there too.")


def words(content: Draft) -> None:
    """The words people will read, each text with what is found in it."""
    label = f"Headline, after “{content.sequel.title}: ”" if content.sequel else "Headline"
    fields.text(
        "headline", label, content.headline, partial(take_words, "headline"), live="500ms",
        placeholder="Choose what happened",
    )  # fmt: skip
    headline_meter(len(content.headline))
    proofreading.notes(content, "headline")
    for name, (label, height) in LONG_TEXTS.items():
        fields.long_text(name, label, getattr(content, name), partial(take_words, name), height=height)
        proofreading.notes(content, name)


def take_words(field: str, words: str) -> None:
    """Take over what was typed; from now on the words are the officer's own."""
    draft.change(**{field: words, "own_words": True})


def headline_meter(length: int) -> None:
    """How much of the headline a lock screen shows, and what is left of the limit."""
    limit = drafts.LONGEST_HEADLINE
    tone, verdict = "", f"{length} of {limit} characters"
    if length > limit:
        tone, verdict = "sd-over", f"{length - limit} too many: at most {limit} characters"
    elif length > drafts.LOCK_SCREEN_SHOWS:
        tone, verdict = "sd-long", f"{length} of {limit}: some lock screens cut it after {drafts.LOCK_SCREEN_SHOWS}"
    share = min(100, round(100 * length / limit))
    st.html(draw("control/send/meter.html", tone=tone, share=share, verdict=verdict))


def audience_choice(content: Draft) -> None:
    """Everyone in the area, or only those with one of these topics or in one of these trades."""
    narrowed = bool(content.topics or content.sectors) or screen.current().narrowing
    fields.one_of("narrow", "Who it is for", [EVERYONE, SOME], SOME if narrowed else EVERYONE, take_narrow)
    if not narrowed:
        return
    fields.some_of(
        "topics", "People who chose one of these topics", list(Topic), [one for one in Topic if content.topics & one],
        take_topics, widget=st.pills, format_func=lambda topic: topic.label,
    )  # fmt: skip
    fields.some_of(
        "sectors", "and these kinds of business", list(Sector), [one for one in Sector if content.sectors & one.bit],
        take_sectors, widget=st.pills, format_func=lambda sector: sector.label,
    )  # fmt: skip


def take_narrow(choice: str) -> None:
    """Open the choice of topics, or go back to everyone."""
    screen.narrow(by_topic=choice == SOME)
    if choice == EVERYONE:
        draft.change(topics=0, sectors=0)


def take_topics(chosen: list[Topic]) -> None:
    """The topics as the mask that the matching table holds."""
    draft.change(topics=sum(int(topic) for topic in chosen))


def take_sectors(chosen: list[Sector]) -> None:
    """The trades as a mask."""
    draft.change(sectors=sum(sector.bit for sector in chosen))


def channels(content: Draft) -> None:
    """On phones, by e-mail, or both."""
    fields.some_of(
        "channels", "Send to", list(Channel), content.channels,
        format_func=lambda channel: f":material/{channel.icon}: {channel.label}",
    )  # fmt: skip


def looks(content: Draft, counted: Counted | Nowhere, lock: DeltaGenerator) -> None:
    """As it will look on a phone and in a mail program; the lock screen stays in sight while the words are written."""
    now = utc_now()
    wording = issuing.wording(content, counted.ground if isinstance(counted, Counted) else None, settings().mode, now)
    photo = photo_field.address(content)
    push = wording[Channel.PUSH]
    lock.html(draw("control/send/lock_screen.html", title=push.title, body=" ".join(push.body.split()), photo=photo))
    phone, mail = st.tabs(["On a phone", "By e-mail"], key="send-looks")
    with phone:
        mockups.phone(wording[Channel.PUSH], at=now, photo=photo)
    with mail:
        mockups.mail(wording[Channel.EMAIL], sender=settings().sender, key="send-mail", photo=photo)
