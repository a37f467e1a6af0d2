"""What a runbook has one type can be followed; what the dashboard asks for can be asked."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT
from tests.ops.test_dashboard import DASHBOARD, expressions
from tests.ops.test_rules import PROMTOOL, alerts, needs_promtool
from truerun.monitor.options import parser
from truerun.serve.counters import PATHS

BOOKS = sorted((ROOT / "docs/runbooks").glob("*.md"))
PAGES = [path for path in BOOKS if path.name != "README.md"]
SECTIONS = ["What it means", "How to look", "What to do", "When to roll back"]


def commands(page: Path) -> list[str]:
    """What a page has one type."""
    text = page.read_text(encoding="utf-8")
    (block,) = re.findall(r"^```sh\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return str(block).splitlines()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_says_what_when_and_how_by_commands_that_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS
    for command in commands(page):
        words = shlex.split(command.partition(" | ")[0])
        if words[:2] == ["truerun", "monitor"]:
            parser().parse_args(words[2:])
        elif words[0] == "curl":
            assert words[-1].removeprefix("http://localhost:8000") in PATHS
        else:
            assert words[0] in ("df", "ls"), command


def test_every_page_belongs_to_an_alarm_and_is_listed() -> None:
    named = {Path(rule["annotations"]["runbook"]).name for rule in alerts().values()}
    assert named == {page.name for page in PAGES}
    index = (ROOT / "docs/runbooks/README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\]\((\w[\w-]+\.md)\)", index)) == named
    assert set(re.findall(r"`(Truerun\w+)`", index)) == set(alerts())


def test_links_of_the_pages_lead_on() -> None:
    for page in BOOKS:
        for link in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), (page.name, link)


def test_each_panel_has_a_place_and_a_source_of_its_own_choice() -> None:
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in DASHBOARD["panels"]]
    assert len(set(places)) == len(places) == len({each["id"] for each in DASHBOARD["panels"]})
    assert {each["datasource"]["uid"] for each in DASHBOARD["panels"]} == {"${source}"}


@needs_promtool
def test_prometheus_reads_every_question_of_the_dashboard(tmp_path: Path) -> None:
    rules = [{"record": f"asked:{place}", "expr": e} for place, e in enumerate(expressions())]
    content = {"groups": [{"name": "asked", "rules": rules}]}
    (tmp_path / "asked.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    assert PROMTOOL is not None
    command = [PROMTOOL, "check", "rules", str(tmp_path / "asked.yml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
