"""Whose code judges in a project that has the package in its folder `vendor`."""

import re
import sys
from pathlib import Path

import pytest

from tests.conftest import Project
from tests.package.wheels import OTHER, vendored
from truerun.base.errors import PackageError
from truerun.judge.__main__ import code_of
from truerun.judge.options import parser
from truerun.package import marks, wheel_files

pytestmark = pytest.mark.slow

OWN = "def delta(rows):\n    return rows['a']\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project of the package that runs, on a branch for a change, which is where the test is."""
    made = Project(tmp_path / "churn")
    (made.root / "src/churn").mkdir(parents=True)
    (made.root / "src/churn/features.py").write_text(OWN, encoding="utf-8")
    made.run("git", "init", "--quiet", "--initial-branch=main")
    for name, value in (("user.name", "Tester"), ("user.email", "tester@example.org")):
        made.run("git", "config", name, value)
    wheel_files.running().write(made.root / "vendor")
    marks.write(made.root, "shop", {})
    made.commit("Start")
    made.run("git", "switch", "--quiet", "--create", "change")
    monkeypatch.chdir(made.root)
    return made


def on_main(project: Project, **files: str) -> None:
    """Let main have another wheel, and the change the one that runs."""
    project.run("git", "switch", "--quiet", "main")
    for path in (project.root / "vendor").iterdir():
        path.unlink()
    vendored(project.root, files={name.replace("__", "/"): text for name, text in files.items()})
    project.commit("Another version")
    project.run("git", "switch", "--quiet", "--create", "upgrade")
    for path in (project.root / "vendor").iterdir():
        path.unlink()
    wheel_files.running().write(project.root / "vendor")
    project.commit("An upgrade")


def judge(*options: str) -> list[str] | None:
    """What lies in the folder of the code that judges; None if it is the code that runs."""
    with code_of(parser().parse_args(list(options))) as source:
        return None if source is None else sorted(path.name for path in source.iterdir())


@pytest.mark.usefixtures("project")
def test_the_package_of_main_judges_if_it_is_what_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert judge() is None
    assert capsys.readouterr().err == ""


def test_another_package_of_main_judges(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    on_main(project, **{"base__paths.py": "OTHER = 1\n"})
    commit = project.run("git", "rev-parse", "main").strip()
    assert judge() == ["churn", "truerun", f"truerun-{OTHER}.dist-info"]
    assert capsys.readouterr().err == f"The code of main judges, at {commit[:10]}.\n"
    with code_of(parser().parse_args([])) as source:
        assert (source / "truerun/base/paths.py").read_text() == "OTHER = 1\n"
    assert judge("--judge=own") is None
    assert not (project.root / "src/truerun").exists()


def test_what_is_on_main_counts_whatever_the_change_makes_of_its_wheel(project: Project) -> None:
    for path in (project.root / "vendor").iterdir():
        path.unlink()
    vendored(project.root, files={"gate/__main__.py": ""})
    project.commit("A wheel that lets all pass")
    assert judge() is None  # what runs is the package of main


def test_own_code_of_a_change_takes_no_packages_place(project: Project) -> None:
    (project.root / "src/pydantic.py").write_text("raise SystemExit(0)\n", encoding="utf-8")
    project.commit("A module")
    assert "pydantic.py" not in judge()


def test_the_code_that_runs_goes_on_though_another_is_installed(project: Project) -> None:
    """As in a workflow, which takes main's wheel, and installs what the change asks for."""
    files = {"base/proof.py": "print('main')"}
    place = vendored(project.root.parent, files=files)
    started = "from truerun.judge.__main__ import _started; _started(None, 'base.proof')"
    program = (sys.executable, "-P", "-c", started)
    assert project.run(*program, PYTHONPATH=str(place)) == "main\n"


def test_main_without_a_package_judges_nothing(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    on_main(project)
    project.run("git", "switch", "--quiet", "main")
    project.run("git", "rm", "--quiet", "-r", "vendor")
    project.edit("src/churn/features.py", "'a'", "'b'")
    project.commit("No wheel")
    project.run("git", "switch", "--quiet", "--create", "next")
    project.edit("src/churn/features.py", "'b'", "'c'")
    project.commit("A feature")
    assert judge() is None
    assert "main has no judge at" in capsys.readouterr().err


def test_a_wheel_of_main_that_cannot_be_read_is_said(project: Project) -> None:
    on_main(project)
    project.run("git", "switch", "--quiet", "main")
    [path] = (project.root / "vendor").iterdir()
    path.write_bytes(b"no wheel")
    project.commit("Damaged")
    message = re.escape(f"vendor/{path.name} cannot be unpacked: ")
    with pytest.raises(PackageError, match=message):
        judge()
