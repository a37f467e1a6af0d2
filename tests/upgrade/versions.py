"""Wheels of versions of the package that never were, and a project of the first of them.

1.1.0 renames a parameter, has other code for a stage, another Makefile and a hook file less; 2.0.0
needs a new section in params.yaml and another key in schema.yaml, and changes a workflow.
"""

import functools
import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import Project, heeds_interrupts
from truerun.package import contents, wheel, wheel_files
from truerun.upgrade import pipeline_text, template_files
from truerun.upgrade import project as projects

RUNNING = contents.version()
INFORMATION = ".dist-info/"
FIRST, SECOND, THIRD = "1.0.0", "1.1.0", "2.0.0"
WORKFLOW, HOOKS, PAGE = ".github/workflows/main.yml", ".pre-commit-config.yaml", "OWNERS.md"
CHANGELOG = """\
# Changelog

## [Unreleased]

- Nobody has this.

## [2.0.0]

- Alerts.

## [1.1.0]

- Words are called words.

## [1.0.0]

- All.
"""
TO_SECOND = """\
from truerun.base.yaml_edit import renamed

TO = "1.1.0"


def params(text):
    return renamed(text, "featurize.max_words", "most_words")
"""
TO_THIRD = """\
from truerun.base.yaml_edit import renamed, with_section

TO = "2.0.0"


def params(text):
    return with_section(text, "alerts", "alerts:\\n  after_days: 7  # without a run\\n")


def schema(text):
    return renamed(text, "not_for", "misuse")
"""
PARAMS = """\
# The shop's settings. Indented in our own way.
featurize:
    exclude:   [ "till" ]     # broken since May
    max_words: 50      # of a review

    seed: 1


train: { model: ridge,   seed: 1 }   # one line is enough
"""
SCHEMA = """\
# What a row must be.
task: regression
not_for: Prices of houses.   # the lawyers want this
columns:
    price:   {type: float}
"""
PLOTS = """\

plots:
  - plots/predicted.svg

artifacts:
  shop-price:
    path: models/model.skops
    labels: [regression, scikit-learn]
"""
RESULTS = (
    '{"test": {"rows": 10, "rmse": 2.0, "mae": 1.0, "r2": 0.5, "pinball_10": 1, "pinball_90": 1}}'
)
# Stands in for the one of the project: it says what it was asked for, and changes a figure.
MAKE = """\
#!/bin/sh
echo "make $*"
sed -i 's/"rmse": 2.0/"rmse": 1.5/' metrics/evaluate.json
mkdir -p plots && echo new > plots/new.csv
"""


PACKED = (".bin", ".xz")  # names, and locks


@functools.cache
def files() -> Mapping[str, str]:
    """The texts of the package that runs, by their places in it."""
    return {
        place: content.decode()
        for place, content in contents.files().items()
        if not place.endswith(PACKED)
    }


def template(place: str, old: str, new: str) -> dict[str, str]:
    """A file of the template with a text replaced."""
    text = files()[f"template/files/{place}"]
    assert old in text
    return {f"template/files/{place}": text.replace(old, new)}


def built(folder: Path, version: str, changed: Mapping[str, str | None]) -> Path:
    """The wheel of a version, with some files of another text, and without those that are None."""
    package = {place: text for place, text in {**files(), **changed}.items() if text is not None}
    path = folder / wheel.file_name(version)
    packed = {name: each for name, each in contents.files().items() if name.endswith(PACKED)}
    encoded = packed | {place: text.encode() for place, text in package.items()}
    path.write_bytes(wheel.packed(encoded, version, information(version)))
    return path


def information(version: str) -> dict[str, str]:
    """What the wheel of the package that runs tells of itself, as another version."""
    with zipfile.ZipFile(io.BytesIO(wheel.content())) as archive:
        texts = {
            name.partition(INFORMATION)[2]: archive.read(name).decode()
            for name in archive.namelist()
            if INFORMATION in name
        }
    del texts["RECORD"]
    old = f"Version: {RUNNING}\n"
    return {**texts, "METADATA": texts["METADATA"].replace(old, f"Version: {version}\n", 1)}


def wheels_of_all(folder: Path) -> dict[str, Path]:
    """The wheels of the three versions, by their versions."""
    common = {"package/CHANGELOG.md": CHANGELOG}
    second = {
        **common,
        **template("Makefile", "## list the targets", "## list all targets"),
        f"template/files/{HOOKS}": None,
        "stages/train.py": files()["stages/train.py"] + "\n# Other code.\n",
        "upgrade/migrations/to_1_1_0.py": TO_SECOND,
        "py.typed": "",  # a file of a kind that the package has not had
    }
    third = {
        **second,
        **template(WORKFLOW, "timeout-minutes: 60", "timeout-minutes: 90"),
        f"template/files/{PAGE}": "# Who owns PROJECT\n",
        "upgrade/migrations/to_2_0_0.py": TO_THIRD,
    }
    changed = {FIRST: common, SECOND: second, THIRD: third}
    return {version: built(folder, version, changed[version]) for version in changed}


def write(folder: Path, texts: Mapping[str, str | bytes]) -> None:
    """Write files below a folder."""
    for place, text in texts.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_bytes(text if isinstance(text, bytes) else text.encode())


def project_of(folder: Path, first: Path) -> Project:
    """A project called shop, as a version has written it, in its first commit; it never ran."""
    version = wheel_files.read(first)
    given = template_files.of_version(version, "shop")
    pipeline = given[pipeline_text.PLACE]
    write(folder, {**given, "dvc.yaml": pipeline + PLOTS.encode()})
    write(folder, {".truerun.yaml": projects.marks_text("shop", version, given)})
    write(folder, {f"vendor/{version.name}": version.content})
    write(folder, {"params.yaml": PARAMS, "schema.yaml": SCHEMA, "README.md": "# Shop\n"})
    write(folder, {"src/shop/features.py": "FEATURES = {}\n", "metrics/evaluate.json": RESULTS})
    project = Project(folder)
    project.run("git", "init", "--quiet", "--initial-branch=main")
    project.run("git", "config", "user.name", "Tester")
    project.run("git", "config", "user.email", "tester@example.org")
    project.commit("Adopt the table")
    return project


def state(folder: Path) -> dict[str, bytes]:
    """The content of all files, but for Git's."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if ".git" not in path.relative_to(folder).parts and path.is_file()
    }


@dataclass(frozen=True)
class Answer:
    """What a command said: its exit status, and both its streams."""

    status: int
    stdout: str
    stderr: str


def upgrade(project: Project, code: Path, *arguments: str | Path, make: str = MAKE) -> Answer:
    """Run `truerun upgrade` in a project by the code in a wheel, with another `make`."""
    programs = project.root.parent / "programs"
    write(programs, {"make": make})
    (programs / "make").chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-P", "-m", "truerun.cli", "upgrade", *arguments],
        cwd=project.root,
        env={
            **os.environ,
            "PYTHONPATH": str(code),
            "PATH": os.pathsep.join([str(programs), os.environ["PATH"]]),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,  # which may be interrupted as a whole
        preexec_fn=heeds_interrupts,
    )
    return Answer(done.returncode, done.stdout, done.stderr)
