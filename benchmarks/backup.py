"""A backup of a million people with their deliveries, encrypted, and its restore, beside pg_dump's parallel format."""

import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pyrage

import bench
from engagement import CONTACTS, NEIGHBOURHOODS, NOW, PLACES, SUBSCRIBERS

#: People, alerts' worth of deliveries, deliveries, entries of the audit.
SIZES = {True: (50_000, 5, 100_000, 1_000), False: (1_000_000, 20, 2_000_000, 20_000)}
#: By alerts that are not there: what waits to be counted is not sealed yet, so that the audit has nothing against it.
DELIVERIES = """
insert into deliveries (alert_id, subscriber_id, channel, state, attempts, due_at, handed_over_at, delivered_at,
                        provider_reference)
select a, 1 + (a * 104729 + k) %% %(people)s, case when k %% 3 = 0 then 'email' else 'push' end::channel,
       case when k %% 500 = 0 then 'pending' else 'delivered' end::delivery_state, 1, at,
       case when k %% 500 > 0 then at end, case when k %% 500 > 0 then at + interval '2 s' end, md5(a || ' ' || k)
from generate_series(1, %(alerts)s) a cross join generate_series(1, %(each)s) k
cross join lateral (select %(now)s + (k::bigint * k %% 9001 / 300.0) * interval '1 s' as at) time"""
AUDIT = """
insert into audit (officer, action, detail) select 'officer.' || n %% 40, 'issued', '{}'
from generate_series(1, %(entries)s) n"""
FILL = (
    "insert into audience_places select * from audience_places_derived order by point",
    "insert into figures_due (what, alert_id) select distinct 'alert', alert_id from deliveries",
    "analyze",
)


def main() -> None:
    """Fill a database, back it up, restore it, and do the same by pg_dump's directory format."""
    options = bench.options(str(__doc__))
    people, alerts, deliveries, entries = SIZES[options.quick]
    os.environ["SMARTALERT_SECRET_KEY"] = "only for this benchmark"  # noqa: S105
    with bench.cluster() as cluster, tempfile.TemporaryDirectory(prefix="smartalert-backups-") as folder:
        identity = pyrage.x25519.Identity.generate()
        os.environ["SMARTALERT_BACKUP_RECIPIENTS"] = str(identity.to_public())
        os.environ["SMARTALERT_BACKUP_FOLDER"] = folder
        os.environ["DATABASE_URL"] = cluster.url()
        fill(
            cluster, {"people": people, "alerts": alerts, "each": deliveries // alerts, "now": NOW, "entries": entries}
        )
        figures = ours(cluster, identity) | theirs(cluster, Path(folder) / "parallel")
    report(figures, people, deliveries)
    bench.finish(figures, options.json)


def fill(cluster: Any, facts: dict[str, object]) -> None:
    """People, their places, and what they were sent; and an audit."""
    with cluster.connect() as conn:
        conn.execute("set session_replication_role = replica")
        conn.execute("set synchronous_commit = off")
        conn.execute("set maintenance_work_mem = '1GB'")
        for statement in (NEIGHBOURHOODS, SUBSCRIBERS, PLACES, CONTACTS, DELIVERIES):
            conn.execute(statement, facts)
        for statement in FILL:
            conn.execute(statement)
        conn.execute("set session_replication_role = default")
        conn.execute(AUDIT, facts)


def ours(cluster: Any, identity: Any) -> dict[str, float]:
    """Our backup and its restore."""
    from smartalert.operations import backup, restore
    from smartalert.operations.restore import Wanted

    (size,) = cluster.connect().execute("select pg_database_size(current_database())").fetchone()
    took_s, copy = bench.seconds(lambda: backup.take(lambda _: None))
    cluster.create_database("restored")
    wanted = Wanted(copy, [identity], [])
    restore_s, restored = bench.seconds(lambda: restore.into(cluster.url(database="restored"), wanted))
    assert restored.verdict.unbroken
    cluster.drop_database("restored")
    return {
        "database_mb": size / 1e6,
        "backup_s": took_s,
        "backup_mb": copy.bytes / 1e6,
        "restore_s": restore_s,
        "rows": float(restored.rows),
    }


def theirs(cluster: Any, folder: Path) -> dict[str, float]:
    """pg_dump and pg_restore with a process a core, by files in the open and without any of what ours proves."""
    from smartalert.database import clients

    address, environment = clients.target(cluster.url())
    jobs = f"--jobs={os.cpu_count()}"
    dump = [clients.program("pg_dump", 14), "--format=directory", "--compress=1", jobs, f"--file={folder}", address]
    dump_s, _ = bench.seconds(lambda: subprocess.run(dump, check=True, env=environment))
    cluster.create_database("parallel")
    to, environment = clients.target(cluster.url(database="parallel"))
    put = [clients.program("pg_restore", 14), jobs, f"--dbname={to}", folder]
    put_s, _ = bench.seconds(lambda: subprocess.run(put, check=True, env=environment))
    mb = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
    return {"parallel_dump_s": dump_s, "parallel_mb": mb, "parallel_restore_s": put_s}


def report(figures: dict[str, float], people: int, deliveries: int) -> None:
    """The table for people."""
    bench.table(
        f"{people:,} people, {deliveries:,} deliveries: {figures['database_mb']:,.0f} MB on disk",
        ["", "backup s", "MB", "restore s"],
        [
            ["ours: encrypted, counted, audited", figures["backup_s"], figures["backup_mb"], figures["restore_s"]],
            [
                "pg_dump and pg_restore, a process a core, in the open",
                figures["parallel_dump_s"],
                figures["parallel_mb"],
                figures["parallel_restore_s"],
            ],
        ],
    )


if __name__ == "__main__":
    main()
