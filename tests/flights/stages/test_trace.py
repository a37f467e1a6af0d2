"""What a stage reads, it declares: each is traced as it runs, and held against dvc.yaml.

Files are traced by the kernel (inotify), whatever opens them; parameters, and files outside the
repository, by `trace_stage.py`.
"""

import ast
import json
import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from types import NoneType
from typing import Any, get_args

import pytest
import yaml

from tests.conftest import ROOT, Project
from tests.inotify import Watch
from truerun.project.params import COMPLETE

pytestmark = pytest.mark.slow

STAGES = ("prepare", "validate", "featurize", "train", "evaluate")
PACKAGES = "requirements/run.txt"  # stands for the packages, and is not opened itself
HARMLESS = re.compile(
    r"/zoneinfo/(Etc/)?UTC$"  # dateutil reads it when it is imported
    r"|/matplotlib/fontlist-"  # which fonts there are; matplotlib's own come first
)
# Every kind of model, of split and of column has parameters that only it reads.
VARIANTS: dict[str, list[dict[str, str]]] = {
    "featurize": [{"destination: {type: text": "destination: {type: text, words: true"}],
    "train": [
        *(
            {"model: hist_gradient_boosting": f"model: {model}"}
            for model in ("logistic_regression", "random_forest", "lightgbm", "blend", "baseline")
        ),
        {
            "model: hist_gradient_boosting": "model: ridge",
            "task: binary": "task: regression",
            "late: {type: int, categories: [0, 1], names: [on time, late]}": "late: {type: int}",
        },
    ],
    "validate": [
        {"by: time": "by: random", "test_partitions: 1 ": "test_share: 0.3\n  seed: 7 "},
        {
            "by: time": "by: group\n  group: carrier",
            "test_partitions: 1 ": "test_share: 0.3 ",
        },
    ],
}


@dataclass(frozen=True)
class Trace:
    """What a run of a stage opened, wrote and read."""

    opened: set[str]
    written: set[str]
    parameters: set[str]
    outside: set[str]


def trace(project: Project, stage: str) -> Trace:
    """Run a stage by its command of dvc.yaml, traced."""
    pipeline = yaml.safe_load(project.read("dvc.yaml"))
    command = pipeline["stages"][stage]["cmd"].replace("${run}", pipeline["vars"][0]["run"])
    output = project.root / ".dvc/tmp/trace.json"
    tracer = f"{sys.executable} {ROOT / 'tests/flights/stages/trace_stage.py'}"
    before = _states(project.root)
    with Watch(project.root) as watch:
        project.run("sh", "-c", f"{command.replace('python -m', tracer)} {output}")
        opened = {_meant(path) for path in watch.opened()}
    after = _states(project.root)
    found = {name: set(values) for name, values in json.loads(output.read_text()).items()}
    written = {path for path, state in after.items() if before.get(path) != state}
    return Trace(opened - written, written, **found)


def differences(project: Project, stage: str, found: Trace) -> list[str]:
    """What the stage reads or writes without declaring it, and what it declares in vain."""
    declared = yaml.safe_load(project.read("dvc.yaml"))["stages"][stage]
    deps = _files(project, declared["deps"]) - {PACKAGES} | {"params.yaml"}
    outs = _files(project, _outs(declared))
    opened = {path for path in found.opened if not _is_only_a_docstring(project.root / path)}
    told = [f"opens {path}, no dep" for path in opened - deps - outs]
    told += [f"does not open {path}, a dep" for path in deps - opened]
    told += [f"writes {path}, no out" for path in found.written - outs]
    told += [f"does not write {path}, an out" for path in outs - found.written]
    told += [f"opens {path}, outside" for path in found.outside if not HARMLESS.search(path)]
    return sorted(told)


@pytest.fixture(scope="module")
def traces(sample_project: Project, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Trace]:
    root = tmp_path_factory.mktemp("trace") / "repository"
    shutil.copytree(sample_project.root, root, symlinks=True)
    return {stage: trace(Project(root), stage) for stage in STAGES}


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_declares_what_it_reads_and_writes_and_nothing_else(sample_project, traces, stage):
    assert differences(sample_project, stage, traces[stage]) == []


