"""Two drills and the ordinary world in one database: whatever officers of one read, nothing of another is there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from smartalert.alerts import approvals, issuing, lifecycle, listing, published
from smartalert.alerts.listing import Wanted
from smartalert.audit import chain
from smartalert.database import connection
from smartalert.database.cluster import Cluster
from smartalert.database.connection import Connection
from smartalert.dispatch import outages
from smartalert.officers import register
from smartalert.officers.register import Role
from smartalert.providers.provider import TemporaryFailure
from smartalert.responses import inbox, reports, results
from smartalert.responses.reports import Report
from tests.databases import Database, live_database
from tests.factories import OFFICER, complete_draft, make_draft, make_force_area, make_subscriber, preview_of
from tests.photographs import photograph

#: What officers of all worlds share: the force, its ground, its people and its rules; and why that is no leak.
SHARED = {
    "approval_policy": "a rule", "approval_settings": "a rule", "audience_places": "residents, whom no drill changes",
    "audit_chain": "digests", "audit_heads": "digests", "campaigns": "not of alerts", "deployment": "the mode",
    "drawn_ground": "ground", "drill_alerts": "numbers", "drill_drafts": "numbers",
    "drill_officers": "who is where", "drill_permits": "a rule", "drill_results": "what drills came to",
    "drill_rule": "a rule", "practice": "who has done a drill",
    "drills": "which drills there are", "duties": "who is on duty",
    "exercise_code": "a sign-in", "figures_due": "numbers of alerts", "force_area": "ground",
    "ground_changes": "ground",
    "ground_importer": "ground", "ground_imports": "ground", "ground_requests": "ground",
    "ground_map_parts": "ground", "ground_maps": "ground", "hidden_kinds": "a rule", "kind_order": "a rule",
    "kind_words": "the force's words", "kind_words_in_force": "the force's words", "landmarks": "ground",
    "outages": "the lines",
    "link_tests": "the lines", "neighbourhoods": "ground", "officer_sessions": "sign-ins", "officers": "officers",
    "postcodes": "ground", "procrastinate_jobs": "numbers", "receipt_clock": "the lines", "recorded_crimes": "ground",
    "refused_sign_ins": "sign-ins", "report_readers": "readers of the month's report", "restorations": "the database's",
    "saved_areas": "ground",
    "scenarios": "stories",
    "search_words": "ground", "streets": "ground", "targets": "the commissioner's", "team_members": "teams",
    "teams": "teams", "towns": "ground", "unit_costs": "the commissioner's", "workers": "processes",
}  # fmt: skip
#: What control may call with the owner's rights, and so past row security: why nothing crosses by it.
DEFINERS = {
    "ground_version": "ground", "call_next_approver": "of a request, and calls officers of its world alone",
    "next_approver": "of a request, among officers of its world alone",
    "change_approval_settings": "shared", "change_policy": "shared", "link_phone": "an officer's own",
    "mail_report_to": "shared", "report_mail": "shared", "schema_step": "shared", "take_turn": "shared",
    "tell_team": "shared", "outcome_people": "of an alert, how many", "tell": "of the alert just issued",
    "tell_outcome": "of an alert that was read before", "wait_for_quiet_hours": "of the alert just issued",
}  # fmt: skip
READABLE = """
select c.relname::text as name from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v')
  and has_any_column_privilege('smartalert_control', c.oid, 'select')
  and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
