"""Revisions as folders that hold their files and, where available, their data and models."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from truerun.base import locks, paths
from truerun.base.commands import CommandError, run
from truerun.base.errors import CompareError
from truerun.compare.revision import Revision

MAIN = ("origin/HEAD", "origin/main", "origin/master", "main", "master")
LOG_END = 600  # characters of the end of what a pipeline that failed printed
READ = (paths.VALIDATED, paths.FEATURES, paths.PREDICTIONS, paths.MODEL)


class RevisionError(CompareError):
    """A revision that does not exist."""


def working_tree() -> Revision:
    """What lies in the current folder."""
    dirty = git("status", "--porcelain", "--untracked-files=no").strip()
    return Revision("the working tree", None if dirty else commit_of("HEAD"), Path())


def merge_base() -> str:
    """The newest commit that HEAD and the main branch share.

    Of several main branches, here and at the origin, that of which HEAD is the fewest commits away:
    the origin may be a template, or behind. The branch that is checked out counts if something in
    it is not committed, which is then the change, or if there is no other.
    """
    current = git("symbolic-ref", "--quiet", "--short", "HEAD", check=False).strip()
    names = [name for name in MAIN if name != current or working_tree().commit is None]
    shared = {git("merge-base", "HEAD", name, check=False).strip() for name in names} - {""}
    if shared:
        return min(
            sorted(shared), key=lambda base: int(git("rev-list", "--count", f"{base}..HEAD"))
        )
    if current in MAIN:
        return commit_of("HEAD")
    raise RevisionError("there is no main branch to compare with: name a commit with --base")


def commit_of(revision: str) -> str:
    """The full name of a revision's commit."""
    commit = git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}", check=False).strip()
    if not commit:
        raise RevisionError(
            f"there is no revision {revision}: `git fetch --unshallow` brings a history that a "
            "shallow clone lacks"
        )
    return commit


@contextmanager
def checked_out(revision: str, *, rebuild: bool = False) -> Iterator[Revision]:
    """A revision in a temporary folder, which shares DVC's cache.

    Data and models come from the cache, or from the remote if there is one. What is in neither is
    missing, unless `rebuild` says to run the revision's pipeline.
    """
    commit = commit_of(revision)
    with tempfile.TemporaryDirectory(prefix="revision-") as temporary:
        folder = Path(temporary) / "repository"
        git("clone", "--quiet", "--shared", "--no-checkout", ".", str(folder))
        git("checkout", "--quiet", "--detach", commit, folder=folder)
        failure = _bring(folder, rebuild=rebuild) if (folder / ".dvc").is_dir() else None
        yield Revision(revision, commit, folder, failure)


def _bring(folder: Path, *, rebuild: bool) -> str | None:
    """Lay down data and models below a folder; the end of what a pipeline that failed printed."""
    private = Path(".dvc/config.local")
    if private.is_file():  # a remote's credentials may be there
        (folder / private).write_bytes(private.read_bytes())
    dvc("cache", "dir", "--local", dvc("cache", "dir").strip(), folder=folder)
    wanted = [str(path) for path in READ if str(path) in _outputs(folder)]
    if not wanted:
        return None
    dvc("checkout", "--quiet", "--allow-missing", *wanted, folder=folder, check=False)
    absent = _absent(folder, wanted)
    if absent and dvc("config", "core.remote", folder=folder, check=False).strip():
        dvc("pull", "--quiet", "--allow-missing", *absent, folder=folder, check=False)
    if not rebuild or not _absent(folder, wanted):
        return None
    dvc("checkout", "--quiet", "--allow-missing", str(paths.RAW_DVC), folder=folder, check=False)
    try:
        run(folder, sys.executable, "-m", "truerun.ingest")
        dvc("repro", "--quiet", folder=folder)
    except CommandError as error:
        return " ".join(str(error).replace(f"{folder}/", "").split())[-LOG_END:]
    return None


def _outputs(folder: Path) -> set[str]:
    """What the stages of a revision put out, by its lock; nothing where there is none."""
    try:
        return set(locks.outputs(locks.load(folder / "dvc.lock")))
    except locks.LockError:
        return set()


def _absent(folder: Path, wanted: list[str]) -> list[str]:
    return [name for name in wanted if not (folder / name).exists()]


def git(*arguments: str, folder: Path = Path(), check: bool = True) -> str:
    """What a git command prints."""
    return run(folder, "git", *arguments, check=check)


def dvc(*arguments: str, folder: Path = Path(), check: bool = True) -> str:
    """What a DVC command prints."""
    return run(folder, sys.executable, "-m", "dvc", *arguments, check=check)
