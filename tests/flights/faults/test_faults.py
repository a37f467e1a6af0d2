"""Known faults, put into a copy of the project: each is caught, for its named reason.

With RENEW_DOCS=1 docs/faults.md is written anew, and all of them are tried.
"""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT, Project
from tests.flights.faults.cases import FAULTS, OFTEN, Fault
from tests.variants import nightly_after
from truerun.compare import __main__ as command
from truerun.compare import cost, experiments, reproduction
from truerun.compare.revision import Revision
from truerun.comparison.comparison import Comparison, Missing
from truerun.gate import __main__ as gate

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm_stages")]

RENEWED = "RENEW_DOCS" in os.environ
DOCS = ROOT / "docs/faults.md"
WIDEST = 110
CACHE = ".dvc/cache/files/md5"
HEADER = """\
# Faults, and what catches them

Made by `make faults`: each fault is put into a copy of the project, the pipeline runs, and the
change is compared with what was before. On the right is what the project says of it. Without
a fault nothing fails and nothing warns. A fault that is not caught, or not for its named reason,
fails the tests.

From "branch named master" on, a fault is a trick to deceive the judge. Its commit is judged in
a clone of main by the code and the rules of main, which run no pipeline, and choose the base.

What only a reviewer can see is marked so: nothing measures it, and the line on the right names
the file or the parameter to look at. So is a model that was fitted on test rows by code of the
project's own, or an assertion that was taken out of a test. That the model was fitted on the
training rows only is what the comment calls claimed.

| fault | what is wrong | what is said |
| --- | --- | --- |
"""


