"""The rules that wake somebody, read by Prometheus' own tool, and the page that says what they do then."""

import re
import shutil
import subprocess

import pytest
import yaml

from tests import PROJECT

RULES = PROJECT / "deploy" / "prometheus"
PROMTOOL = shutil.which("promtool")


@pytest.mark.skipif(not PROMTOOL, reason="promtool is not here: .ci/provide promtool")
def test_each_rule_wakes_somebody_when_it_should_and_not_when_all_is_well():
    for folder, words in (
        (RULES, ["check", "config", "prometheus.yaml"]),
        (PROJECT / "tests" / "monitoring", ["test", "rules", "rules.test.yaml"]),
    ):
        said = subprocess.run([PROMTOOL, *words], check=False, cwd=folder, capture_output=True, text=True)
        assert said.returncode == 0, said.stdout + said.stderr


def test_each_rule_has_its_section_among_those_of_its_severity():
    rules = yaml.safe_load((RULES / "rules.yaml").read_text())["groups"][0]["rules"]
    page = (PROJECT / "docs" / "on-call.md").read_text()
    pages, tickets = page.partition("\n## Tickets\n")[::2]
    for severity, part in (("page", pages), ("ticket", tickets)):
        named = [rule["alert"] for rule in rules if rule["labels"]["severity"] == severity]
        assert re.findall(r"^### (\w+)$", part, re.MULTILINE) == named
