"""The send screen: compose left and right, the count at the bottom; then the review, or the wait for approval."""

import streamlit as st

from smartalert.alerts.approvals import LastRequest
from smartalert.control.send import (
    approval,
    area,
    browser,
    delivery_times,
    draft,
    draft_bar,
    fields,
    follow_up,
    form,
    preview,
    review,
)
from smartalert.control.send.draft import Work
from smartalert.officers.register import Officer


def page(officer: Officer) -> None:
    """Draw the step that this officer's draft is at."""
    work = draft.present(officer.id)
    draft.sync()
    browser.mount()
    if work.alert_id is not None:
        st.switch_page("pages/live_alerts.py", query_params={"alert": str(work.alert_id)})
    elif work.closed:
        draft_bar.thrown_away()
    elif approval.is_waiting(asked := approval.request_of(work)):
        waiting(work, asked)
    elif work.step == "review":
        reviewed(work)
    else:
        compose(work, asked)


def waiting(work: Work, asked: LastRequest) -> None:
    """What a second person has been asked to approve, as it stands."""
    with st.container(key="review-page"):
        draft_bar.notice(work)
        approval.head(asked)
        review.everything(work, preview.recount(work))
    with st.container(key="send-bar", horizontal=True, vertical_alignment="center"):
        st.html(preview.counts_html(preview.recount(work)))
        approval.bar(asked)


def reviewed(work: Work) -> None:
    """Everything that would leave, and the button that sends it."""
    with st.container(key="review-page"):
        draft_bar.notice(work)
        delivery_times.show()
        counted = preview.recount(work)
        review.show(work, counted)
    with st.container(key="send-bar", horizontal=True, vertical_alignment="center"):
        st.html(preview.counts_html(counted))
        review.bar(work, counted)


def compose(work: Work, asked: LastRequest | None) -> None:
    """The map and search on the left, the message on the right, who would be told at the bottom."""
    if work.moved:
        preview.catch_up(work)
    with st.container(key="send-compose"):
        left, right = st.columns([6, 4], gap="medium")
        with st.container(key="send-bar", horizontal=True, vertical_alignment="center"):
            bar = st.container()
            st.button("Review", key="send:look", type="primary", icon=":material/visibility:", on_click=review.open_it)
        with left:
            if area.is_fixed(work):
                follow_up.place()
            else:
                area.search_box()
            area.area_map(bar)
        with right, st.container(key="send-form"):
            draft_bar.head(work)
            with fields.place("notice"):
                approval.came_back(asked)
                draft_bar.notice(work)
            delivery_times.show()
            with fields.place("offer"):
                follow_up.offer(work, preview.recount(work))
            form.show(work, preview.recount(work))
