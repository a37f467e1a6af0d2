"""The files that a project is given pass its own checks, and those of workflows."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ci.test_static import complaints, linters
from truerun.adopt.writing import example_feature, skeleton
from truerun.template import features_text

RUN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project before its table."""
    folder = tmp_path_factory.mktemp("written") / "churn"
    folder.mkdir()
    skeleton.begin(folder)
    skeleton.complete(folder, "churn")
    own = features_text.HEAD.format(told="") + example_feature.RATIO.format(
        function="ratio", meaning="Charges per month", dividend='"charges"', divisor='"months"'
    )
    features = folder / "src/churn/features.py"
    features.write_text(f'{own}\n\nFEATURES = {{"ratio": ratio}}\n', encoding="utf-8")
    return folder


@pytest.fixture
def project(written: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    shutil.copytree(written, tmp_path / "churn")
    return tmp_path / "churn"


def checks(project: Path) -> list[list[str]]:
    """The commands of `make lint` in a project."""
    makefile = (project / "Makefile").read_text(encoding="utf-8")
    recipe = re.search(r"^lint:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert recipe is not None
    return [line.strip().replace("$(BIN)/", f"{RUN}/").split() for line in recipe[1].splitlines()]


def findings(project: Path) -> str:
    """What `make lint` says of a project's code; empty if nothing is wrong."""
    done = [
        subprocess.run(
            [*each, "--no-cache"], cwd=project, capture_output=True, text=True, check=False
        )
        for each in checks(project)
    ]
    assert len(done) == 2
    return "".join(each.stdout + each.stderr for each in done if each.returncode)


@pytest.mark.slow
def test_its_code_passes_its_own_lint_and_a_fault_is_found(project: Path) -> None:
    assert findings(project) == ""
    path = project / "tests/test_data.py"
    text = path.read_text(encoding="utf-8")
    for fault, said in (("import os\n", "F401"), ("X = {'a':1}\n", "would be reformatted")):
        path.write_text(text + fault, encoding="utf-8")
        assert said in findings(project)


@pytest.mark.slow
def test_a_column_of_its_own_is_not_needed(project: Path) -> None:
    features = project / "src/churn/features.py"
    features.write_text(features_text.empty(), encoding="utf-8")
    assert findings(project) == ""


@pytest.mark.slow
def test_its_workflows_pass_the_linters_of_those_here_and_each_finds_a_fault(project: Path) -> None:
    zizmor, actionlint, schema, dependabot = linters()
    for command in (zizmor, actionlint, schema, dependabot):
        assert complaints(command, project) == ""
    for file, old, new, command in (
        ("workflows/main.yml", "persist-credentials: false", "fetch-tags: true", zizmor),
        ("workflows/main.yml", "needs.pipeline.outputs", "needs.pipline.outputs", actionlint),
        ("workflows/main.yml", "timeout-minutes: 60", "timeout-minutes: long", schema),
        ("dependabot.yml", "interval: weekly", "interval: always", dependabot),
    ):
        path = project / ".github" / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        assert complaints(command, project) != "", command
        path.write_text(text, encoding="utf-8")


def test_no_mark_of_the_template_is_left(project: Path) -> None:
    files = [path for path in project.rglob("*") if path.is_file() and path.suffix != ".whl"]
    own = [path for path in files if ".git" not in path.relative_to(project).parts]
    assert len(own) > 25
    for path in own:
        text = path.read_text(encoding="utf-8")
        assert re.findall(r"\b(?:PROJECT|WHEEL)\b", text) == [], path
