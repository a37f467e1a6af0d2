"""docs/monitoring.md says what is so: its commands run, its schema is that of the models.

With RENEW_DOCS=1 docs/monitor.schema.json is written again.
"""

import json
import os
import re
import shlex
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT
from tests.monitor import town
from truerun.monitor import inputs, prometheus
from truerun.monitor.__main__ import main
from truerun.monitor.result import MonitorFinding, MonitorResult
from truerun.params.monitor import Monitor

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs/monitoring.md").read_text(encoding="utf-8")
SCHEMA = ROOT / "docs/monitor.schema.json"


def test_the_schema_is_that_of_the_models() -> None:
    text = json.dumps(MonitorResult.model_json_schema(mode="serialization"), indent=2) + "\n"
    if "RENEW_DOCS" in os.environ:
        SCHEMA.write_text(text, encoding="utf-8")
    assert SCHEMA.read_text(encoding="utf-8") == text, "RENEW_DOCS=1 renews it"


def test_the_commands_of_the_page_run_and_write_what_it_lists(folder: Path) -> None:
    table = town.live()
    town.write_log(Path("requests"), town.lines(table))
    town.write_labels(Path("outcomes.csv"), table)
    typed = re.findall(r"^truerun monitor (.+)$", PAGE, re.MULTILINE)
    assert len(typed) == 3
    files = PAGE.partition("\n## ")[0]
    listed = set(re.findall(r"^\| `(\S+)` \|", files, re.MULTILINE))
    for command in typed:
        arguments = shlex.split(command.replace("/var/lib", str(folder)))
        if "--until" not in arguments:
            arguments += ["--until", str(town.LAST)]
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 0, command
    written = {f"{path.name}{'/' * path.is_dir()}" for path in Path("reports/monitor").iterdir()}
    assert written == listed
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    content = json.loads(Path("reports/monitor/monitor.json").read_text(encoding="utf-8"))
    assert set(schema["required"]) <= content.keys() <= set(schema["properties"])


def test_the_settings_of_the_page_are_those_of_the_section() -> None:
    (block,) = re.findall(r"```diff\n(.*?)```", PAGE, re.DOTALL)
    given = yaml.safe_load(re.sub(r"^\+", "", block, flags=re.MULTILINE))["monitor"]
    Monitor.model_validate({**given, "groups": tuple(given["groups"])})
    assert given.keys() == Monitor.model_fields.keys()


def test_the_page_states_the_rate_of_false_alarms() -> None:
    assert pytest.approx(2 / 91) == inputs.DAY_LEVEL
    assert "one day a quarter, and of windows of a week 5 %, 0.65 a quarter" in PAGE
    assert pytest.approx(0.65) == inputs.LEVEL * inputs.QUARTER / 7


def test_every_check_that_is_found_has_its_name_among_the_metrics() -> None:
    sources = [path.read_text(encoding="utf-8") for path in
               (ROOT / "src/truerun/monitor").glob("*.py")]  # fmt: skip
    named = set(re.findall(r'MonitorFinding\(\s*"(\w+)"', "".join(sources)))
    assert MonitorFinding.__name__ in "".join(sources)
    assert len(named) > 8
    assert named <= set(prometheus.CHECKS)
