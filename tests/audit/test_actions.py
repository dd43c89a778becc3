"""What the audit can say that somebody did: every action is written somewhere, by the program or by the database."""

import re
from pathlib import Path

from smartalert.alerts.follow_ups import FOLLOW_UPS
from smartalert.audit.entries import Action

ROOT = Path(__file__).parents[2]
#: An entry that a function or trigger writes: whoever did it, then the action.
WRITTEN = re.compile(
    r"insert into audit \(officer, action, (?:\w+_id, )?detail\)\s+values \(.+?, '([^']+)',\s+(?:[\w.]+,\s+)?jsonb",
    re.DOTALL,
)
READ = re.compile(r"\baction = '([^']+)'")


def sql(folder: str) -> str:
    return "\n".join(file.read_text() for file in sorted((ROOT / "sql" / folder).rglob("*.sql")))


def test_the_database_writes_and_looks_for_actions_of_the_program():
    migrations = sql("migrations")
    assert len(WRITTEN.findall(migrations)) == migrations.count("insert into audit (")
    assert {*WRITTEN.findall(migrations), *READ.findall(migrations + sql("queries"))} <= {*Action}


def test_every_action_is_written_by_the_program_or_by_the_database():
    program = "\n".join(file.read_text() for file in (ROOT / "smartalert").rglob("*.py"))
    named = {Action[name] for name in re.findall(r"\bAction\.([A-Z_]+)", program)}
    follow_ups = {Action(f"began: {kind.label}") for kind in FOLLOW_UPS.values()}
    assert named | follow_ups | {*WRITTEN.findall(sql("migrations"))} == {*Action}
