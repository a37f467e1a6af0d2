"""A project gets to its place as a whole, or not at all, however a run ends."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT
from truerun.adopt.writing import place
from truerun.base.errors import AdoptError

NEW = {"dvc.yaml": "stages", ".dvc/config": "core", "data/raw/a.csv": "a", "src/churn/a.py": "pass"}
OLD = {"README.md": "theirs", "src/theirs.py": "pass"}


class Killed(BaseException):
    """Nothing runs after it."""


@pytest.fixture
def into(tmp_path: Path) -> Path:
    """Where the project shall be."""
    return tmp_path / "projects/churn"


@pytest.fixture(autouse=True)
def parent(into: Path) -> None:
    into.parent.mkdir()


@pytest.fixture
def repository(into: Path) -> Path:
    """A Git repository at that place."""
    fill(into, OLD)
    subprocess.run(["git", "init", "--quiet"], cwd=into, check=True)
    return into


def fill(folder: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")


def state(folder: Path) -> dict[str, str]:
    """The content of all files, and the empty folders, but for Git's."""
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8") if path.is_file() else ""
        for path in folder.rglob("*")
        if ".git" not in path.parts and (path.is_file() or not any(path.iterdir()))
    }


def build(into: Path, files: dict[str, str] = NEW) -> None:
    """Build a project and publish it."""
    with place.building(into) as folder:
        fill(folder, files)
        fill(folder, {".dvc/tmp/lock": "of the building"})
        if place.is_repository(into):
            fill(folder, {".git/config": "of the building"})
        place.publish(folder, into)
        place.finish(into)


def beside(into: Path) -> list[str]:
    return sorted(path.name for path in into.parent.iterdir())


def test_a_new_folder_and_an_empty_one_hold_what_was_built(into: Path) -> None:
    build(into)
    assert state(into) == NEW
    empty = into.with_name("empty")
    empty.mkdir()
    build(empty)
    assert state(empty) == NEW
    assert beside(into) == ["churn", "empty"]


def test_a_repository_gets_the_files_beside_its_own(repository: Path) -> None:
    build(repository)
    assert state(repository) == {**OLD, **NEW}
    assert "of the building" not in (repository / ".git/config").read_text("utf-8")
    assert not (repository / place.JOURNAL).exists()
    assert beside(repository) == ["churn"]


