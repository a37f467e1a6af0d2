"""Where a project is built, and how it gets to its place: all of it, or nothing.

It is built in a folder beside its place, and renamed when it is whole, so that a run that is killed
leaves nothing at the place; the next one removes what it left beside it. In a repository that
exists the files are moved in one by one: a journal in its .git says which, and undoes them.
"""

import fcntl
import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from truerun.base.commands import run
from truerun.base.errors import AdoptError, listed

GIT, PIPELINE = Path(".git"), Path("dvc.yaml")
JOURNAL = GIT / "truerun-adopt.json"
OURS = (GIT, Path(".dvc/tmp"))  # of the building, which is not moved into a repository
SHOWN = 60  # names of files


@contextmanager
def building(into: Path) -> Iterator[Path]:
    """An empty folder beside a place, to build what shall lie there; it is removed at the end.

    Raises
    ------
    AdoptError
        If the place is taken, or another run builds there.
    """
    parent, name = into.resolve().parent, into.resolve().name
    if not parent.is_dir():
        raise AdoptError(f"--into {into}: there is no folder {parent}")
    folder = parent / f".{name}.adopting"
    try:
        folder.mkdir(exist_ok=True)
        lock = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise AdoptError(f"{error.filename}: {error.strerror}") from error
    try:
        _lock(lock, folder, into)
        if _undo(into):
            print(f"A run was killed while it wrote into {into}: what it wrote is gone again.")
        check(into)
        _empty(folder)
        yield folder
    finally:
        # After it was published there is none, unless another run has begun since.
        if _is_open(lock, folder):
            shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def check(into: Path) -> None:
    """Refuse a place where there is something else than a repository without a pipeline."""
    if not into.exists() and not into.is_symlink():
        return
    if not into.is_dir():
        raise AdoptError(f"--into {into}: that is a file: name a folder for the new project")
    if (into / PIPELINE).exists() or (into / ".dvc").exists():
        raise AdoptError(
            f"--into {into}: that is a DVC project already: name another folder; `truerun upgrade`"
            " brings a project to a newer truerun"
        )
    if any(into.iterdir()) and not is_repository(into):
        raise AdoptError(
            f"--into {into}: that folder is not empty, and not a Git repository: name a new folder"
        )


def is_repository(into: Path) -> bool:
    """Whether a Git repository has its root there."""
    return (into / GIT).is_dir()


def check_free(into: Path, places: list[str]) -> None:
    """Refuse files of a repository that are in the way of new ones.

    Raises
    ------
    AdoptError
        With their names.
    """
    taken = [
        place
        for place in places
        if (into / place).exists()
        or (into / place).is_symlink()
        or any((into / above).is_file() for above in Path(place).parents)
    ]
    if taken:
        raise AdoptError(
            f"{listed(taken)} of {into} would be overwritten: move or rename"
            f" {'it' if len(taken) == 1 else 'them'}, or name a new folder with --into"
        )


def publish(folder: Path, into: Path) -> None:
    """Put what was built in its place."""
    shutil.rmtree(folder / ".dvc/tmp", ignore_errors=True)
    try:
        if is_repository(into):
            _move_in(folder, into)
        else:
            folder.rename(into.resolve())
    except OSError as error:
        raise AdoptError(f"{error.filename2 or error.filename}: {error.strerror}") from error


def files(folder: Path) -> list[str]:
    """The files that Git shall know of what was built, by their places, sorted."""
    names = run(folder, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return sorted(name for name in names.split("\0") if name)


def _move_in(folder: Path, into: Path) -> None:
    """Move all files into a repository; whatever keeps one from it, the others go again."""
    moves = sorted(_moves(folder, into))
    check_free(into, moves)
    above = {str(each) for place in moves for each in Path(place).parents if str(each) != "."}
    folders = sorted(name for name in above if not (into / name).exists())
    with (into / JOURNAL).open("w", encoding="utf-8") as file:
        json.dump({"moved": moves, "folders": folders}, file)
        file.flush()
        os.fsync(file.fileno())
    try:
        for place in moves:
            (into / place).parent.mkdir(parents=True, exist_ok=True)
            (folder / place).rename(into / place)
    except BaseException:
        _undo(into)
        raise
    (into / JOURNAL).unlink()


def _moves(folder: Path, into: Path, below: Path = Path()) -> Iterator[str]:
    """What to move: files, and folders that are not there yet, as a whole."""
    for entry in (folder / below).iterdir():
        place = below / entry.name
        if place in OURS:
            continue
        if entry.is_dir() and not entry.is_symlink() and (into / place).is_dir():
            yield from _moves(folder, into, place)
        else:
            yield place.as_posix()


def _undo(into: Path) -> bool:
    """Remove what an unfinished run has moved into a repository; whether there was one."""
    journal = into / JOURNAL
    if not journal.is_file():
        return False
    try:
        content = json.loads(journal.read_text(encoding="utf-8"))
    except ValueError:  # it was killed before anything was moved
        journal.unlink()
        return False
    for place in content["moved"]:
        path = into / place
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for name in sorted(content["folders"], key=len, reverse=True):
        with suppress(OSError):
            (into / name).rmdir()
    journal.unlink()
    return True


def _lock(lock: int, folder: Path, into: Path) -> None:
    """Keep other runs from the folder, until this one ends."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise AdoptError(f"another run is writing {into}: wait for it") from error
    if not _is_open(lock, folder):
        raise AdoptError(f"another run has just written {into}")


def _is_open(lock: int, folder: Path) -> bool:
    """Whether the folder of that name is still the one that was opened."""
    try:
        return os.path.samestat(os.fstat(lock), folder.stat())
    except FileNotFoundError:
        return False


def _empty(folder: Path) -> None:
    """Remove what a killed run left."""
    leftover = list(folder.iterdir())
    if leftover:
        print(f"Removed {folder}, which a run that was killed has left.", file=sys.stderr)
    for entry in leftover:
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
