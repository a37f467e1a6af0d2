"""A project goes from version to version, as its user calls it; `make` is stood in for."""

import shutil
from pathlib import Path

import pytest

from tests.conftest import Project
from tests.upgrade.versions import (
    FIRST,
    HOOKS,
    MAKE,
    PAGE,
    PARAMS,
    SCHEMA,
    SECOND,
    THIRD,
    WORKFLOW,
    state,
    upgrade,
)

pytestmark = pytest.mark.slow

SECOND_PARAMS = PARAMS.replace("    max_words: 50      #", "    most_words: 50      #")
THIRD_PARAMS = SECOND_PARAMS + "\nalerts:\n  after_days: 7  # without a run\n"
THIRD_SCHEMA = SCHEMA.replace("not_for: ", "misuse: ")


def status(project: Project) -> list[str]:
    return project.run("git", "status", "--short", "--no-renames").splitlines()


def test_from_the_first_to_the_second_without_edits(
    project: Project, wheels: dict[str, Path]
) -> None:
    answer = upgrade(project, wheels[FIRST], wheels[SECOND])
    assert answer.stderr == ""
    assert answer.status == 0
    assert (
        "From truerun 1.0.0 to 1.1.0.\n\n## [1.1.0]\n\n- Words are called words.\n" in answer.stdout
    )
    assert "Alerts" not in answer.stdout
    assert "make --no-print-directory repro" in answer.stdout
    assert "  rmse                  2.0000  ->    1.5000\n" in answer.stdout
    assert status(project) == [
        "M  .github/workflows/daily.yml",
        "M  .github/workflows/main.yml",
        "M  .github/workflows/retrain.yml",
        "M  .github/workflows/verdict.yml",
        f"D  {HOOKS}",
        "M  .truerun.yaml",
        "M  Makefile",
        "M  metrics/evaluate.json",
        "M  params.yaml",
        "A  plots/new.csv",
        "M  requirements/truerun.txt",
        "D  vendor/truerun-1.0.0-py3-none-any.whl",
        "A  vendor/truerun-1.1.0-py3-none-any.whl",
    ]
    assert project.read("params.yaml") == SECOND_PARAMS
    assert project.read("schema.yaml") == SCHEMA
    assert "## list all targets" in project.read("Makefile")
    assert "PYTHONPATH: vendor/truerun-1.1.0-py3-none-any.whl" in project.read(WORKFLOW)


@pytest.mark.nightly
def test_over_two_versions_at_once_is_the_same_as_one_by_one(
    project: Project, wheels: dict[str, Path], tmp_path: Path
) -> None:
    shutil.copytree(project.root, tmp_path / "other/shop")
    other = Project(tmp_path / "other/shop")
    for code, new in ((FIRST, SECOND), (SECOND, THIRD)):
        assert upgrade(project, wheels[code], wheels[new]).status == 0
        project.commit(new)
    answer = upgrade(other, wheels[FIRST], wheels[THIRD])
    assert "## [2.0.0]\n\n- Alerts.\n\n## [1.1.0]\n\n- Words" in answer.stdout
    assert "A  OWNERS.md" in status(other)
    assert state(other.root) == state(project.root)
    assert other.read("params.yaml") == THIRD_PARAMS
    assert other.read("schema.yaml") == THIRD_SCHEMA
    assert other.read(PAGE) == "# Who owns shop\n"
    assert "version: 2.0.0\nproject: shop\n" in other.read(".truerun.yaml")


def test_git_restore_undoes_an_upgrade(project: Project, wheels: dict[str, Path]) -> None:
    before = state(project.root)
    assert upgrade(project, wheels[FIRST], wheels[THIRD]).status == 0
    assert state(project.root) != before
    project.run("git", "restore", "--staged", "--worktree", ".")
    assert state(project.root) == before
    assert status(project) == []


def test_after_a_kill_git_restore_and_the_next_upgrade_are_enough(
    project: Project, wheels: dict[str, Path]
) -> None:
    before = state(project.root)
    answer = upgrade(project, wheels[FIRST], wheels[THIRD], make=f"{MAKE}\nkill -KILL $PPID\n")
    assert answer.status != 0
    assert project.read("params.yaml") == THIRD_PARAMS
    answer = upgrade(project, wheels[FIRST], wheels[THIRD])
    assert answer.status == 1
    assert "then `git restore --staged --worktree .`" in answer.stderr
    project.run("git", "restore", "--staged", "--worktree", ".")
    assert state(project.root) == before | {"plots/new.csv": b"new\n"}
    assert upgrade(project, wheels[FIRST], wheels[THIRD]).status == 0
    assert "A  plots/new.csv" in status(project)


def test_an_interrupt_puts_all_files_back_when_the_run_has_ended(
    project: Project, wheels: dict[str, Path]
) -> None:
    before = state(project.root)
    late = "trap '' INT\nkill -INT 0\necho late > plots/late.csv\n"
    answer = upgrade(project, wheels[FIRST], wheels[THIRD], make=MAKE + late)
    assert answer.status == 130
    assert answer.stderr == "interrupted\ninterrupted\n"
    assert state(project.root) == before
    assert status(project) == []
