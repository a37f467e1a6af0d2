"""What becomes of a project's files, and how an upgrade is refused, ends and is undone."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Project
from tests.upgrade import versions
from tests.upgrade.versions import FIRST, HOOKS, PAGE, RUNNING, SECOND, THIRD, WORKFLOW, state
from truerun.base.errors import UpgradeError
from truerun.package.wheel_files import read
from truerun.upgrade import command
from truerun.upgrade import project as projects


def status(project: Project) -> list[str]:
    return project.run("git", "status", "--short", "--no-renames").splitlines()


def carry_out(project: Project, new: Path, run: Callable[[Path], None] = lambda _: None) -> None:
    """Bring the project to a version, without its migrations."""
    here, to = projects.load(project.root), read(new)
    changes = projects.changes(here, to, [])
    command.carry_out(here.folder, here.wheel.version, to, changes, run)


@pytest.mark.slow
def test_what_the_user_edited_is_merged_and_what_they_deleted_stays_deleted(
    project: Project, wheels: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    project.edit("Makefile", "\nlint: ", "\nmine:  ## mine\n\ttrue\n\nlint: ")
    project.edit("dvc.yaml", "    cmd: ${run}.train\n", "    cmd: nice ${run}.train\n")
    project.edit("requirements/run.txt", "pandas==", "pandas==9.")
    project.run("git", "rm", "--quiet", ".dvcignore")
    project.edit(HOOKS, "make lint", "make lint test")
    project.commit("Ours")
    kept = {place: project.read(place) for place in ("dvc.yaml", "requirements/run.txt", HOOKS)}
    carry_out(project, wheels[SECOND])
    printed = capsys.readouterr().out
    assert "  Makefile                               yours, with what is new in" in printed
    assert "  .dvcignore                             still not there" in printed
    assert f"  {HOOKS}                left as you have changed it" in printed
    project.commit("Second")
    carry_out(project, wheels[THIRD])
    printed = capsys.readouterr().out
    assert "Makefile" not in printed
    assert HOOKS not in printed
    assert "  .dvcignore                             still not there" in printed
    assert "mine:  ## mine\n\ttrue\n" in project.read("Makefile")
    assert "## list all targets" in project.read("Makefile")
    assert not (project.root / ".dvcignore").exists()
    assert {place: project.read(place) for place in kept} == kept


@pytest.mark.slow
def test_a_conflict_is_left_in_the_file_and_nothing_is_run(
    project: Project, wheels: dict[str, Path]
) -> None:
    project.edit(WORKFLOW, "timeout-minutes: 60", "timeout-minutes: 45")
    project.commit("Ours")
    before = state(project.root)
    with pytest.raises(UpgradeError) as raised:
        carry_out(project, wheels[THIRD], run=lambda _: pytest.fail("it ran"))
    assert str(raised.value) == (
        ".github/workflows/main.yml: in conflict, so nothing was run. Git's marks show both sides."
        "\n  Resolve it, then: make repro && git add --all\n"
        "  Or undo the upgrade: git restore --staged --worktree ."
    )
    text = project.read(WORKFLOW)
    assert "<<<<<<< yours\n    timeout-minutes: 45\n=======\n    timeout-minutes: 90\n" in text
    assert ">>>>>>> truerun 2.0.0\n" in text
    assert f" M {WORKFLOW}" in status(project)
    assert "M  .truerun.yaml" in status(project)
    project.run("git", "restore", "--staged", "--worktree", ".")
    assert state(project.root) == before


@pytest.mark.slow
@pytest.mark.parametrize("reason", [UpgradeError("no"), KeyboardInterrupt()])
def test_a_run_that_fails_puts_all_files_back(
    project: Project, wheels: dict[str, Path], reason: BaseException
) -> None:
    versions.write(project.root, {"notes.txt": "mine", "plots/mine.txt": "mine"})
    before, listed = state(project.root), status(project)

    def run(folder: Path) -> None:
        assert (folder / PAGE).is_file()
        versions.write(folder, {"metrics/evaluate.json": "{}", "plots/new.csv": "new"})
        raise reason

    with pytest.raises(type(reason)):
        carry_out(project, wheels[THIRD], run)
    assert state(project.root) == before
    assert status(project) == listed


@pytest.mark.slow
def test_a_file_in_the_way_of_a_new_one_is_not_overwritten(
    project: Project, wheels: dict[str, Path]
) -> None:
    versions.write(project.root, {PAGE: "Mine"})
    before = state(project.root)
    with pytest.raises(UpgradeError, match=r"^OWNERS\.md would be overwritten by new files of"):
        carry_out(project, wheels[THIRD])
    assert state(project.root) == before


@pytest.mark.slow
def test_a_new_file_that_the_user_has_already_word_for_word_is_not_in_the_way(
    project: Project, wheels: dict[str, Path]
) -> None:
    versions.write(project.root, {PAGE: "# Who owns shop\n"})
    project.commit("Ours")
    carry_out(project, wheels[THIRD])
    assert not any(PAGE in line for line in status(project))


@pytest.mark.slow
def test_another_build_of_the_same_version_takes_the_place_of_the_wheel(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = versions.built(tmp_path, FIRST, {"stages/train.py": "pass\n"})
    carry_out(project, other)
    assert "Its changelog tells of no change." in capsys.readouterr().out
    assert status(project) == [
        "M  .truerun.yaml",
        "M  requirements/truerun.txt",
        "M  vendor/truerun-1.0.0-py3-none-any.whl",
    ]


@pytest.mark.slow
def test_an_older_version_is_refused(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(project.root)
    older = versions.built(tmp_path, "0.9.9", {})
    with pytest.raises(
        UpgradeError, match=r"^this project is of truerun 1\.0\.0, and .* is of 0\.9\.9"
    ):
        command.upgrade(str(older))


@pytest.mark.slow
def test_without_a_wheel_the_version_that_runs_must_be_newer(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.root)
    with pytest.raises(UpgradeError) as raised:
        command.upgrade(None)
    assert str(raised.value) == (
        f"this project is of truerun 1.0.0, and the truerun that runs is of {RUNNING}: name a newer"
        " wheel, as a path or an https address: truerun upgrade truerun-VERSION-py3-none-any.whl"
    )


@pytest.mark.slow
def test_the_wheel_that_a_project_has_leaves_nothing_to_do(
    project: Project,
    wheels: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(project.root)
    assert command.upgrade(str(wheels[FIRST])) == 0
    printed = capsys.readouterr().out
    assert (
        printed == "This project is of truerun 1.0.0 already, by this very wheel: nothing to do.\n"
    )


def test_what_is_not_committed_is_not_put_at_stake(
    project: Project, wheels: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.root)
    project.edit("README.md", "Shop", "Our shop")
    before = state(project.root)
    with pytest.raises(UpgradeError, match=r"^README\.md: not as in the last commit, so an"):
        command.upgrade(str(wheels[SECOND]))
    assert state(project.root) == before


def test_where_there_is_no_project_it_says_so(
    tmp_path: Path, wheels: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UpgradeError, match=r"^there is no \.truerun\.yaml in "):
        command.upgrade(str(wheels[SECOND]))


def test_a_project_without_its_wheel_is_told_how_to_get_it(
    project: Project, wheels: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.root)
    (project.root / "vendor" / wheels[FIRST].name).unlink()
    with pytest.raises(UpgradeError, match=r"`git restore vendor/truerun-1\.0\.0-.* brings it"):
        command.upgrade(str(wheels[SECOND]))