"""
WORLDS = (None, 1, 2)


@dataclass(frozen=True)
class Scene:
    """One database with three worlds, and the alert of each."""

    database: Database
    alerts: dict[int | None, int]

    @contextmanager
    def seen_from(self, world: Any, role: str = "smartalert_control") -> Iterator[Connection]:
        """A transaction in one world, undone."""
        with self.database.connect(role) as conn:
            connection.enter_world(conn, world)
            yield conn
            conn.rollback()


@pytest.fixture(scope="module")
def scene(module_database: Database) -> Scene:
    with module_database.connect() as owner:
        make_force_area(owner)
        make_subscriber(owner)
        for officer in (OFFICER, "second", "trainer", "of.1", "of.2"):
            owner.execute(
                "insert into officers (id, name, roles, address) values (%s, %s, '{sender,approver}', 'x@t.example')",
                (officer, officer),
            )
            owner.execute("insert into duties values (%s, now(), now() + interval '1 day', %s)", (officer, officer))
        for number in (1, 2):
            owner.execute(
                "insert into drills (scenario, seed, place, trainer, made_at, started_at)"
                " values ('{}', 1, '{}', 'trainer', now(), now())"
            )
            owner.execute("insert into drill_officers values (%s, %s)", (number, f"of.{number}"))
        owner.commit()
    return Scene(module_database, {world: fill(module_database, world) for world in WORLDS})


def fill(database: Database, world: int | None) -> int:
    """Everything that can be in a world, once at least, by the roles that write it; its alert."""
    now = datetime.now(UTC)
    with database.connect("smartalert_control") as conn:
        connection.enter_world(conn, world)
        waiting, version = make_draft(conn, complete_draft(headline=f"Waits in {world}"))
        conn.execute(
            "insert into draft_photos (draft_id, jpeg, width, height) values (%s, %s, 1, 1)",
            (waiting, photograph((9, 9))),
        )
        conn.execute(
            "insert into approval_requests (draft_id, author, version, submitted_by, submitted_at, lapses_at, reason,"
            " document, sha256) values (%s, %s, %s, %s, now(), now() + interval '1 hour', 'people', '{}',"
            " encode(sha256('{}'), 'hex'))",
            (waiting, OFFICER, version, OFFICER),
        )
        (request,) = conn.execute("select max(id) from approval_requests").fetchone()
        conn.execute("insert into approval_looks values (%s, 'second', now())", (request,))
        conn.execute("select call_next_approver(%s, now() + interval '1 second')", (request,))
        content = complete_draft(headline=f"Burglary in world {world}")
        shown = preview_of(conn, content, now)
        alert = issuing.issue(conn, *make_draft(conn, content), OFFICER, shown=shown, now=now, undo_s=0).id
        conn.execute(
            "insert into alert_photos (alert_id, jpeg, width, height, alt, sha256)"
            " values (%s, %s::bytea, 1, 1, 'x', sha256(%s::bytea))",
            (alert, b"x", b"x"),
        )
        conn.execute("insert into alert_reviews values (%s, %s, 'second', now())", (alert, OFFICER))
        if world:
            conn.execute(
                "insert into drill_events (drill, at, clock, kind) values (%s, now(), '1 minute', 'started')", (world,)
            )
        conn.commit()
    with database.connect("smartalert_worker") as conn:
        connection.enter_world(conn, world)
        outages.see(conn, "email", [TemporaryFailure(f"Refused in {world}")], now, repeat_is_harmless=False)
        conn.execute(
            "update deliveries set state = 'handed_over', handed_over_at = now() where alert_id = %s", (alert,)
        )
        conn.commit()
    with database.connect("smartalert_public") as conn:
        assert reports.receive(conn, alert, 1, Report(saw=f"A van in {world}.", may_contact=True), f"form {world}")
        conn.commit()
    with database.connect("smartalert_control") as conn:
        connection.enter_world(conn, world)
        (response,) = conn.execute("select id from responses").fetchone()
        conn.execute("insert into response_notes (response_id, officer, words) values (%s, 'x', 'A note')", (response,))
        conn.execute(
            "insert into outcomes (alert_id, told_at, officer, words, people) values (%s, now(), 'x', 'Found', 1)",
            (alert,),
        )
        results.record(conn, alert, "found", OFFICER, now)
        conn.commit()
    with database.connect() as owner:
        owner.execute("insert into later_audiences values (%s, now(), 1, 0, 0, 0)", (alert,))
        owner.execute("insert into response_photos values (%s, 'x', 1, 1)", (response,))
        owner.commit()
    return int(alert)


def rows(conn: Connection, relation: str) -> set[str]:
    return {row[0] for row in conn.execute(f"select to_jsonb(r)::text from {relation} r")}


def test_every_table_that_officers_read_is_of_one_world_or_known_to_be_shared(scene):
    with scene.seen_from("every") as conn:
        everything = {row.name for row in conn.execute(READABLE)} - set(SHARED)
        all_rows = {relation: rows(conn, relation) for relation in everything}
    found = {}
    for world in WORLDS:
        with scene.seen_from(world) as conn:
            found[world] = {relation: rows(conn, relation) for relation in everything}
    for relation in sorted(everything):
        parts = [found[world][relation] for world in WORLDS if (world, relation) != (None, "drill_events")]
        assert all(parts), f"{relation} is empty in a world: the scene must fill it"
        assert sum(map(len, parts)) == len(set().union(*parts)), f"{relation} shows one world to another"
        assert set().union(*parts) == all_rows[relation], relation


def test_nobody_outside_a_drill_is_shown_it_and_whoever_works_for_all_is(scene):
    with scene.seen_from(None, "smartalert_engagement") as conn:
        assert [row.id for row in conn.execute("select id from alerts")] == [scene.alerts[None]]
    for role in ("smartalert_worker", "smartalert_public"):
        with scene.seen_from(None, role) as conn:
            assert {row.id for row in conn.execute("select id from public_alerts")} == set(scene.alerts.values())


def test_what_passes_row_security_is_known(scene):
    with scene.seen_from(None) as conn:
        found = conn.execute(
            "select proname::text as name from pg_proc where prosecdef and pronamespace = 'public'::regnamespace"
            " and has_function_privilege('smartalert_control', oid, 'execute') and proname not like 'procrastinate%'"
        )
        assert {row.name for row in found} == set(DEFINERS)


def test_a_world_cannot_be_written_into_from_another(scene):
    for world in WORLDS:
        other = scene.alerts[next(one for one in WORLDS if one != world)]
        with scene.seen_from(world) as conn:
            assert conn.execute("update alerts set stopped_at = now() where id = %s", (other,)).rowcount == 0
            assert conn.execute("update deliveries set due_at = now() where alert_id = %s", (other,)).rowcount == 0
            assert conn.execute("update responses set outcome = 'x' where alert_id = %s", (other,)).rowcount == 0
            with pytest.raises(psycopg.errors.InsufficientPrivilege), conn.transaction():
                results.record(conn, other, "arrested", OFFICER, datetime.now(UTC))
            with pytest.raises(psycopg.errors.InsufficientPrivilege), conn.transaction():
                conn.execute("insert into audit (officer, action, alert_id) values ('x', 'x', %s)", (other,))


@pytest.mark.parametrize("world", WORLDS)
def test_the_screens_show_one_world(scene, world):
    now = datetime.now(UTC)
    with scene.seen_from(world) as conn:
        assert [row.headline for row in listing.recent(conn, Wanted(), 10).rows] == [f"Burglary in world {world}"]
        assert [row.headline for row in lifecycle.in_force(conn, now)] == [f"Burglary in world {world}"]
        assert [row.id for row in inbox.alerts_with_responses(conn)] == [scene.alerts[world]]
        assert inbox.counts(conn).unread == 1
        assert len(approvals.waiting(conn, now)) == 1
        other = scene.alerts[next(one for one in WORLDS if one != world)]
        assert lifecycle.find(conn, other) is None


def test_a_provider_that_is_out_in_one_drill_is_not_out_in_another(scene):
    now = datetime.now(UTC)
    refusal = TemporaryFailure("Refused", whole_channel=True)
    with scene.seen_from(1, "smartalert_worker") as conn:
        outages.see(conn, "push", [refusal], now, repeat_is_harmless=True)
        assert outages.claim(conn, "push", 64, now, lambda limit: [None] * limit) == []
        conn.execute("select set_config('smartalert.drill', '2', true)")
        assert outages.now_out(conn) == []
        assert len(outages.claim(conn, "push", 64, now, lambda limit: [None] * limit)) == 64


def test_an_approver_is_called_in_their_own_world_alone(scene):
    for world, who in ((1, {"of.1"}), (2, {"of.2"}), (None, {"second", "trainer", OFFICER} - {OFFICER})):
        with scene.seen_from(world) as conn:
            assert {row.officer for row in conn.execute("select officer from approval_calls")} <= who


def test_lists_and_feeds_leave_drills_out_and_an_alerts_own_page_does_not(scene):
    with scene.seen_from(None, "smartalert_public") as conn:
        assert [alert.id for alert in published.active(conn)] == [scene.alerts[None]]
        for alert in scene.alerts.values():
            identifier = published.identifier_of(conn, alert)
            assert published.find(conn, identifier) is not None


def test_no_drill_is_counted_in_the_years_figures_and_the_audit_still_holds(scene):
    with scene.database.connect() as owner:
        owner.execute("select count_due(now(), 1000, '0')")
        assert {row.alert_id for row in owner.execute("select alert_id from alert_figures")} == {scene.alerts[None]}
        assert owner.execute("select sum(people) from message_months").fetchone()[0] in (0, 10)
        owner.commit()
    with scene.seen_from("every") as conn:
        assert chain.verify(conn).findings == []


def test_an_officer_is_in_the_drill_that_runs_for_them(scene):
    now = datetime.now(UTC)
    with scene.database.connect() as owner:
        secret = register.sign_in(owner, register.Officer("of.1", "x", "", (Role.SENDER,)), now)
        assert register.present(owner, secret, now).drill == 1
        assert register.require(owner, secret, (Role.SENDER,), now).drill == 1
        assert owner.execute("select current_drill()").fetchone() == (1,)
        owner.execute("update drills set ended_at = now() where id = 1")
        assert register.present(owner, secret, now).drill is None
        owner.rollback()


def test_an_officer_is_in_one_drill_at_a_time(scene):
    with scene.database.connect() as owner, pytest.raises(psycopg.errors.UniqueViolation):
        owner.execute("insert into drill_officers values (1, 'of.2')")


def test_a_live_database_has_no_drills_and_loses_nothing_to_them(cluster: Cluster):
    with live_database(cluster) as live, live.connect() as owner:
        owner.execute("insert into officers (id, name, roles) values ('t', 't', '{trainer}')")
        assert owner.execute("select count(*) from pg_class where relrowsecurity").fetchone() == (0,)
        with pytest.raises(psycopg.errors.CheckViolation, match="only_in_training"):
            owner.execute(
                "insert into drills (scenario, seed, place, trainer, made_at) values ('{}', 1, '{}', 't', now())"
            )
