"""What is made in a copy comes back as a whole, or not at all, however a run ends."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from truerun.adopt.writing import working_copy
from truerun.base import paths
from truerun.base.errors import TruerunError

OF_OLD = (paths.PARAMS, paths.RAW_DVC, paths.PREPARED / "a.parquet", paths.METRICS / "train.json")
OF_NEW = (paths.PARAMS, paths.RAW_DVC, paths.RAW / "new.csv", paths.METRICS / "evaluate.json")
LATER = 10**9  # nanoseconds


class Killed(BaseException):
    """Nothing runs after it."""


@pytest.fixture(autouse=True)
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clone without raw data, as a fresh one is."""
    monkeypatch.chdir(tmp_path)
    subprocess.run(["git", "init", "--quiet"], check=True)
    Path(".dvc/tmp").mkdir(parents=True)
    Path(".gitignore").write_text("/data/prepared\n/.dvc/tmp\n", encoding="utf-8")
    fill(Path(), OF_OLD, "old")


def fill(folder: Path, files: tuple[Path, ...], content: str) -> None:
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(content, encoding="utf-8")


def state() -> dict[str, str]:
    """The content of all files, but for Git's."""
    files = [path for path in Path().rglob("*") if path.is_file() and path.parts[0] != ".git"]
    return {str(path): path.read_text("utf-8") for path in files if path != working_copy.BUSY}


def brought(monkeypatch: pytest.MonkeyPatch, moves: int) -> None:
    """Bring back what is new, and be killed after so many moves."""
    rename, undo, left = Path.rename, working_copy.undo, [moves]

    def move(path: Path, target: Path) -> Path:
        left[0] -= 1
        if left[0] < 0:
            monkeypatch.setattr(working_copy, "undo", lambda: None)  # no one is left to tidy up
            raise Killed
        return rename(path, target)

    with (
        monkeypatch.context() as patch,
        working_copy.exclusive(),
        working_copy.create_copy() as folder,
    ):
        shutil.rmtree(folder / paths.METRICS)
        fill(folder, OF_NEW, "new")
        patch.setattr(Path, "rename", move)
        try:
            working_copy.bring_back()
        finally:
            monkeypatch.setattr(working_copy, "undo", undo)


def test_all_comes_back(monkeypatch):
    brought(monkeypatch, 100)

    files = {str(path): "new" for path in OF_NEW}
    assert state() == {**files, ".gitignore": state()[".gitignore"]}
    assert not working_copy.PLACE.exists()


@pytest.mark.parametrize("moves", range(8))
def test_what_a_killed_run_has_done_is_undone_by_the_next(monkeypatch, capsys, moves):
    before = state()
    with pytest.raises(Killed):
        brought(monkeypatch, moves)
    assert moves == 0 or state() != before
    with working_copy.exclusive():
        assert state() == before
    assert "put back" in capsys.readouterr().out
    assert not working_copy.PLACE.exists()


def test_an_undoing_that_is_killed_loses_nothing(monkeypatch):
    before = state()
    with pytest.raises(Killed):
        brought(monkeypatch, 6)
    for moves in range(3):
        rename, left = Path.rename, [moves]

        def move(path: Path, target: Path, rename=rename, left=left) -> Path:
            left[0] -= 1
            if left[0] < 0:
                raise KeyboardInterrupt
            return rename(path, target)

        with monkeypatch.context() as patch:
            patch.setattr(Path, "rename", move)
            with pytest.raises(KeyboardInterrupt), working_copy.exclusive():
                pass
    with working_copy.exclusive():
        assert state() == before


def test_what_was_put_right_by_hand_since_is_not_overwritten(monkeypatch):
    with pytest.raises(Killed):
        brought(monkeypatch, 6)
    paths.PARAMS.write_text("mine", encoding="utf-8")
    later = working_copy.ASIDE.stat().st_mtime_ns + LATER
    os.utime(paths.PARAMS, ns=(later, later))
    before = state()
    with (
        pytest.raises(TruerunError, match=r"^params\.yaml changed since"),
        working_copy.exclusive(),
    ):
        pass
    assert state() == before


def test_what_was_made_anew_where_all_was_put_aside_is_not_overwritten(monkeypatch):
    with pytest.raises(Killed):
        brought(monkeypatch, 2)
    paths.PARAMS.write_text("mine", encoding="utf-8")
    before = state()
    with (
        pytest.raises(TruerunError, match=r"^params\.yaml changed since"),
        working_copy.exclusive(),
    ):
        pass
    assert state() == before


def test_an_interrupt_while_it_is_undone_leaves_what_was_put_aside(monkeypatch):
    def interrupted(*_: Path) -> None:
        raise KeyboardInterrupt

    def run() -> None:
        with working_copy.create_copy():
            working_copy.bring_back()

    before = state()
    with monkeypatch.context() as patch:
        patch.setattr(working_copy, "undo", interrupted)
        patch.setattr(Path, "touch", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run()
    assert (working_copy.OLD / paths.PARAMS).read_text("utf-8") == "old"
    with working_copy.exclusive():
        assert state() == before


def test_two_at_once_are_refused():
    with working_copy.BUSY.open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        told = "another table is being adopted"
        with pytest.raises(TruerunError, match=told), working_copy.exclusive():
            pass
    with working_copy.exclusive():
        pass
