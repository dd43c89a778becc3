"""Every function of ours that each database role may call, with values by which it does its work, and who is there."""

from datetime import UTC, datetime, timedelta

from smartalert.alerts import issuing
from smartalert.database.connection import Connection
from smartalert.dispatch import links
from smartalert.responses import reports
from smartalert.responses.reports import Report
from tests.factories import (
    EAST,
    LAT,
    LON,
    NORTH,
    OFFICER,
    complete_draft,
    make_draft,
    make_force_area,
    make_neighbourhoods,
    make_subscriber,
    preview_of,
)

#: What opens a session, a confirmation, a link and a device of the one person there.
SECRET, CONFIRM, LINK, DEVICE = "a session", "a confirmation", "a link", "a device"
CHOICES = (
    f'{{"places": [{{"label": "Home", "lat": {LAT}, "lon": {LON}, "reach_m": 0}}], "topics": 0, "sector": 0,'
    ' "updates": true, "quiet_from": null, "quiet_to": null}'
)
MAIL = '{"subject": "x", "body": "x", "html": "x", "push": "x"}'
PROOF = links.Reference(1, 1, "email").to("person1@training.example").proof
PHONE_PROOF = links.Reference(1, 1, "push").to("token-1").proof
POINT = f"SRID=27700;POINT({EAST} {NORTH})"
NOW = "2026-11-27 12:00+00"
PARTS = {"parts_of(%s, %s)": (POINT, 500)}
GROUND = {**PARTS, "ground_of(%s, %s)": (POINT, 500)}
DRAWN = {**GROUND, "drawn_parts(%s, %s)": (POINT, 500), "drawn_as_json(%s, %s)": (POINT, 500)}
WORLDS = {
    "is_seen(%s)": (None,),
    "current_drill()": (),
    "drill_of(%s)": (OFFICER,),
    "dice(%s, %s, %s, %s)": (1, 1, 1, 1),
}
AUDIENCE = {
    **PARTS,
    "audience(%s, %s, %s, %s, %s, %s, %s)": (POINT, 500, "true", 0, 0, 3, NOW),
    "audience(%s, %s, %s, %s, %s, %s, %s, %s, %s)": (POINT, 500, "true", 0, 0, 3, NOW, 1, "true"),
    "told_of(%s, %s)": (1, "true"),
    "living_workers()": (),
    "is_replaced(%s, %s)": (1, NOW),
    "why_not_told(%s)": (-1,),
    "fate_of(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)": ("true", None, "true", 0, 0, 3, "true", 0, 0, 3, NOW),
}
DAYS = {"london_day(%s)": (NOW,), "london_start(%s)": ("2026-11-27",), "month_of(%s)": ("2026-11-27",)}
#: Role → call → values. What is not here no role may call; what is here stands in docs/database-roles.md too.
CALLS: dict[str, dict[str, tuple[object, ...]]] = {
    "smartalert_public": {
        "schema_step()": (),
        "is_seen(%s)": (None,),
        **DRAWN,
        "attempt(%s, %s, %s, %s)": ("sign up", "127.0.0.1", "1 hour", 3),
        "sign_up(%s, %s, %s, %s)": ("new@training.example", CHOICES, "2026-11", ""),
        "ask_for_link(%s)": ("person1@training.example",),
        "is_good(%s, %s)": (LINK, "link"),
        "confirm(%s)": (CONFIRM,),
        "open_session(%s)": (LINK,),
        "end_session(%s)": (SECRET,),
        "my_marks(%s)": (SECRET,),
        "my_choices(%s)": (SECRET,),
        "change_choices(%s, %s)": (SECRET, CHOICES),
        "pause(%s, %s)": (SECRET, NOW),
        "switch_on_email(%s)": (SECRET,),
        "stop_mails(%s, %s)": (1, PROOF),
        "leave(%s, %s)": (SECRET, "moved"),
        "erase(%s)": (SECRET,),
        "my_data(%s)": (SECRET,),
        "whose_device(%s)": (DEVICE,),
        "hold_device(%s)": (DEVICE,),
        "register_device(%s, %s, %s, %s, %s, %s)": ("a token", "ios", "1.0", CHOICES, "app-2026-11", ""),
        "change_token(%s, %s, %s)": (DEVICE, "another token", "1.0"),
        "my_device(%s)": (DEVICE,),
        "told_device(%s, %s, %s, %s)": (DEVICE, None, None, 10),
        "reports_of_device(%s)": (DEVICE,),
        "officer_code(%s)": (DEVICE,),
        "record_phone_receipts(%s, %s, %s, %s, %s)": ("{1}", "{1}", "{opened}", f"{{{NOW}}}", f"{{{PHONE_PROOF}}}"),
        "keep_event_post(%s, %s, %s)": (b"[]", "signature", "1795356123"),
        "call_event_reader()": (),
        "acknowledge(%s, %s, %s)": (DEVICE, 1, "opened"),
        "acknowledge_test(%s)": (1,),
        "receive_response(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)": (
            "AAA-AAA", b"form", 1, 1, "A red car.", "", "false", "", POINT, "street", "", "", "true", "{}", b"x", 1, 1,
            "aaa aaa",
        ),
    },
    "smartalert_control": {
        "schema_step()": (),
        "deployment_mode()": (),
        **WORLDS,
        "ground_version()": (),
        **AUDIENCE,
        **DRAWN,
        "metres_from(%s, %s, %s)": (POINT, 500, POINT),
        "is_sound_area(%s, %s, %s)": (POINT, 500, None),
        **DAYS,
        "team_of(%s)": ("{W,E}",),
        "approval_rules(%s, %s, %s, %s, %s)": ("urgent", 5000, 1, NOW, 3),
        "area_km2(%s, %s)": (POINT, 500),
        "take_turn(%s)": ("routine updates",),
        "tell(%s, %s)": (2, "false"),
        "people_of(%s, %s)": (1, 4),
        "messages_since(%s)": ("2026-01-01",),
        "wait_for_quiet_hours(%s)": (1,),
        "may_change_policy(%s)": ("the.administrator",),
        "change_policy(%s, %s, %s, %s, %s, %s, %s, %s)": (
            4, "the.administrator", "why", 2000, None, None, None, "second person",
        ),
        "change_approval_settings(%s, %s, %s, %s)": ("the.administrator", "why", "2 minutes", "true"),
        "may_override_approval(%s)": (OFFICER,),
        "next_approver(%s, %s)": (1, NOW),
        "call_next_approver(%s, %s)": (1, NOW),
        "link_phone(%s, %s)": ("the.administrator", "ABCDEFGH"),
        "approved_photo(%s)": (1,),
        "outcome_people(%s)": (1,),
        "tell_outcome(%s, %s)": (1, MAIL),
        "tell_team(%s, %s)": (1, MAIL),
        "mail_report_to(%s, %s, %s, %s, %s)": ("the.administrator", "october", b"pdf", MAIL, NOW),
        "report_mail(%s)": (1,),
    },
    "smartalert_worker": {
        "schema_step()": (),
        "deployment_mode()": (),
        **WORLDS,
        **AUDIENCE,
        **GROUND,
        **DAYS,
        "take_turn(%s)": ("digests",),
        "share_rate(%s, %s, %s, %s, %s)": ("push", 1, 9_500, 0, 9_500),
        "refresh_audience(%s)": ("{1}",),
        "switch_off(%s, %s, %s)": ("{1}", "email", "{gone}"),
        "count_again(%s, %s)": (1, NOW),
        "messages_since(%s)": ("2026-01-01",),
        "people_of(%s, %s)": (1, 4),
        "give_back_switched_off()": (),
        "record_receipts(%s, %s, %s, %s, %s, %s, %s)": (
            "{1}", "{1}", "{email}", "{address_gone}", f"{{{NOW}}}", "{gone}", "{person1@training.example}",
        ),
        "record_bounces(%s, %s, %s, %s)": ("{person1@training.example}", "{x}", f"{{{NOW}}}", "{gone}"),
        "record_link_receipts(%s, %s, %s)": ("{1}", f"{{{NOW}}}", "{null}"),
        "forget_what_is_over()": (),
        "forget_old_sign_ins()": (),
        "forget_photos()": (),
        "count_due(%s, %s, %s)": (NOW, 10, "1 hour"),
        "publish_people(%s)": ("2026-11-27",),
        "note_phones(%s)": (NOW,),
        "call_due_approvers(%s)": (NOW,),
        "claim_call(%s, %s, %s)": (1, 1, NOW),
        "put_back_call(%s, %s)": (1, 1),
        "end_call(%s, %s, %s, %s)": (1, NOW, None, None),
        "wants_report()": (),
        "monitored_figures()": (),
        "remind_of_drills(%s, %s)": (MAIL, NOW),
        "practised(%s)": (NOW,),
        "mail_report(%s, %s, %s, %s, %s)": ("2026-10-01", "october", b"pdf", MAIL, NOW),
    },
    "smartalert_engagement": {"schema_step()": (), "practised(%s)": (NOW,), "is_seen(%s)": (None,), **DAYS, **GROUND},
    "smartalert_analyst": {"whose_figures()": ()},
    "smartalert_monitor": {"monitored_figures()": ()},
}  # fmt: skip


