"""What: the kind of incident, its words with gaps to fill, who it is for, on what and until when."""

from html import escape

import streamlit as st

from smartalert import alerts, drafts
from smartalert.config import settings
from smartalert.control import draft, fields, following, mockups, photo_field, proofs
from smartalert.control.draft import Counted, Notice, Work
from smartalert.control.words import day_and_clock
from smartalert.incidents import KINDS
from smartalert.interests import Channel, Sector, Topic
from smartalert.messages import Wording

KIND, NARROW = "send:kind", "send:narrow"
EVERYONE, SOME = "Everyone in the area", "Only some"
URGENCY = {True: "Urgent alert", False: "Neighbourhood update"}
CHANNEL_WORDS = {"push": ":material/smartphone: Phones", "email": ":material/mail: E-mail"}
DESCRIPTION_ROWS, INSTRUCTION_ROWS, CONTACT_ROWS = 104, 84, 68


def key(field: str) -> str:
    """Session key of a field's widget."""
    return f"send:{field}"


def show(work: Work, counted: Counted) -> None:
    """The whole form, in the order in which it is thought through."""
    sequel = work.content.sequel
    if sequel:
        following.head(work)
    else:
        kinds(work)
        with st.container(key="send-facts", horizontal=True, gap="small"):
            number(work)
            urgency(work)
    words(work)
    photo_field.show(work)
    if not sequel:
        audience_choice(work)
    if not sequel or not sequel.ends:
        expiry(work)
    channels(work)
    looks(work, counted)


def kinds(work: Work) -> None:
    """Twelve kinds, each a button with icon and word."""
    content = work.content
    chosen = fields.follow(KIND, content.incident_kind or None)
    st.pills(
        "What happened",
        list(KINDS),
        default=chosen,
        format_func=lambda name: f":material/{KINDS[name].icon}: {KINDS[name].label}",
        key=KIND,
        required=True,
        on_change=on_kind,
        width="stretch",
    )
    if content.own_words and content.incident_kind and unlike_template(content):
        with st.container(key="send-own-words", horizontal=True, vertical_alignment="center"):
            st.html('<span class="sd-hint">Your own words are kept.</span>')
            label = f"Use the wording of “{KINDS[content.incident_kind].label}” instead"
            st.button(label, key="send:template", type="tertiary", on_click=use_template)


def unlike_template(content: drafts.Draft) -> bool:
    """Whether the kind was changed under words that were written for another."""
    return content.incident_kind != content.words_of


def on_kind() -> None:
    """Callback: the kind decides urgency, topics and expiry; the words too, unless they are the officer's own."""
    work = draft.current()
    chosen: str | None = st.session_state[KIND]
    if chosen and not fields.is_echo(KIND):
        draft.replace(drafts.choose_kind(chosen, work.content, draft.now()))


def use_template() -> None:
    """Callback: replace the officer's words by the template's, with a way back."""
    work = draft.current()
    before = {field: getattr(work.content, field) for field in (*drafts.WORDS, "own_words", "words_of")}
    draft.replace(drafts.from_template(work.content, draft.now()))
    work.notice = Notice("Your words were replaced by the template's.", undo=before)


def number(work: Work) -> None:
    """The incident number: 482 becomes "482 of 22 November"."""
    shown = fields.follow(key("incident_number"), work.content.incident_number)
    st.text_input(
        "Incident number",
        shown,
        key=key("incident_number"),
        placeholder="482",
        on_change=on_number,
        max_chars=40,
        width=158,
    )


def on_number() -> None:
    """Callback: complete the number, and put it wherever the words leave room for it."""
    if fields.is_echo(key("incident_number")):
        return
    said = drafts.read_incident_number(st.session_state[key("incident_number")], draft.now())
    draft.replace(drafts.restate(draft.current().content, "incident_number", said))


def urgency(work: Work) -> None:
    """Urgent goes to everyone in the area; an update only to those who want updates."""
    shown = fields.follow(key("urgent"), work.content.urgent)
    st.segmented_control(
        "How urgent", list(URGENCY), default=shown, format_func=URGENCY.__getitem__, key=key("urgent"), required=True,
        on_change=take, args=("urgent",),
    )  # fmt: skip


