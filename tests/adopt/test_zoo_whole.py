"""Awkward files go the whole way, from the command to the report, or are refused without a trace.

With RENEW_DOCS=1 many of them do, and docs/zoo.md is written anew.
"""

import os
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings

from tests.adopt.zoo import KINDS, Table, tables
from tests.conftest import ROOT, Project
from truerun.comparison.comparison import Comparison
from truerun.sources.table import names

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm_stages")]

DOCS = ROOT / "docs/zoo.md"
RENEWED = "RENEW_DOCS" in os.environ
STEADY = settings.get_profile("steady").derandomize
FILES = 60 if RENEWED else 1
PAGE = """\
# A zoo of awkward files

Made by `make zoo`. Each of {files} generated files was adopted. Where that ended well, a parameter
of the new project was changed, its pipeline run, and the change compared and reported; where it was
refused, nothing was there afterwards. No command ended with a traceback. The tests do the same with
one such file, and hold what is read of {more} files against what was written, cell by cell.

| what became of the file | files |
| --- | ---: |
{ends}

| what the files held | columns |
| --- | ---: |
{columns}

| how they were written | files |
| --- | ---: |
{written}
"""
WELL = "a first model, a change of it, and its report"
ends: Counter[str] = Counter()
columns: Counter[str] = Counter()
written: Counter[str] = Counter()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A folder to work in."""
    return Project(tmp_path_factory.mktemp("zoo"))


@settings(settings.get_profile("first"), max_examples=FILES, derandomize=RENEWED or STEADY)
@given(tables(sizes=(0, 5, 20, 60), times=5))
def test_an_awkward_file_goes_the_whole_way_or_is_refused_without_a_trace(
    desk: Project, table: Table
) -> None:
    ends[whole_way(desk, table)] += 1
    columns.update(column.kind for column in table.columns)
    written[table.written] += 1


def whole_way(desk: Project, table: Table) -> str:
    """From the command to the report; what became of the file."""
    project = Project(desk.root / "project")
    shutil.rmtree(project.root, ignore_errors=True)
    file = desk.root / "table.csv"
    file.write_bytes(table.content)
    header = names.clean(["id", *(column.name for column in table.columns), "target"])
    options = ("--target", header[-1], "--into", "project")
    said = desk.run("python", "-m", "truerun.adopt", str(file), *options, check=False)
    assert "Traceback" not in said
    refused = re.search(r"^error: (.*)", said, re.MULTILINE)
    if refused:
        assert list(desk.root.iterdir()) == [file]
        return f"refused: {general(refused[1], file)}"
    project.run("git", "switch", "--quiet", "--create", "slower")
    slower = re.sub(r"learning_rate: [\d.]+", "learning_rate: 0.04", project.read("params.yaml"))
    (project.root / "params.yaml").write_text(slower, encoding="utf-8")
    project.run("python", "-m", "truerun.repro", "--record", "run.json")
    project.commit("Learn slower")
    project.run("python", "-m", "truerun.compare", "--run", "run.json")
    found = Comparison.model_validate_json((project.root / "comparison.json").read_bytes())
    assert found.reproduction.state == "reproduced"
    assert found.metrics.paired[0].count > 0
    report = ("python", "-m", "truerun.report", "comparison.json", "--format", "markdown")
    assert "ROC AUC" in project.run(*report)
    return WELL


def general(message: str, file: Path) -> str:
    """An error without what is of one file alone."""
    message = re.sub("(?<=to learn from): .*", "", message.replace(str(file), "FILE"))
    return re.sub(r"[\d,.]*\d", "N", message)[:90]


def listed(counted: Counter[str]) -> str:
    """Lines of a table, the most frequent first."""
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return "\n".join(f"| {name.replace('|', '/')} | {count} |" for name, count in ordered)


def test_the_page_is_of_such_files() -> None:
    if RENEWED:
        parts = {"ends": listed(ends), "columns": listed(columns), "written": listed(written)}
        DOCS.write_text(PAGE.format(files=FILES, more=150, **parts), encoding="utf-8")
    page = DOCS.read_text(encoding="utf-8")
    assert page.startswith(PAGE.split("{", maxsplit=1)[0])
    rows = re.findall(r"^\| (.+) \| (\d+) \|$", page, re.MULTILINE)
    counts = {name: int(count) for name, count in rows}
    assert set(KINDS) <= set(counts)
    files = int(re.findall(r"Each of (\d+) generated", page)[0])
    packed = [count for name, count in counts.items() if re.search("packed$|zip$", name)]
    assert sum(packed) == files
    assert counts[WELL] > files / 2