def make_scene(conn: Connection) -> None:
    """One person by phone and mail, an alert that reached them and their answer, officers, drafts and a request."""
    make_force_area(conn)
    make_neighbourhoods(conn)
    person = make_subscriber(conn)
    for secret, purpose in ((SECRET, "session"), (CONFIRM, "confirm"), (LINK, "link"), (DEVICE, "device")):
        conn.execute(
            "insert into secrets (hash, purpose, subscriber_id, expires_at)"
            " values (sha256(convert_to(%s, 'UTF8')), %s, %s, now() + interval '1 hour')",
            (secret, purpose, person),
        )
    then = datetime.now(UTC) - timedelta(minutes=1)
    shown = preview_of(conn, complete_draft(), then)
    alert, untold = (
        issuing.issue(conn, *make_draft(conn), OFFICER, shown=shown, now=then, undo_s=0).id for _ in range(2)
    )
    conn.execute("delete from deliveries where alert_id = %s", (untold,))
    conn.execute("update deliveries set state = 'handed_over', handed_over_at = now()")
    reports.receive(conn, alert, person, Report(saw="A red car.", may_contact=True), "a form")
    conn.execute(
        "insert into officers (id, name, roles, address)"
        " values ('the.administrator', 'A', '{administrator}', 'a@t.example'), (%s, 'B', '{sender}', '')",
        (OFFICER,),
    )
    conn.execute("insert into teams (name, contact) values ('CID', 'cid@t.example')")
    waiting, _ = make_draft(conn)
    conn.execute(
        "insert into approval_requests (draft_id, author, version, submitted_by, submitted_at, lapses_at, reason,"
        " document, sha256) values (%s, %s, 1, %s, now(), now() + interval '1 hour', 'people', '{}',"
        " encode(sha256('{}'), 'hex'))",
        (waiting, OFFICER, OFFICER),
    )
    conn.execute(
        "insert into report_readers (name, address, added_by, added_at) values ('R', 'r@t.example', 'x', now())"
    )
    conn.execute("insert into link_tests (channel, started_at) values ('push', now())")
    conn.execute("insert into results (alert_id, result, recorded_at, recorded_by) values (1, 'found', now(), 'x')")
