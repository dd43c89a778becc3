"""Brings a database up to date: procrastinate's tables, then sql/migrations/*.sql in order, through Alembic."""

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from alembic.script.revision import RevisionMap
from procrastinate.schema import SchemaManager
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Connection

from smartalert.config import Mode, settings
from smartalert.errors import ModeRefused, SetupError

SQL = Path(__file__).parents[2] / "sql"
#: Two processes that migrate at once take turns on this advisory lock.
LOCK = 7_000
#: One login role a process, without a password: the private cluster admits them by peer; a force sets passwords or
#: certificates of its own. The engagement screen reads as a role of its own: figures in tens, and nothing that is
#: about one person; workers make the month's report, and so read them too. The analyst's role is for spreadsheets: the
#: same by whole months. The monitor's is told how much waits and for how long, of nobody; workers ask in it.
#: Roles are the cluster's: another database may have made them, and no backup brings them along.
ROLES = """
do $$
declare
  process text;
begin
  foreach process in array array['smartalert_control', 'smartalert_worker', 'smartalert_public',
                                 'smartalert_engagement', 'smartalert_analyst', 'smartalert_monitor'] loop
    if not exists (select from pg_roles where rolname = process) then
      execute format('create role %I login', process);
    end if;
  end loop;
  foreach process in array array['smartalert_engagement', 'smartalert_monitor'] loop
    if not pg_has_role('smartalert_worker', process, 'member') then
      execute format('grant %I to smartalert_worker', process);
    end if;
  end loop;
exception when duplicate_object or unique_violation then
  null; -- another database of this cluster made them in the same moment
end $$;
"""
#: Nobody but the owner makes anything in this database, not even a temporary table. Not a step but done every time: a
#: database that was copied or restored has PostgreSQL's own rights again.
CLOSE = """
do $$
declare
  everybody constant text := 'public, smartalert_control, smartalert_worker, smartalert_public, smartalert_engagement, '
                             'smartalert_analyst, smartalert_monitor';
begin
  execute format('revoke create, temporary on database %I from %s', current_database(), everybody);
  execute format('revoke create on schema public from %s', everybody);
end $$;
"""
#: What PostgreSQL and PostGIS let anybody call, and none of our roles may: counters of every row that comes and goes,
#: which undo what is published in tens; where a table's points lie, whoever may read it; files kept in the database,
#: and locks that others wait for. Who may watch the server still sees its counters; a worker holds its own lock.
CLOSE_FUNCTIONS = """
do $$
declare
  one regprocedure;
begin
  for one in
    select p.oid from pg_proc p
    where p.proname ~ '^(pg_stat_get_|pg_(try_)?advisory_|lo_|loread$|lowrite$|_postgis_|st_estimatedextent$)'
      and has_function_privilege('public', p.oid, 'execute') and pg_has_role(p.proowner, 'usage')
  loop
    execute format('revoke execute on function %s from public', one);
    if starts_with(one::text, 'pg_stat_get_') then
      execute format('grant execute on function %s to pg_monitor', one);
    end if;
  end loop;
  if has_function_privilege('public', 'pg_advisory_lock(bigint)', 'execute') then
    raise warning 'what PostgreSQL lets everybody call is another owner''s, who has to take it back';
  elsif pg_has_role((select proowner from pg_proc where oid = 'pg_advisory_lock(int, int)'::regprocedure), 'usage') then
    grant execute on function pg_advisory_lock(integer, integer) to smartalert_worker;
  end if;
end $$;
"""
#: How long a statement of each role may take, and a transaction may lie idle: far beyond what any needs, so that what
#: hangs ends by itself. They hold for whoever logs in as the role, until they set something else. And how many of a
#: hundred connections one role may take, so that none keeps the others out; workers are any number.
TIME_OUTS = """
do $$
declare
  role record;
begin
  for role in values ('smartalert_public', '15s', '1min', 70), ('smartalert_control', '2min', '5min', 70),
                     ('smartalert_engagement', '1min', '5min', 30), ('smartalert_analyst', '5min', '10min', 10),
                     ('smartalert_monitor', '5s', '1min', 5),
                     ('smartalert_worker', '10min', '5min', null) loop
    execute format('alter role %I in database %I set statement_timeout = %L',
                   role.column1, current_database(), role.column2);
    execute format('alter role %I in database %I set idle_in_transaction_session_timeout = %L',
                   role.column1, current_database(), role.column3);
    if role.column4 is not null then
      execute format('alter role %I connection limit %s', role.column1,
                     ceil(current_setting('max_connections')::integer * role.column4 / 100.0));
    end if;
  end loop;
exception when insufficient_privilege then
  raise warning 'the roles are another owner''s, who has to set their time-outs';
end $$;
"""


