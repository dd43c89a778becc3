"""What: the kind of incident, its words with gaps to fill, who it is for, on what and until when."""

from html import escape

import streamlit as st

from smartalert.alerts import drafts, issuing
from smartalert.alerts.incidents import KINDS
from smartalert.audience.interests import Sector, Topic
from smartalert.channel import Channel
from smartalert.clock import utc_now
from smartalert.config import settings
from smartalert.control import mockups
from smartalert.control.send import draft, fields, follow_up, proofreading
from smartalert.control.send import photo as photo_field
from smartalert.control.send.draft import Counted, Notice, Work
from smartalert.control.words import day_and_clock
from smartalert.wording import Wording

#: Session key: the draft in which the choice of topics was opened.
NARROWING = "send:narrowing"
EVERYONE, SOME = "Everyone in the area", "Only some"
URGENCY = {True: "Urgent alert", False: "Neighbourhood update"}
DESCRIPTION_ROWS, INSTRUCTION_ROWS, CONTACT_ROWS = 104, 84, 68


def show(work: Work, counted: Counted) -> None:
    """The whole form, in the order in which it is thought through."""
    sequel = work.content.sequel
    if sequel:
        follow_up.head(work)
    else:
        kinds(work)
        with st.container(key="send-facts", horizontal=True, gap="small"):
            number(work)
            urgency(work)
    words(work)
    with fields.place("photo"):
        photo_field.show(work)
    if not sequel:
        with fields.place("audience"):
            audience_choice(work)
    if not sequel or not sequel.ends:
        expiry(work)
    channels(work)
    looks(work, counted)


def kinds(work: Work) -> None:
    """Twelve kinds, each a button with icon and word."""
    content = work.content
    chosen = content.incident_kind or None
    key = fields.follow("kind", chosen)
    st.pills(
        "What happened",
        list(KINDS),
        default=chosen,
        format_func=lambda name: f":material/{KINDS[name].icon}: {KINDS[name].label}",
        key=key,
        required=True,
        on_change=on_kind,
        args=(key,),
        width="stretch",
    )
    with fields.place("own-words"):
        own_words(content)


def own_words(content: drafts.Draft) -> None:
    """The kind was changed under words that were written for another: offer its own."""
    if not (content.own_words and content.incident_kind and content.incident_kind != content.words_of):
        return
    with st.container(key="send-own-words", horizontal=True, vertical_alignment="center"):
        st.html('<span class="sd-hint">Your own words are kept.</span>')
        label = f"Use the wording of “{KINDS[content.incident_kind].label}” instead"
        st.button(label, key="send:template", type="tertiary", on_click=use_template)


def on_kind(key: str) -> None:
    """Callback: the kind decides urgency, topics and expiry; the words too, unless they are the officer's own."""
    if chosen := fields.said(key):
        draft.replace(drafts.choose_kind(chosen, draft.current().content, utc_now()))


def use_template() -> None:
    """Callback: replace the officer's words by the template's, with a way back."""
    work = draft.current()
    before = {field: getattr(work.content, field) for field in (*drafts.WORDS, "own_words", "words_of")}
    draft.replace(drafts.from_template(work.content, utc_now()))
    work.notice = Notice("Your words were replaced by the template's.", undo=before)


def number(work: Work) -> None:
    """The incident number: 482 becomes "482 of 22 November"."""
    shown = work.content.incident_number
    key = fields.follow("incident_number", shown)
    st.text_input(
        "Incident number", shown, key=key, placeholder="482", on_change=on_number, args=(key,), max_chars=40, width=158
    )


def on_number(key: str) -> None:
    """Callback: complete the number, and put it wherever the words leave room for it."""
    if (said := fields.said(key)) is not None:
        number = drafts.read_incident_number(said, utc_now())
        draft.replace(drafts.restate(draft.current().content, "incident_number", number))


def urgency(work: Work) -> None:
    """Urgent goes to everyone in the area; an update only to those who want updates."""
    key = fields.follow("urgent", work.content.urgent)
    st.segmented_control(
        "How urgent", list(URGENCY), default=work.content.urgent, format_func=URGENCY.__getitem__, key=key,
        required=True, on_change=take, args=("urgent", key),
    )  # fmt: skip


def words(work: Work) -> None:
    """The words people will read."""
    headline, sequel = work.content.headline, work.content.sequel
    key = fields.follow("headline", headline)
    st.text_input(
        f"Headline, after “{sequel.title}: ”" if sequel else "Headline",
        headline,
        key=key,
        live="500ms",
        on_change=take_words,
        args=("headline", key),
        placeholder="Choose what happened",
    )
    st.html(meter_html(len(headline)))
    with fields.place("headline"):
        proofreading.notes(work.content, "headline")
    for name, label, height in (
        ("description", "What happened", DESCRIPTION_ROWS),
        ("instruction", "What to do", INSTRUCTION_ROWS),
        ("contact", "Whom to call", CONTACT_ROWS),
    ):
        shown = getattr(work.content, name)
        key = fields.follow(name, shown)
        st.text_area(label, shown, key=key, height=height, on_change=take_words, args=(name, key))
        with fields.place(name):
            proofreading.notes(work.content, name)


