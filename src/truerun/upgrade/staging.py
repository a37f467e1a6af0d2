"""A change of a project that Git can undo, whatever ends the run that makes it.

New files are known to Git's index before they lie in the project, so that `git restore --staged
--worktree .` removes them, and brings back the others: the tree has no other change to begin with.
"""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from truerun.base import paths
from truerun.base.commands import check_repository, run
from truerun.base.errors import UpgradeError, listed
from truerun.base.files import whole_file

LOCK = Path("dvc.lock")
CACHE = "__pycache__"
UNDO = "git restore --staged --worktree ."
GIT = ("git", "--literal-pathspecs")  # a star in a name is a star
WRITTEN = (paths.METRICS, paths.PLOTS, paths.CARD.parent)  # by a run, for Git


def check_clean(project: Path) -> None:
    """Refuse a project that is not as its last commit has it."""
    check_repository(project)
    listing = ("diff", "--name-only", "--relative", "--no-renames", "-z", "HEAD", "--", ".")
    changed = _names(run(project, *GIT, *listing))
    if changed:
        raise UpgradeError(
            f"{listed(changed)}: not as in the last commit, so an upgrade could not be undone by"
            f" Git. Commit or stash what you want to keep, then `{UNDO}`"
        )


@contextmanager
def undone_on_failure(project: Path) -> Iterator[None]:
    """Put all files back as the last commit has them, if what is done inside fails."""
    before = set(_strays(project))
    try:
        yield
    except BaseException:
        run(project, *GIT, "restore", "--staged", "--worktree", "--", ".")
        for name in set(_strays(project)) - before:
            (project / name).unlink()
        raise


def apply(project: Path, contents: Mapping[str, bytes | None]) -> None:
    """Write files, or remove those whose content is None, in the index and in the project."""
    removed = [name for name, content in contents.items() if content is None]
    written = {name: content for name, content in contents.items() if content is not None}
    if written:
        _add_to_index(project, written)
    if removed:
        run(project, *GIT, "rm", "--quiet", "--cached", "--ignore-unmatch", "--", *removed)
    for name, content in written.items():
        write(project / name, content)
    for name in removed:
        (project / name).unlink(missing_ok=True)
        _remove_empty(project, Path(name).parent)


def _remove_empty(project: Path, folder: Path) -> None:
    """Remove a folder in which nothing lies but byte code, and so those above it."""
    while (
        (project / folder).is_dir()
        and folder.parts
        and all(path.name == CACHE for path in (project / folder).iterdir())
    ):
        shutil.rmtree(project / folder)
        folder = folder.parent


def write(path: Path, content: bytes, like: Path | None = None) -> None:
    """Write a file, with the mode that it or another has; it appears whole or not at all."""
    like = like or path
    try:
        with whole_file(path) as unfinished:
            unfinished.write_bytes(content)
            if like.exists():
                unfinished.chmod(like.stat().st_mode)
    except OSError as error:
        raise UpgradeError(f"cannot write {path}: {error.strerror or error}") from error


def add_results(project: Path) -> None:
    """Add to the index what a run has changed, and the files that it has made for Git."""
    run(project, *GIT, "add", "--update", "--", ".")
    if made := _strays(project):
        run(project, *GIT, "add", "--", *made)


def _add_to_index(project: Path, contents: Mapping[str, bytes]) -> None:
    """Let the index know files that lie elsewhere yet."""
    prefix = run(project, "git", "rev-parse", "--show-prefix").rstrip("\n")
    repository = run(project, "git", "rev-parse", "--absolute-git-dir").rstrip("\n")
    with TemporaryDirectory(prefix="truerun-upgrade-") as folder:
        aside = Path(folder, prefix)
        for name, content in contents.items():
            write(aside / name, content, like=project / name)
        tree = (f"--git-dir={repository}", f"--work-tree={folder}")
        run(aside, *GIT, *tree, "add", "--force", "--", *contents)


def _strays(project: Path) -> list[str]:
    """Files of a run that Git neither knows nor ignores."""
    listing = ("ls-files", "--others", "--exclude-standard", "-z", "--")
    return _names(run(project, *GIT, *listing, *map(str, (LOCK, *WRITTEN))))


def _names(text: str) -> list[str]:
    return text.split("\0")[:-1]
