"""The processes as operators watch them: what each serves at its own address, what it logs, and when it is ready."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError

import promql_parser
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from smartalert.config import Settings
from smartalert.errors import SetupError
from smartalert.monitoring import address
from smartalert.monitoring.figures import FIGURES
from tests import PROJECT
from tests.databases import Database
from tests.deployment import Deployment, deployment
from tests.processes import Forked, direct, end
from tests.simulator_process import free_port
from tests.waiting import eventually

DEPLOY = PROJECT / "deploy"
RULES = [
    rule
    for group in yaml.safe_load((DEPLOY / "prometheus" / "rules.yaml").read_text())["groups"]
    for rule in group["rules"]
]
PANELS = json.loads((DEPLOY / "grafana" / "smart-alert.json").read_text())["panels"]
QUERIES = {
    **{rule["alert"]: [rule["expr"]] for rule in RULES},
    **{panel["title"]: [target["expr"] for target in panel["targets"]] for panel in PANELS if "targets" in panel},
}
#: What each container runs, and in which environment: the image is for live, which has no simulator.
SERVICES = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
IMAGE = (DEPLOY / "Dockerfile").read_text()
ENVIRONMENT = dict(re.findall(r"\b(SMARTALERT_LOG_FORMAT|PYTHONDONTWRITEBYTECODE)=(\S+)", IMAGE))
#: What Prometheus adds to whatever it scrapes.
PROMETHEUS_OWN = {"job", "instance", "alertname"}
#: Whom nobody may learn of by a log or a figure.
PERSON = "person1@training.example"


@dataclass
class Watched:
    """Processes that are watched, and what they have said."""

    folder: Path
    ports: dict[str, int]

    def ask(self, process: str, path: str) -> tuple[int, str]:
        """Status and body of what the process answers at its own address."""
        try:
            with direct.open(f"http://127.0.0.1:{self.ports[process]}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as refused:
            return refused.code, refused.read().decode()

    def metrics(self) -> dict[str, dict[str, set[str]]]:
        """Sample → label → its values, over all processes, as another's parser reads them."""
        found: dict[str, dict[str, set[str]]] = {}
        for process in self.ports:
            for family in text_string_to_metric_families(self.ask(process, "/metrics")[1]):
                labels = FIGURES.get(family.name.removeprefix("smartalert_"))
                found.setdefault(family.name, {name: set() for name in labels.labels} if labels else {})
                for sample in family.samples:
                    for name, value in sample.labels.items():
                        found.setdefault(sample.name, {}).setdefault(name, set()).add(value)
                    found.setdefault(sample.name, {})
        return found

    def logged(self, process: str) -> list[Mapping[str, str]]:
        """Each line of its log, as a program reads it."""
        return [json.loads(line) for line in (self.folder / process / "err").read_text().splitlines()]