@pytest.fixture(scope="module")
def faulty(sample_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of the sample project that every test leaves as it was."""
    root = tmp_path_factory.mktemp("faults") / "repository"
    shutil.copytree(sample_project.root, root, symlinks=True)
    return Project(root)


@pytest.fixture
def copy(
    faulty: Project, sample_project: Project, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Project]:
    """The copy, to put a fault in; what nothing here is judged by is left out, for the time."""
    monkeypatch.chdir(faulty.root)
    monkeypatch.setattr(cost, "of_training", lambda *_: [])
    monkeypatch.setattr(cost, "REPEATS", 1)
    monkeypatch.setattr(experiments, "of", lambda *_: ())
    faulty.run("git", "checkout", "--quiet", "-b", "change")
    yield faulty
    faulty.run("git", "update-index", "--no-assume-unchanged", "params.yaml")
    faulty.run("git", "checkout", "--quiet", "--force", "main")
    for branch in set(faulty.run("git", "branch", "--format=%(refname:short)").split()) - {"main"}:
        faulty.run("git", "branch", "--quiet", "-D", branch)
    faulty.run("git", "clean", "--quiet", "--force")
    restore(faulty.root / CACHE, sample_project.root / CACHE)
    faulty.run("dvc", "checkout", "--force")


def restore(cache: Path, before: Path) -> None:
    """Put back what was changed in a cache."""
    for path in before.rglob("*"):
        copied = cache / path.relative_to(before)
        if path.is_file() and copied.read_bytes() != path.read_bytes():
            copied.unlink()
            shutil.copy2(path, copied)


@pytest.fixture(scope="module")
def main(
    sample_project: Project, faulty: Project, tmp_path_factory: pytest.TempPathFactory
) -> Project:
    """A clone of what was before a fault, whose code judges; it has the copy's cache."""
    root = tmp_path_factory.mktemp("main") / "repository"
    sample_project.run("git", "clone", "--quiet", ".", str(root))
    project = Project(root)
    project.run("dvc", "cache", "dir", "--local", str(faulty.root / ".dvc/cache"))
    return project


def said(project: Project, before: Project, *, by_hand: bool = False) -> list[str]:
    """What the project says of a change, committed with what a run gave, or before the run."""
    record = project.root / "run.json"
    run = ("python", "-m", "truerun.repro", "--record", str(record))
    if not by_hand:
        project.run(*run, check=False)
    if project.run("git", "status", "--porcelain"):
        project.commit("A change")
    if by_hand:
        project.run(*run, check=False)
    base = Revision("main", before.run("git", "rev-parse", "HEAD").strip(), before.root)
    ran = command.ran(reproduction.load(record))
    return list(lines(command.comparison(base, Revision("this change", None, Path()), ran)))


def said_by_main(project: Project, main: Project, *, by_hand: bool) -> list[str]:
    """What main says of a change that is pushed: by its own code, and its own choice of a base."""
    if not by_hand:
        project.run("python", "-m", "truerun.repro", "--record", "run.json", check=False)
    if project.run("git", "status", "--porcelain"):
        project.commit("A change")
    commit = project.run("git", "rev-parse", "HEAD").strip()
    main.run("git", "fetch", "--quiet", str(project.root), "+refs/heads/*:refs/remotes/origin/*")
    written = main.root / "comparison.json"
    written.unlink(missing_ok=True)
    printed = main.run("truerun", "compare", "--head", commit, check=False)
    return list(lines(gate.load(written))) if written.is_file() else printed.splitlines()


def lines(found: Comparison) -> Iterator[str]:
    """A comparison, a line for each thing that a reader would take note of."""
    reproduced = found.reproduction
    if reproduced.failed:
        error = " ".join((reproduced.error or "").split())
        yield f"stage {reproduced.failed} failed: {error}"
    for rule in found.gate.rules:
        if rule.outcome != "pass":
            yield f"{rule.outcome}  {rule.rule}: {rule.found}"
    for told in reproduced.differences:
        yield f"differs  stage {told.stage}, {told.name}: {told.expected}, not {told.found}"
    yield from verdicts(found)
    yield from new_findings(found)
    if not isinstance(found.data.rows, Missing):
        rows = found.data.rows
        ones, zeros = rows.labels_to_positive, rows.labels_to_negative
        yield f"labels that changed: {ones:,} to 1, {zeros:,} to 0"
    for change in found.causes.parameters:
        yield f"parameter that changed: {change.name}: {change.base}, now {change.head}"
    for file in found.causes.code:
        yield f"code that changed: {file.path}"
    for change in found.data.contract:
        yield f"contract that changed: {change.name}: {change.base}, now {change.head}"


def new_findings(found: Comparison) -> Iterator[str]:
    """What the checks of the data find that was not there before."""
    if not isinstance(found.data.findings, Missing):
        for finding in found.data.findings:
            if finding.new and finding.status != "pass":
                yield f"{finding.status}  {finding.check}: {finding.detail}"


def verdicts(found: Comparison) -> Iterator[str]:
    """What is said of the metrics, in all and slice by slice."""
    if isinstance(found.metrics, Missing) or isinstance(found.metrics.paired, Missing):
        return
    for difference in found.metrics.paired[0].differences:
        yield f"{difference.verdict}  {difference.metric}"
    for part in found.slices.slices:
        for difference in part.differences:
            where = f"{difference.metric} where {part.column} is {part.value}"
            yield f"{difference.verdict}  {where}"


def test_without_a_fault_nothing_fails_and_nothing_warns(
    copy: Project, sample_project: Project
) -> None:
    told = said(copy, sample_project)
    assert [line for line in told if re.match("stage|fail|warn|differs|better|worse", line)] == []


@pytest.mark.nightly
def test_without_a_fault_main_says_only_that_it_runs_no_pipeline(
    copy: Project, main: Project
) -> None:
    copy.edit("README.md", "# ", "# A ", 1)
    told = said_by_main(copy, main, by_hand=True)
    found = [line for line in told if re.match("stage|fail|warn|differs|better|worse", line)]
    assert found == ["warn  reproducibility: the pipeline was not run"]


@pytest.mark.parametrize("name", FAULTS if RENEWED else nightly_after(6, OFTEN))
def test_a_fault_is_caught_for_its_reason(
    name: str, copy: Project, sample_project: Project, main: Project
) -> None:
    fault = FAULTS[name]
    fault.put_in(copy)
    if fault.test:
        told = red(copy, fault.test)
    elif fault.by_main:
        told = said_by_main(copy, main, by_hand=fault.by_hand)
    else:
        told = said(copy, sample_project, by_hand=fault.by_hand)
    caught = [line for line in told if re.search(fault.caught, line)]

    assert caught, "\n".join(told)
    written = row(name, fault, caught[0])
    if RENEWED:
        renew(name, written)
    assert written in DOCS.read_text(encoding="utf-8").splitlines()


def test_the_page_holds_every_fault_and_no_other() -> None:
    table = DOCS.read_text(encoding="utf-8").removeprefix(HEADER).splitlines()
    assert [line.split(" | ")[0].removeprefix("| ") for line in table] == list(FAULTS)


def red(project: Project, test: str) -> list[str]:
    """The tests of the project that fail with a fault in it."""
    options = ("--numprocesses=0", "--hypothesis-profile=first", "-q")
    printed = project.run("python", "-m", "pytest", *options, test, check=False)
    return [f"red  {name}" for name in re.findall(r"^FAILED (\S+)", printed, re.MULTILINE)]


def row(name: str, fault: Fault, line: str) -> str:
    """A line of the table: what was said, of a long error the part that names the reason."""
    found = re.search(fault.caught, line)
    assert found
    shown = f"{line.split(': ', maxsplit=1)[0]}: {found[1]}" if found.groups() else line
    text = shown if len(shown) <= WIDEST else f"{shown[: WIDEST - 1]}…"
    what = f"{fault.what} (only a reviewer can see it)" if fault.reviewer else fault.what
    return f"| {name} | {what} | `{text.replace('|', '/')}` |"


def renew(name: str, written: str) -> None:
    """Put a line in its place in the page."""
    old = DOCS.read_text(encoding="utf-8").removeprefix(HEADER) if DOCS.exists() else ""
    rows = {line.split(" | ")[0].removeprefix("| "): line for line in old.splitlines()}
    rows[name] = written
    ordered = [rows[each] for each in FAULTS if each in rows]
    DOCS.write_text(HEADER + "\n".join(ordered) + "\n", encoding="utf-8")