@pytest.mark.nightly
@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_declares_the_parameters_that_it_reads_and_no_other(
    project: Project, traces: dict[str, Trace], stage: str
) -> None:
    read = set(traces[stage].parameters)
    project.edit("params.yaml", "n_estimators: ", "n_estimators: 2  # ")  # few trees are read alike
    project.edit("params.yaml", "max_iter: ", "max_iter: 2  # ")
    project.commit("Small models")
    for edits in VARIANTS.get(stage, []):
        project.run("git", "restore", "params.yaml", "schema.yaml")
        for old, new in edits.items():
            file = "params.yaml" if old in project.read("params.yaml") else "schema.yaml"
            project.edit(file, old, new)
        read |= trace(project, stage).parameters
    assert read == _parameters(project, stage)


def test_a_stage_that_reads_what_it_does_not_declare_is_told_on(project: Project) -> None:
    project.edit(
        "src/truerun/stages/featurize.py",
        "def main() -> None:\n",
        "def main() -> None:\n"
        "    from truerun.base import text_files  # noqa\n"
        "    from truerun.params.evaluate import Evaluate\n"
        "    import pyarrow.csv\n"
        "    pyarrow.csv.read_csv('data/raw/airports.csv')\n"
        "    open('/etc/hostname').close()\n"
        "    paths.CARD.write_text('A file of evaluate')\n"
        '    print(settings.load_section(Evaluate, paths.PARAMS, "evaluate").threshold)\n',
    )
    project.edit(
        "dvc.yaml",
        "    params: [featurize]",
        "      - tests/conftest.py\n    params: [featurize]",
    )
    found = trace(project, "featurize")
    assert differences(project, "featurize", found) == [
        "does not open tests/conftest.py, a dep",
        "opens /etc/hostname, outside",
        "opens data/raw/airports.csv, no dep",
        "opens src/truerun/base/text_files.py, no dep",
        "opens src/truerun/params/evaluate.py, no dep",
        "opens src/truerun/params/value.py, no dep",
        "writes models/card.md, no out",
    ]
    assert found.parameters - _parameters(project, "featurize") == {"evaluate.threshold"}


def _meant(path: str) -> str:
    """The module of a file of byte code, the file that one becomes when it is finished."""
    path = re.sub(r"__pycache__/(\w+)\.[\w-]+\.pyc(\.\d+)?$", r"\1.py", path)
    return re.sub(r"\.([^/]+)\.unfinished$", r"\1", path)


def _states(root: Path) -> dict[str, tuple[int, ...]]:
    """State of each file that Git or DVC may know."""
    found = {}
    for folder, names, files in os.walk(root):
        names[:] = [name for name in names if name not in {".git", ".dvc", "__pycache__"}]
        for file in files:
            path = Path(folder, file)
            status = path.stat()
            state = (status.st_ino, status.st_mtime_ns, status.st_size)
            found[path.relative_to(root).as_posix()] = state
    return found


def _files(project: Project, paths: list[str]) -> set[str]:
    """The files that are declared, those of a folder each."""
    declared = [project.root / path for path in paths]
    files = [f for path in declared for f in (path.rglob("*") if path.is_dir() else [path])]
    return {
        file.relative_to(project.root).as_posix()
        for file in files
        if file.is_file() and file.parent.name != "__pycache__" and not _is_only_a_docstring(file)
    }


def _outs(stage: dict[str, Any]) -> list[str]:
    """Paths of the outs and metrics of a stage."""
    entries = [*stage["outs"], *stage.get("metrics", ())]
    return [entry if isinstance(entry, str) else next(iter(entry)) for entry in entries]


def _is_only_a_docstring(path: Path) -> bool:
    """Whether it is the file of a package that holds no code: nothing depends on it."""
    if path.name != "__init__.py":
        return False
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return all(isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant) for s in body)


def _parameters(project: Project, stage: str) -> set[str]:
    """Full names of all parameters below those that the stage declares."""
    declared = yaml.safe_load(project.read("dvc.yaml"))["stages"][stage]["params"]
    names = set(_names(COMPLETE))
    return {name for name in names if any(f"{name}.".startswith(f"{key}.") for key in declared)}


def _names(section: Any, prefix: str = "") -> list[str]:
    """Full names of the parameters of a section."""
    found = []
    for name, field in section.model_fields.items():
        full = prefix + (field.alias or name)
        left_out = NoneType in get_args(field.annotation)
        kinds = get_args(field.annotation) if left_out else [field.annotation]
        inner = next((kind for kind in kinds if hasattr(kind, "model_fields")), None)
        found += _names(inner, f"{full}.") if inner else [full]
    return found
