"""What projects get is what this repository runs by, but for the differences that are stated here.

A change of one that is not made to the other is seen here.
"""

import difflib
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT

TEMPLATE = ROOT / "src/truerun/template/files"
SAME = (
    ".dvc/config",
    ".dvc/plots/by_class.json",
    ".dvc/plots/counted.json",
    "notebooks/explore.py",
    "Dockerfile",
)
GITHUB = ".github/dependabot.yml", ".github/workflows/experiments.yml"
OWN_CODE = ("main", "pull-request", "verdict", "release", "deploy", "daily", "retrain")
WORKFLOWS = [f".github/workflows/{name}.yml" for name in OWN_CODE]
QUALITY = ".github/workflows/quality.yml"  # tests here are of the package, there of the project
# What projects say, and what this repository says in its place: code comes from the wheel, not src.
STATED = {
    "          PYTHONPATH: vendor/WHEEL\n": "          PYTHONPATH: src\n",
    'git archive "$BASE" vendor |': 'git archive "$BASE" src |',
    '          mv "$RUNNER_TEMP"/vendor/truerun-*.whl "$RUNNER_TEMP/truerun.whl"\n': "",
    'PYTHONPATH="$RUNNER_TEMP/truerun.whl"': 'PYTHONPATH="$RUNNER_TEMP/src"',
}
OF_THE_CODE = ".truerun.yaml"


def differences(name: str, template: Path) -> list[str]:
    """How a file of the template differs from that of this repository, beside what is stated."""
    text, here = ((folder / name).read_text("utf-8") for folder in (template, ROOT))
    for theirs, ours in STATED.items():
        text = text.replace(theirs, ours)
    return list(difflib.unified_diff(here.splitlines(), text.splitlines(), lineterm="", n=0))


@pytest.mark.parametrize("name", [*SAME, *GITHUB, *WORKFLOWS])
def test_a_file_is_that_of_this_repository(name: str) -> None:
    assert differences(name, TEMPLATE) == []


def test_what_is_stated_is_said() -> None:
    texts = "".join((TEMPLATE / name).read_text(encoding="utf-8") for name in WORKFLOWS)
    assert [said for said in STATED if said not in texts] == []


def test_every_workflow_is_held_against_one_here() -> None:
    names = {path.relative_to(TEMPLATE).as_posix() for path in TEMPLATE.glob(".github/**/*.yml")}
    assert names == {*GITHUB, *WORKFLOWS, QUALITY}


def uses(folder: Path, name: str) -> set[str]:
    """The actions of a workflow, with their versions."""
    return set(re.findall(r"uses: (.*)", (folder / name).read_text(encoding="utf-8")))


def test_quality_starts_and_checks_out_as_here() -> None:
    texts = [(folder / QUALITY).read_text(encoding="utf-8") for folder in (ROOT, TEMPLATE)]
    here, there = (yaml.safe_load(text) for text in texts)
    for part in ("name", True, "permissions", "concurrency"):  # YAML reads the key `on` as true
        assert here[part] == there[part]
    assert uses(TEMPLATE, QUALITY) <= uses(ROOT, QUALITY)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (WORKFLOWS[0], "persist-credentials: false", "persist-credentials: true"),
        (WORKFLOWS[0], "PYTHONPATH: vendor/WHEEL", "PYTHONPATH: vendor"),
        (WORKFLOWS[1], '"$BASE" vendor', '"HEAD" vendor'),
        (WORKFLOWS[2], "timeout-minutes: 30", "timeout-minutes: 31"),
        (SAME[0], "analytics = false", "analytics = true"),
        ("Dockerfile", "USER 65532:65532", "USER 0:0"),
    ],
)
def test_a_change_of_one_alone_is_seen(name: str, old: str, new: str, tmp_path: Path) -> None:
    text = (TEMPLATE / name).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(text.replace(old, new), encoding="utf-8")
    assert differences(name, tmp_path) != []


def pipeline(folder: Path) -> dict[str, Any]:
    """The content of dvc.yaml."""
    content: dict[str, Any] = yaml.safe_load((folder / "dvc.yaml").read_text(encoding="utf-8"))
    return content


def of_stages(here: dict[str, Any], there: dict[str, Any]) -> Iterator[str]:
    """How stages differ: a project's know their code in truerun by its digest, not by its files."""
    if here["vars"] != there["vars"]:
        yield "vars"
    if list(here["stages"]) != list(there["stages"]):
        yield "the stages"
        return
    for name, ours in here["stages"].items():
        theirs = there["stages"][name]
        own = [dep for dep in ours["deps"] if dep.startswith("src/flights/")]
        deps = [dep for dep in ours["deps"] if not dep.startswith("src/")]
        expected = {
            **ours,
            "deps": sorted([*deps, *(["src/PROJECT"] if own else [])]),
            "params": [*ours["params"], {OF_THE_CODE: [f"stages.{name}"]}],
        }
        for part in expected.keys() | theirs.keys():
            if expected.get(part) != theirs.get(part):
                yield f"{name}: {part}"


def test_stages_are_those_of_this_repository() -> None:
    assert list(of_stages(pipeline(ROOT), pipeline(TEMPLATE))) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("      - data/quarantine\n", "", "validate: outs"),
        ("      - featurize\n", "", "featurize: params"),
        ("[stages.train]", "[stages.evaluate]", "train: params"),
        ("      - src/PROJECT\n", "", "prepare: deps"),
        ("      - requirements/run.txt\n", "", "prepare: deps"),
        ("metrics/train.json: {cache: false}", "metrics/train.json", "train: metrics"),
        ("${run}.evaluate", "${run}.train", "evaluate: cmd"),
        ("OPENBLAS_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=2", "vars"),
        ("  validate:\n", "  check:\n", "the stages"),
    ],
)
def test_a_change_of_a_stage_is_seen(old: str, new: str, said: str, tmp_path: Path) -> None:
    shutil.copy(TEMPLATE / "dvc.yaml", tmp_path)
    text = (tmp_path / "dvc.yaml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "dvc.yaml").write_text(text.replace(old, new), encoding="utf-8")
    assert said in of_stages(pipeline(ROOT), pipeline(tmp_path))
