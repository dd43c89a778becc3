"""Send an alert: draw, write, look, tell. Every change is kept; nothing leaves without the review."""

import streamlit as st

from smartalert.control import (
    alert_form,
    area_picker,
    asking,
    draft,
    draft_bar,
    fields,
    following,
    hands,
    if_sent_now,
    preview,
    review,
)  # fmt: skip
from smartalert.control.access import Role, require_officer

officer = require_officer(Role.SENDER)
work = draft.present(officer.id)
draft.sync()
hands.mount()

if work.alert_id is not None:
    st.switch_page("pages/live_alerts.py", query_params={"alert": str(work.alert_id)})

elif work.closed:
    draft_bar.thrown_away()

elif asking.is_waiting(asked := asking.request_of(work)):
    with st.container(key="review-page"):
        draft_bar.notice(work)
        asking.head(asked)
        review.everything(work, preview.recount(work))
    with st.container(key="send-bar", horizontal=True, vertical_alignment="center"):
        st.html(preview.counts_html(preview.recount(work)))
        asking.bar(asked)

elif work.step == "review":
    with st.container(key="review-page"):
        draft_bar.notice(work)
        if_sent_now.show()
        counted = preview.recount(work)
        review.show(work, counted)
    with st.container(key="send-bar", horizontal=True, vertical_alignment="center"):
        st.html(preview.counts_html(counted))
        review.bar(work, counted)

else:
    if work.moved:
        preview.catch_up(work)
    with st.container(key="send-compose"):
        left, right = st.columns([6, 4], gap="medium")
        with st.container(key="send-bar", horizontal=True, vertical_alignment="center"):
            bar = st.container()
            st.button("Review", key="send:look", type="primary", icon=":material/visibility:", on_click=review.open_it)
        with left:
            if area_picker.is_fixed(work):
                following.place()
            else:
                area_picker.search_box()
            area_picker.area_map(bar)
        with right, st.container(key="send-form"):
            draft_bar.head(work)
            with fields.place("notice"):
                asking.came_back(asked)
                draft_bar.notice(work)
            if_sent_now.show()
            with fields.place("offer"):
                following.offer(work, preview.recount(work))
            alert_form.show(work, preview.recount(work))