@pytest.fixture(scope="module")
def running(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with deployment(module_database, tmp_path_factory.mktemp("watched"), workers=0, receipts=False) as made:
        yield made


@pytest.fixture(scope="module")
def watched(running: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """One process of each kind, watched, logging for programs; with something under way."""
    made = Watched(tmp_path_factory.mktemp("said"), {name: free_port() for name in ("control", "public", "worker")})
    with running.database.connect() as conn:
        conn.execute("insert into event_posts (body, signature, signed_at) values (%s, 'forged', '1')", (PERSON,))
        conn.commit()
    processes = []
    for name in (*made.ports, "importer"):
        (made.folder / name).mkdir()
        own = {"SMARTALERT_METRICS_PORT": str(made.ports[name])} if name in made.ports else {}
        command = ("smartalert", *SERVICES[name]["command"])
        processes.append(Forked(command, running.environment | ENVIRONMENT | own, made.folder / name))
    try:
        for name in made.ports:
            eventually(lambda name=name: reachable(made, name) and made.ask(name, "/ready")[0] == 200)
        yield made
        assert [process.poll() for process in processes] == [None] * 4, "each runs until it is told to stop"
    finally:
        end(processes)


def reachable(watched: Watched, process: str) -> bool:
    try:
        return bool(watched.ask(process, "/alive"))
    except OSError:
        return False


@pytest.fixture(scope="module")
def served(watched: Watched) -> dict[str, dict[str, set[str]]]:
    """What all of them serve."""
    eventually(lambda: "smartalert_jobs_done_total{" in watched.ask("worker", "/metrics")[1])
    return watched.metrics()


@pytest.mark.parametrize("process", ["control", "public", "worker"])
def test_each_process_says_that_it_is_alive_and_ready_at_an_address_of_its_own(watched, process):
    assert watched.ask(process, "/alive") == (200, '{"status": "ok", "mode": "training"}')
    assert watched.ask(process, "/ready") == (200, '{"status": "ok", "mode": "training"}')
    assert watched.ask(process, "/")[0] == 404


@pytest.mark.parametrize("process", ["control", "public", "worker"])
def test_the_images_own_check_finds_each_well(watched, process):
    (words,) = re.findall(r"CMD (\[.*\])", IMAGE)
    _, *check = json.loads(words.replace("9464", str(watched.ports[process])))
    assert subprocess.run([sys.executable, *check], check=False).returncode == 0


def test_no_figure_is_served_where_others_ask(running, watched):
    control, public = (running.environment[f"SMARTALERT_{name}_PORT"] for name in ("CONTROL", "PUBLIC"))
    for port in (control, public):
        for path in ("/metrics", "/alive", "/ready"):
            try:
                with direct.open(f"http://127.0.0.1:{port}{path}") as answer:
                    said = answer.read()
            except HTTPError as refused:
                said = refused.read()
            assert b"smartalert_" not in said


def test_the_whole_database_is_told_of_by_workers_alone(watched):
    assert "smartalert_workers 1.0" in watched.ask("worker", "/metrics")[1]
    for process in ("control", "public"):
        assert "smartalert_workers" not in watched.ask(process, "/metrics")[1]


@pytest.mark.parametrize("name", QUERIES)
def test_each_rule_and_panel_is_about_what_processes_serve(served, name):
    """Names and labels: a rule about a metric that was renamed would be silent for ever."""
    for query in QUERIES[name]:
        named, wanted = asked_for(query)
        assert sorted(named - set(served)) == []
        labels = {label for metric in named for label in served[metric]}
        assert wanted <= labels | PROMETHEUS_OWN
        said = next((str(rule["annotations"]) for rule in RULES if rule["alert"] == name), "")
        assert set(re.findall(r"labels\.(\w+)", said)) <= labels | PROMETHEUS_OWN


def asked_for(query: str) -> tuple[set[str], set[str]]:
    """The metrics that a query names, and the labels."""
    metrics, labels = set[str](), set[str]()

    def visit(node: promql_parser.Expr) -> None:
        if isinstance(node, promql_parser.VectorSelector):
            metrics.add(str(node.name))
            labels.update(matcher.name for matcher in node.matchers.matchers)
        elif isinstance(node, promql_parser.AggregateExpr) and node.modifier:
            labels.update(node.modifier.labels)

    promql_parser.walk(promql_parser.parse(query), visit)
    return metrics, labels


def test_a_query_about_what_nobody_serves_is_found(served):
    assert asked_for('max by (where) (smartalert_alert{state="x"}) > 1') == ({"smartalert_alert"}, {"where", "state"})
    assert "smartalert_alert" not in served


def test_each_line_of_a_log_is_one_object_and_names_the_job_it_is_about(watched):
    eventually(lambda: any("job" in line for line in watched.logged("worker")))
    for process in watched.ports:
        assert (watched.folder / process / "out").read_text() == ""
        for line in watched.logged(process):
            assert {"time", "level", "logger", "message"} <= set(line)
            assert PERSON not in str(line)
    about = next(line for line in watched.logged("worker") if "job" in line)
    assert about["task"] == "read_events"
    assert about["job"].isdigit()


def test_no_label_names_a_person_or_an_alert(served):
    values = {value for labels in served.values() for found in labels.values() for value in found}
    assert not [value for value in values if re.search(r"@|[0-9a-f]{8}-[0-9a-f]{4}|\s", value)]


def test_a_process_that_cannot_work_is_alive_and_not_ready(running, watched):
    read_only = f"alter database {running.database.name} {{}} default_transaction_read_only"
    with running.database.connect(autocommit=True) as conn:  # which may still write: it was there before
        conn.execute(read_only.format("set") + " = on")
        try:
            for process in watched.ports:
                eventually(lambda process=process: watched.ask(process, "/ready")[0] == 503)
                assert json.loads(watched.ask(process, "/ready")[1])["reason"] == "The database takes no changes"
                assert "smartalert_ready 0.0" in watched.ask(process, "/metrics")[1]
                assert watched.ask(process, "/alive")[0] == 200
        finally:
            conn.execute(read_only.format("reset"))


def test_a_loop_that_stands_still_is_not_alive(monkeypatch):
    pulse = address.Pulse()
    assert not pulse.alive, "it has not begun"
    pulse.beat_at = address.time.monotonic()
    assert pulse.alive
    pulse.beat_at -= address.STILL_S
    assert not pulse.alive


@pytest.mark.parametrize(
    ("given", "said"),
    [({"metrics_port": 8000}, "which is another's"), ({"metrics_port": 1, "metrics_host": "192.0.2.1"}, "listened on")],
)
def test_an_address_that_cannot_be_its_own_is_one_sentence(monkeypatch, given, said):
    monkeypatch.setattr(address, "settings", lambda: Settings(**given))
    with pytest.raises(SetupError, match=said), address.watched("public"):
        pass