def test_a_place_may_be_named_from_below_and_through_a_link(
    into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    into.mkdir()
    monkeypatch.chdir(into.parent)
    link = Path("../projects/link")
    link.symlink_to(into)
    build(link)
    assert link.is_symlink()
    assert state(into) == NEW


def a_file(into: Path) -> None:
    into.write_text("mine", encoding="utf-8")


def a_folder_with_files(into: Path) -> None:
    fill(into, OLD)


def a_dvc_project(into: Path) -> None:
    fill(into, {"dvc.yaml": "stages"})


@pytest.mark.parametrize(
    ("taken_by", "why"),
    [
        (a_file, "that is a file"),
        (a_folder_with_files, "not empty, and not a Git repository"),
        (a_dvc_project, "a DVC project already"),
    ],
)
def test_a_place_that_is_taken_is_refused(
    into: Path, taken_by: Callable[[Path], None], why: str
) -> None:
    taken_by(into)
    before = state(into.parent)
    with pytest.raises(AdoptError, match=why):
        build(into)
    assert state(into.parent) == before


def test_the_folder_one_is_in_and_a_worktree_are_refused(
    into: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = into.with_name("empty")
    empty.mkdir()
    monkeypatch.chdir(empty)
    with pytest.raises(AdoptError, match="the folder you are in"):
        build(Path())
    worktree = into.with_name("worktree")
    worktree.mkdir()
    (worktree / ".git").write_text(f"gitdir: {repository}/.git/worktrees/x", encoding="utf-8")
    with pytest.raises(AdoptError, match="a worktree or a submodule"):
        build(worktree)


def test_a_place_among_the_files_of_git_is_refused(repository: Path) -> None:
    with pytest.raises(AdoptError, match=r"among Git's own files: name another folder"):
        build(repository / ".git/x")


def test_the_repository_around_a_place_is_known(repository: Path) -> None:
    assert place.around(repository / "models/churn") == repository
    assert place.around(repository) is None
    assert place.around(repository.parent / "new") is None


def test_a_place_in_no_folder_is_refused(into: Path) -> None:
    with pytest.raises(AdoptError, match="there is no folder"):
        build(into / "nowhere/churn")


@pytest.mark.parametrize("name", ["dvc.yml/config", "README.md", "src"])
def test_a_file_in_the_way_is_named_and_nothing_is_moved(repository: Path, name: str) -> None:
    fill(repository, {"dvc.yml": "theirs"})
    before = state(repository)
    taken = NEW | ({} if name == "src" else {name: "new"})
    if name == "src":
        (repository / "src/theirs.py").unlink()
        (repository / "src").rmdir()
        fill(repository, {"src": "a file"})
        before = state(repository)
    with pytest.raises(AdoptError, match="would be overwritten"):
        build(repository, taken)
    assert state(repository) == before
    assert beside(repository) == ["churn"]


def fail(into: Path) -> None:
    fill(into.parent / ".churn.adopting", NEW)
    raise AdoptError("nothing was written")


def test_what_fails_leaves_nothing(into: Path) -> None:
    with pytest.raises(AdoptError, match="nothing was"), place.building(into):
        fail(into)
    assert beside(into) == []


KILLED_AFTER = """\
import os, sys
from pathlib import Path
from tests.adopt import test_place

rename, left = Path.rename, [int(sys.argv[2])]

def move(path, target):
    left[0] -= 1
    if left[0] < 0:
        os._exit(9)  # no `finally` runs
    return rename(path, target)

Path.rename = move
test_place.build(Path(sys.argv[1]))
"""


def build_and_be_killed(into: Path, moves: int) -> int:
    """Build in a process that is killed after so many moves; its exit status."""
    command = [sys.executable, "-c", KILLED_AFTER, str(into), str(moves)]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


@pytest.mark.slow
def test_what_a_killed_run_left_is_not_at_the_place_and_the_next_removes_it(
    into: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert build_and_be_killed(into, 0) == 9
    assert beside(into) == [".churn.adopting"]
    new = {"dvc.yaml": "new", ".dvc/config": "new"}
    build(into, new)
    assert state(into) == new
    assert beside(into) == ["churn"]
    assert ".churn.adopting, which a run that was killed has left" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("moves", range(5))
def test_a_repository_is_as_it_was_after_a_kill_at_any_move(repository: Path, moves: int) -> None:
    before = state(repository)
    assert build_and_be_killed(repository, moves) == (9 if moves < len(NEW) else 0)
    if moves < len(NEW):
        assert (repository / place.JOURNAL).exists()
        with pytest.raises(AdoptError, match="nothing was"), place.building(repository):
            fail(repository)
        assert state(repository) == before
        assert not (repository / place.JOURNAL).exists()
        build(repository)
    assert state(repository) == {**OLD, **NEW}


def test_a_move_that_fails_undoes_the_others(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state(repository)
    rename, left = Path.rename, [2]

    def move(path: Path, target: Path) -> Path:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(28, "No space left on device", str(path))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", move)
    with pytest.raises(AdoptError, match="No space left"):
        build(repository)
    monkeypatch.undo()
    assert state(repository) == before


def test_two_runs_do_not_write_one_place(into: Path) -> None:
    with place.building(into) as folder:
        fill(folder, NEW)
        with pytest.raises(AdoptError, match="another run is writing"):
            build(into)
        assert state(folder) == NEW
    build(into)
    assert state(into) == NEW


def test_what_the_user_has_done_since_a_kill_is_not_undone(repository: Path) -> None:
    with place.building(repository) as folder:
        fill(folder, NEW)
        place.publish(folder, repository)
    assert (repository / place.JOURNAL).exists()
    with (
        pytest.raises(AdoptError, match="one that is not dry"),
        place.building(repository, dry_run=True),
    ):
        pass
    fill(repository, {"src/churn/a.py": "edited", "src/churn/b.py": "new"})
    edited = state(repository)
    with pytest.raises(AdoptError, match=r"src/churn/a\.py changed since"):
        build(repository)
    assert state(repository) == edited
    commit = ["git", "-c", "user.name=T", "-c", "user.email=t@example.org", "commit", "-qm", "All"]
    subprocess.run(["git", "add", "--all"], cwd=repository, check=True)
    subprocess.run(commit, cwd=repository, check=True)
    with pytest.raises(AdoptError, match="a DVC project already"):
        build(repository)
    assert state(repository) == edited
    assert not (repository / place.JOURNAL).exists()


def test_an_interrupt_at_the_commit_undoes_files_and_index(repository: Path) -> None:
    before = state(repository)

    def interrupted() -> None:
        with place.building(repository) as folder:
            fill(folder, NEW)
            place.publish(folder, repository)
            subprocess.run(["git", "add", "--all"], cwd=repository, check=True)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert state(repository) == before
    listing = subprocess.run(
        ["git", "ls-files"], cwd=repository, capture_output=True, text=True, check=True
    )
    assert set(listing.stdout.split()) == set(OLD)
