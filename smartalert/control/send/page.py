"""The send screen: compose left and right, the count at the bottom; then the review, or the wait for approval."""

import streamlit as st

from smartalert.alerts.approvals import LastRequest
from smartalert.alerts.checks import Counted, Nowhere
from smartalert.control.live import follow_up as live_follow_up
from smartalert.control.send import (
    address,
    approval,
    area,
    browser,
    context,
    delivery_times,
    draft,
    draft_bar,
    fields,
    follow_up,
    form,
    ground,
    preview,
    review,
    screen,
    search,
)
from smartalert.control.send.draft import TabDraft
from smartalert.officers.register import Officer


def page(officer: Officer) -> None:
    """Draw the step that this officer's draft is at; where nothing can be sent at all, what is missing."""
    live_follow_up.arrive()
    if ground.is_missing(officer):
        return
    named, opened = address.draft(), draft.present(officer.id)
    known = opened.alert_id
    draft.sync()
    take_step(opened, named=named == opened.id)
    browser.mount()
    if opened.alert_id != known:
        st.switch_page("pages/live_alerts.py", query_params={"alert": str(opened.alert_id)})
    elif known is not None:
        draft_bar.sent(known)
    elif opened.closed:
        draft_bar.thrown_away()
    elif approval.is_waiting(opened.asked):
        waiting(opened, opened.asked)
    elif screen.current().step == "review":
        reviewed(opened)
    else:
        compose(opened, officer)


def take_step(opened: TabDraft, *, named: bool) -> None:
    """Show the step that the address names; where it names no draft, as from the rail, let it name this one's."""
    shown = screen.current()
    if not named:
        address.write(opened.id if opened.kept_at else None, shown.step)
    elif address.step() == "compose" != shown.step:
        screen.compose()
    elif address.step() == "review" != shown.step:
        review.open_it()


def waiting(opened: TabDraft, asked: LastRequest) -> None:
    """What a second person has been asked to approve, as it stands."""
    counted = preview.recount(opened)
    with st.container(key="review-page"):
        draft_bar.notice()
        approval.head(asked)
        if isinstance(counted, Counted):
            screen.keep_reviewed(opened.version, counted.preview)
            review.everything(opened.content, counted)
    with st.container(key="send-bar", horizontal=True, vertical_alignment="center"):
        st.html(preview.counts_html(counted))
        approval.bar(asked, counted)


def reviewed(opened: TabDraft) -> None:
    """Everything that would leave, and the button that sends it."""
    with st.container(key="review-page"):
        draft_bar.notice()
        delivery_times.show()
        counted = preview.recount(opened)
        if isinstance(counted, Nowhere):
            screen.compose()
            st.rerun()
        review.show(opened, counted)
    with st.container(key="send-bar", horizontal=True, vertical_alignment="center"):
        st.html(preview.counts_html(counted))
        review.bar(counted)


def compose(opened: TabDraft, officer: Officer) -> None:
    """The map and search on the left, the message on the right, who would be told at the bottom."""
    if screen.current().moved:
        preview.catch_up(opened)
    with st.container(key="send-compose"):
        left, right = st.columns([6, 4], gap="medium")
        with st.container(key="send-bar", horizontal=True, vertical_alignment="center"):
            bar = st.container()
            st.button("Review", key="send:look", type="primary", icon=":material/visibility:", on_click=review.open_it)
        with left:
            if follow_up.is_fixed(opened.content):
                follow_up.place()
            else:
                search.search_box()
            area.area_map(bar)
            about = st.container(key="area-about-place")
        with right:
            message(opened, officer)
        with about:
            context.panel(area.take_whole)


def message(opened: TabDraft, officer: Officer) -> None:
    """What was just done to the draft; below it the form, which alone scrolls; below that the lock screen."""
    with fields.place("notice"):
        ground.notice(officer)
        approval.came_back(opened.asked)
        draft_bar.notice()
        draft_bar.offer(opened)
    written, lock = st.container(key="send-form"), st.container(key="send-lock")
    with written:
        draft_bar.head(opened)
        delivery_times.show()
        counted = preview.recount(opened)
        with fields.place("offer"):
            follow_up.offer(opened.content, counted)
        form.show(opened.content, counted, lock)