def words(work: Work) -> None:
    """The words people will read."""
    field = key("headline")
    shown = fields.follow(field, work.content.headline)
    sequel = work.content.sequel
    st.text_input(
        f"Headline, after “{sequel.title}: ”" if sequel else "Headline",
        shown,
        key=field,
        live="500ms",
        on_change=take_words,
        args=("headline",),
        placeholder="Choose what happened",
    )
    st.html(meter_html(len(work.content.headline)))
    proofs.notes(work.content, "headline")
    for name, label, height in (
        ("description", "What happened", DESCRIPTION_ROWS),
        ("instruction", "What to do", INSTRUCTION_ROWS),
        ("contact", "Whom to call", CONTACT_ROWS),
    ):
        shown = fields.follow(key(name), getattr(work.content, name))
        st.text_area(label, shown, key=key(name), height=height, on_change=take_words, args=(name,))
        proofs.notes(work.content, name)


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
    narrowed = bool(content.topics or content.sectors) or st.session_state.get("send:narrowing") == str(work.draft_id)
    shown = fields.follow(NARROW, SOME if narrowed else EVERYONE)
    st.segmented_control(
        "Who it is for", [EVERYONE, SOME], default=shown, key=NARROW, required=True, on_change=on_narrow
    )
    if not narrowed:
        return
    topics = fields.follow(key("topics"), [topic for topic in Topic if content.topics & topic])
    st.pills(
        "People who chose one of these topics", list(Topic), default=topics,
        format_func=lambda topic: topic.label, selection_mode="multi", key=key("topics"), on_change=on_topics,
    )  # fmt: skip
    sectors = fields.follow(key("sectors"), [sector for sector in Sector if content.sectors & sector.bit])
    st.pills(
        "and businesses of these trades", list(Sector), default=sectors,
        format_func=lambda sector: sector.label, selection_mode="multi", key=key("sectors"), on_change=on_sectors,
    )  # fmt: skip


def on_narrow() -> None:
    """Callback: open the choice of topics, or go back to everyone."""
    work = draft.current()
    if fields.is_echo(NARROW):
        return
    if st.session_state[NARROW] == SOME:
        st.session_state["send:narrowing"] = str(work.draft_id)
        return
    st.session_state["send:narrowing"] = None
    draft.change(topics=0, sectors=0)


def on_topics() -> None:
    """Callback: the topics as the mask that the matching table holds."""
    if not fields.is_echo(key("topics")):
        draft.change(topics=sum(int(topic) for topic in st.session_state[key("topics")]))


def on_sectors() -> None:
    """Callback: the trades as a mask."""
    if not fields.is_echo(key("sectors")):
        draft.change(sectors=sum(sector.bit for sector in st.session_state[key("sectors")]))


def expiry(work: Work) -> None:
    """Until when it counts, as choices; the hour that comes to is written beside them."""
    shown = fields.follow(key("expires"), work.content.expires)
    now = draft.now()
    st.segmented_control(
        f"It counts until {day_and_clock(work.content.expires_at(now), now)}",
        list(drafts.EXPIRIES), default=shown, format_func=drafts.EXPIRIES.__getitem__, key=key("expires"),
        required=True, on_change=take, args=("expires",),
    )  # fmt: skip


def channels(work: Work) -> None:
    """On phones, by e-mail, or both."""
    shown = fields.follow(key("channels"), [str(channel) for channel in work.content.channels])
    st.segmented_control(
        "On", [str(channel) for channel in Channel], default=shown, format_func=CHANNEL_WORDS.__getitem__,
        selection_mode="multi", key=key("channels"), on_change=take, args=("channels",),
    )  # fmt: skip


def looks(work: Work, counted: Counted) -> None:
    """As it will look on a lock screen and in a mail program, in the very words."""
    now = draft.now()
    wording = alerts.wording(work.content, counted.ground, settings().mode, now)
    photo = photo_field.address(work)
    with st.container(key="send-lock"):
        st.html(lock_html(wording["push"], photo))
    phone, mail = st.tabs(["On a phone", "As e-mail"])
    with phone:
        mockups.phone(wording["push"], at=now, photo=photo)
    with mail:
        mockups.mail(wording["email"], sender=settings().sender, key="send-mail", height=460, photo=photo)


def lock_html(wording: Wording, photo: str = "") -> str:
    """What a lock screen shows before anybody touches it; it stays in sight while the words are written."""
    body = " ".join(wording.body.split())
    image = f'<img class="photo" src="{photo}" alt="">' if photo else ""
    return (
        '<figure class="sd-lock" aria-label="On a lock screen"><img src="/look/icon.svg" alt="">'
        f"<div><b>{escape(wording.title)}</b><p>{escape(body)}</p></div>{image}</figure>"
    )


def take(field: str) -> None:
    """Callback: take a widget's value over as it is."""
    if not fields.is_echo(key(field)):
        draft.change(**{field: st.session_state[key(field)]})


def take_words(field: str) -> None:
    """Callback: take over what was typed; from now on the words are the officer's own."""
    if not fields.is_echo(key(field)):
        draft.change(**{field: st.session_state[key(field)], "own_words": True})