def chain() -> ScriptDirectory:
    """The numbered .sql files as a chain of Alembic revisions: 0001_deployment ← 0002_geography ← …"""
    scripts = ScriptDirectory(str(SQL))
    scripts.revision_map = RevisionMap(read_steps)
    return scripts


def read_steps() -> Iterator[Script]:
    """The files in order, each named like its file and following the one before."""
    previous: str | None = None
    for path in sorted((SQL / "migrations").glob("[0-9]*.sql")):
        step = ModuleType(path.stem)
        step.__dict__.update(revision=path.stem, down_revision=previous)
        previous = path.stem
        yield Script(step, path.stem, path)


def run_sql(connection: Connection, sql: str) -> None:
    """Run many statements as they stand: psycopg takes a % for a parameter as soon as any are passed."""
    connection.connection.driver_connection.execute(sql.encode(), prepare=False)  # type: ignore[union-attr]


def migrate(owner_url: str, mode: Mode, to: str = "head") -> list[str]:
    """Apply what is missing up to a step, all in one transaction, and return the names of the steps applied.

    Raises ModeRefused if the database was made for the other mode, SetupError if it is at a step that we don't have.
    """
    engine = create_engine(owner_url)
    try:
        with engine.begin() as connection:
            connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            done = bring_up(connection, mode, to)
    finally:
        engine.dispose()
    return done


def bring_up(connection: Connection, mode: Mode, to: str = "head") -> list[str]:
    """The same within somebody's transaction."""
    run_sql(connection, ROLES)
    if connection.scalar(text("select to_regclass('procrastinate_jobs') is null")):
        run_sql(connection, SchemaManager.get_schema())
    done = apply(connection, chain(), to)
    settle_mode(connection, mode)
    run_sql(connection, CLOSE)
    run_sql(connection, CLOSE_FUNCTIONS)
    run_sql(connection, TIME_OUTS)
    return done


def apply(connection: Connection, scripts: ScriptDirectory, to: str) -> list[str]:
    """Run the steps between the database's revision and the wanted one."""
    context = MigrationContext.configure(connection)
    current = context.get_current_revision()
    if current and current not in {step.revision for step in scripts.walk_revisions()}:
        raise SetupError(unknown(current))
    missing = reversed(list(scripts.iterate_revisions(to, current or "base")))
    done = []
    for step in missing:
        run_sql(connection, Path(step.path).read_text())
        context.stamp(scripts, step.revision)
        done.append(step.revision)
    return done


def unknown(revision: str) -> str:
    """What to do with a database at a step that we don't have: until the first release steps were bare numbers."""
    if not revision.isdigit():
        return f"This database was brought to {revision} by a newer Smart Alert: run that one."
    ours = settings()
    remedy = "make another database" if ours.database_url else f"remove the folder {ours.data_dir} and start again"
    return f"This database was made before the first release and cannot be brought up to date: {remedy}."


def settle_mode(connection: Connection, mode: Mode) -> None:
    """Write the mode once; later it must be the same."""
    connection.execute(
        text("insert into deployment (mode) values (:mode) on conflict do nothing"), {"mode": mode.value}
    )
    found = connection.scalar(text("select mode from deployment"))
    if found != mode.value:
        raise ModeRefused(f"This database is {found} for ever; it cannot become {mode.value}. Make another database.")
