"""Where a project is built, and how it gets to its place: all of it, or nothing.

It is built in a folder beside its place, and renamed when it is whole, so that a run that is killed
leaves nothing at the place; the next one removes what it left beside it. In a repository that
exists the files are moved in one by one: a journal in its .git knows them, and undoes them if they
are still what was moved and no commit has them.
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


@contextmanager
def building(into: Path, *, dry_run: bool = False) -> Iterator[Path]:
    """An empty folder beside a place, to build what shall lie there; it is removed at the end.

    Whatever ends the work before `finish` also undoes what was moved into a repository. A dry run
    undoes nothing of a run before.

    Raises
    ------
    AdoptError
        If the place is taken, or another run builds there.
    """
    parent, name = into.resolve().parent, into.resolve().name
    if not parent.is_dir():
        raise AdoptError(f"--into {into}: there is no folder {into.parent}")
    folder = parent / f".{name}.adopting"
    try:
        folder.mkdir(exist_ok=True)
        lock = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise AdoptError(f"{error.filename}: {error.strerror}") from error
    try:
        _lock(lock, folder, into)
        try:
            _recover(into, dry_run=dry_run)
            check(into)
            _empty(folder)
            try:
                yield folder
            except BaseException:
                _undo(into)
                raise
        finally:
            # After it was published there is none, unless another run has begun since.
            if _is_open(lock, folder):
                shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(lock)


def check(into: Path) -> None:
    """Refuse a place where there is something else than a repository without a pipeline."""
    if GIT.name in into.resolve().parts:
        raise AdoptError(f"--into {into}: that is among Git's own files: name another folder")
    if not into.exists() and not into.is_symlink():
        return
    if not into.is_dir():
        raise AdoptError(f"--into {into}: that is a file: name a folder for the new project")
    if (into / PIPELINE).exists() or (into / ".dvc").exists():
        raise AdoptError(
            f"--into {into}: that is a DVC project already: name another folder; `truerun upgrade`"
            " brings a project to a newer truerun"
        )
    if (into / GIT).is_file():
        raise AdoptError(
            f"--into {into}: that is a worktree or a submodule: name a new folder, or a repository"
        )
    if not is_repository(into) and Path.cwd().is_relative_to(into.resolve()):
        raise AdoptError(f"--into {into}: that is the folder you are in: call it from outside")
    if any(into.iterdir()) and not is_repository(into):
        raise AdoptError(
            f"--into {into}: that folder is not empty, and not a Git repository: name a new folder"
        )


def around(into: Path) -> Path | None:
    """The repository in which a place is, if it is not the root of one itself."""
    above = (parent for parent in into.resolve().parents if (parent / GIT).exists())
    return None if is_repository(into) else next(above, None)


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
    """The files that Git shall know of what was built, by their places, sorted.

    What the user has Git ignore everywhere, such as wheels, is a part of the project all the same.
    """
    listing = (
        "git",
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-per-directory=.gitignore",
    )
    return sorted(name for name in run(folder, *listing).split("\0") if name)


def finish(into: Path) -> None:
    """Keep what was published: from here on there is nothing to undo."""
    (into / JOURNAL).unlink(missing_ok=True)


def _move_in(folder: Path, into: Path) -> None:
    """Move all files into a repository, with a journal of them."""
    moves = sorted(_files_below(folder))
    check_free(into, moves)
    journal = {place: _state(folder / place) for place in moves}
    with (into / JOURNAL).open("w", encoding="utf-8") as file:
        json.dump(journal, file)
        file.flush()
        os.fsync(file.fileno())
    for place in moves:
        (into / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).rename(into / place)


def _files_below(folder: Path) -> Iterator[str]:
    """The files to move, by their places."""
    for path in folder.rglob("*"):
        place = path.relative_to(folder)
        if not path.is_dir() and not any(place.is_relative_to(ours) for ours in OURS):
            yield place.as_posix()


def _state(path: Path) -> list[int] | None:
    """What tells a file from another, and from itself before it was changed; None without one."""
    try:
        facts = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return [facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns]


def _recover(into: Path, *, dry_run: bool) -> None:
    """Undo what a killed run has moved into a repository, unless it is the user's by now."""
    journal = into / JOURNAL
    if not journal.is_file():
        return
    if dry_run:
        raise AdoptError(
            f"a run was killed while it wrote into {into}: one that is not dry undoes that first"
        )
    moved = _read(journal)
    if moved and run(into, "git", "ls-tree", "--name-only", "HEAD", "--", *moved, check=False):
        journal.unlink()  # it was committed since
        return
    changed = [place for place in moved if _state(into / place) not in (None, moved[place])]
    if changed:
        raise AdoptError(
            f"a run was killed while it wrote into {into}, and {listed(changed)} changed since:"
            f" remove what you do not need, and {journal}"
        )
    _undo(into)
    print(f"A run was killed while it wrote into {into}: what it wrote is gone again.")


def _undo(into: Path) -> None:
    """Remove what was moved into a repository, if it is still that, also from Git's index."""
    journal = into / JOURNAL
    if not journal.is_file():
        return
    moved = _read(journal)
    ours = [place for place in moved if _state(into / place) == moved[place]]
    if ours:
        arguments = ("rm", "--cached", "--quiet", "--ignore-unmatch", "--", *ours)
        run(into, "git", "--literal-pathspecs", *arguments, check=False)
    for place in ours:
        (into / place).unlink()
    above = {folder for place in moved for folder in (into / place).parents if folder != into}
    for folder in sorted(above, key=lambda each: len(each.parts), reverse=True):
        if folder.is_relative_to(into):
            with suppress(OSError):  # it is not empty
                folder.rmdir()
    journal.unlink()


def _read(journal: Path) -> dict[str, list[int]]:
    """The files that were to be moved; none if the run was killed before it moved any."""
    try:
        content: dict[str, list[int]] = json.loads(journal.read_text(encoding="utf-8"))
    except ValueError:
        return {}
    return content


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
