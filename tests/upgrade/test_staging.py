"""Whatever ends a change of files, `git restore --staged --worktree .` brings back what was."""

import shutil
from pathlib import Path

import pytest

from tests.conftest import Project
from tests.upgrade.versions import state, write
from truerun.base.errors import UpgradeError
from truerun.upgrade import staging

OLD = {"a.txt": "a", "below/b.txt": "b", "run.sh": "true", "vendor/old.whl": b"\0\1"}
NEW: dict[str, bytes | None] = {
    "a.txt": b"A",
    "below/b.txt": None,
    "run.sh": b"false",
    "new/deep/c.txt": b"c",
    "ignored.log": b"log",
    "star*.txt": b"*",
    "vendor/old.whl": None,
    "vendor/new.whl": b"\0\2",
}
MOMENTS = range(2 * sum(content is not None for content in NEW.values()))  # at which it is killed


class Killed(BaseException):
    """Nothing runs after it."""


def repository(folder: Path) -> Project:
    project = Project(folder)
    write(folder, {**OLD, ".gitignore": "*.log\n"})
    (folder / "run.sh").chmod(0o755)
    project.run("git", "init", "--quiet", "--initial-branch=main")
    project.run("git", "config", "user.name", "Tester")
    project.run("git", "config", "user.email", "tester@example.org")
    project.commit("Start")
    return project


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return repository(tmp_path_factory.mktemp("start") / "project").root


@pytest.fixture
def project(start: Path, tmp_path: Path) -> Project:
    shutil.copytree(start, tmp_path / "project")
    return Project(tmp_path / "project")


def test_what_is_written_is_in_the_index_and_in_the_project(project: Project) -> None:
    staging.apply(project.root, NEW)
    assert project.run("git", "status", "--short", "--no-renames").splitlines() == [
        "M  a.txt",
        "D  below/b.txt",
        "A  ignored.log",
        "A  new/deep/c.txt",
        "M  run.sh",
        "A  star*.txt",
        "A  vendor/new.whl",
        "D  vendor/old.whl",
    ]
    assert not (project.root / "below").exists()
    assert (project.root / "run.sh").stat().st_mode & 0o777 == 0o755
    assert "old mode" not in project.run("git", "diff", "--cached", "--summary", "HEAD")


@pytest.mark.parametrize("moment", MOMENTS)
def test_git_restore_undoes_what_a_kill_has_left(
    project: Project, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    before, written = state(project.root), []
    whole = staging.write

    def killed(path: Path, content: bytes, like: Path | None = None) -> None:
        if len(written) == moment:
            raise Killed
        written.append(path)
        whole(path, content, like)

    monkeypatch.setattr(staging, "write", killed)
    with pytest.raises(Killed):
        staging.apply(project.root, NEW)
    project.run("git", "restore", "--staged", "--worktree", ".")
    assert state(project.root) == before
    assert project.run("git", "status", "--short") == ""


def test_a_project_in_a_folder_of_a_larger_repository(tmp_path: Path) -> None:
    larger = Project(tmp_path)
    project = repository(tmp_path / "projects/shop")
    shutil.rmtree(project.root / ".git")
    write(tmp_path, {"other.txt": "other"})
    larger.run("git", "init", "--quiet", "--initial-branch=main")
    larger.run("git", "config", "user.name", "Tester")
    larger.run("git", "config", "user.email", "tester@example.org")
    larger.commit("Start")
    before = state(project.root)
    write(tmp_path, {"other.txt": "mine, and no part of the project"})
    staging.check_clean(project.root)
    staging.apply(project.root, NEW)
    assert "A  projects/shop/new/deep/c.txt" in larger.run("git", "status", "--short")
    with pytest.raises(Killed), staging.undone_on_failure(project.root):
        raise Killed
    assert state(project.root) == before
    assert larger.run("git", "status", "--short") == " M other.txt\n"


def test_what_cannot_be_written_is_said_and_undone(project: Project) -> None:
    before = state(project.root)
    with (
        pytest.raises(UpgradeError, match=r"cannot write .*a\.txt/below: File exists"),
        staging.undone_on_failure(project.root),
    ):
        staging.write(project.root / "a.txt/below", b"")
    assert state(project.root) == before


@pytest.mark.parametrize("is_staged", [True, False])
def test_a_change_that_is_not_committed_is_named(project: Project, *, is_staged: bool) -> None:
    project.edit("a.txt", "a", "mine")
    if is_staged:
        project.run("git", "add", "a.txt")
    with pytest.raises(UpgradeError, match=r"^a\.txt: not as in the last commit, so an upgrade"):
        staging.check_clean(project.root)


def test_files_that_git_does_not_know_are_no_hindrance(project: Project) -> None:
    write(project.root, {"notes.txt": "mine"})
    staging.check_clean(project.root)