def meter_html(length: int) -> str:
    """How much of the headline a lock screen shows, and what is left of the limit."""
    limit = drafts.LONGEST_HEADLINE
    tone, verdict = "", f"{length} of {limit} characters"
    if length > limit:
        tone, verdict = "sd-over", f"{length - limit} too many: at most {limit} characters"
    elif length > drafts.LOCK_SCREEN_SHOWS:
        tone, verdict = "sd-long", f"{length} of {limit}: some lock screens cut it after {drafts.LOCK_SCREEN_SHOWS}"
    share = min(100, round(100 * length / limit))
    return f'<div class="sd-meter {tone}"><i style="--share:{share}%"></i><span>{verdict}</span></div>'


def audience_choice(work: Work) -> None:
    """Everyone in the area, or only those with one of these topics or in one of these trades."""
    content = work.content
    narrowed = bool(content.topics or content.sectors) or st.session_state.get(NARROWING) == str(work.draft_id)
    key = fields.follow("narrow", SOME if narrowed else EVERYONE)
    st.segmented_control(
        "Who it is for", [EVERYONE, SOME], default=SOME if narrowed else EVERYONE, key=key, required=True,
        on_change=on_narrow, args=(key,),
    )  # fmt: skip
    if not narrowed:
        return
    topics = [topic for topic in Topic if content.topics & topic]
    key = fields.follow("topics", topics)
    st.pills(
        "People who chose one of these topics", list(Topic), default=topics,
        format_func=lambda topic: topic.label, selection_mode="multi", key=key, on_change=on_topics, args=(key,),
    )  # fmt: skip
    sectors = [sector for sector in Sector if content.sectors & sector.bit]
    key = fields.follow("sectors", sectors)
    st.pills(
        "and businesses of these trades", list(Sector), default=sectors,
        format_func=lambda sector: sector.label, selection_mode="multi", key=key, on_change=on_sectors, args=(key,),
    )  # fmt: skip


def on_narrow(key: str) -> None:
    """Callback: open the choice of topics, or go back to everyone."""
    said = fields.said(key)
    if said == SOME:
        st.session_state[NARROWING] = str(draft.current().draft_id)
    elif said == EVERYONE:
        st.session_state[NARROWING] = None
        draft.change(topics=0, sectors=0)


def on_topics(key: str) -> None:
    """Callback: the topics as the mask that the matching table holds."""
    if (said := fields.said(key)) is not None:
        draft.change(topics=sum(int(topic) for topic in said))


def on_sectors(key: str) -> None:
    """Callback: the trades as a mask."""
    if (said := fields.said(key)) is not None:
        draft.change(sectors=sum(sector.bit for sector in said))


def expiry(work: Work) -> None:
    """Until when it counts, as choices; the hour that comes to is written beside them."""
    shown, now = work.content.expires, utc_now()
    key = fields.follow("expires", shown)
    st.segmented_control(
        f"It counts until {day_and_clock(work.content.expires_at(now), now)}",
        list(drafts.EXPIRIES), default=shown, format_func=drafts.EXPIRIES.__getitem__, key=key, required=True,
        on_change=take, args=("expires", key),
    )  # fmt: skip


def channels(work: Work) -> None:
    """On phones, by e-mail, or both."""
    shown = work.content.channels
    key = fields.follow("channels", shown)
    st.segmented_control(
        "On", list(Channel), default=shown, format_func=lambda channel: f":material/{channel.icon}: {channel.label}",
        selection_mode="multi", key=key, on_change=take, args=("channels", key),
    )  # fmt: skip


def looks(work: Work, counted: Counted) -> None:
    """As it will look on a lock screen and in a mail program, in the very words."""
    now = utc_now()
    wording = issuing.wording(work.content, counted.ground, settings().mode, now)
    photo = photo_field.address(work)
    with st.container(key="send-lock"):
        st.html(lock_html(wording[Channel.PUSH], photo))
    phone, mail = st.tabs(["On a phone", "As e-mail"])
    with phone:
        mockups.phone(wording[Channel.PUSH], at=now, photo=photo)
    with mail:
        mockups.mail(wording[Channel.EMAIL], sender=settings().sender, key="send-mail", height=460, photo=photo)


def lock_html(wording: Wording, photo: str = "") -> str:
    """What a lock screen shows before anybody touches it; it stays in sight while the words are written."""
    body = " ".join(wording.body.split())
    image = f'<img class="photo" src="{photo}" alt="">' if photo else ""
    return (
        '<figure class="sd-lock" aria-label="On a lock screen"><img src="/look/icon.svg" alt="">'
        f"<div><b>{escape(wording.title)}</b><p>{escape(body)}</p></div>{image}</figure>"
    )


def take(field: str, key: str) -> None:
    """Callback: take a widget's value over as it is."""
    if (said := fields.said(key)) is not None:
        draft.change(**{field: said})


def take_words(field: str, key: str) -> None:
    """Callback: take over what was typed; from now on the words are the officer's own."""
    if (said := fields.said(key)) is not None:
        draft.change(**{field: said, "own_words": True})
