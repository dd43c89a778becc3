"""Brings a database up to date: procrastinate's tables, then sql/migrations/*.sql in order, through Alembic."""

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from procrastinate.schema import SchemaManager
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Connection

from smartalert.config import Mode
from smartalert.errors import ModeRefused

SQL = Path(__file__).parents[2] / "sql"
#: Two processes that migrate at once take turns on this advisory lock.
LOCK = 7_000


class SqlScripts(ScriptDirectory):
    """The numbered .sql files as a chain of Alembic revisions: 0001 ← 0002 ← …"""

    def _load_revisions(self) -> Iterator[Script]:
        previous: str | None = None
        for path in sorted((SQL / "migrations").glob("[0-9]*.sql")):
            module = ModuleType(path.stem)
            module.__dict__.update(
                revision=path.stem[:4], down_revision=previous, upgrade=run_file(path), __doc__=path.stem
            )
            previous = path.stem[:4]
            yield Script(module, previous, str(path))


def run_file(path: Path) -> Any:
    """The upgrade function of one file."""

    def upgrade(connection: Connection) -> None:
        run_sql(connection, path.read_text())

    return upgrade


def run_sql(connection: Connection, sql: str) -> None:
    """Run many statements as they stand: psycopg takes a % for a parameter as soon as any are passed."""
    connection.connection.driver_connection.execute(sql.encode(), prepare=False)  # type: ignore[union-attr]


def migrate(owner_url: str, mode: Mode) -> list[str]:
    """Apply what is missing, all in one transaction, and return the names of the steps applied.

    Raises ModeRefused if the database was made for the other mode.
    """
    scripts = SqlScripts(str(SQL))
    engine = create_engine(owner_url)
    try:
        with engine.begin() as connection:
            connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            if connection.scalar(text("select to_regclass('procrastinate_jobs') is null")):
                run_sql(connection, SchemaManager.get_schema())
            done = apply(connection, scripts)
            settle_mode(connection, mode)
    finally:
        engine.dispose()
    return done


def apply(connection: Connection, scripts: SqlScripts) -> list[str]:
    """Run the steps between the database's revision and the newest file."""
    context = MigrationContext.configure(connection)
    context._ensure_version_table()
    current = context.get_current_revision()
    steps = list(reversed(list(scripts.iterate_revisions("head", current or "base"))))
    for script in steps:
        script.module.upgrade(connection)
        context.stamp(scripts, script.revision)
    return [str(script.module.__name__) for script in steps]


def settle_mode(connection: Connection, mode: Mode) -> None:
    """Write the mode once; later it must be the same."""
    connection.execute(
        text("insert into deployment (mode) values (:mode) on conflict do nothing"), {"mode": mode.value}
    )
    found = connection.scalar(text("select mode from deployment"))
    if found != mode.value:
        raise ModeRefused(f"This database is {found} for ever; it cannot become {mode.value}. Make another database.")
